import { memo, useMemo, useRef, useState, type ReactNode } from 'react'
import { go, href } from '../../../app/router.ts'
import { toast } from '../../../ui/toast.tsx'
import type { DrawnRun } from '../drawn-runs.ts'
import { usePointed, usePointedId } from '../../runs/pointed.ts'
import { PanelFrame } from '../panel-frame.tsx'
import { csvOf } from '../../../ui/csv.ts'
import { useInSight } from '../use-in-sight.ts'
import { brushOf } from './brushes.ts'
import type { RunTable } from './columns.ts'
import { FigurePlot } from './figure-plot.tsx'
import { ImportanceList } from './importance-list.tsx'
import { Legend } from './legend.tsx'
import { kindSpecs, rolesOf, switched, withRole, type Panel } from './panel.ts'
import { byCorrelation, parallelView, type ParallelView } from './parallel-view.ts'
import { ParallelPlot } from './parallel-plot.tsx'
import { panelPython, type PythonContext } from './python.ts'
import { RowsTable } from './rows-table.tsx'
import { panelTitle } from './title.ts'
import type { CrossFilter } from './use-cross-filter.ts'
import { barView, boxView, contourView, histogramView, scatterView, type ViewData } from './views.ts'
import { byImportance } from './use-importance.ts'
import type { View } from './view.ts'
import { words } from './words.ts'

export interface RunPanelProps {
  readonly panel: Panel
  readonly table: RunTable | undefined
  readonly filter: CrossFilter
  readonly python: PythonContext
  readonly busy: boolean
  /** Those whose lines are drawn: files are shown of them. */
  readonly runs: readonly DrawnRun[]
  readonly tools?: ReactNode
  onChange(panel: Panel): void
  onEdit(): void
  onRemove(): void
}

const views: Readonly<Record<string, (data: ViewData) => View | undefined>> = { scatter: scatterView, contour: contourView, bar: barView, box: boxView, violin: boxView, histogram: histogramView }
/** What the brush moves over is drawn at once; a figure that is costly to make waits until it rests. */
const viewOf = (data: ViewData): View | undefined => (data.panel.kind === 'parallel' ? parallelView(data) : data.panel.kind === 'importance' ? undefined : views[data.panel.kind]?.(data))

/** A chart over runs. */
export const RunPanel = memo(function RunPanel({ panel, table, filter, python, busy, tools, onChange, onEdit, onRemove }: RunPanelProps): ReactNode {
  const element = useRef<HTMLElement>(null)
  const { inSight, seen } = useInSight(element)
  const [full, setFull] = useState(false)
  const [asTable, setAsTable] = useState(false)
  const { brushes, chosen } = filter
  const last = useRef<View>(undefined)
  // Out of sight nothing is worked out; what was drawn last stands there until one comes back.
  const view = useMemo(() => (table === undefined || !(inSight || full) ? last.current : viewOf({ panel, table, brushes, chosen })), [panel, table, inSight || full, brushes, chosen])
  last.current = view
  const title = panelTitle(panel)
  // A run that is pointed at, here or in the table, stands out in both; a bar or a bin is no run.
  const single = panel.kind === 'scatter' || panel.kind === 'contour' || panel.kind === 'parallel'
  const pointed = usePointed()
  const pointedId = usePointedId()
  const raised = useMemo(() => { const row = single && pointedId !== undefined ? table?.ids.indexOf(pointedId) ?? -1 : -1; return row < 0 ? undefined : row }, [single, pointedId, table])
  const point = single ? { raised, onPoint: (index: number | undefined) => pointed.set(index === undefined ? undefined : table?.ids[index]) } : {}
  const brush: Parameters<typeof FigurePlot>[0]['onBrush'] = (brushed, done) => {
    const axes = [['x', view?.x], ['y', view?.y]] as const
    const fields = axes.flatMap(([, column]) => (column === undefined ? [] : [column.id]))
    filter.brush(fields, brushed === undefined ? [] : axes.flatMap(([axis, column]) => (column === undefined || brushed[axis] === undefined ? [] : [brushOf(column, brushed[axis])])), done)
  }
  const pick = (index: number | undefined, open: boolean): void => {
    const rows = index === undefined ? [] : view?.rows?.(index) ?? []
    if (open && rows.length === 1) go(href.run(table!.ids[rows[0]!]!))
    else filter.pick(rows)
  }
  const items = [
    { label: words.edit, icon: 'edit' as const, act: onEdit },
    ...(kindSpecs[panel.kind].switches ?? []).map(([name, value, label]) => ({ label, checked: rolesOf(panel, name).includes(value), act: () => onChange(switched(panel, name, value)) })),
    ...(panel.kind === 'parallel' && view !== undefined ? [{ label: words.byCorrelation, act: () => onChange(withRole(panel, 'axis', byCorrelation((view as ParallelView).columns))) },
      { label: words.byImportance, act: () => void byImportance((view as ParallelView).columns).then((axes) => onChange(withRole(panel, 'axis', axes)), (error: Error) => toast({ text: error.message, kind: 'bad' })) }] : []),
    ...(panel.kind === 'importance' ? [] : [{ label: asTable ? words.asChart : words.asTable, act: () => setAsTable(!asTable) }]),
    { label: words.remove, icon: 'trash' as const, act: onRemove },
    'line' as const,
  ]
  if (panel.kind === 'importance') return <ImportanceList ref={element} panel={panel} title={title} table={table} chosen={chosen} python={python} full={full} onFull={setFull} items={items} tools={tools} seen={seen} />
  return (
    <PanelFrame ref={element} title={title} full={full} onFull={setFull} items={items} tools={tools} busy={busy} note={view?.note ?? (table === undefined ? words.loading : words.chooseFields)}
      picture={view === undefined ? undefined : () => ({ title, size: { width: 960, height: 540 }, legend: view.legend.kind === 'names' ? view.legend.items.map(({ name, ink }) => ({ name, look: { color: ink.color, dash: [] } })) : [], body: (pen, size, theme) => view.figure.draw(pen, size, theme) })}
      csv={() => { const { head, rows } = view!.table(); return csvOf([head, ...rows]) }}
      python={() => panelPython(panel, python)}>
      {view === undefined ? <div className="plot" />
        : asTable ? <RowsTable label={title} {...view.table()} />
        : (
          <div className="figure">
            {panel.kind === 'parallel'
              ? <ParallelPlot key={full ? 'full' : 'small'} {...point} view={view as ParallelView} onPick={pick}
                onBrush={(axis, range, done) => { const column = (view as ParallelView).columns[axis]!; filter.brush([column.id], range === undefined ? [] : [brushOf(column, range)], done) }}
                onOrder={(axes) => onChange(withRole(panel, 'axis', axes))} onSwitch={(name, field) => onChange(switched(panel, name, field))} />
              : seen || full ? <FigurePlot key={full ? 'full' : 'small'} {...point} view={view} onBrush={brush} onPick={pick} /> : <div className="plot" />}
            <Legend legend={view.legend} />
          </div>
        )}
    </PanelFrame>
  )
})
