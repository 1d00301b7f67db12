import { useCallback, useDeferredValue, useMemo, useRef, useState, type ReactNode } from 'react'
import { CursorGroup } from '@cairn/charts'
import type { Run } from '@cairn/protocol'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { serverUrl } from '../../app/server.ts'
import { useShortcuts } from '../../app/shortcuts.ts'
import { byNumber } from '../../ui/natural.ts'
import { Empty } from '../../ui/parts.tsx'
import type { Keys } from '../runs/columns.ts'
import { useRunSelection } from '../runs/selection.ts'
import type { Drawn } from '../runs/use-drawn.ts'
import { ChartsToolbar } from './charts-toolbar.tsx'
import { finder, smoothedBy } from './charts-state.ts'
import { GroupsLegend } from './groups-legend.tsx'
import { layoutSections, ownId, ownSection, readPut, readSize, stepped, usualSize, withPut, withSectionBefore, withSectionStepped, writePut, writeSize } from './layout.ts'
import { LinePanel, type LinesLook } from './line-panel.tsx'
import { fileKinds, freeId, isFileKind, panelKinds, readPanels, writePanel, type Panel } from './panels/panel.ts'
import { readBrush, writeBrush } from './panels/brushes.ts'
import { BrushBar } from './panels/brush-bar.tsx'
import { PanelsHead } from './panels/panels-head.tsx'
import { usePanelFields } from './panels/use-panel-fields.ts'
import { panelTitle } from './panels/title.ts'
import { useCrossFilter } from './panels/use-cross-filter.ts'
import { useRunTable, type WhichRuns } from './panels/use-run-table.ts'
import { RunsList } from './runs-list.tsx'
import { Section } from './section.tsx'
import { Place, type SlotActions } from './slot.tsx'
import { useChartsState } from './use-charts-state.ts'
import { useDrawnLines } from './use-drawn-lines.ts'
import { useLinesStore, useZooming } from './use-lines.ts'
import { useSame } from './use-same.ts'
import { words } from './words.ts'
import './charts.css'

const EmptyPanel = (): ReactNode => <figure className="chart panel"><div className="panel-body" /></figure>
// Charts over runs are a piece of their own, loaded when there is one.
const RunPanel = lazyPart(async () => (await import('./panels/run-panel.tsx')).RunPanel, EmptyPanel)
const FilePanel = lazyPart(async () => (await import('./files/file-panel.tsx')).FilePanel, EmptyPanel)
const PanelDialog = lazyPart(async () => (await import('./panels/panel-dialog.tsx')).PanelDialog)

export interface RunsChartsProps {
  readonly experiments: readonly string[]
  /** The runs of the table. */
  readonly which: WhichRuns
  /** Those that can be drawn, in the order of the table. */
  readonly runs: readonly Run[]
  /** Names of everything that was logged to the experiments. */
  readonly keys: Keys
  /** Which of the runs are drawn, and how. */
  readonly drawn: Drawn
  /** Whether the runs are listed here too: where no table stands beside the charts. */
  readonly list: boolean
  /** The one run that the page is about: then nothing is said over runs. */
  readonly only?: string
}

/** Panels that are drawn before anybody knows which are in sight. */
const earlyPanels = 6

/** Every metric of the experiment as a chart with a line for each run, and panels over all runs. */
export function RunsCharts({ experiments, which, runs: rows, keys, drawn: { isDrawn, lookOf, ...choice }, list, only }: RunsChartsProps): ReactNode {
  const experiment = only ?? experiments.join()
  const [state, change] = useChartsState(experiment)
  const selection = useRunSelection(experiment)
  const cursors = useMemo(() => new CursorGroup(), [])
  const [edited, setEdited] = useState<Panel>()

  const panels = useMemo(() => readPanels(state.panels), [state.panels.join('\n')])
  const brushes = useMemo(() => state.brushes.flatMap(readBrush), [state.brushes.join('\n')])
  const group = useMemo(() => [state.group, state.within].filter((field) => field !== ''), [state.group, state.within])
  const { fields, params } = usePanelFields(panels, brushes, keys, group)
  const table = useRunTable(which, fields, state.most)
  const filter = useCrossFilter(table.table, brushes, (next) => change({ brushes: next.map(writeBrush) }), selection)
  const lines = useDrawnLines({ rows, isDrawn, lookOf, chosen: filter.byCharts ? filter.chosen : undefined, table: table.table, most: choice.drawing.first, group })
  const store = useLinesStore(experiments, lines.asked, state, useMemo(() => (only === undefined ? undefined : [only]), [only]))
  const listed = useMemo(() => {
    const looks = new Map(lines.groups?.flatMap(({ members, look: own }) => members.map((id) => [id, own] as const)))
    return lines.groups === undefined ? lines.listed : lines.listed.map((run) => ({ ...run, look: looks.get(run.id) ?? run.look }))
  }, [lines.listed, lines.groups])
  const { ranges, zoom } = useZooming(state, change)
  // What a brush has chosen is drawn alone; what is selected in the table stands out among the others.
  const front = useSame(useMemo(() => (filter.byCharts ? [] : lines.drawn.flatMap(({ id }) => (selection.ids.has(id) ? [id] : []))), [filter.byCharts, lines.drawn, selection.ids]), (id) => id)
  const selected = useMemo(() => (front.length === 0 ? undefined : new Set(front)), [front])

  const metrics = useSame(useMemo(() => keys.metrics.map(({ key }) => key).filter((key) => only !== undefined || !key.startsWith('system/')).toSorted(byNumber), [keys, only]), (key) => key)
  const find = useDeferredValue(state.find)
  const titles = useMemo(() => new Map(panels.map((panel) => [ownId(panel.id), panelTitle(panel)])), [panels])
  const sizes = useMemo(() => new Map(state.sizes.flatMap(readSize)), [state.sizes.join('\n')])
  const puts = useMemo(() => state.puts.flatMap(readPut), [state.puts.join('\n')])
  const all = useMemo(() => layoutSections({ metrics, own: [...titles.keys()], puts, off: state.off, order: state.order }), [metrics, titles, puts, state.off.join('\n'), state.order.join('\n')])
  const sections = useMemo(() => {
    const finds = finder(find)
    return all.map(([section, ids]) => [section, ids.filter((id) => finds(titles.get(id) ?? id))] as const).filter(([, ids]) => ids.length > 0)
  }, [all, titles, find])

  const latest = useRef({ state, puts, all, panels, sizes, filter })
  latest.current = { state, puts, all, panels, sizes, filter }
  const actions = useMemo((): SlotActions => ({
    step(id, step) {
      const put = stepped(latest.current.all, id, step)
      if (put !== undefined) change({ puts: withPut(latest.current.puts, put).map(writePut) })
    },
    drop: (id, section, before) => change({ puts: withPut(latest.current.puts, { id, section, before }).map(writePut) }),
    resize: (id, size) => change({ sizes: [...new Map([...latest.current.sizes, [id, size]])].filter(([, { width, height }]) => width !== usualSize.width || height !== usualSize.height).map(([one, of]) => writeSize(one, of)) }),
  }), [change])
  const moves = useMemo(() => ({
    onMove: (section: string, before: string | undefined): void => change({ order: withSectionBefore(latest.current.all, section, before) }),
    onStep(section: string, by: -1 | 1): void {
      const order = withSectionStepped(latest.current.all, section, by)
      if (order !== undefined) change({ order })
    },
  }), [change])
  const setPanel = useCallback((panel: Panel): void => {
    const { panels: now } = latest.current
    change({ panels: (now.some(({ id }) => id === panel.id) ? now.map((one) => (one.id === panel.id ? panel : one)) : [...now, panel]).map(writePanel) })
  }, [change])
  const addProposed = (panel: Omit<Panel, 'id'>): void => {
    const id = freeId(panels)
    // Axes side by side want room.
    change({ panels: [...panels, { ...panel, id }].map(writePanel), ...(panel.kind === 'parallel' && { sizes: [...state.sizes, writeSize(ownId(id), { width: 2, height: 1 })] }) })
  }
  const removePanel = useCallback((id: string): void => change({ panels: latest.current.panels.filter((panel) => panel.id !== id).map(writePanel) }), [change])
  const pinned = useMemo(() => new Set(puts.filter(({ section }) => section === ownSection).map(({ id }) => id)), [puts])
  const pin = useCallback((name: string): void => {
    const { puts: now } = latest.current
    const isPinned = now.some(({ id, section }) => id === name && section === ownSection)
    change({ puts: (isPinned ? now.filter(({ id }) => id !== name) : withPut(now, { id: name, section: ownSection, before: '' })).map(writePut) })
  }, [change])
  const hide = useCallback((name: string): void => change({ off: [...latest.current.state.off, name] }), [change])
  const look = useMemo((): LinesLook => ({ axis: state.axis, xLog: state.xLog, yScale: state.yScale, clip: state.clip, smooth: state.smoothing !== undefined, band: state.band }), [state.axis, state.xLog, state.yScale, state.clip, state.smoothing === undefined, state.band])
  const python = useMemo(() => ({ url: serverUrl, experiments, filter: which.filter ?? '', params }), [experiments.join(), which.filter, params])

  useShortcuts([
    { keys: '[', what: words.lessSmoothing, where: words.where, act: () => change({ smoothing: smoothedBy(latest.current.state.smoothing, -1) }) },
    { keys: ']', what: words.moreSmoothing, where: words.where, act: () => change({ smoothing: smoothedBy(latest.current.state.smoothing, 1) }) },
    { keys: 'f', what: words.fullKey, where: words.where, act: () => document.querySelector<HTMLElement>('.panel:focus-within [data-full], .panel:hover [data-full]')?.click() },
    ...(list ? [{ keys: 'g', what: words.groupKey, where: words.where, act: () => document.querySelector<HTMLElement>('[data-group-by] select')?.focus() }] : []),
  ])
  const early = new Set(sections.flatMap(([, ids]) => ids.slice(0, earlyPanels)).slice(0, earlyPanels))
  const drawnPlaces = useRef(new Set<string>()).current
  const panelOf = (id: string): ReactNode => {
    const own = panels.find((panel) => ownId(panel.id) === id)
    if (own === undefined) return <LinePanel store={store} cursors={cursors} name={id} runs={lines.drawn} groups={lines.groups} selected={selected} look={look} early={list && early.has(id)} range={ranges.get(id)} onZoom={zoom} pinned={pinned.has(id)} onPin={pin} onHide={hide} />
    return isFileKind(own.kind)
      ? <FilePanel panel={own} runs={lines.drawn} onChange={setPanel} onEdit={() => setEdited(own)} onRemove={() => removePanel(own.id)} />
      : <RunPanel panel={own} table={table.table} filter={filter} python={python} busy={table.loading && table.table !== undefined} runs={lines.drawn} onChange={setPanel} onEdit={() => setEdited(own)} onRemove={() => removePanel(own.id)} />
  }
  return (
    <div className="charts-page" data-list={list}>
      {list && <RunsList runs={listed} isDrawn={isDrawn} choice={choice} />}
      <div className="charts-main">
        <ChartsToolbar state={state} metrics={metrics} fields={lines.fields} onChange={change} />
        {lines.groups !== undefined && <GroupsLegend groups={lines.groups} />}
        <p id="chart-keys" className="visually-hidden">{words.chartKeys}</p>
        <PanelsHead keys={keys} none={panels.length === 0 && only === undefined} fields={table} off={state.off}
          onAdd={(panel) => (panel === undefined ? setEdited({ id: freeId(panels), kind: only === undefined ? 'scatter' : 'images', roles: [] }) : addProposed(panel))}
          onMost={(most) => change({ most })} onRestore={() => change({ off: [] })} />
        {metrics.length === 0 && <Empty title={words.theseRunsHaveNoMetrics} />}
        {metrics.length > 0 && sections.length === 0 && <Empty title={words.noMetricIsCalledSo} />}
        {sections.map(([section, ids]) => (
          <Section key={section} name={section} ids={ids} moves={moves} single={sections.length === 1} folded={state.folded.includes(section)}
            onFold={(fold) => change({ folded: fold ? [...state.folded, section] : state.folded.filter((one) => one !== section) })}>
            {(id, columns) => <Place key={id} id={id} metric={titles.has(id) ? undefined : id} early={early.has(id)} drawn={drawnPlaces} size={sizes.get(id) ?? usualSize} columns={columns} actions={actions}>{panelOf(id)}</Place>}
          </Section>
        ))}
        {table.table !== undefined && <BrushBar filter={filter} table={table.table} lines={lines} />}
      </div>
      {edited !== undefined && (
        <PanelDialog panel={edited} keys={keys} kinds={only === undefined ? panelKinds : fileKinds} runs={lines.drawn} isNew={!panels.some(({ id }) => id === edited.id)} onClose={() => setEdited(undefined)} onDone={(panel) => { setPanel(panel); setEdited(undefined) }} />
      )}
    </div>
  )
}
