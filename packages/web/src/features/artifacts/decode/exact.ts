/** Numbers and times to the last digit that a file holds, where JavaScript's own would round them or show digits that the file has not. */

/** A decimal number: a whole one, and how many of its digits stand behind the point. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale))
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** A whole number in two's complement, its first byte first. */
export function signedOf(bytes: Uint8Array): bigint {
  const value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  return bytes.length > 0 && bytes[0]! > 127 ? value - (1n << BigInt(bytes.length * 8)) : value
}

/** The shortest digits that mean the same number of single precision: 0.1, not 0.10000000149011612. */
export function singleText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  for (let digits = 6; digits < 9; digits += 1) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === Math.fround(value)) return String(rounded)
  }
  return String(value)
}

/** Parts of a second, in threes, as clocks tell them. */
const fraction = (part: bigint, perSecond: bigint): string => (part === 0n ? '' : `.${String(part).padStart(String(perSecond).length - 1, '0').replace(/(?:000)+$/, '')}`)

function split(units: bigint, perSecond: bigint): readonly [seconds: bigint, part: bigint] {
  const part = (units % perSecond + perSecond) % perSecond
  return [(units - part) / perSecond, part]
}

/** A moment, counted from 1970; beyond what calendars here reach, the count itself. */
export function momentText(units: bigint, perSecond: bigint): string {
  const [seconds, part] = split(units, perSecond)
  const date = new Date(Number(seconds) * 1000)
  return Number.isNaN(date.getTime()) ? String(units) : date.toISOString().slice(0, -5).replace('T', ' ') + fraction(part, perSecond)
}

/** A day, counted from 1970. */
export function dayText(days: number): string {
  const date = new Date(days * 86_400_000)
  return Number.isNaN(date.getTime()) ? String(days) : date.toISOString().split('T')[0]!
}

/** A time of day, counted from midnight. */
export function clockText(units: bigint, perSecond: bigint): string {
  const [seconds, part] = split(units, perSecond)
  return [seconds / 3600n, seconds / 60n % 60n, seconds % 60n].map((one) => String(one).padStart(2, '0')).join(':') + fraction(part, perSecond)
}

/** A length of time in seconds. */
export function secondsText(units: bigint, perSecond: bigint): string {
  const [seconds, part] = split(units < 0n ? -units : units, perSecond)
  return `${units < 0n ? '-' : ''}${seconds}${fraction(part, perSecond)} s`
}
