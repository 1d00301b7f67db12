import { nouns, words, type Noun } from './words.ts'

const units: readonly [limit: number, size: number, name: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, 'second'], [3600, 60, 'minute'], [86_400, 3600, 'hour'], [2_592_000, 86_400, 'day'], [31_536_000, 2_592_000, 'month'], [Infinity, 31_536_000, 'year'],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** "5 minutes ago"; `exact` is for the tooltip, in the reader's zone. */
export function ago(ms: number, now = Date.now()): string {
  const seconds = (ms - now) / 1000
  const [, size, name] = units.find(([limit]) => Math.abs(seconds) < limit)!
  return relative.format(Math.round(seconds / size), name)
}

/** Made once: a browser makes another for every `toLocaleString` with options, and a table has a time in each row. */
let exactly: Intl.DateTimeFormat | undefined

export const exact = (ms: number): string =>
  (Number.isNaN(new Date(ms).getTime()) ? words.invalidDate : (exactly ??= new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })).format(ms))

let clock: Intl.DateTimeFormat | undefined

/** The time of day to the second, in the reader's zone. */
export const clockTime = (ms: number): string => (clock ??= new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })).format(ms)

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const [large, small] = minutes < 60 ? [`${minutes} min`, `${seconds % 60} s`] : hours < 48 ? [`${hours} h`, `${minutes % 60} min`] : [`${Math.floor(hours / 24)} d`, `${hours % 24} h`]
  return small.startsWith('0 ') ? large : `${large} ${small}`
}

/** Four significant digits, and all those before the point: a count of 12,345 is not 12,350. What is not finite by name. */
export function metric(value: number | string): string {
  const number = Number(value)
  if (!Number.isFinite(number)) return String(value)
  const size = Math.abs(number)
  if (number !== 0 && (size < 1e-4 || size >= 1e7)) return number.toExponential(3)
  return String(size >= 1000 ? Math.round(number) : Number(number.toPrecision(4)))
}

export const count = (value: number, noun: Noun): string => `${value.toLocaleString('en')} ${nouns[noun][value === 1 ? 0 : 1]}`

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`
  const power = Math.min(Math.floor(Math.log2(size) / 10), 4)
  return `${(size / 2 ** (10 * power)).toFixed(1)} ${['', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}
