import { memo, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore, type KeyboardEvent, type ReactNode } from 'react'
import { axisText, drawLines, layoutLines, lineOf, type BandKind, type Line, type CursorGroup, type Hover, type LinesFigure, type Range, type ScaleKind } from '@cairn/charts'
import { client, serverUrl } from '../../app/server.ts'
import { copyAndSay } from '../../ui/clipboard.ts'
import { count, metric } from '../../ui/format.ts'
import { Bars } from './bars.tsx'
import { alongLine } from './along.ts'
import { alongOf, axisKind, axisName, type Axis } from './charts-state.ts'
import { drawnLines, singleValues, type DrawnGroup, type DrawnRun } from './drawn-runs.ts'
import { usePointed } from '../runs/pointed.ts'
import type { Lines, LinesStore } from './lines-store.ts'
import { LinesTable } from './lines-table.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { seriesInTypescript } from '../share/code.ts'
import { linesCsv, pythonOf } from './save.ts'
import { useLinesTip } from './tip.ts'
import { useInSight } from './use-in-sight.ts'
import { useLineChart } from './use-line-chart.ts'
import { words } from './words.ts'

/** What is the same for all panels of lines of the page. */
export interface LinesLook {
  readonly axis: Axis
  readonly xLog: boolean
  readonly yScale: ScaleKind
  readonly clip: boolean
  readonly smooth: boolean
  readonly band: BandKind
}

export interface LinePanelProps {
  readonly store: LinesStore
  readonly cursors: CursorGroup
  readonly name: string
  readonly runs: readonly DrawnRun[]
  /** Runs of one value as one line with a band; undefined for a line each. */
  readonly groups: readonly DrawnGroup[] | undefined
  /** Runs of these that are selected, where some are: the others step back. */
  readonly selected?: ReadonlySet<string> | undefined
  readonly look: LinesLook
  /** Whether it is probably in sight when it is first drawn: its lines are asked for at once. */
  readonly early?: boolean
  readonly range: Range | undefined
  onZoom(key: string, range: Range | undefined): void
  /** Whether it stands above all sections, where one keeps what one looks at first; and how that is changed. */
  readonly pinned?: boolean
  onPin?: ((key: string) => void) | undefined
  /** Takes the panel away. */
  onHide?: ((key: string) => void) | undefined
  readonly tools?: ReactNode
}

const at = (axis: Axis): string => ({ step: 'step', relative: 'after', time: 'at' } as Readonly<Record<string, string>>)[axis] ?? axisName(axis)

/** One metric of several runs: lines, or bars where none has more than a point. */
export const LinePanel = memo(function LinePanel(props: LinePanelProps): ReactNode {
  const { store, name, runs, groups, selected, look, early = false, range, onZoom, pinned = false, onPin, onHide, tools } = props
  const element = useRef<HTMLElement>(null)
  const { inSight, seen } = useInSight(element, early)
  const [full, setFull] = useState(false)
  const [table, setTable] = useState(false)
  const along = alongOf(look.axis)
  // A part of another metric's axis is no part of the steps that the server knows.
  const asked = along === undefined ? range : undefined
  useEffect(() => (inSight ? store.watch(name, asked, full ? 1200 : element.current!.clientWidth) : undefined), [store, name, asked, inSight, full])
  useEffect(() => (inSight && along !== undefined ? store.watch(along, undefined, full ? 1200 : element.current!.clientWidth) : undefined), [store, along, inSight, full])
  const own = useLines(store, name, asked)
  const other = useLines(store, along ?? name, asked)
  const lines = useMemo((): Lines => (along === undefined ? own : { ...own, loading: own.loading || other.loading, of: new Map([...own.of].map(([run, line]) => [run, alongLine(line, other.of.get(run))])) }), [own, other, along])
  const figure = useMemo((): LinesFigure => ({
    lines: drawnLines(lines.of, runs, groups, look.band, selected), xKind: axisKind(look.axis), xScale: look.xLog && look.axis !== 'time' ? 'log' : 'linear', xRange: range, yScale: look.yScale, clip: look.clip,
  }), [lines, runs, groups, selected, look, range])
  const points = figure.lines.reduce((sum, { line }) => sum + line.count, 0)
  const single = range === undefined && along === undefined && points > 0 && [...lines.of.values()].every(({ x }) => x.length <= 1)
  const exact = runs.every(({ id }) => lines.of.get(id)?.exact !== false)
  const zoom = useCallback((asked: Range | undefined) => onZoom(name, asked), [onZoom, name])
  // Along another axis everything is read anew; until it is there the old picture stays, paler, with its own axis.
  const before = useRef<{ readonly figure: LinesFigure; readonly look: LinesLook; readonly points: number }>(undefined)
  if (points > 0) before.current = { figure, look, points }
  const kept = lines.loading && points === 0 && runs.length > 0 ? before.current : undefined
  const shared = { ...props, figure, points, zoom, ...kept }
  return (
    <PanelFrame ref={element} title={name} metric={name} full={full} onFull={setFull} tools={tools}
      busy={lines.loading && (points > 0 || kept !== undefined)}
      picture={() => ({ title: name, size: { width: 960, height: 540 }, legend: figure.lines, body: (pen, size, theme) => drawLines(pen, layoutLines(figure, size), theme) })}
      csv={async () => {
        // What is drawn has as many digits and points as one sees.
        const read = async (key: string): Promise<ReadonlyMap<string, Line>> => new Map((await client.metrics.series(store.question(key, asked))).map((told) => [told.run_id, lineOf(told)]))
        const [all, others] = await Promise.all([read(name), along === undefined ? undefined : read(along)])
        const of = others === undefined ? all : new Map([...all].map(([run, line]) => [run, alongLine(line, others.get(run))]))
        return linesCsv({ ...figure, lines: drawnLines(of, runs, groups, look.band) }, look.axis, name)
      }}
      python={() => pythonOf({ url: serverUrl, metric: name, runs, axis: look.axis, yLog: look.yScale === 'log' })}
      items={[
        { label: words.copyAsTypescript, act: () => copyAndSay(seriesInTypescript(serverUrl, name, runs)) },
        { label: table ? words.showAsAChart : words.showAsATable, act: () => setTable(!table) },
        ...(range === undefined ? [] : [{ label: words.showAllOfTheAxis, act: () => zoom(undefined) }]),
        ...(onPin === undefined ? [] : [{ label: pinned ? words.letGoFromTop : words.keepOnTop, icon: 'pin' as const, act: () => onPin(name) }]),
        ...(onHide === undefined ? [] : [{ label: words.takeAway, act: () => onHide(name) }]),
      ]}
      note={lines.error !== undefined
        ? <span className="error" role="alert">{lines.error} <button type="button" className="link" onClick={() => store.reload()}>{words.tryAgain}</button></span>
        : <>{noteOf(points, lines.loading, exact, look.smooth && !single, groups)}{range !== undefined && <button type="button" className="link" onClick={() => zoom(undefined)}>{words.showAll}</button>}</>}>
      {table ? <LinesTable name={name} figure={figure} axis={look.axis} />
        : single ? <Bars name={name} rows={singleValues(lines.of, runs, groups, selected)} />
        : (seen || full) && !(lines.loading && points === 0 && kept === undefined) ? <Plot key={full ? 'full' : 'small'} {...shared} />
        : <div className="plot" />}
    </PanelFrame>
  )
})

/** The lines of a metric as the store has them. */
const useLines = (store: LinesStore, name: string, range: Range | undefined): Lines =>
  useSyncExternalStore(useCallback((listener) => store.subscribe(name, range, listener), [store, name, range]), () => store.lines(name, range))

function noteOf(points: number, loading: boolean, exact: boolean, smooth: boolean, groups: readonly DrawnGroup[] | undefined): string {
  if (points === 0) return loading ? words.loading : words.noPointsInThisPart
  return [count(points, 'point'), ...(groups !== undefined ? [count(groups.length, 'group')] : exact ? [] : [words.extremesKept]), ...(smooth ? [words.smoothed] : [])].join(', ')
}

interface PlotProps extends LinePanelProps {
  readonly figure: LinesFigure
  readonly points: number
  zoom(range: Range | undefined): void
}

function Plot({ name, figure, points, look, zoom, cursors, groups }: PlotProps): ReactNode {
  const element = useRef<HTMLDivElement>(null)
  const said = useRef<HTMLSpanElement>(null)
  const here = useRef<Hover>(undefined)
  const [focused, setFocused] = useState(false)
  const pointed = usePointed()
  const showTip = useLinesTip(element)
  const place = (hover: Hover): string => `${at(look.axis)} ${axisText(axisKind(look.axis), hover.x)}`
  // Nobody hears what the other charts are at, nor a chart that has not the focus.
  const say = (): void => {
    const text = focused && here.current !== undefined ? spoken(here.current, figure, place) : ''
    if (said.current!.textContent !== text) said.current!.textContent = text
  }
  useEffect(say, [focused])
  // Past React, as the line that is moved: the chart that the pointer is in may have eleven beside it.
  const tell = (hover: Hover | undefined): void => {
    here.current = hover?.here === true ? hover : undefined
    showTip(hover, { figure, place, chart: chart.current })
    if (focused) say()
    // Groups are no rows of the table.
    pointed.at.set(name, hover === undefined || groups !== undefined ? undefined : place(hover),
      () => new Map(hover!.readings.flatMap(({ id, point, mark }) => (point === undefined && mark === undefined ? [] : [[id, mark?.value ?? point!.value] as const]))))
  }
  const chart = useLineChart(element, figure, { group: cursors, onZoom: zoom, onHover: tell })
  useEffect(() => () => pointed.at.set(name, undefined, () => new Map()), [pointed, name])
  useEffect(() => {
    // Past React: it changes with every move of the pointer, in every chart.
    const raise = (): void => chart.current?.raise(pointed.id)
    raise()
    return pointed.watch(raise)
  }, [pointed, chart, cursors])
  const summary = useMemo(() => summaryOf(name, figure, points), [name, figure, points])
  const key = (event: KeyboardEvent): void => {
    if (event.key !== 'f' || event.ctrlKey || event.metaKey || event.altKey) return
    event.currentTarget.closest('figure')?.querySelector<HTMLButtonElement>('[data-full]')?.click()
  }
  return (
    <div className="plot-frame">
      <div ref={element} className="plot" role="img" tabIndex={0} aria-label={summary} aria-describedby="chart-keys" onKeyDown={key} onFocus={() => setFocused(true)} onBlur={() => setFocused(false)} />
      <span ref={said} className="visually-hidden" aria-live={focused ? 'polite' : 'off'} />
    </div>
  )
}

/** What the first lines are at the cursor, for whoever does not see them. */
function spoken(hover: Hover, { lines }: LinesFigure, place: (hover: Hover) => string): string {
  const read = hover.readings.flatMap(({ point, mark }, index) => {
    const text = mark?.value ?? (point === undefined ? undefined : metric(point.value))
    return text === undefined || lines[index] === undefined ? [] : [`${lines[index].name} ${text}`]
  })
  return read.length === 0 ? '' : `${place(hover)}: ${read.slice(0, 5).join(', ')}${read.length > 5 ? words.andMore(read.length - 5) : ''}`
}

/** The chart in a sentence. */
function summaryOf(name: string, { lines }: LinesFigure, points: number): string {
  const drawn = lines.filter(({ line }) => line.count > 0)
  const marks = new Set(drawn.flatMap(({ line }) => line.marks.map(({ value }) => value)))
  return words.summary(name, count(drawn.length, 'run'), count(points, 'point'), [...marks])
}
