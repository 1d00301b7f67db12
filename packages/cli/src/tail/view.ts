import type { RunInfo } from '@cairn/protocol'
import { formatDuration, formatNumber } from '../framework/format.ts'
import type { Style } from '../framework/io.ts'
import { sparkline, thin } from '../framework/sparkline.ts'
import { padEnd, padStart, printable, truncate, width } from '../framework/text.ts'
import { paintStatus } from '../listing/runs.ts'

export interface Curve {
  values: number[]
  latest: number
  step: number
}

const kept = 2048
const widestKey = 32

/** What is known of a run while it is followed. */
export class RunView {
  readonly curves = new Map<string, Curve>()
  info: RunInfo

  constructor(info: RunInfo) {
    this.info = info
  }

  add(key: string, value: number, step: number): void {
    const curve = this.curves.get(key) ?? { values: [], latest: value, step }
    curve.values.push(value)
    if (curve.values.length > kept) curve.values = thin(curve.values, kept / 2)
    curve.latest = value
    curve.step = step
    this.curves.set(key, curve)
  }

  replace(key: string, curve: Curve): void {
    this.curves.set(key, curve)
  }

  get ended(): boolean {
    return this.info.status !== 'RUNNING' && this.info.status !== 'SCHEDULED'
  }

  /** As many lines as fit; each no wider than the terminal. */
  render(style: Style, columns: number, rows: number, now: number): string[] {
    const { info } = this
    const end = Number(info.end_time ?? 0)
    const took = formatDuration((end === 0 ? now : end) - Number(info.start_time))
    const status = info.status.toLowerCase()
    const name = truncate(printable(info.run_name), Math.max(8, columns - status.length - took.length - 4))
    const lines = [`${style.bold(name)}  ${paintStatus(info.status, status, style)}  ${style.dim(took)}`]
    const curves = [...this.curves].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const room = Math.max(1, rows - 3)
    const shown = curves.length > room ? curves.slice(0, room - 1) : curves
    const keyWidth = Math.min(widestKey, shown.reduce((most, [key]) => Math.max(most, width(printable(key))), 0))
    const numbers = shown.map(([, { latest, step }]) => [formatNumber(latest), `step ${step}`] as const)
    const valueWidth = numbers.reduce((most, [value]) => Math.max(most, value.length), 0)
    const stepWidth = numbers.reduce((most, [, step]) => Math.max(most, step.length), 0)
    const bars = columns - keyWidth - valueWidth - stepWidth - 6
    shown.forEach(([key, { values }], index) => {
      const [value, step] = numbers[index]!
      const left = `${padEnd(truncate(printable(key), keyWidth), keyWidth)}  ${padStart(value, valueWidth)}  ${style.dim(padEnd(step, stepWidth))}`
      lines.push(bars >= 4 ? `${left}  ${style.green(sparkline(values, bars))}` : left)
    })
    if (shown.length < curves.length) lines.push(style.dim(`and ${curves.length - shown.length} more metrics`))
    if (curves.length === 0) lines.push(style.dim('no metrics yet'))
    return lines
  }
}
