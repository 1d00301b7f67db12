import type { RequestOf, ResponseOf, listMetricRanges } from '@cairn/protocol'
import { findKey } from '../keys/index.ts'
import { read, type Reader } from '../platform/db/index.ts'
import { matchingRuns } from './search/plan.ts'
import { whichRuns } from './table-view.ts'

/** Ranges are about so many: as many as one takes in at a glance. */
const wantedRanges = 8
const smallestWidth = 1e-300
/** Infinity as latest values hold it. */
const largest = Number.MAX_VALUE

export const metricRanges = read('runs.metricRanges', async (tx: Reader, input: RequestOf<typeof listMetricRanges>): Promise<ResponseOf<typeof listMetricRanges>> => {
  const key = await findKey(tx, input.key) ?? -1
  const values: number[] = []
  let without = 0
  for (const { from, params } of await matchingRuns(tx, await whichRuns(tx, input))) {
    const rows = tx.each<[number | null]>(`SELECT (SELECT m.value FROM latest_metrics m WHERE m.run_id = r.id AND m.key_id = ? AND m.is_nan = 0) ${from}`, [key, ...params])
    for await (const [value] of rows) {
      if (value === null || Math.abs(value) >= largest) without += 1
      else values.push(value)
    }
  }
  return { ranges: rangesOf(values), without }
})

/** Of equal width, each bound a round number; none is empty at either end. */
export function rangesOf(values: readonly number[]): { from: number; to: number; runs: number }[] {
  if (values.length === 0) return []
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  // The difference of two numbers may be none; below the smallest width there are not digits enough for bounds.
  const width = roundWidth(Math.max(high / wantedRanges - low / wantedRanges || Math.abs(low) / 10 || 1, smallestWidth))
  // Counted in widths, so that bounds are as round as the width is.
  const place = (value: number): number => {
    const at = Math.floor(value / width)
    // The division may round to the other side of a bound.
    return value >= bound(at + 1, width) ? at + 1 : value < bound(at, width) ? at - 1 : at
  }
  const first = place(low)
  const runs = Array.from({ length: place(high) - first + 1 }, () => 0)
  for (const value of values) runs[place(value) - first]! += 1
  return runs.map((count, at) => ({ from: bound(first + at, width), to: bound(first + at + 1, width), runs: count }))
}

const bound = (at: number, width: number): number => Number((at * width).toPrecision(12))

/** 1, 2 or 5 times a power of ten, at least as large as what is wanted. */
function roundWidth(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted))
  return Number(([1, 2, 5, 10].find((times) => times * power >= wanted) ?? 10) * power)
}
