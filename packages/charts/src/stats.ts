/** Plain statistics of columns of numbers. What an empty column has none of is NaN. */

/** Added up in parts of the whole, because a sum may overflow. */
export const mean = (values: readonly number[]): number => (values.length === 0 ? NaN : values.reduce((sum, value) => sum + value / values.length, 0))

/** Standard deviation of a sample (n − 1); of a single value 0. */
export function spread(values: readonly number[]): number {
  if (values.length < 2) return values.length === 1 ? 0 : NaN
  const centre = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2 / (values.length - 1), 0))
}

/** Between the values of `sorted`, as NumPy's default ("linear"; Hyndman and Fan, type 7). */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  if (sorted.length === 0) return NaN
  const at = part * (sorted.length - 1)
  const below = Math.floor(at)
  const low = sorted[below]!
  const high = sorted[Math.min(sorted.length - 1, below + 1)]!
  return low + (high - low) * (at - below)
}

export interface BoxStats {
  readonly low: number
  readonly first: number
  readonly median: number
  readonly third: number
  readonly high: number
  readonly outliers: readonly number[]
}

/** Tukey's box: whiskers reach the last value within 1.5 times the height of the box. */
export function boxStats(values: readonly number[]): BoxStats {
  // Floats of their own kind are sorted several times quicker than an array.
  const sorted = Float64Array.from(values).sort()
  const first = quantile(sorted, 0.25)
  const third = quantile(sorted, 0.75)
  const reach = 1.5 * (third - first)
  const inside = sorted.filter((value) => value >= first - reach && value <= third + reach)
  return {
    low: inside[0] ?? NaN, first, median: quantile(sorted, 0.5), third, high: inside.at(-1) ?? NaN,
    outliers: Array.from(sorted.filter((value) => value < first - reach || value > third + reach)),
  }
}

/** Density by normal kernels at `places`; width after Silverman (1986), 3.31. */
export function density(values: readonly number[], places: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  const box = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.34
  const deviation = spread(values)
  const width = 0.9 * (box > 0 ? Math.min(deviation, box) : deviation) * values.length ** -0.2
  if (!(width > 0)) return places.map(() => 0)
  const scale = 1 / (values.length * width * Math.sqrt(2 * Math.PI))
  return places.map((place) => scale * values.reduce((sum, value) => sum + Math.exp(-0.5 * ((place - value) / width) ** 2), 0))
}

export interface Bin {
  readonly from: number
  readonly to: number
  readonly count: number
}

/** Bins of equal width; as many as asked for, else after Freedman and Diaconis (1981), between 5 and 60. The last holds its end too. */
export function histogram(values: readonly number[], asked?: number): Bin[] {
  if (values.length === 0) return []
  const sorted = values.toSorted((a, b) => a - b)
  const from = sorted[0]!
  const to = sorted.at(-1)!
  // So near to each other that no other number lies between them: one bin, as for equal values.
  if (from + (to - from) / 60 === from || to - (to - from) / 60 === to) return [{ from, to, count: values.length }]
  const rule = 2 * (quantile(sorted, 0.75) - quantile(sorted, 0.25)) * values.length ** (-1 / 3)
  const bins = asked ?? Math.max(5, Math.min(60, rule > 0 ? Math.ceil((to - from) / rule) : 10))
  const counts = Array.from({ length: bins }, () => 0)
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - from) / (to - from) * bins))]! += 1
  return counts.map((count, at) => ({ from: from + (to - from) * at / bins, to: at + 1 === bins ? to : from + (to - from) * (at + 1) / bins, count }))
}

/** Ranks from 1; equal values share the middle of theirs. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a]! - values[b]!)
  const result = Array.from({ length: values.length }, () => 0)
  for (let from = 0; from < order.length;) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to += 1
    for (let at = from; at <= to; at += 1) result[order[at]!] = (from + to) / 2 + 1
    from = to + 1
  }
  return result
}

/** Pearson's correlation; NaN when one of the two does not vary. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const meanA = mean(a)
  const meanB = mean(b)
  let both = 0, squareA = 0, squareB = 0
  for (let at = 0; at < a.length; at += 1) {
    both += (a[at]! - meanA) * (b[at]! - meanB)
    squareA += (a[at]! - meanA) ** 2
    squareB += (b[at]! - meanB) ** 2
  }
  return squareA === 0 || squareB === 0 ? NaN : both / Math.sqrt(squareA) / Math.sqrt(squareB)
}

/** Spearman's: the correlation of the ranks. */
export const rankCorrelation = (a: readonly number[], b: readonly number[]): number => correlation(ranks(a), ranks(b))
