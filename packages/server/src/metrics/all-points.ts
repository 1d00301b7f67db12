import type { Int64 } from '@cairn/protocol'
import { keyNames } from '../keys/index.ts'
import type { Reader } from '../platform/db/index.ts'
import { history } from './history.ts'
import { loggedKeys } from './metrics-store.ts'
import { stepAt, timestampAt, type Points } from './points.ts'
import type { LoggedPoint } from './segment.ts'

/** Every point of a run, key by key in MLflow's order, in lists of some thousand: NaN and infinities as they were logged. */
export async function* pointsOfRun(tx: Reader, runId: number): AsyncGenerator<LoggedPoint[]> {
  const keyIds = await loggedKeys(tx, runId)
  const names = await keyNames(tx, [keyIds.map((keyId) => [keyId])], 0)
  for (const keyId of keyIds) {
    const key = names.get(keyId)!
    for await (const block of history(tx, runId, keyId)) {
      yield Array.from({ length: block.count }, (_, at) => ({ key, value: block.values[at]!, timestamp: timestampAt(block, at), step: stepAt(block, at) }))
    }
  }
}

/** How far the points of a key were handed on: so many, the last of which is this one. */
export interface HandedOn {
  readonly key: string
  readonly count: number
  readonly step: Int64
  readonly timestamp: Int64
  readonly value: number
}

/**
 * Points of a run that were not handed on yet, at most `limit` and a block, and how far that goes for each key
 * that has some. Where points came late, between those that were handed on, all of the key come again.
 */
export async function pointsBehind(tx: Reader, runId: number, before: ReadonlyMap<string, HandedOn>, limit: number): Promise<{ points: LoggedPoint[]; handedOn: HandedOn[]; more: boolean }> {
  const keyIds = await loggedKeys(tx, runId)
  const names = await keyNames(tx, [keyIds.map((keyId) => [keyId])], 0)
  const points: LoggedPoint[] = []
  const handedOn: HandedOn[] = []
  for (const keyId of keyIds) {
    if (points.length >= limit) return { points, handedOn, more: true }
    const key = names.get(keyId)!
    const known = before.get(key)
    const begun = points.length
    let from = known?.count ?? 0
    for (let whole = false; !whole;) {
      whole = true
      points.length = begun
      let at = 0
      for await (const block of history(tx, runId, keyId)) {
        if (from > 0 && at < from && at + block.count >= from && !isSpot(block, from - 1 - at, known!)) {
          from = 0
          whole = false
          break
        }
        for (let index = Math.max(0, from - at); index < block.count; index += 1) points.push({ key, value: block.values[index]!, timestamp: timestampAt(block, index), step: stepAt(block, index) })
        at += block.count
        if (points.length >= limit) break
      }
      // Fewer than were handed on: duplicates were found since.
      if (whole && at < from) {
        from = 0
        whole = false
      }
    }
    const last = points.at(-1)
    if (points.length > begun) handedOn.push({ key, count: from + points.length - begun, step: last!.step!, timestamp: last!.timestamp, value: last!.value })
  }
  return { points, handedOn, more: points.length >= limit }
}

const isSpot = (block: Points, index: number, { step, timestamp, value }: HandedOn): boolean =>
  BigInt(stepAt(block, index)) === BigInt(step) && BigInt(timestampAt(block, index)) === BigInt(timestamp) && Object.is(block.values[index], value)
