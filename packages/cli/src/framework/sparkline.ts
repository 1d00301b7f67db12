const bars = '▁▂▃▄▅▆▇█'

/**
 * A line of bars, one for each column. More values than columns are put in buckets, and each
 * bucket shows its value furthest from the mean of all, so that no spike is lost. Values
 * that are not finite show as a gap.
 */
export function sparkline(values: readonly number[], columns: number): string {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0 || columns < 1) return ''
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity)
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity)
  const mean = finite.reduce((sum, value) => sum + value / finite.length, 0)
  const count = Math.min(columns, values.length)
  let line = ''
  for (let column = 0; column < count; column += 1) {
    const from = Math.floor((column * values.length) / count)
    const to = Math.floor(((column + 1) * values.length) / count)
    let chosen = NaN
    for (let index = from; index < to; index += 1) {
      const value = values[index]!
      if (Number.isFinite(value) && !(Math.abs(value - mean) < Math.abs(chosen - mean))) chosen = value
    }
    if (Number.isNaN(chosen)) line += ' '
    else if (high === low) line += bars[3]!
    else line += bars[Math.min(7, Math.floor((chosen / 2 - low / 2) / (high / 2 - low / 2) * 8))]!
  }
  return line
}
