/** Bytes that tell how the rest is encoded. */
const headLength = 64 * 1024

/** Encodings that tables and texts are read in, by the names that browsers know; the most used ones first. */
export const encodings = [
  'utf-8', 'windows-1252', 'windows-1250', 'windows-1251', 'windows-1253', 'windows-1254', 'iso-8859-2', 'iso-8859-15', 'koi8-r', 'macintosh',
  'shift_jis', 'euc-jp', 'gb18030', 'big5', 'euc-kr', 'utf-16le', 'utf-16be',
] as const
export type Encoding = (typeof encodings)[number]

/** One of the encodings; undefined for any other text. */
export const knownEncoding = (name: string): Encoding | undefined => encodings.find((one) => one === name)

/** Whether the bytes themselves say how they are encoded: by a mark, or by being nothing but UTF-8. What else is found is a guess. */
export const isGuess = (encoding: Encoding, bytes: Uint8Array): boolean => encoding !== 'utf-8' && !hasMark(bytes)

const hasMark = (bytes: Uint8Array): boolean => (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)

/**
 * How a text file is encoded, by its first bytes: what its mark says, else UTF-8; but Windows' Latin where most of
 * what is not ASCII would be no characters in UTF-8, and UTF-16 where every second byte is zero.
 */
export function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' {
  if (hasMark(bytes)) return bytes[0] === 0xff ? 'utf-16le' : 'utf-16be'
  const wide = wideOf(bytes.subarray(0, 1024))
  if (wide !== undefined) return wide
  // The last character of a part may be cut.
  const text = new TextDecoder().decode(bytes.subarray(0, headLength), { stream: bytes.length >= headLength })
  const foreign = text.match(/\P{ASCII}/gu)?.length ?? 0
  return (text.match(/\ufffd/g)?.length ?? 0) * 2 > foreign ? 'windows-1252' : 'utf-8'
}

/** UTF-16 without a mark: most characters are of one byte beside a zero, and none is a control. */
function wideOf(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes.length < 4 || bytes.length % 2 === 1) return undefined
  const zeros = [0, 1].map((side) => bytes.filter((byte, at) => at % 2 === side && byte === 0).length)
  const pairs = bytes.length / 2
  const wide = zeros[0] === 0 && zeros[1]! > pairs / 2 ? 'utf-16le' : zeros[1] === 0 && zeros[0]! > pairs / 2 ? 'utf-16be' : undefined
  return wide !== undefined && !/[\p{Cc}--[\t\n\r]]/v.test(new TextDecoder(wide).decode(bytes)) ? wide : undefined
}

/** What a file holds, or begins with, as text. */
export const textOf = (bytes: Uint8Array, encoding: Encoding = encodingOf(bytes)): string => new TextDecoder(encoding).decode(bytes)

/** A page as text: as its mark says, or as it says itself at its beginning. */
export function pageOf(bytes: Uint8Array): string {
  const said = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i.exec(new TextDecoder('latin1').decode(bytes.subarray(0, 1024)))?.[1]
  if (hasMark(bytes) || said === undefined) return textOf(bytes)
  try {
    return new TextDecoder(said).decode(bytes)
  } catch {
    return textOf(bytes)
  }
}

/** Whether a file that begins so holds no text: texts have no zeros, but for those of UTF-16. */
export const isBinary = (bytes: Uint8Array): boolean => !encodingOf(bytes).startsWith('utf-16') && bytes.subarray(0, 8192).includes(0)
