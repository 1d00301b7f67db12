const bars = '▁▂▃▄▅▆▇█'

/**
 * At most `count` of the values, in order: each bucket gives its value furthest from the mean of
 * all, so that no spike is lost; a bucket without a finite value gives NaN.
 */
export function thin(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values]
  const finite = values.filter(Number.isFinite)
  const mean = finite.reduce((sum, value) => sum + value / finite.length, 0)
  return Array.from({ length: count }, (_, bucket) => {
    let chosen = NaN
    const to = Math.floor(((bucket + 1) * values.length) / count)
    for (let index = Math.floor((bucket * values.length) / count); index < to; index += 1) {
      const value = values[index]!
      if (Number.isFinite(value) && !(Math.abs(value - mean) < Math.abs(chosen - mean))) chosen = value
    }
    return chosen
  })
}

/** A line of bars, at most one for each column. Values that are not finite show as a gap. */
export function sparkline(values: readonly number[], columns: number): string {
  const shown = thin(values, Math.max(0, columns))
  const finite = shown.filter(Number.isFinite)
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity)
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity)
  return shown.map((value) => {
    if (!Number.isFinite(value)) return ' '
    // Halved first: the range of two doubles may be more than a double holds.
    return high === low ? bars[3]! : bars[Math.min(7, Math.floor((value / 2 - low / 2) / (high / 2 - low / 2) * 8))]!
  }).join('')
}
