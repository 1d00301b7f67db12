import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { CursorGroup, type Range } from '@cairn/charts'
import type { Run } from '@cairn/protocol'
import { client, useLive } from '../../app/server.ts'
import type { Drawn } from '../runs/use-drawn.ts'
import { count } from '../../ui/format.ts'
import { Empty } from '../../ui/parts.tsx'
import { ChartsToolbar } from './charts-toolbar.tsx'
import { finder } from './charts-state.ts'
import { groupFields, groupsOf, type DrawnGroup, type DrawnRun } from './drawn-runs.ts'
import { LinePanel, type LinesLook } from './line-panel.tsx'
import { LinesStore } from './lines-store.ts'
import { LookBook } from './looks.ts'
import { RunsList } from './runs-list.tsx'
import { sectionsOf } from './sections.ts'
import { useChartsState } from './use-charts-state.ts'
import './charts.css'

export interface RunsChartsProps {
  readonly experiments: readonly string[]
  /** Those that can be drawn, in the order of the table. */
  readonly runs: readonly Run[]
  /** Names of all metrics of the experiments. */
  readonly metrics: readonly string[]
  /** Which of the runs are drawn, and how. */
  readonly drawn: Drawn
  /** Whether the runs are listed here too: where no table stands beside the charts. */
  readonly list: boolean
}

/** Charts of a section before more are asked for. */
const page = 12
/** Who cannot have a stream does not wait for it. */
const patienceMs = 500

/** The same array for as long as it holds the same. */
function useSame<T>(items: readonly T[], text: (item: T) => unknown): readonly T[] {
  const kept = useRef(items)
  if (kept.current.length !== items.length || kept.current.some((item, at) => text(item) !== text(items[at]!))) kept.current = items
  return kept.current
}

/** Every metric of the experiment as a chart with a line for each run. */
export function RunsCharts({ experiments, runs: rows, metrics, drawn: { isDrawn, lookOf, ...choice }, list }: RunsChartsProps): ReactNode {
  const experiment = experiments.join()
  const [state, change] = useChartsState(experiment)
  const store = useMemo(() => new LinesStore({
    read: (request) => client.metrics.series({ ...request, precision: 'float32' }), nextFrame: (act) => void requestAnimationFrame(act), later: (act) => void setTimeout(act, 1000),
  }), [])
  const cursors = useMemo(() => new CursorGroup(), [])
  const groupLooks = useRef(new LookBook())

  const listed = useSame(useMemo(() => rows.map(({ info }): DrawnRun => ({ id: info.run_id, name: info.run_name ?? info.run_id, look: lookOf(info.run_id) })), [rows, lookOf]), ({ id, name, look }) => `${id} ${name} ${look.color} ${look.dash.join(' ')}`)
  const drawn = useSame(useMemo(() => listed.filter(({ id }) => isDrawn(id)), [listed, isDrawn]), (one) => one)
  const chosen = useMemo(() => rows.filter(({ info }) => isDrawn(info.run_id)), [rows, isDrawn])
  const asked = useMemo(() => drawn.map(({ id }) => ({ id, start: Number(rows.find(({ info }) => info.run_id === id)?.info.start_time ?? 0) })), [drawn])
  useEffect(() => store.show(asked, { axis: state.axis, smoothing: state.smoothing }), [store, asked, state.axis, state.smoothing?.kind, state.smoothing?.amount])

  useEffect(() => {
    const timer = setTimeout(() => store.ready(), patienceMs)
    return () => clearTimeout(timer)
  }, [store])
  useLive(`charts ${experiment}`, { experimentIds: experiments, types: ['points'] }, (message) => {
    if (message.type === 'connected') store.ready()
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) store.reload()
    else if (message.type === 'points') {
      const run = message.data.run_id
      store.hear(message.data.points.map(({ key, value, timestamp, step }) => ({ run, key, value: Number(value), timestamp: Number(timestamp), step: Number(step ?? 0) })))
    }
  })

  const keys = useSame(useMemo(() => metrics.filter((key) => !key.startsWith('system/')).toSorted(), [metrics]), (key) => key)
  const find = useDeferredValue(state.find)
  const found = useMemo(() => keys.filter(finder(find)), [keys, find])
  const sections = useMemo(() => sectionsOf(found), [found])
  const fields = useSame(useMemo(() => groupFields(chosen), [chosen]), (field) => field)
  const grouping = useMemo(() => (state.group === '' ? undefined : [...groupsOf(chosen, state.group)]), [chosen, state.group])
  const sameGrouping = useSame(grouping ?? [], ([value, members]) => `${value}\n${members.join('\n')}`)
  const groups = useMemo((): DrawnGroup[] | undefined => {
    if (state.group === '') return undefined
    groupLooks.current.take(sameGrouping.map(([value]) => value))
    return sameGrouping.map(([value, members]) => ({ id: value, name: `${value} (${members.length})`, look: groupLooks.current.of(value), members }))
  }, [sameGrouping, state.group])
  const look = useMemo((): LinesLook => ({ axis: state.axis, xLog: state.xLog, yScale: state.yScale, clip: state.clip, smooth: state.smoothing !== undefined, band: state.band }), [state.axis, state.xLog, state.yScale, state.clip, state.smoothing === undefined, state.band])
  const latest = useRef(state)
  latest.current = state
  const zoom = useCallback((key: string, range: Range | undefined): void => {
    const others = latest.current.zooms.filter((one) => one.key !== key)
    change({ zooms: range === undefined ? others : [...others, { key, range: tidy(range, latest.current.axis === 'step') }] })
  }, [change])
  const ranges = useZooms(state.zooms)

  return (
    <div className="charts-page" data-list={list}>
      {list && <RunsList runs={listed} isDrawn={isDrawn} choice={choice} />}
      <div className="charts-main">
        <ChartsToolbar state={state} metrics={keys.length} fields={fields} onChange={change} />
        <p id="chart-keys" className="visually-hidden">Left and right move the cursor, with Shift by ten points; plus and minus zoom; Space keeps the cursor; Escape lets go; f shows the chart on the full screen. The menu of each chart shows it as a table.</p>
        {keys.length === 0 && <Empty title="These runs have no metrics yet." />}
        {keys.length > 0 && found.length === 0 && <Empty title="No metric is called so." />}
        {sections.map(([section, names]) => (
          <Section key={section} name={section} count={names.length} single={sections.length === 1} folded={state.folded.includes(section)}
            onFold={(fold) => change({ folded: fold ? [...state.folded, section] : state.folded.filter((one) => one !== section) })}>
            {(most) => names.slice(0, most).map((name) => <LinePanel key={name} store={store} cursors={cursors} name={name} runs={drawn} groups={groups} look={look} range={ranges.get(name)} onZoom={zoom} />)}
          </Section>
        ))}
      </div>
    </div>
  )
}

/** The ranges by metric; each the same object for as long as it is the same range. */
function useZooms(zooms: readonly { readonly key: string; readonly range: Range }[]): ReadonlyMap<string, Range> {
  const kept = useRef(new Map<string, Range>())
  return useMemo(() => {
    kept.current = new Map(zooms.map(({ key, range }) => {
      const known = kept.current.get(key)
      return [key, known !== undefined && known[0] === range[0] && known[1] === range[1] ? known : range]
    }))
    return kept.current
  }, [zooms])
}

/** Steps are whole, and so is time in milliseconds; shorter addresses are read more easily. */
const tidy = ([from, to]: Range, steps: boolean): Range => {
  const outer: Range = [Math.floor(from), Math.ceil(to)]
  return outer[0] < outer[1] ? outer : [outer[0] - (steps ? 1 : 0), outer[1] + 1]
}

interface SectionProps {
  readonly name: string
  readonly count: number
  /** The only one needs no heading. */
  readonly single: boolean
  readonly folded: boolean
  onFold(folded: boolean): void
  children(most: number): ReactNode
}

function Section({ name, count: size, single, folded, onFold, children }: SectionProps): ReactNode {
  const [most, setMost] = useState(page)
  const label = name === '' ? 'Charts' : name
  return (
    <section aria-label={`Charts of ${name === '' ? 'metrics' : name}`}>
      {!single && <h2 className="section-head"><button type="button" aria-expanded={!folded} onClick={() => onFold(!folded)}><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5 3l5 5-5 5" /></svg>{label}</button><span className="soft">{size}</span></h2>}
      {!folded && <div className="panels">{children(most)}</div>}
      {!folded && size > most && <p><button type="button" className="button" onClick={() => setMost(most + page * 2)}>Show {Math.min(page * 2, size - most)} more of {count(size, 'metric')}</button></p>}
    </section>
  )
}
