import { invalid } from '@cairn/protocol'

/** A page token: base64 of JSON, as MLflow's are. What is in it is its maker's affair. */
export const pageToken = (state: Readonly<Record<string, unknown>>): string => Buffer.from(JSON.stringify(state)).toString('base64')

const base64 = /^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$/
const tokenLength = 4096

/** Reads a token; undefined for none. `read` answers undefined for a state that it did not write. */
export function readPageToken<T>(token: string | undefined, read: (state: Record<string, unknown>) => T | undefined): T | undefined {
  if (token === undefined || token === '') return undefined
  if (token.length > tokenLength || !base64.test(token)) throw invalid('Invalid page token, could not base64-decode')
  const bytes = Buffer.from(token, 'base64')
  const text = bytes.toString()
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    throw invalid(`Invalid page token, decoded value=b'${printable(bytes)}'`)
  }
  const known = typeof state === 'object' && state !== null && !Array.isArray(state) ? read(state as Record<string, unknown>) : undefined
  if (known === undefined) throw invalid(`Invalid page token, parsed value=${text}`)
  return known
}

/** Bytes as Python prints them. */
const printable = (bytes: Buffer): string => [...bytes].map((byte) => {
  if (byte === 0x5c || byte === 0x27) return `\\${String.fromCharCode(byte)}`
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
}).join('')

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0
