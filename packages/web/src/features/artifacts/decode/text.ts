/** Bytes that tell how the rest is encoded. */
const headLength = 64 * 1024

/**
 * How a text file is encoded, by its first bytes: what its mark says, else UTF-8; but Windows' Latin where most of
 * what is not ASCII would be no characters in UTF-8.
 */
export function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  // The last character of a part may be cut.
  const text = new TextDecoder().decode(bytes.subarray(0, headLength), { stream: bytes.length >= headLength })
  const foreign = text.match(/\P{ASCII}/gu)?.length ?? 0
  return (text.match(/\ufffd/g)?.length ?? 0) * 2 > foreign ? 'windows-1252' : 'utf-8'
}

/** What a file holds, or begins with, as text. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder(encodingOf(bytes)).decode(bytes)

/** Whether a file that begins so holds no text: texts have no zeros, but for those of UTF-16. */
export const isBinary = (bytes: Uint8Array): boolean => !encodingOf(bytes).startsWith('utf-16') && bytes.subarray(0, 8192).includes(0)
