import { barFigure, binned, boxFigure, contourFigure, correlation, counted, histogram, histogramFigure, mean, quantile, rankCorrelation, scatterOf, spread, stacked, type FieldAxis } from '@cairn/charts'
import { count, grouped, metric } from '../../../ui/format.ts'
import { looks, seriesColors } from '../../../ui/looks.ts'
import { rangeOf, type Brush } from './brushes.ts'
import { textAt, type Column, type RunTable } from './columns.ts'
import { countOf, once, oncePerPanel } from './once.ts'
import { isOn, role, type Panel } from './panel.ts'
import { coloring, noLegend, valueText, type Legend, type View } from './view.ts'
import { words } from './words.ts'

export interface ViewData {
  readonly panel: Panel
  readonly table: RunTable
  readonly brushes: readonly Brush[]
  /** 1 for runs that are chosen; undefined when none is chosen, which draws all alike. */
  readonly chosen: Uint8Array | undefined
}

const brushOn = ({ brushes }: ViewData, column: Column | undefined): FieldAxis['brush'] => (column === undefined ? undefined : rangeOf(brushes.find(({ field }) => field === column.id), column))
const columnFor = ({ panel, table }: Pick<ViewData, 'panel' | 'table'>, name: string): Column | undefined => table.columns.get(role(panel, name) ?? '')

function axisOf(panel: Panel, column: Column, name: string): FieldAxis {
  const log = column.names === undefined && column.kind !== 'time' && isOn(panel, 'log', name)
  return { label: column.label, kind: column.kind, scale: log ? 'log' : 'linear', names: column.names }
}

const both = (a: Column, b: Column): number[] => [...a.values.keys()].filter((row) => !Number.isNaN(a.values[row]!) && !Number.isNaN(b.values[row]!))
const runName = ({ ids, columns }: RunTable, row: number): string => {
  const name = columns.get('attributes.run_name')
  return name === undefined || Number.isNaN(name.values[row]!) ? ids[row]! : textAt(name, row)
}

/** A row for each run, with these columns. */
function runRows({ table, chosen }: ViewData, columns: readonly Column[]): ReturnType<View['table']> {
  const rows = [...table.ids.keys()].filter((row) => (chosen === undefined || chosen[row] === 1) && columns.some(({ values }) => !Number.isNaN(values[row]!)))
  return {
    head: ['run_id', 'run', ...columns.map(({ label }) => label)],
    rows: rows.map((row) => [table.ids[row]!, runName(table, row), ...columns.map((column) => (Number.isNaN(column.values[row]!) ? '' : column.names === undefined ? column.values[row]! : textAt(column, row)))]),
  }
}

const runTip = (table: RunTable, row: number, columns: readonly (Column | undefined)[]): ReturnType<View['tip']> => ({
  title: runName(table, row), rows: columns.filter((column) => column !== undefined).map((column) => [column.label, valueText(column, column.values[row]!)] as const),
})

const runsNote = ({ chosen }: ViewData, drawn: number, total: number): string =>
  [chosen === undefined ? count(drawn, 'run') : words.ofChosen(grouped(countOf(chosen)), count(drawn, 'run')), ...(drawn < total ? [words.withoutAValue(total - drawn)] : [])].join(', ')

const rankRelation = once((x, y) => {
  const rows = both(x, y)
  return x.names === undefined && y.names === undefined && rows.length > 2 ? rankCorrelation(rows.map((row) => x.values[row]!), rows.map((row) => y.values[row]!)) : NaN
})
const binsOf = once((x) => {
  const rows = [...x.values.keys()].filter((row) => Number.isFinite(x.values[row]!))
  const sorted = Float64Array.from(rows, (row) => x.values[row]!).sort()
  const edges = histogram([...sorted])
  return { rows, edges, places: binned(edges, x.values), middle: quantile(sorted, 0.5) }
})

const largest = 14
const smallest = 3

const scatterBase = oncePerPanel((panel, table) => {
  const [x, y, color, size] = ['x', 'y', 'color', 'size'].map((name) => columnFor({ panel, table }, name))
  if (x === undefined || y === undefined) return undefined
  const { ink, inks, legend } = coloring(color, table.ids.length)
  const figureOf = scatterOf({ empty: words.noValuesHere, x: axisOf(panel, x, 'x'), y: axisOf(panel, y, 'y'), xs: x.values, ys: y.values, ink, inks, radii: size === undefined ? undefined : radiiOf(size) })
  return { x, y, color, size, legend, rows: both(x, y), figureOf }
})

export function scatterView(data: ViewData): View | undefined {
  const { table, chosen } = data
  const base = scatterBase(data)
  if (base === undefined) return undefined
  const { x, y, color, size, legend, rows, figureOf } = base
  const related = rankRelation(x, y)
  return {
    figure: figureOf({ chosen, x: brushOn(data, x), y: brushOn(data, y) }), legend, x, y, rows: (index) => [index],
    summary: words.scatterOfBy(y.label, x.label, count(rows.length, 'run'), Number.isNaN(related) ? '' : words.rankCorrelation(metric(related))),
    note: `${runsNote(data, rows.length, table.ids.length)}${Number.isNaN(related) ? '' : `, ρ ${related.toFixed(2)}`}`,
    table: () => runRows(data, [x, y, ...[color, size].filter((column) => column !== undefined)]),
    tip: (index) => runTip(table, index, [x, y, color, size]),
  }
}

/** The area of a bubble grows with its value. */
function radiiOf({ values }: Column): Float64Array {
  const finite = values.filter(Number.isFinite)
  const low = finite.reduce((least, value) => Math.min(least, value), Infinity)
  const high = finite.reduce((most, value) => Math.max(most, value), -Infinity)
  return values.map((value) => (!Number.isFinite(value) ? smallest : Math.sqrt(smallest ** 2 + (largest ** 2 - smallest ** 2) * (high === low ? 0.25 : (value - low) / (high - low)))))
}

export function contourView(data: ViewData): View | undefined {
  const { panel, table, chosen } = data
  const [x, y, z] = ['x', 'y', 'z'].map((name) => columnFor(data, name))
  if (x === undefined || y === undefined || z === undefined) return undefined
  const zs = chosen === undefined ? z.values : z.values.map((value, row) => (chosen[row] === 1 ? value : NaN))
  const rows = both(x, y).filter((row) => !Number.isNaN(zs[row]!))
  const best = rows.reduce((best, row) => (best < 0 || zs[row]! > zs[best]! ? row : best), -1)
  return {
    figure: contourFigure({ empty: words.noValuesOfAll, x: { ...axisOf(panel, x, 'x'), brush: brushOn(data, x) }, y: { ...axisOf(panel, y, 'y'), brush: brushOn(data, y) }, xs: x.values, ys: y.values, zs }), legend: noLegend, x, y, rows: (index) => [index],
    summary: words.heightsOfOverAnd(z.label, x.label, y.label, count(rows.length, 'run'), best < 0 ? '' : words.highestAtAnd(metric(zs[best]!), valueText(x, x.values[best]!), valueText(y, y.values[best]!))),
    note: words.between(z.label, count(rows.length, 'run')),
    table: () => runRows(data, [x, y, z]), tip: (index) => runTip(table, index, [x, y, z]),
  }
}

interface RunGroup {
  readonly name: string
  readonly color: string
  readonly rows: number[]
}

const everyRun: RunGroup = { name: words.allRuns, color: '--accent', rows: [] }

/** Groups that are drawn; the rest is one group. */
const mostGroups = 24

/** Runs by the words of a column; by even steps where it holds numbers of more values than can be drawn. */
function groupsOf(table: RunTable, by: Column | undefined, within: (row: number) => boolean): RunGroup[] {
  const rows = [...table.ids.keys()].filter(within)
  if (by === undefined) return [{ ...everyRun, rows }]
  if (by.names === undefined) {
    const known = rows.filter((row) => Number.isFinite(by.values[row]!))
    if (new Set(known.map((row) => by.values[row]!)).size > mostGroups) return groupsByStep(by, rows, known)
  }
  const groups = Map.groupBy(rows, (row) => (Number.isNaN(by.values[row]!) ? Infinity : by.values[row]!))
  const ordered = [...groups].sort(([a], [b]) => a - b)
  const shown = ordered.slice(0, mostGroups)
  const rest = ordered.slice(mostGroups).flatMap(([, members]) => members)
  return [
    ...shown.map(([value, members], at) => ({ name: value === Infinity ? words.noValue : valueText(by, value), color: looks[at % seriesColors]!.color, rows: members })),
    ...(rest.length === 0 ? [] : [{ name: words.others, color: '--text-soft', rows: rest }]),
  ]
}

const steps = 12

/** Numbers of many values, by equal parts of their range; parts without a run are left out, runs without a value come last. */
function groupsByStep(by: Column, rows: readonly number[], known: readonly number[]): RunGroup[] {
  const edges = histogram(known.map((row) => by.values[row]!), steps)
  const [low, high] = [edges[0]!.from, edges.at(-1)!.to]
  const inside = Map.groupBy(known, (row) => Math.min(edges.length - 1, Math.floor((by.values[row]! - low) / (high - low) * edges.length)))
  const without = rows.filter((row) => !Number.isFinite(by.values[row]!))
  return [
    ...edges.flatMap(({ from, to }, at) => (inside.has(at) ? [{ name: words.toTextText(valueText(by, from), valueText(by, to)), color: looks[at % seriesColors]!.color, rows: inside.get(at)! }] : [])),
    ...(without.length === 0 ? [] : [{ name: words.noValue, color: '--text-soft', rows: without }]),
  ]
}

const isIn = ({ chosen }: ViewData) => (row: number): boolean => chosen === undefined || chosen[row] === 1
/** By a field of words, a drag over the groups chooses these; numbers stand at their places in the list, not on an axis. */
const brushable = (by: Column | undefined): Column | undefined => (by?.names !== undefined && by.names.length <= mostGroups ? by : undefined)

export function barView(data: ViewData): View | undefined {
  const [by, y] = [columnFor(data, 'by'), columnFor(data, 'y')]
  if (by === undefined) return undefined
  const valuesOf = ({ rows }: RunGroup): number[] => (y === undefined ? [] : rows.map((row) => y.values[row]!).filter(Number.isFinite))
  const axis = brushable(by)
  // All groups keep their places when some of their runs are chosen.
  const groups = groupsOf(data.table, by, () => true).map((group) => ({ ...group, rows: axis === undefined || brushOn(data, axis) === undefined ? group.rows.filter(isIn(data)) : group.rows }))
  const bars = groups.map((group) => {
    const values = valuesOf(group)
    return { name: group.name, color: group.color, value: y === undefined ? group.rows.length : mean(values), spread: y === undefined || values.length < 2 ? undefined : spread(values) }
  })
  const what = y === undefined ? words.runs : words.meanOfOfLabel(y.label)
  const best = bars.reduce((best, { value }, at) => (Number.isFinite(value) && (best < 0 || value > bars[best]!.value) ? at : best), -1)
  return {
    figure: barFigure({ empty: words.noValuesHere, label: y === undefined ? words.runs : y.label, by: by.label, bars, brush: brushOn(data, axis) }), legend: noLegend, x: axis, rows: (index) => groups[index]!.rows,
    summary: words.forEachOfWhat(what, by.label, count(bars.length, 'bar'), best < 0 ? '' : words.highestFor(metric(bars[best]!.value), bars[best]!.name)),
    note: y === undefined ? count(groups.length, 'group') : words.meanStandardDeviation(count(groups.length, 'group')),
    table: () => ({ head: [by.label, 'runs', ...(y === undefined ? [] : [words.meanOfLabel(y.label), words.standardDeviation])], rows: groups.map((group, at) => [group.name, group.rows.length, ...(y === undefined ? [] : [bars[at]!.value, bars[at]!.spread ?? ''])]) }),
    tip: (index) => ({ title: groups[index]!.name, rows: [[words.runs, String(groups[index]!.rows.length)], ...(y === undefined ? [] : [[words.meanTitle, metric(bars[index]!.value)] as const, ...(bars[index]!.spread === undefined ? [] : [[words.sd, metric(bars[index]!.spread)] as const])])] }),
  }
}

/** All runs of each group, by their values too: what is chosen of them is in order then. */
const boxBase = oncePerPanel((panel, table) => {
  const [by, y] = [columnFor({ panel, table }, 'by'), columnFor({ panel, table }, 'y')]
  if (y === undefined) return undefined
  return { by, y, all: groupsOf(table, by, (row) => Number.isFinite(y.values[row]!)).map((group) => ({ ...group, sorted: group.rows.toSorted((a, b) => y.values[a]! - y.values[b]!) })) }
})

export function boxView(data: ViewData): View | undefined {
  const { panel } = data
  const base = boxBase(data)
  if (base === undefined) return undefined
  const { by, y, all } = base
  const [xBrush, yBrush] = [brushOn(data, brushable(by)), brushOn(data, y)]
  const shown = xBrush === undefined && yBrush === undefined ? isIn(data) : () => true
  const groups = all.map(({ name, color, sorted }) => ({ name, color, values: sorted.filter(shown).map((row) => y.values[row]!) }))
  const numbers = groups.map(({ values }) => [0, 0.25, 0.5, 0.75, 1].map((part) => quantile(values, part)))
  const drawn = groups.reduce((sum, { values }) => sum + values.length, 0)
  return {
    figure: boxFigure({ empty: words.noValuesHere, label: y.label, by: by?.label ?? '', scale: isOn(panel, 'log', 'y') ? 'log' : 'linear', groups, violin: panel.kind === 'violin', xBrush, yBrush }), legend: noLegend, x: brushable(by), y, rows: (index) => all[index]!.rows.filter(shown),
    summary: words.ofBoxesLabelForEachOfLabel(panel.kind === 'violin' ? words.violins : words.boxes, y.label, by === undefined ? '' : words.forEachOfLabel(by.label), count(drawn, 'run'), groups.slice(0, 5).map(({ name }, at) => words.median(name, metric(numbers[at]![2]!))).join(', ')),
    note: `${count(drawn, 'run')}${by === undefined ? '' : words.inGroups(count(groups.length, 'group'))}`,
    table: () => ({ head: [by?.label ?? words.runs, words.count, words.lowest, words.firstQuartile, words.medianLower, words.thirdQuartile, words.highest], rows: groups.map(({ name, values }, at) => [name, values.length, ...numbers[at]!]) }),
    tip: (index) => ({ title: groups[index]!.name, rows: [[words.runs, String(groups[index]!.values.length)], ...words.ofBoxes.map((name, at) => [name, metric(numbers[index]![at]!)] as const).toReversed()] }),
  }
}

export function histogramView(data: ViewData): View | undefined {
  const [x, by] = [columnFor(data, 'x'), columnFor(data, 'by')]
  if (x === undefined) return undefined
  if (x.names !== undefined) return barView({ ...data, panel: { ...data.panel, kind: 'bar', roles: [['by', x.id]] } })
  const { rows: all, edges, places, middle } = binsOf(x, x)
  const inside = isIn(data)
  const groups = by === undefined ? [everyRun] : groupsOf(data.table, by, (row) => Number.isFinite(x.values[row]!) && inside(row))
  const bins = by === undefined ? counted(edges, places, data.chosen) : stacked(edges, groups.map(({ rows }) => rows.map((row) => x.values[row]!)))
  const legend: Legend = by === undefined ? noLegend : { kind: 'names', label: by.label, items: groups.map(({ name, color }) => ({ name, ink: { color } })) }
  return {
    figure: histogramFigure({ empty: words.noValuesHere, label: x.label, counted: words.runs, kind: x.kind, bins, colors: groups.map(({ color }) => color), all: data.chosen === undefined ? undefined : edges.map((edge) => edge.count), brush: brushOn(data, x) }), legend, x,
    rows: (index) => all.filter((row) => x.values[row]! >= edges[index]!.from && (x.values[row]! < edges[index]!.to || index === edges.length - 1)),
    summary: words.histogramOfInMedian(x.label, count(all.length, 'run'), count(bins.length, 'bin'), valueText(x, middle)),
    note: runsNote(data, all.length, data.table.ids.length),
    table: () => ({ head: ['from', 'to', ...groups.map(({ name }) => (by === undefined ? 'runs' : name))], rows: bins.map(({ from, to, counts }) => [from, to, ...counts]) }),
    tip: (index) => ({ title: words.toTextText(valueText(x, bins[index]!.from), valueText(x, bins[index]!.to)), rows: groups.map(({ name }, at) => [by === undefined ? words.runs : name, String(bins[index]!.counts[at])] as const).filter(([, text]) => text !== '0') }),
  }
}

/** Pearson's and Spearman's correlation of rows that have both. */
export function related(x: ArrayLike<number>, y: ArrayLike<number>): { readonly pearson: number; readonly spearman: number; readonly rows: number } {
  const a: number[] = []
  const b: number[] = []
  for (let row = 0; row < x.length; row += 1) {
    if (!Number.isFinite(x[row]!) || !Number.isFinite(y[row]!)) continue
    a.push(x[row]!)
    b.push(y[row]!)
  }
  return { pearson: correlation(a, b), spearman: rankCorrelation(a, b), rows: a.length }
}
