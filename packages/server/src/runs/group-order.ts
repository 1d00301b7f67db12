import { parseRunOrder, type GroupPath, type Int64, type RequestOf, type groupRuns } from '@cairn/protocol'
import { extremeOrder } from './extreme-order.ts'

type Level = RequestOf<typeof groupRuns>['by']

/** What is summed up: the latest value of each run, or the lowest or highest of all its points. */
export interface Summed {
  readonly key: string
  readonly of: 'last' | 'min' | 'max'
}

/** One key of an order of runs, as it can be said of groups too. */
export type GroupKey =
  | { readonly by: 'metric'; readonly metric: Summed; readonly descending: boolean }
  | { readonly by: 'start'; readonly descending: boolean }
  | { readonly by: 'value'; readonly kind: 'param' | 'tag'; readonly key: string; readonly descending: boolean }

/** What an order asks of a group. */
export interface OrderedGroup {
  readonly runs: number
  readonly path: GroupPath
  /** Its value as `numberOf` reads it. */
  readonly number: number
  /** When the first and the last of its runs began. */
  readonly first: Int64
  readonly start: Int64
  readonly sums: readonly (Readonly<Record<'mean' | 'min' | 'max', number>> | undefined)[]
}

/** The order of a table of runs as one of groups. What differs within a group, as names do, orders none. */
export function groupOrder(orderBy: readonly string[] = []): GroupKey[] {
  const extreme = extremeOrder(orderBy)
  const keys = parseRunOrder([...extreme?.rest ?? orderBy]).flatMap(({ type, key, ascending }): GroupKey[] => {
    const descending = !ascending
    if (type === 'metric') return [{ by: 'metric', metric: { key, of: 'last' }, descending }]
    if (type === 'attribute') return key === 'start_time' ? [{ by: 'start', descending }] : []
    return type === 'param' || type === 'tag' ? [{ by: 'value', kind: type, key, descending }] : []
  })
  return extreme === undefined ? keys : [{ by: 'metric', metric: { key: extreme.key, of: extreme.of === 'low' ? 'min' : 'max' }, descending: extreme.descending }, ...keys]
}

export const placeOf = (metrics: readonly Summed[], { key, of }: Summed): number => metrics.findIndex((one) => one.key === key && one.of === of)

/** NaN for what is no number. */
export const numberOf = (value: string | null): number => (value === null || value.trim() === '' ? Number.NaN : Number(value))

const compare = <T extends Int64 | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)

/** Compares groups within the same one. Those that are alike follow each other by size, then by value: no two of them have the same. */
export function comparing(order: readonly GroupKey[], levels: readonly Level[], metrics: readonly Summed[]): (a: OrderedGroup, b: OrderedGroup) => number {
  const steps = order.map((one): ((a: OrderedGroup, b: OrderedGroup) => number) => {
    const sign = one.descending ? -1 : 1
    switch (one.by) {
      case 'metric': {
        const { of } = one.metric
        const at = placeOf(metrics, one.metric)
        // The lowest of all points of a run orders as the lowest of all its runs' does.
        const valueOf = ({ sums }: OrderedGroup): number => sums[at]?.[of === 'last' ? 'mean' : of] ?? Number.NaN
        return (a, b) => byNumber(valueOf(a), valueOf(b), sign)
      }
      case 'start': return one.descending ? (a, b) => compare(b.start, a.start) : (a, b) => compare(a.first, b.first)
      default: {
        const { kind, key } = one
        return (a, b) => {
          const level = levels[a.path.length - 1]!
          return level.kind === kind && level.key === key ? byValue(a, b, sign) : 0
        }
      }
    }
  })
  return (a, b) => {
    for (const step of steps) {
      const found = step(a, b)
      if (found !== 0) return found
    }
    return b.runs - a.runs || byValue(a, b, 1)
  }
}

/** NaN comes last, whichever the direction. */
const byNumber = (a: number, b: number, sign: number): number => (Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : sign * compare(a, b))

/** Numbers before texts, and last the runs without a value, whichever the direction: `None` among depths is neither the least nor the most. */
function byValue(a: OrderedGroup, b: OrderedGroup, sign: number): number {
  const [x, y] = [a.path.at(-1) ?? null, b.path.at(-1) ?? null]
  if (x === null || y === null) return Number(x === null) - Number(y === null)
  return byNumber(a.number, b.number, sign) || sign * compare(x, y)
}
