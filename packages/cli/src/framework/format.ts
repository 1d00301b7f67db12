/** Numbers, times and sizes as people read them. Times are milliseconds since the epoch. */

/** Up to six significant digits; whole numbers whole. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value) && Math.abs(value) < 1e12) return String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return value.toExponential(4).replace(/\.?0+e/, 'e')
  return String(Number(value.toPrecision(6)))
}

const units = [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]] as const

/** The two largest units: `2h 5m`, `3.2s`, `45ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))}s`
  const first = units.findIndex(([, size]) => ms >= size)
  const [unit, size] = units[first]!
  const next = units[first + 1]!
  const rest = Math.floor((ms % size) / next[1])
  return `${Math.floor(ms / size)}${unit}${rest > 0 ? ` ${rest}${next[0]}` : ''}`
}

/** How long ago, for tables. */
export function formatAge(then: number, now: number): string {
  const ms = now - then
  return ms < 1000 ? 'now' : `${formatDuration(ms).split(' ')[0]!.replace(/\.\d+/, '')} ago`
}

/** Local time to the second, as `2026-11-25 15:20:04`. */
export function formatTime(ms: number): string {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return String(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  let size = bytes
  let unit = ''
  for (unit of ['KB', 'MB', 'GB', 'TB', 'PB']) {
    size /= 1024
    if (size < 1024) break
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`
}
