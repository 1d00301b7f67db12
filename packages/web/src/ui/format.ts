import { axisText, grouped } from '@cairn/charts'
import { nouns, words, type Noun, type TimeUnit } from './words.ts'

// The axes of charts write numbers so, and all of the page with them.
export { grouped }

/** By hand, as all numbers and times of the page: the first use of anything of a browser's `Intl` takes some 15 ms, a tenth of what a page needs to open. */
const units: readonly [limit: number, size: number, name: TimeUnit][] = [
  [60, 1, 'second'], [3600, 60, 'minute'], [86_400, 3600, 'hour'], [2_592_000, 86_400, 'day'], [31_536_000, 2_592_000, 'month'], [Infinity, 31_536_000, 'year'],
]

/** "5 minutes ago"; `exact` is for the tooltip, in the reader's zone. */
export function ago(ms: number, now = Date.now()): string {
  const seconds = (ms - now) / 1000
  const [, size, name] = units.find(([limit]) => Math.abs(seconds) < limit)!
  return words.away(Math.round(seconds / size), name)
}

/** "15 Jan 2026, 07:34:56 UTC−5": in the reader's zone, to the second. */
export const exact = (ms: number): string => (Number.isNaN(new Date(ms).getTime()) ? words.invalidDate : `${axisText('time', ms)} ${zone(new Date(ms))}`)

function zone(date: Date): string {
  const east = -date.getTimezoneOffset()
  const [hours, minutes] = [Math.floor(Math.abs(east) / 60), Math.abs(east) % 60]
  return east === 0 ? 'UTC' : `UTC${east < 0 ? '−' : '+'}${hours}${minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`}`
}

/** The time of day to the second, in the reader's zone. */
export const clockTime = (ms: number): string => new Date(ms).toTimeString().slice(0, 8)

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

export const count = (value: number, noun: Noun): string => `${grouped(value)} ${nouns[noun][value === 1 ? 0 : 1]}`

/** `count` for what takes an s, in the words of one feature. */
export const many = (value: number, one: string): string => `${grouped(value)} ${one}${value === 1 ? '' : 's'}`

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`
  const power = Math.min(Math.floor(Math.log2(size) / 10), 4)
  return `${(size / 2 ** (10 * power)).toFixed(1)} ${['', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}
