import { createHash } from 'node:crypto'
import { decodePageToken, encodePageToken, invalidPageToken, type parseRunOrder } from '@cairn/protocol'
import type { Value } from '../../platform/db/index.ts'

type Order = ReturnType<typeof parseRunOrder>

const mark = (order: Order): string => createHash('sha256').update(JSON.stringify(order.map(({ type, key, ascending }) => [type, key, ascending]))).digest('base64url').slice(0, 12)

/** The sort key of a page's last row as a page token; int64 beyond ±2^53 travels as `{"i": "…"}`. */
export function encodeCursor(key: readonly Value[], order: Order): string {
  return encodePageToken({ order: mark(order), after: key.map((value) => (typeof value === 'bigint' ? { i: String(value) } : value)) })
}

/** A key tells a place in the order that it was made for, and in no other. */
export function decodeCursor(token: string | undefined, columns: number, order: Order): Value[] | undefined {
  const parsed = decodePageToken(token)
  if (parsed === undefined) return undefined
  const { after } = parsed
  if (!Array.isArray(after) || after.length !== columns || parsed['order'] !== mark(order)) throw invalidPageToken(parsed)
  return after.map((value: unknown) => {
    if (typeof value === 'number' || typeof value === 'string') return value
    const integer = (value as { i?: unknown } | null)?.i
    if (typeof integer === 'string' && /^-?\d{1,19}$/.test(integer)) return BigInt(integer)
    throw invalidPageToken(parsed)
  })
}
