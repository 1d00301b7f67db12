import { encodeTexts, forestImportance } from '@cairn/charts'
import { related } from './views.ts'

export interface ImportanceColumn {
  readonly id: string
  readonly label: string
  readonly names: readonly string[] | undefined
  readonly values: Float64Array
}

export interface ImportanceRow {
  readonly id: string
  readonly label: string
  /** Parts of 1 over all that were asked for. */
  readonly forest: number
  /** NaN for words, and where nothing varies. */
  readonly pearson: number
  readonly spearman: number
  readonly runs: number
}

export interface Importance {
  readonly rows: readonly ImportanceRow[]
  /** Runs that have the metric, and those of them that the forest was grown from. */
  readonly runs: number
  readonly sampled: number
}

/** A forest of more rows would take seconds and say the same. */
export const mostRows = 2000

/**
 * How much each column says about the target. Words are numbered by the mean of the target; a run
 * without a value stands below all others. Of many runs every so many-th is taken, always the same.
 */
export function importanceOf(columns: readonly ImportanceColumn[], target: Float64Array, seed = 1): Importance {
  const all = [...target.keys()].filter((row) => Number.isFinite(target[row]!))
  const rows = all.length <= mostRows ? all : Array.from({ length: mostRows }, (_, at) => all[Math.floor(at * all.length / mostRows)]!)
  const wanted = rows.map((row) => target[row]!)
  const varying = columns.filter(({ values }) => rows.some((row) => !Object.is(values[row], values[rows[0]!])))
  const numbers = varying.map(({ values, names }) => {
    if (names !== undefined) return encodeTexts(rows.map((row) => (Number.isNaN(values[row]!) ? '' : `=${names[values[row]!]!}`)), wanted)
    const least = rows.reduce((low, row) => (Number.isFinite(values[row]!) ? Math.min(low, values[row]!) : low), Infinity)
    return rows.map((row) => (Number.isFinite(values[row]!) ? values[row]! : least - 1))
  })
  const forest = rows.length < 2 ? varying.map(() => 0) : forestImportance(numbers, wanted, { seed })
  const found = varying.map(({ id, label, values, names }, at): ImportanceRow => {
    const { pearson, spearman, rows: runs } = names === undefined ? related(values, target) : { pearson: NaN, spearman: NaN, rows: all.filter((row) => !Number.isNaN(values[row]!)).length }
    return { id, label, forest: forest[at]!, pearson, spearman, runs }
  })
  return { rows: found.sort((a, b) => b.forest - a.forest || (a.id < b.id ? -1 : 1)), runs: all.length, sampled: rows.length }
}
