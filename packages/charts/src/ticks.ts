import type { Range, ScaleKind } from './scale.ts'

export interface Tick {
  readonly value: number
  readonly text: string
}

/** What the numbers of an axis are: any, whole ones, milliseconds since the epoch, or milliseconds that have passed. */
export const axisKinds = ['number', 'whole', 'time', 'duration'] as const
export type AxisKind = (typeof axisKinds)[number]

/** At most about `most` ticks inside the range, at round places, with their texts. */
export function ticksOf(kind: AxisKind, scale: ScaleKind, range: Range, most: number): Tick[] {
  if (kind === 'time') return timeTicks(range, most)
  if (kind === 'duration') return durationTicks(range, most)
  const values = scale === 'log' ? logTicks(range, most) : scale === 'symlog' ? symlogTicks(range, most) : linearTicks(range, most, kind === 'whole')
  const step = scale === 'linear' && values.length > 1 ? values[1]! - values[0]! : undefined
  return values.map((value) => ({ value, text: numberText(value, step) }))
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const digit = [1, 2, 5].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10
  return digit * power
}

export function linearTicks([from, to]: Range, most: number, whole = false): number[] {
  const span = to - from
  if (!(span > 0) || !Number.isFinite(span)) return [from]
  const step = Math.max(roundStep(span / Math.max(1, most)), whole ? 1 : 0)
  const ticks: number[] = []
  for (let at = Math.ceil(from / step - 1e-9); at * step <= to + step * 1e-9 && ticks.length < 1000; at += 1) {
    // 3 · 0.1 is not 0.3: what is printed is rounded to the step.
    ticks.push(Number((at * step).toPrecision(15)))
  }
  return ticks
}

export function logTicks([from, to]: Range, most: number): number[] {
  const decades = Math.log10(to / from)
  if (decades < 1) return linearTicks([from, to], most).filter((value) => value > 0)
  const every = Math.max(1, Math.ceil(decades / Math.max(1, most)))
  const digits = decades * 3 <= most ? [1, 2, 5] : [1]
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power += 1) {
    if (power % every !== 0) continue
    for (const digit of digits) {
      const value = digit * 10 ** power
      if (value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9)) ticks.push(value)
    }
  }
  return ticks.length > 1 ? ticks : linearTicks([from, to], most).filter((value) => value > 0)
}

function symlogTicks([from, to]: Range, most: number): number[] {
  const size = Math.max(Math.abs(from), Math.abs(to))
  const top = Math.floor(Math.log10(size))
  const powers = [top, top - 1, top - 2, top - 3].slice(0, Math.max(1, Math.floor(most / 2))).map((power) => 10 ** power)
  return [...powers.map((value) => -value), 0, ...powers.toReversed()].filter((value) => value >= from && value <= to)
}

const suffixes: readonly (readonly [number, string])[] = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']]

/** Short; with as many digits as tell `step` apart. 12000 is "12k". */
export function numberText(value: number, step?: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const size = Math.abs(value)
  const [unit, suffix] = suffixes.find(([one]) => size >= one * 10 || (one >= 1e6 && size >= one) || (size >= one && size % (one / 10) === 0)) ?? [1, '']
  const digits = step === undefined ? 4 : Math.min(12, Math.max(1, Math.floor(Math.log10(size)) - Math.floor(Math.log10(Math.abs(step))) + 1))
  if (size >= 1e15 || size < 1e-4) return value.toExponential(Math.min(4, Math.max(0, digits - 1))).replace(/\.?0+e/, 'e').replace('e+', 'e')
  const short = `${Number((value / unit).toPrecision(digits + 1))}${suffix}`
  return step === undefined || Number((value / unit).toPrecision(digits)) * unit === value ? `${Number((value / unit).toPrecision(digits))}${suffix}` : short
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const clockSteps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, ...[1, 2, 5, 10, 15, 30].map((n) => n * second), ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
]

function durationTicks([from, to]: Range, most: number): Tick[] {
  const rough = (to - from) / Math.max(1, most)
  const step = [...clockSteps, day].find((one) => one >= rough) ?? roundStep(rough / day) * day
  const ticks: Tick[] = []
  for (let at = Math.ceil(from / step); at * step <= to && ticks.length < 1000; at += 1) ticks.push({ value: at * step, text: durationText(at * step, step) })
  return ticks
}

/** "1 h 30 min"; nothing below `step`, in milliseconds. */
export function durationText(ms: number, step = 1): string {
  const size = Math.abs(ms)
  const sign = ms < 0 ? '−' : ''
  if (size === 0) return '0'
  if (size < second || (step < second && size < minute)) return step < second && size >= second ? `${sign}${Number((size / second).toFixed(3))} s` : `${sign}${Math.round(size)} ms`
  const units = [[day, 'd'], [hour, 'h'], [minute, 'min'], [second, 's']] as const
  const from = units.findIndex(([unit]) => size >= unit)
  const parts: string[] = []
  let rest = Math.round(size / second) * second
  for (const [unit, name] of units.slice(from, from + 2)) {
    const count = Math.floor(rest / unit)
    rest -= count * unit
    if (count > 0) parts.push(`${count} ${name}`)
  }
  return sign + parts.join(' ')
}

/** At round places of the reader's own clock and calendar. */
function timeTicks([from, to]: Range, most: number): Tick[] {
  const rough = (to - from) / Math.max(1, most)
  const clock = clockSteps.find((one) => one >= rough)
  const values: number[] = []
  if (clock !== undefined) {
    // Hours are counted from midnight, which a change to summer time moves.
    const start = new Date(from).setHours(0, 0, 0, 0)
    for (let at = start + Math.ceil((from - start) / clock) * clock; at <= to && values.length < 1000; at += clock) values.push(at)
  } else if (rough <= 15 * day) {
    const days = [1, 2, 4, 7, 14].find((one) => one * day >= rough) ?? 14
    for (const date = new Date(new Date(from).setHours(0, 0, 0, 0)); date.getTime() <= to && values.length < 1000; date.setDate(date.getDate() + days)) values.push(date.getTime())
  } else {
    const months = [1, 2, 3, 6, 12].find((one) => one * 30 * day >= rough) ?? 12 * roundStep(rough / (365 * day))
    const first = new Date(from)
    const date = months < 12 ? new Date(first.getFullYear(), Math.floor(first.getMonth() / months) * months, 1) : new Date(Math.floor(first.getFullYear() / (months / 12)) * (months / 12), 0, 1)
    for (; date.getTime() <= to && values.length < 1000; date.setMonth(date.getMonth() + months)) values.push(date.getTime())
  }
  const step = clock ?? (rough <= 15 * day ? day : 30 * day)
  let previous: number | undefined
  return values.filter((value) => value >= from).map((value) => {
    const text = timeTickText(value, previous, step)
    previous = value
    return { value, text }
  })
}

const pad = (value: number, length = 2): string => String(value).padStart(length, '0')
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The day where it begins, else the time of day, as exact as the step is. */
function timeTickText(ms: number, previous: number | undefined, step: number): string {
  const date = new Date(ms)
  const before = previous === undefined ? undefined : new Date(previous)
  const year = before !== undefined && before.getFullYear() !== date.getFullYear() ? ` ${date.getFullYear()}` : ''
  if (step >= 30 * day) return date.getMonth() === 0 ? String(date.getFullYear()) : monthNames[date.getMonth()]!
  const dayText = `${date.getDate()} ${monthNames[date.getMonth()]!}${year}`
  if (step >= day) return dayText
  if (date.getTime() === new Date(ms).setHours(0, 0, 0, 0)) return dayText
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`
  if (step >= minute) return time
  return step >= second ? `${time}:${pad(date.getSeconds())}` : `${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`
}

/** One place of an axis in words, in full. */
export function axisText(kind: AxisKind, value: number): string {
  if (kind === 'time') {
    const date = new Date(value)
    return `${date.getDate()} ${monthNames[date.getMonth()]!} ${date.getFullYear()}, ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
  }
  if (kind === 'duration') return durationText(value, Math.abs(value) < 10 * second ? 1 : second)
  return grouped(kind === 'whole' ? Math.round(value) : Number(value.toPrecision(6)))
}

/**
 * A number with a comma before every three digits, as `toLocaleString('en')` writes it, but with all its decimals. By hand: the
 * first use of anything of a browser's `Intl` takes as long as all our code does to be read.
 */
export function grouped(value: number): string {
  const written = String(value)
  const text = written.includes('e+') ? String(BigInt(value)) : written.includes('e-') ? value.toFixed(20).replace(/\.?0+$/, '') : written
  const [whole, rest] = text.split('.')
  return whole!.replace(/\B(?=(?:\d{3})+$)/g, ',') + (rest === undefined ? '' : `.${rest}`)
}
