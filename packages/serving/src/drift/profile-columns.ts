import { limits, type ProfileColumn } from '@cairn/protocol'
import type { ColumnSpec } from '../models/signature.ts'

/** Parts between the smallest and the largest number: the more there are, the more rows it takes to tell a shift from chance. */
const mostBins = 20
/** Rows that a part should hold. */
const rowsABin = 25
const mostCategories = 20
const longestCategory = 100
/** What fewer rows have, and less than a hundredth, is no category: names and addresses of people are none. */
const leastOfCategory = 5

/** A column as it is watched; undefined for one that is not: dates, bytes, nested values, nothing but gaps. */
export function profileColumn(name: string, values: readonly unknown[], spec: ColumnSpec | undefined): ProfileColumn | undefined {
  if (name === '' || name.length > limits.profile.nameLength) return undefined
  const type = watchedType(values, spec)
  if (type === 'text') return textColumn(name, values)
  return type === undefined ? undefined : numberColumn(name, values, type)
}

function watchedType(values: readonly unknown[], spec: ColumnSpec | undefined): ProfileColumn['type'] | undefined {
  switch (spec?.type) {
    case 'integer': case 'long': case 'float': case 'double': return 'number'
    case 'boolean': return 'boolean'
    case 'string': return 'text'
    case undefined: break
    default: return undefined
  }
  const present = values.filter((value) => !isGap(value))
  if (present.length === 0) return undefined
  if (present.every((value) => typeof value === 'number' || typeof value === 'bigint')) return 'number'
  if (present.every((value) => typeof value === 'boolean')) return 'boolean'
  return present.every((value) => typeof value === 'string') ? 'text' : undefined
}

const isGap = (value: unknown): boolean => value === null || value === undefined || value !== value || typeof value === 'symbol'

function numberColumn(name: string, values: readonly unknown[], type: 'number' | 'boolean'): ProfileColumn | undefined {
  const sorted = Float64Array.from(values.filter((value) => !isGap(value)), Number).filter((value) => Number.isFinite(value)).sort()
  if (sorted.length === 0) return undefined
  const [min, max] = [sorted[0]!, sorted.at(-1)!]
  const column = { name, type, edges: type === 'boolean' ? [0.5] : edgesOf(sorted), min: type === 'boolean' ? 0 : min, max: type === 'boolean' ? 1 : max }
  const count = counter(column)
  const counts = Array.from({ length: column.edges.length + 4 }, () => 0)
  for (const value of values) counts[count(value)]! += 1
  return { ...column, counts }
}

/**
 * Quantiles, each put in the middle between two values that occur, so that a float that lost digits on
 * its way stays in its part. Few different values have a part each.
 */
function edgesOf(sorted: Float64Array): number[] {
  const bins = Math.max(1, Math.min(mostBins, Math.floor(sorted.length / rowsABin)))
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1])
  const above = distinct.length <= mostBins ? [...distinct.subarray(1)] : Array.from({ length: bins - 1 }, (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / bins)]!)
  const edges: number[] = []
  for (const value of new Set(above)) {
    const at = firstAtLeast(distinct, value)
    if (at === 0) continue
    const below = distinct[at - 1]!
    const middle = below + (value - below) / 2
    edges.push(middle > below && Number.isFinite(middle) ? middle : value)
  }
  return edges
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (sorted[middle]! < value) from = middle + 1
    else to = middle
  }
  return from
}

function textColumn(name: string, values: readonly unknown[]): ProfileColumn | undefined {
  const seen = new Map<string, number>()
  for (const value of values) if (typeof value === 'string') seen.set(value, (seen.get(value) ?? 0) + 1)
  if (seen.size === 0) return undefined
  const least = Math.max(leastOfCategory, values.length / 100)
  const categories = [...seen].filter(([text, count]) => count >= least && text.length <= longestCategory)
    .toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, mostCategories).map(([text]) => text)
  const column = { name, type: 'text' as const, categories }
  const count = counter(column)
  const counts = Array.from({ length: categories.length + 2 }, () => 0)
  for (const value of values) counts[count(value)]! += 1
  return { ...column, counts }
}

/** Tells the part of a value: the hot path of watching, some 35 ns for a number and 12 ns for a text. */
export function counter({ type, edges = [], min = 0, max = 0, categories = [] }: Pick<ProfileColumn, 'type' | 'edges' | 'min' | 'max' | 'categories'>): (value: unknown) => number {
  if (type === 'text') {
    const places = new Map(categories.map((text, at) => [text, at + 1]))
    const others = categories.length + 1
    return (value) => (typeof value === 'string' ? places.get(value) ?? others : isGap(value) ? 0 : others)
  }
  const sorted = Float64Array.from(edges)
  const last = sorted.length
  // A float that lost digits is not outside of what was seen.
  const slack = 1e-6 * Math.max(Math.abs(min), Math.abs(max))
  const [low, high] = [min - slack, max + slack]
  return (value) => {
    const number = typeof value === 'number' ? value : isGap(value) ? Number.NaN : Number(value)
    if (!(number >= low)) return number !== number ? 0 : 1
    if (number > high) return last + 3
    let [from, to] = [0, last]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (sorted[middle]! <= number) from = middle + 1
      else to = middle
    }
    return from + 2
  }
}
