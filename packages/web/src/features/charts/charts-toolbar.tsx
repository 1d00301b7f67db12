import { useState, type ReactNode } from 'react'
import { bandKinds, scaleKinds, type BandKind, type ScaleKind } from '@cairn/charts'
import { seriesSmoothings, type SeriesSmoothing } from '@cairn/protocol'
import { count } from '../../ui/format.ts'
import { useFew } from '../../ui/use-few.ts'
import { alongOf, axisName, nearestAmount, smoothings, stepAxes, type Axis, type ChartsState } from './charts-state.ts'
import { words } from './words.ts'

export interface ChartsToolbarProps {
  readonly state: ChartsState
  readonly metrics: readonly string[]
  readonly fields: readonly string[]
  onChange(change: Partial<ChartsState>): void
  readonly children?: ReactNode
}

const scaleNames: Readonly<Record<ScaleKind, string>> = { linear: words.linear, log: words.logarithmic, symlog: words.symmetricLog }
const bandNames: Readonly<Record<BandKind, string>> = { range: words.meanLowestToHighest, deviation: words.meanStandardDeviation, quartiles: words.medianQuartiles }

/** How all charts of the page are drawn. */
export function ChartsToolbar({ state, metrics, fields, onChange, children }: ChartsToolbarProps): ReactNode {
  const [open, setOpen] = useState(false)
  const { smoothing } = state
  const along = useFew(alongOptions(state.axis, metrics), (name) => `metrics.${name}` === state.axis)
  const kind = smoothing === undefined ? undefined : smoothings[smoothing.kind]
  const place = smoothing === undefined || kind === undefined ? 0 : nearestAmount(kind.amounts, smoothing.amount)
  return (
    <div className="charts-bar">
      <input className="field" type="search" placeholder={words.findAmongEGTrain(count(metrics.length, 'metric'))} aria-label={words.findMetrics} value={state.find} onChange={(event) => onChange({ find: event.target.value })} spellCheck={false} autoCapitalize="off" />
      {children}
      <button type="button" className="button small charts-more" aria-expanded={open} onClick={() => setOpen(!open)}>{words.options}</button>
      <div className="charts-options" data-open={open ? '' : undefined}>
        <label className="choice">{words.along} <select {...along.opening} value={state.axis} onChange={(event) => onChange({ axis: event.target.value as Axis, zooms: [] })}>
          {stepAxes.map((axis) => <option key={axis} value={axis}>{axisName(axis)}</option>)}
          <optgroup label={words.anotherMetric}>{along.shown.map((name) => <option key={name} value={`metrics.${name}`}>{name}</option>)}</optgroup>
        </select></label>
        <span className="choice">
          <label>{words.smoothing} <select value={smoothing?.kind ?? ''} onChange={({ target: { value } }) => onChange({ smoothing: value === '' ? undefined : { kind: value as SeriesSmoothing, amount: smoothings[value as SeriesSmoothing].usual } })}>
            <option value="">{words.none}</option>{seriesSmoothings.map((one) => <option key={one} value={one}>{smoothings[one].name}</option>)}
          </select></label>
          {smoothing !== undefined && kind !== undefined && <>
            <input type="range" min="0" max={kind.amounts.length - 1} step="1" value={place} aria-label={words.howMuchSmoothing} aria-valuetext={String(smoothing.amount)} onChange={(event) => onChange({ smoothing: { kind: smoothing.kind, amount: kind.amounts[Number(event.target.value)]! } })} />
            <output>{smoothing.amount}</output>
          </>}
        </span>
        <label className="choice">{words.values} <select value={state.yScale} onChange={(event) => onChange({ yScale: event.target.value as ScaleKind })}>{scaleKinds.map((scale) => <option key={scale} value={scale}>{scaleNames[scale]}</option>)}</select></label>
        {(fields.length > 0 || state.group !== '') && <FieldChoice label={words.groupBy} none={words.nothing} value={state.group} fields={fields} metrics={metrics} onChange={(group) => onChange({ group, within: group === '' ? '' : state.within })} />}
        {state.group !== '' && <FieldChoice label={words.andBy} none={words.nothingElse} value={state.within} fields={fields.filter((field) => field !== state.group)} metrics={metrics} onChange={(within) => onChange({ within })} />}
        {state.group !== '' && <label className="choice">{words.as} <select value={state.band} onChange={(event) => onChange({ band: event.target.value as BandKind })}>{bandKinds.map((band) => <option key={band} value={band}>{bandNames[band]}</option>)}</select></label>}
        {state.axis !== 'time' && <label className="choice"><input type="checkbox" checked={state.xLog} onChange={(event) => onChange({ xLog: event.target.checked })} /> {words.logarithmic} {state.axis === 'step' ? words.steps : alongOf(state.axis) ?? words.timeLower}</label>}
        <label className="choice"><input type="checkbox" checked={state.clip} onChange={(event) => onChange({ clip: event.target.checked })} /> {words.clipOutliers}</label>
      </div>
    </div>
  )
}

interface FieldChoiceProps {
  readonly label: string
  readonly none: string
  readonly value: string
  readonly fields: readonly string[]
  readonly metrics: readonly string[]
  onChange(field: string): void
}

/** A field to group runs by: what differs among them, or a metric, in quarters. */
function FieldChoice({ label, none, value, fields, metrics, onChange }: FieldChoiceProps): ReactNode {
  const all = [...new Set([...fields, ...(value === '' || value.startsWith('metrics.') ? [] : [value])])]
  const numbers = [...new Set([...(value.startsWith('metrics.') ? [value.slice(8)] : []), ...metrics])].slice(0, 100)
  const [texts, quarters] = [useFew(all, (field) => field === value), useFew(numbers, (name) => `metrics.${name}` === value)]
  const open = (): void => {
    texts.opening.onFocus?.()
    quarters.opening.onFocus?.()
  }
  return (
    <label className="choice" data-group-by="">{label} <select value={value} onFocus={open} onPointerEnter={open} onChange={(event) => onChange(event.target.value)}>
      <option value="">{none}</option>
      {texts.shown.map((field) => <option key={field} value={field}>{field}</option>)}
      <optgroup label={words.quartersOfAMetric}>{quarters.shown.map((name) => <option key={name} value={`metrics.${name}`}>{name}</option>)}</optgroup>
    </select></label>
  )
}

/** Metrics that a list can hold: those that count something first, which one plots along most. */
function alongOptions(axis: Axis, metrics: readonly string[]): string[] {
  const counting = /epoch|step|iter|token|sample|example|batch|seen|time|hour|flop/i
  const [first, others] = [metrics.filter((name) => counting.test(name)), metrics.filter((name) => !counting.test(name))]
  const chosen = alongOf(axis)
  return [...new Set([...(chosen === undefined ? [] : [chosen]), ...first, ...others])].slice(0, 200)
}
