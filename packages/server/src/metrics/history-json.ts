import { CairnError, invalid } from '@cairn/protocol'
import type { Reader } from '../platform/db/index.ts'
import { findKey } from '../keys/index.ts'
import { history } from './history.ts'
import { slice, spotAt, storedValue, type Points, type Spot } from './points.ts'

export interface HistoryPart {
  readonly runId: number
  readonly key: string
  /** Only what comes behind this point. */
  readonly after?: Spot | undefined
  /** At most this many points; the answer then ends with a token for the next page. */
  readonly limit?: number | undefined
  /** An earlier part has written the beginning of the JSON text already. */
  readonly begun?: boolean
}

export interface HistoryPiece {
  readonly bytes: Uint8Array
  /** What is still to be written; undefined behind the last piece. */
  readonly rest: HistoryPart | undefined
}

/**
 * A history as the JSON text of MLflow's answer, in pieces. Written by hand: `JSON.stringify` needs
 * an object per point, a sixth more time, and knows neither int64 nor NaN.
 */
export async function* renderHistory(tx: Reader, part: HistoryPart, pieceSize = 65_536): AsyncGenerator<HistoryPiece> {
  const keyId = await findKey(tx, part.key)
  const name = JSON.stringify(part.key)
  let text = ''
  let begun = part.begun ?? false
  let left = part.limit ?? Infinity
  let last = part.after
  let token: string | undefined
  if (keyId !== undefined) {
    for await (const block of history(tx, part.runId, keyId, part.after)) {
      if (left === 0 && block.count > 0) {
        token = writeToken(last!)
        break
      }
      // Blocks may be large (points that are not compacted yet come as one), pieces must not be.
      let from = 0
      while (from < block.count && left > 0) {
        const to = Math.min(block.count, from + 512, from + left)
        text += `${begun ? ', ' : '{"metrics": ['}${renderPoints(slice(block, from, to), name)}`
        begun = true
        left -= to - from
        from = to
        if (text.length >= pieceSize) {
          last = spotAt(block, from - 1)
          yield { bytes: encoder.encode(text), rest: { ...part, after: last, limit: part.limit === undefined ? undefined : left, begun } }
          text = ''
        }
      }
      if (from > 0) last = spotAt(block, from - 1)
      if (from < block.count) {
        token = writeToken(last!)
        break
      }
    }
  }
  text += begun ? `]${token === undefined ? '' : `, "next_page_token": "${token}"`}}` : '{}'
  yield { bytes: encoder.encode(text), rest: undefined }
}

const encoder = new TextEncoder()

/** Points as items of a JSON array. `key` is JSON already, and so is `runId`, which is left out when absent. */
export function renderPoints(points: Points, key: string, runId?: string): string {
  const { count, steps, timestamps, values, exact } = points
  const head = `{"key": ${key}, "value": `
  const tail = runId === undefined ? '}' : `, "run_id": ${runId}}`
  let text = ''
  for (let index = 0; index < count; index += 1) {
    const value = values[index]!
    if (index > 0) text += ', '
    text += exact === undefined
      ? `${head}${value - value === 0 ? value : jsonValue(value)}, "timestamp": ${timestamps[index]!}, "step": ${steps[index]!}${tail}`
      : `${head}${jsonValue(value)}, "timestamp": ${exact.timestamps[index]!}, "step": ${exact.steps[index]!}${tail}`
  }
  return text
}

const jsonValue = (value: number): string => (value !== value ? '"NaN"' : String(storedValue(value)))

/** Where the next page begins: behind this point, however many points are logged meanwhile. */
export const writeToken = (spot: Spot): string =>
  Buffer.from(JSON.stringify([String(spot.timestamp), String(spot.step), String(spot.value)])).toString('base64url')

export function readToken(token: string): Spot {
  try {
    const [timestamp, step, value, ...more] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
    if (typeof value !== 'string' || value.trim() === '' || more.length > 0) throw badToken()
    return { timestamp: readInt(timestamp), step: readInt(step), value: value === 'NaN' ? NaN : readNumber(value) }
  } catch (error) {
    throw error instanceof CairnError ? error : badToken()
  }
}

function readInt(text: unknown): number | bigint {
  if (typeof text !== 'string' || !/^-?\d{1,19}$/.test(text)) throw badToken()
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt.asIntN(64, BigInt(text))
}

function readNumber(text: string): number {
  const value = Number(text)
  if (Number.isNaN(value)) throw badToken()
  return value
}

const badToken = () => invalid('Invalid page token, could not base64-decode')
