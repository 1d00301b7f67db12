// By their files: the package's front door compiles WebAssembly as it is loaded, which the page's
// content policy refuses. hyparquet has its own Snappy.
export { decompress as decompressZstd } from 'fzstd'
export { decompressBrotli } from 'hyparquet-compressors/src/brotli.js'
export { gunzip } from 'hyparquet-compressors/src/gzip.js'
export { decompressLz4, decompressLz4Raw } from 'hyparquet-compressors/src/lz4.js'

/** LZ4's frame format, as Arrow writes it: blocks that may refer to those before them. */
export function decodeLz4Frame(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== 0x184d2204) throw new Error('no LZ4 frame')
  const flags = bytes[4]!
  const hasSize = (flags & 8) !== 0
  let out = new Uint8Array(hasSize ? Number(view.getBigUint64(6, true)) : bytes.length * 4)
  let length = 0
  let at = 6 + (hasSize ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0) + 1
  const room = (more: number): void => {
    if (length + more <= out.length) return
    const larger = new Uint8Array(Math.max(out.length * 2, length + more))
    larger.set(out)
    out = larger
  }
  for (;;) {
    const size = view.getUint32(at, true)
    at += 4
    if (size === 0) return out.subarray(0, length)
    const end = at + (size & 0x7fffffff)
    if (end > bytes.length) throw new Error('an LZ4 block is cut short')
    if (size >>> 31 === 1) {
      room(end - at)
      out.set(bytes.subarray(at, end), length)
      length += end - at
    } else block(at, end)
    at = end + ((flags & 16) !== 0 ? 4 : 0)
  }

  function block(from: number, end: number): void {
    let place = from
    const extended = (nibble: number): number => {
      let count = nibble
      if (nibble === 15) for (let byte = 255; byte === 255;) count += byte = bytes[place++]!
      return count
    }
    while (place < end) {
      const token = bytes[place++]!
      const literals = extended(token >> 4)
      room(literals)
      out.set(bytes.subarray(place, place + literals), length)
      place += literals
      length += literals
      if (place >= end) return
      const offset = bytes[place]! | bytes[place + 1]! << 8
      place += 2
      const matched = extended(token & 15) + 4
      room(matched)
      // Byte by byte: a match may run into what it writes itself.
      for (let copied = 0; copied < matched; copied += 1, length += 1) out[length] = out[length - offset]!
    }
  }
}
