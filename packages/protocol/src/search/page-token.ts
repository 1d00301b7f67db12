import { invalid } from '../errors.ts'
import { searchLimits } from './limits.ts'
import { repr } from './python.ts'

/**
 * A page token: base64 of an object as JSON. What the object holds is the server's own affair;
 * clients send it back as it came.
 */
export function encodePageToken(content: Record<string, unknown>): string {
  const bytes = new TextEncoder().encode(JSON.stringify(content))
  let binary = ''
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(binary)
}

/**
 * The object that a page token holds; undefined where there is no token. It came through the
 * client's hands: check every field, and refuse with `invalidPageToken`.
 *
 * @throws INVALID_PARAMETER_VALUE in MLflow's words.
 */
export function decodePageToken(token: string | null | undefined): Record<string, unknown> | undefined {
  if (token === undefined || token === null || token === '') return undefined
  if (token.length > searchLimits.pageTokenLength) {
    throw invalid(`Invalid page token: it has ${token.length} characters, the limit is ${searchLimits.pageTokenLength}.`)
  }
  const bytes = fromBase64(token)
  if (bytes === undefined) throw invalid('Invalid page token, could not base64-decode')
  let content: unknown
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalid(`Invalid page token, decoded value=${reprBytes(bytes)}`)
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw invalidPageToken(content)
  return content as Record<string, unknown>
}

/** As Python's decoder reads it: it skips what is ASCII but not of the alphabet, and minds only that padding lacks. */
function fromBase64(text: string): Uint8Array | undefined {
  if (/[\u0080-\uffff]/.test(text)) return undefined
  const digits = text.replace(/[^A-Za-z0-9+/]/g, '')
  const wanted = (4 - (digits.length % 4)) % 4
  const padding = text.replace(/[^A-Za-z0-9+/=]/g, '').length - digits.length
  if (wanted === 3 || padding < wanted) return undefined
  return Uint8Array.from(atob(digits), (char) => char.charCodeAt(0))
}

/** The error for a token that could be read but holds something else than it should. */
export const invalidPageToken = (content: unknown): Error => invalid(`Invalid page token, parsed value=${repr(content)}`)

function reprBytes(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 1000))
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const shown = text.replace(/[^ -~]|['"\\]/g, (char) => {
    if (char === quote || char === '\\') return `\\${char}`
    if (char === "'" || char === '"') return char
    return byteEscapes[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `b${quote}${shown}${quote}`
}

const byteEscapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** What a logged models' search asks for; its page token repeats it. */
export interface LoggedModelSearch {
  experiment_ids: readonly string[]
  filter_string?: string | null
  order_by?: readonly unknown[] | null
}

/** Refuses a logged models' page token that was made for another search, in MLflow's words. */
export function checkLoggedModelPageToken(token: Record<string, unknown>, search: LoggedModelSearch): void {
  const check = (name: string, what: string, expected: unknown, found: unknown, show: (value: unknown) => string): void => {
    if (show(expected) === show(found)) return
    throw invalid(`${name} in the page token ${name.endsWith('s') ? 'do' : 'does'} not match the requested ${what}. Expected: ${show(expected)}. Found: ${show(found)}`)
  }
  const text = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : 'None')
  const list = (value: unknown): string => (Array.isArray(value) && value.length > 0 ? repr(value) : 'None')
  check('Experiment IDs', 'experiment IDs', search.experiment_ids, token['experiment_ids'], repr)
  check('Filter string', 'filter string', search.filter_string, token['filter_string'], text)
  check('Order by', 'order by', search.order_by, token['order_by'], list)
}
