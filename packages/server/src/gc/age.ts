const parts = /^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?$/
const units = [86_400_000, 3_600_000, 60_000, 1000]

/**
 * Milliseconds of an age as MLflow writes it: days, hours, minutes and seconds in this order, each at
 * most once, fractions allowed. Undefined for every other text.
 *
 *     parseAge('1d2h3m4s') === 93_784_000
 */
export function parseAge(text: string): number | undefined {
  const match = parts.exec(text)
  if (match === null || text === '') return undefined
  const ms = match.slice(1).reduce((sum, part, at) => sum + (part === undefined ? 0 : Number(part) * units[at]!), 0)
  return Number.isFinite(ms) ? Math.trunc(ms) : undefined
}
