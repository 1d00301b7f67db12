import { mean } from './stats.ts'

export interface ForestOptions {
  readonly trees?: number
  readonly depth?: number
  /** The same seed gives the same forest. */
  readonly seed?: number
}

/** Numbers from 0 up to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * How much each column says about the target: the decrease of its variance over all splits of a random
 * forest of regression trees, as parts of 1 (Breiman 2001; Breiman et al., CART, 1984, section 5.3.4).
 * Every column may split every node, as in scikit-learn's RandomForestRegressor, with whose
 * `feature_importances_` the tests were compared. All zero when nothing varies.
 */
export function forestImportance(columns: readonly (readonly number[])[], target: readonly number[], { trees = 60, depth = 8, seed = 1 }: ForestOptions = {}): number[] {
  const total = columns.map(() => 0)
  const random = randomFrom(seed)
  for (let tree = 0; tree < trees; tree += 1) {
    const gains = columns.map(() => 0)
    const rows = Array.from(target, () => Math.floor(random() * target.length))
    grow(columns, target, rows, depth, gains, random)
    const sum = gains.reduce((all, gain) => all + gain, 0)
    if (sum > 0) for (const [at, gain] of gains.entries()) total[at]! += gain / sum
  }
  const all = total.reduce((sum, one) => sum + one, 0)
  return all === 0 ? total : total.map((one) => one / all)
}

function grow(columns: readonly (readonly number[])[], target: readonly number[], rows: readonly number[], depth: number, gains: number[], random: () => number): void {
  if (depth === 0 || rows.length < 2) return
  const first = Math.floor(random() * columns.length)
  let best: { column: number; gain: number; order: number[]; size: number } | undefined
  for (let step = 0; step < columns.length; step += 1) {
    // Of equal splits the first wins: begun elsewhere in each node, no column is preferred.
    const column = (first + step) % columns.length
    const found = bestSplit(columns[column]!, target, rows)
    if (found !== undefined && (best === undefined || found.gain > best.gain)) best = { column, ...found }
  }
  if (best === undefined || best.gain <= 1e-12) return
  gains[best.column]! += best.gain
  grow(columns, target, best.order.slice(0, best.size), depth - 1, gains, random)
  grow(columns, target, best.order.slice(best.size), depth - 1, gains, random)
}

/** The cut between two values that leaves the least squares on both sides. */
function bestSplit(column: readonly number[], target: readonly number[], rows: readonly number[]): { gain: number; order: number[]; size: number } | undefined {
  const order = rows.toSorted((a, b) => column[a]! - column[b]!)
  let sum = 0
  for (const row of order) sum += target[row]!
  const whole = sum * sum / order.length
  let left = 0
  let gain = 0
  let size = 0
  for (let at = 0; at + 1 < order.length; at += 1) {
    left += target[order[at]!]!
    if (column[order[at]!] === column[order[at + 1]!]) continue
    const right = sum - left
    const found = left * left / (at + 1) + right * right / (order.length - at - 1) - whole
    if (found > gain) [gain, size] = [found, at + 1]
  }
  return size === 0 ? undefined : { gain, order, size }
}

/** Texts as numbers, in the order of the mean of their targets: so trees can cut them anywhere, and they have ranks. */
export function encodeTexts(values: readonly string[], target: readonly number[]): number[] {
  const groups = Map.groupBy(values.keys(), (row) => values[row]!)
  const order = [...groups].map(([value, rows]) => ({ value, mean: mean(Array.from(rows, (row) => target[row]!)) })).sort((a, b) => a.mean - b.mean || (a.value < b.value ? -1 : 1))
  const codes = new Map(order.map(({ value }, at) => [value, at]))
  return values.map((value) => codes.get(value)!)
}
