import { invalid } from '@cairn/protocol'
import { pythonBytes } from './python-text.ts'

/**
 * Page tokens are base64 of a JSON object, as MLflow's are; what is in it is nobody's business but
 * the search's that made it. A token that a client altered or made up is refused in MLflow's words.
 */
export const encodePageToken = (content: Readonly<Record<string, unknown>>): string =>
  Buffer.from(JSON.stringify(content)).toString('base64')

export function decodePageToken(token: string): Record<string, unknown> {
  // Python's decoder skips what is not of the alphabet and minds only a wrong length.
  const digits = token.replace(/[^A-Za-z0-9+/]/g, '')
  const padding = /=*$/.exec(token.replace(/[^A-Za-z0-9+/=]/g, ''))![0].length
  if (digits.length % 4 === 1 || (digits.length + padding) % 4 !== 0 && (4 - digits.length % 4) % 4 > padding) {
    throw invalid('Invalid page token, could not base64-decode')
  }
  const bytes = Buffer.from(digits, 'base64')
  let content: unknown
  try {
    content = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw invalid(`Invalid page token, decoded value=${pythonBytes(bytes)}`)
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw wrongPageToken(content)
  return content as Record<string, unknown>
}

/** For a token that can be read but does not belong to the search that it came with. */
export const wrongPageToken = (content: unknown): Error => invalid(`Invalid page token, parsed value=${JSON.stringify(content)}`)
