import type { Answer } from '../pool/python-pool.ts'

/** Whether two models said the same: the same status, and numbers that differ by no more than `tolerance` of the larger. */
export function sameAnswer(one: Answer, other: Answer, tolerance = 0): boolean {
  if (one.status !== other.status) return false
  if (Buffer.compare(one.body, other.body) === 0) return true
  if (tolerance === 0) return false
  try {
    return same(parse(one.body), parse(other.body), tolerance)
  } catch {
    // Not JSON, so every byte counts.
    return false
  }
}

const parse = (body: Uint8Array): unknown => JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))

function same(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const [left, right] = [Object.entries(a), Object.entries(b)]
  return left.length === right.length && Array.isArray(a) === Array.isArray(b) && left.every(([key, value]) => key in b && same(value, (b as Record<string, unknown>)[key], tolerance))
}
