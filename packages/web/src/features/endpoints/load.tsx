import type { ReactNode } from 'react'
import type { EndpointLoad } from '@cairn/protocol'
import { metric } from '../../ui/format.ts'
import { words } from './words.ts'

const slotMs = 10_000
const slots = 30

/** Two digits: what is told is exact to a tenth. */
export const msText = (ms: number | undefined): string => (ms === undefined ? '–' : ms >= 10_000 ? `${metric(Number((ms / 1000).toPrecision(2)))} s` : `${metric(Number(ms.toPrecision(2)))} ms`)
export const shareText = (share: number): string => `${metric(Number((share * 100).toPrecision(3)))} %`
export const rateText = (rate: number): string => metric(Number(rate.toPrecision(3)))

type Slot = NonNullable<EndpointLoad['recent']>[number]
/** A value for each ten seconds of the last five minutes; undefined where nothing was asked. */
export function series(load: EndpointLoad, value: (slot: Slot) => number | undefined, now = Date.now()): (number | undefined)[] {
  const bySince = new Map((load.recent ?? []).map((slot) => [Number(slot.since), slot]))
  // The newest ten seconds are not over yet, unless nothing was asked for long; by the clocks of those who serve, not the reader's.
  const newest = Math.max(now - (now % slotMs), ...bySince.keys()) - slotMs
  return Array.from({ length: slots }, (_, at) => {
    const slot = bySince.get(newest - (slots - 1 - at) * slotMs)
    return slot === undefined ? undefined : value(slot)
  })
}

/** A curve over the last minutes; gaps where there is no value. It says nothing that the figure beside it does not. */
export function Spark({ values, width = 120, height = 28, bad = false }: { values: readonly (number | undefined)[]; width?: number; height?: number; bad?: boolean }): ReactNode {
  const top = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE)
  const x = (at: number): string => (1 + (at / (values.length - 1)) * (width - 2)).toFixed(1)
  const y = (value: number): string => (height - 1.5 - (value / top) * (height - 3)).toFixed(1)
  const runs: string[][] = []
  for (const [at, value] of values.entries()) {
    if (value === undefined) continue
    if (values[at - 1] === undefined || at === 0) runs.push([])
    runs.at(-1)!.push(`${x(at)} ${y(value)}`)
  }
  return (
    <svg className="spark" data-bad={bad} viewBox={`0 0 ${width} ${height}`} width={width} height={height} preserveAspectRatio="none" aria-hidden="true">
      {runs.map((run) => <path key={run[0]} d={run.length === 1 ? `M${run[0]}h1.5` : `M${run.join('L')}`} />)}
    </svg>
  )
}

export const rates = (load: EndpointLoad): (number | undefined)[] => series(load, ({ requests }) => Number(requests) / (slotMs / 1000)).map((value) => value ?? 0)

/** What is asked and how it is answered now, with the minutes before. */
export function LoadFigures({ load }: { load: EndpointLoad }): ReactNode {
  const errors = series(load, ({ requests, errors: wrong }) => Number(wrong) / Number(requests))
  return (
    <dl className="figures">
      <Figure name={words.columns.rate} value={rateText(load.requests_per_second)} values={rates(load)} />
      <Figure name={words.columns.errors} value={shareText(load.error_rate)} values={errors} bad={load.error_rate > 0} />
      <Figure name={words.columns.p50} value={msText(load.p50_ms)} values={series(load, ({ p50_ms }) => p50_ms)} />
      <Figure name={words.columns.p99} value={msText(load.p99_ms)} values={series(load, ({ p99_ms }) => p99_ms)} />
    </dl>
  )
}

function Figure({ name, value, values, bad = false }: { name: string; value: string; values: readonly (number | undefined)[]; bad?: boolean }): ReactNode {
  return (
    <div className="figure" title={words.ofMinutes}>
      <dt>{name} <span className="soft">{words.lastMinute}</span></dt>
      <dd data-bad={bad}>{value}<Spark values={values} bad={bad} width={220} height={34} /></dd>
    </div>
  )
}
