import { decodePageToken, encodePageToken, invalidPageToken } from '@cairn/protocol'
import type { Value } from '../../platform/db/index.ts'

/** The sort key of a page's last row as a page token; int64 beyond ±2^53 travels as `{"i": "…"}`. */
export function encodeCursor(key: readonly Value[]): string {
  return encodePageToken({ after: key.map((value) => (typeof value === 'bigint' ? { i: String(value) } : value)) })
}

export function decodeCursor(token: string | undefined, columns: number): Value[] | undefined {
  const parsed = decodePageToken(token)
  if (parsed === undefined) return undefined
  const { after } = parsed
  if (!Array.isArray(after) || after.length !== columns) throw invalidPageToken(parsed)
  return after.map((value: unknown) => {
    if (typeof value === 'number' || typeof value === 'string') return value
    const integer = (value as { i?: unknown } | null)?.i
    if (typeof integer === 'string' && /^-?\d{1,19}$/.test(integer)) return BigInt(integer)
    throw invalidPageToken(parsed)
  })
}
