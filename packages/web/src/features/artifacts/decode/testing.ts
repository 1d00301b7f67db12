/** A ZIP archive of files that are stored as they are, for tests. */
export function zipStored(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const short = (value: number): number[] => [value & 255, value >> 8 & 255]
  const long = (value: number): number[] => [...short(value & 0xffff), ...short(value >>> 16)]
  const out: number[] = []
  const directory: number[] = []
  for (const [name, bytes] of Object.entries(files)) {
    const text = new TextEncoder().encode(name)
    const common = [...short(0), ...short(0), ...short(0), ...short(0), ...long(0), ...long(bytes.length), ...long(bytes.length), ...short(text.length), ...short(0)]
    directory.push(...long(0x02014b50), ...short(20), ...short(20), ...common, ...short(0), ...short(0), ...short(0), ...long(0), ...long(out.length), ...text)
    out.push(...long(0x04034b50), ...short(20), ...common, ...text, ...bytes)
  }
  const count = Object.keys(files).length
  return new Uint8Array([...out, ...directory, ...long(0x06054b50), ...short(0), ...short(0), ...short(count), ...short(count), ...long(directory.length), ...long(out.length), ...short(0)])
}
