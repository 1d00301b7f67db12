import { decodePageToken, encodePageToken, wrongPageToken } from '../../names/index.ts'
import type { Value } from '../../platform/db/index.ts'

/** The sort key of a page's last row as a page token; int64 beyond ±2^53 travels as `{"i": "…"}`. */
export function encodeCursor(key: readonly Value[]): string {
  return encodePageToken({ after: key.map((value) => (typeof value === 'bigint' ? { i: String(value) } : value)) })
}

export function decodeCursor(token: string | undefined, columns: number): Value[] | undefined {
  if (token === undefined || token === '') return undefined
  const parsed = decodePageToken(token)
  const { after } = parsed
  if (!Array.isArray(after) || after.length !== columns) throw wrongPageToken(parsed)
  return after.map((value: unknown) => {
    if (typeof value === 'number' || typeof value === 'string') return value
    const integer = (value as { i?: unknown } | null)?.i
    if (typeof integer === 'string' && /^-?\d{1,19}$/.test(integer)) return BigInt(integer)
    throw wrongPageToken(parsed)
  })
}
