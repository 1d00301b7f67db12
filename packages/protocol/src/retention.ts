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

/** Tag of an experiment that says how long what is deleted of it is kept, whatever the server's own rule: a `Retention` as text. */
export const retentionTag = 'cairn.retention'

/** When the server removes for good what was deleted. */
export interface Retention {
  /** Milliseconds from the deletion; `never`: only `cairn gc` removes it. */
  readonly deleted: number | 'never'
}

/**
 * Reads a rule: `deleted=30d` or `deleted=never`. Undefined for every other text. An age under a minute is
 * none: nobody could take a deletion back.
 */
export function parseRetention(text: string): Retention | undefined {
  const age = /^\s*deleted\s*=\s*(\S+)\s*$/.exec(text)?.[1]
  if (age === undefined) return undefined
  if (age === 'never') return { deleted: 'never' }
  const deleted = parseAge(age)
  return deleted === undefined || deleted < 60_000 ? undefined : { deleted }
}
