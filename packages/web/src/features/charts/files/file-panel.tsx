import { useMemo, useRef, useState, type ReactNode } from 'react'
import { matrixFigure, drawLines, layoutLines, noLine, type Hover, type LinesFigure } from '@cairn/charts'
import { lazyPart } from '../../../ui/lazy-part.tsx'
import { client, serverUrl } from '../../../app/server.ts'
import type { MenuEntry } from '../../../ui/menu.tsx'
import { count, metric } from '../../../ui/format.ts'
import { runShelf } from '../../artifacts/shelf.ts'
import type { DrawnRun } from '../drawn-runs.ts'
import { PanelFrame } from '../panel-frame.tsx'
import { csvOf } from '../../../ui/csv.ts'
import { linesCsv } from '../save.ts'
import { useLinesTip } from '../tip.ts'
import { useInSight } from '../use-in-sight.ts'
import { useLineChart } from '../use-line-chart.ts'
import { FigurePlot } from '../panels/figure-plot.tsx'
import { role, withRole, type Panel } from '../panels/panel.ts'
import { RowsTable } from '../panels/rows-table.tsx'
import { panelTitle } from '../panels/title.ts'
import { noLegend, type View } from '../panels/view.ts'
import { words as panelWords } from '../panels/words.ts'
import { ImageGrid } from './image-grid.tsx'
import { columnsOf, confusionFrom, curveFrom, type ColumnNames } from './logged-table.ts'
import { confusionPython, curvePython, filePython, imagesPython, tablePython } from './python.ts'
import { useOpenTable, useTables, useText } from './read-files.ts'
import { rowsOf } from './rows.ts'
import { words } from './words.ts'
import '../../artifacts/artifacts.css'
import './files.css'

const Markdown = lazyPart(async () => (await import('../../artifacts/viewers/markdown.tsx')).Markdown)
const TableView = lazyPart(async () => (await import('../../artifacts/viewers/table-view.tsx')).TableView)

export interface FilePanelProps {
  readonly panel: Panel
  readonly runs: readonly DrawnRun[]
  onEdit(): void
  onRemove(): void
  onChange(panel: Panel): void
}

const isPicture = (path: string): boolean => /\.(?:png|jpe?g|gif|webp|svg)$/i.test(path)

/** Curves of more runs cannot be told apart. */
const mostCurves = 20

/** A panel of what the drawn runs have logged as files. */
export function FilePanel(props: FilePanelProps): ReactNode {
  const element = useRef<HTMLElement>(null)
  const { seen } = useInSight(element)
  const [full, setFull] = useState(false)
  const { panel, onEdit, onRemove } = props
  const own: Own = {
    ...props, frame: element, title: panelTitle(panel), full, onFull: setFull, seen,
    items: [{ label: panelWords.edit, icon: 'edit', act: onEdit }, { label: panelWords.remove, icon: 'trash', act: onRemove }],
  }
  if (isPicture(role(panel, 'file') ?? '') && (panel.kind === 'confusion' || panel.kind === 'roc' || panel.kind === 'pr')) return <ImagesPanel {...own} said={words.onlyPicture} />
  switch (panel.kind) {
    case 'confusion': return <ConfusionPanel {...own} />
    case 'roc': case 'pr': return <CurvePanel {...own} />
    case 'images': return <ImagesPanel {...own} />
    case 'table': return <TablePanel {...own} />
    default: return <TextPanel {...own} />
  }
}

interface Own extends FilePanelProps {
  readonly frame: React.RefObject<HTMLElement | null>
  readonly title: string
  readonly full: boolean
  onFull(full: boolean): void
  readonly items: readonly MenuEntry[]
  /** Nothing is read before somebody looks. */
  readonly seen: boolean
}

const namesOf = (panel: Panel): ColumnNames => ({ actual: role(panel, 'actual'), predicted: role(panel, 'predicted'), score: role(panel, 'score'), positive: role(panel, 'positive') })

function RunChoice({ runs, run, onRun }: { readonly runs: readonly DrawnRun[]; readonly run: DrawnRun | undefined; onRun(id: string): void }): ReactNode {
  return <label className="choice">{words.run} <select value={run?.id ?? ''} onChange={(event) => onRun(event.target.value)}>{runs.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</select></label>
}

/** The run that is shown where only one can be: the chosen one, which the panel keeps, else the first. */
function oneRun({ panel, runs, onChange }: FilePanelProps): [run: DrawnRun | undefined, choose: (id: string) => void] {
  const id = role(panel, 'run')
  return [runs.find((run) => run.id === id) ?? runs[0], (chosen) => onChange(withRole(panel, 'run', [chosen]))]
}

const Said = ({ error }: { readonly error: string | undefined }): ReactNode => (error === undefined ? <p className="soft file-said">{words.loading}</p> : <p className="error file-said" role="alert">{error}</p>)

function ConfusionPanel(own: Own): ReactNode {
  const { panel, runs, frame, title, full, onFull, items, seen } = own
  const [run, choose] = oneRun(own)
  const path = role(panel, 'file') ?? ''
  const [read] = useTables(run === undefined || !seen ? [] : [run], path)
  const normalized = role(panel, 'rows') === 'parts'
  const found = useMemo(() => {
    if (read?.value === undefined) return { view: undefined, error: read?.error }
    try {
      const { labels, counts } = confusionFrom(read.value, namesOf(panel))
      const sums = counts.map((row) => row.reduce((sum, one) => sum + one, 0))
      const most = Math.max(1, ...counts.flat())
      const right = labels.reduce((sum, _, at) => sum + counts[at]![at]!, 0)
      const all = sums.reduce((sum, one) => sum + one, 0)
      const part = (row: number, column: number): number => (sums[row] === 0 ? 0 : counts[row]![column]! / sums[row]!)
      const view: View = {
        figure: matrixFigure({
          rows: labels, columns: labels, rowLabel: words.actual, columnLabel: words.predicted, values: counts,
          text: (row, column) => (normalized ? `${Math.round(100 * part(row, column))}%` : String(counts[row]![column])), part: (row, column) => (normalized ? part(row, column) : counts[row]![column]! / most),
        }),
        summary: words.ofRight(title, run!.name, count(all, 'row'), metric(100 * right / all), count(labels.length, 'label')), note: words.right(count(all, 'row'), metric(100 * right / all)), legend: noLegend,
        table: () => ({ head: [`${words.actual} \\ ${words.predicted}`, ...labels], rows: labels.map((label, row) => [label, ...counts[row]!]) }),
        tip: (index) => { const [row, column] = [Math.floor(index / labels.length), index % labels.length]; return { title: `${labels[row]!} → ${labels[column]!}`, rows: [[words.rows, String(counts[row]![column])], [words.ofItsRow, `${metric(100 * part(row, column))}%`]] } },
      }
      return { view, error: undefined }
    } catch (failure) {
      return { view: undefined, error: (failure as Error).message }
    }
  }, [read?.value, read?.error, panel, title, run, normalized])
  const { view, error } = found
  const [asTable, setAsTable] = useState(false)
  return (
    <PanelFrame ref={frame} title={title} full={full} onFull={onFull} items={[...items, { label: asTable ? panelWords.asChart : panelWords.asTable, act: () => setAsTable(!asTable) }, 'line']} note={<><span>{view?.note ?? ''}</span><RunChoice runs={runs} run={run} onRun={choose} /></>}
      picture={view === undefined ? undefined : () => ({ title: `${title}, ${run!.name}`, size: { width: 720, height: 640 }, legend: [], body: (pen, size, theme) => view.figure.draw(pen, size, theme) })}
      csv={() => { const { head, rows } = view?.table() ?? { head: [], rows: [] }; return csvOf([head, ...rows]) }} python={() => confusionPython(serverUrl, run?.id ?? '', path, read?.value && columnsOf(read.value, 'confusion', namesOf(panel)))}>
      {view === undefined ? <Said error={runs.length === 0 ? words.noRuns : path === '' ? words.noFile : error} /> : asTable ? <RowsTable label={title} {...view.table()} /> : <FigurePlot key={full ? 'full' : 'small'} view={view} onBrush={() => {}} onPick={() => {}} />}
    </PanelFrame>
  )
}

function CurvePanel({ panel, runs: all, frame, title, full, onFull, items, seen }: Own): ReactNode {
  const runs = all.slice(0, mostCurves)
  const path = role(panel, 'file') ?? ''
  const kind = panel.kind === 'pr' ? 'pr' : 'roc'
  const read = useTables(seen ? runs : [], path)
  const state = read.map(({ run, value, error }) => `${run.id} ${value === undefined ? error ?? '' : 'read'}`).join('\n')
  const curves = useMemo(() => read.map(({ run, value, error }) => {
    if (value === undefined) return { run, curve: undefined, error }
    try {
      return { run, curve: curveFrom(kind, value, namesOf(panel)), error: undefined }
    } catch (failure) {
      return { run, curve: undefined, error: (failure as Error).message }
    }
  }), [state, panel])
  const good = curves.flatMap(({ run, curve }) => (curve === undefined ? [] : [{ run, curve }]))
  const areaName = kind === 'roc' ? 'AUC' : 'AP'
  const figure = useMemo((): LinesFigure => ({
    lines: [
      ...good.map(({ run, curve }) => ({ id: run.id, name: `${run.name}, ${areaName} ${metric(curve.area)}`, look: run.look, line: { ...noLine, x: curve.x, y: curve.y, count: curve.x.length } })),
      ...(kind === 'roc' && good.length > 0 ? [{ id: 'chance', name: words.chance, look: { color: '--text-soft', dash: [2, 4] }, line: { ...noLine, x: [0, 1], y: [0, 1], count: 2 } }] : []),
    ],
    xKind: 'number', xScale: 'linear', yScale: 'linear', clip: false, xLabel: kind === 'roc' ? words.falsePositiveRate : words.recall, yLabel: kind === 'roc' ? words.truePositiveRate : words.precision,
  }), [state, curves, kind])
  const best = good.reduce<(typeof good)[number] | undefined>((most, one) => (most === undefined || one.curve.area > most.curve.area ? one : most), undefined)
  const summary = `${title}: ${good.map(({ run, curve }) => `${run.name} ${areaName} ${metric(curve.area)}`).join(', ')}`
  const failed = curves.filter(({ error }) => error !== undefined)
  const [asTable, setAsTable] = useState(false)
  return (
    <PanelFrame ref={frame} title={title} full={full} onFull={onFull} items={[...items, { label: asTable ? panelWords.asChart : panelWords.asTable, act: () => setAsTable(!asTable) }, 'line']}
      note={`${best === undefined ? count(good.length, 'run') : words.bestWith(count(good.length, 'run'), best.run.name, areaName, metric(best.curve.area))}${failed.length === 0 ? '' : words.without(failed.length, failed[0]!.error!)}${all.length > runs.length ? words.theFirstOf(mostCurves, all.length) : ''}`}
      picture={() => ({ title, size: { width: 760, height: 640 }, legend: figure.lines, body: (pen, size, theme) => drawLines(pen, layoutLines(figure, size), theme) })}
      csv={() => linesCsv(figure, figure.xLabel!, figure.yLabel!)} python={() => { const table = read.find(({ value }) => value !== undefined)?.value; return curvePython(kind, serverUrl, runs, path, namesOf(panel), table && columnsOf(table, kind, namesOf(panel))) }}>
      {good.length === 0 ? <Said error={all.length === 0 ? words.noRuns : path === '' ? words.noFile : failed[0]?.error} />
        : asTable ? <RowsTable label={title} head={['run', areaName, 'points']} rows={good.map(({ run, curve }) => [run.name, curve.area, curve.x.length])} />
        : <Curves key={full ? 'full' : 'small'} figure={figure} summary={summary} />}
    </PanelFrame>
  )
}

function Curves({ figure, summary }: { readonly figure: LinesFigure; readonly summary: string }): ReactNode {
  const element = useRef<HTMLDivElement>(null)
  const showTip = useLinesTip(element)
  const place = (hover: Hover): string => `${figure.xLabel!} ${metric(hover.x)}`
  const chart = useLineChart(element, figure, { onZoom: () => {}, onHover: (hover) => showTip(hover, { figure, place, chart: chart.current }) })
  return (
    <div className="plot-frame">
      <div ref={element} className="plot" role="img" tabIndex={0} aria-label={summary} aria-describedby="chart-keys" />
    </div>
  )
}

function ImagesPanel({ panel, runs, frame, title, full, onFull, items, seen, onChange, said }: Own & { readonly said?: string }): ReactNode {
  return (
    <PanelFrame ref={frame} title={title} full={full} onFull={onFull} items={items} note={`${count(runs.length, 'run')}${said === undefined ? '' : `. ${said}`}`} csv={() => csvOf([['run_id', 'run'], ...runs.map(({ id, name }) => [id, name])])} python={() => (role(panel, 'file') === undefined ? imagesPython(serverUrl, runs, role(panel, 'key') ?? '') : filePython(serverUrl, runs, role(panel, 'file')!))}>
      {seen ? <ImageGrid panel={panel} runs={runs} onChange={onChange} /> : <Said error={undefined} />}
    </PanelFrame>
  )
}

function TablePanel(own: Own): ReactNode {
  const { panel, runs, frame, title, full, onFull, items, seen } = own
  const [run, choose] = oneRun(own)
  const path = role(panel, 'file') ?? ''
  const { value, error } = useOpenTable(seen ? run?.id : undefined, path)
  return (
    <PanelFrame ref={frame} title={title} full={full} onFull={onFull} items={[...items, ...(run === undefined ? [] : [{ label: words.downloadTheFile, icon: 'download' as const, href: runShelf(client, run.id).url(path) }])]} note={<RunChoice runs={runs} run={run} onRun={choose} />}
      csv={async () => csvOf(value === undefined ? [] : await rowsOf(value))} python={() => tablePython(serverUrl, run?.id ?? '', path)}>
      {value === undefined ? <Said error={runs.length === 0 ? words.noRuns : path === '' ? words.noFile : error} /> : <div className="file-table"><TableView key={run!.id} table={value} label={words.ofTitleName(title, run!.name)} waiting={<Said error={undefined} />} /></div>}
    </PanelFrame>
  )
}

function TextPanel(own: Own): ReactNode {
  const { panel, runs, frame, title, full, onFull, items, seen } = own
  const [run, choose] = oneRun(own)
  const path = role(panel, 'file') ?? ''
  const written = role(panel, 'text')
  const { value, error } = useText(seen && written === undefined ? run?.id : undefined, path)
  const text = written ?? value
  return (
    <PanelFrame ref={frame} title={title} full={full} onFull={onFull} items={items} note={written === undefined ? <RunChoice runs={runs} run={run} onRun={choose} /> : ''} csv={() => csvOf([[text ?? '']])}>
      {text === undefined ? <Said error={path === '' ? words.writeText : error} /> : <div className="file-text scroll" tabIndex={0} role="region" aria-label={title}><Markdown text={written !== undefined || /\.(?:md|markdown)$/i.test(path) ? text : `\`\`\`\n${text}\n\`\`\``} waiting={<Said error={undefined} />} /></div>}
    </PanelFrame>
  )
}
