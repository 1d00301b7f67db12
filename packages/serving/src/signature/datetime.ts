import { ScoringError } from '../errors.ts'

const moment = /^(\d{4})-(\d\d)(?:-(\d\d))?(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?$/

/** The layout of a date, as strptime writes it; undefined where the value is no text. */
export function formatOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  return value.trim().replace(/\.\d+$/, '.%f').replace(/^\d{4}/, '%Y').replace(/-\d\d/, '-%m').replace(/-\d\d/, '-%d').replace(/\d\d:/, '%H:').replace(/:\d\d/, ':%M').replace(/:\d\d/, ':%S')
}

/**
 * Nanoseconds since 1970 of an ISO 8601 text without a zone; a number is nanoseconds already, as for
 * pandas. Every day is in the Gregorian calendar, years 1678 to 2261.
 *
 * @throws ScoringError
 */
export function parseInstant(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return BigInt(Math.trunc(value))
  const match = typeof value === 'string' ? moment.exec(value.trim()) : null
  const [, year, month, day = '01', hour = '0', minute = '0', second = '0', fraction = ''] = match ?? []
  const milliseconds = match === null ? Number.NaN : Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  // Date.UTC carries the 31st of February into March.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).getUTCDate() !== Number(day) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    throw new ScoringError('BAD_REQUEST', `${JSON.stringify(value)} is no date; write 2026-11-25 or 2026-11-25T08:30:00`)
  }
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}
