import { hasPlace, parallelOf, rankCorrelation, type ParallelAxis, type ParallelLayout, type Range, type Size } from '@cairn/charts'
import { count, grouped } from '../../../ui/format.ts'
import { rangeOf } from './brushes.ts'
import { textAt, type Column } from './columns.ts'
import { countOf, oncePerPanel } from './once.ts'
import { isOn, role, rolesOf } from './panel.ts'
import { coloring, valueText, type View } from './view.ts'
import type { ViewData } from './views.ts'
import { words } from './words.ts'

export interface ParallelView extends View {
  readonly axes: readonly ParallelAxis[]
  readonly columns: readonly Column[]
  /** The chosen part of each axis. */
  readonly brushes: readonly (Range | undefined)[]
  layout(size: Size): ParallelLayout
}

const parallelBase = oncePerPanel((panel, table) => {
  const columns = rolesOf(panel, 'axis').flatMap((id) => table.columns.get(id) ?? [])
  if (columns.length === 0) return undefined
  const color = table.columns.get(role(panel, 'color') ?? '')
  const { ink, inks, legend } = coloring(color, table.ids.length)
  const axes = columns.map((column): ParallelAxis => {
    const log = column.names === undefined && isOn(panel, 'log', column.id)
    return { label: column.label, kind: column.kind, scale: log ? 'log' : 'linear', names: column.names, values: column.values, flip: isOn(panel, 'flip', column.id) }
  })
  const lacking = axes.filter((axis) => axis.values.length > 0 && [...table.ids.keys()].some((row) => !hasPlace(axis.values[row]!, axis))).map(({ label }) => label)
  return { columns, color, legend, axes, lacking, strands: parallelOf({ empty: words.noValuesHere, lacking: words.lacking, axes, count: table.ids.length, ink, inks }) }
})

export function parallelView(data: ViewData): ParallelView | undefined {
  const { table, chosen } = data
  const base = parallelBase(data)
  if (base === undefined) return undefined
  const { columns, color, legend, axes, lacking, strands } = base
  const brushes = columns.map((column) => rangeOf(data.brushes.find(({ field }) => field === column.id), column))
  const shown = chosen === undefined ? table.ids.length : countOf(chosen)
  const name = table.columns.get('attributes.run_name')
  const all = [...new Set([...columns, ...(color === undefined ? [] : [color])])]
  return {
    axes, columns, brushes, legend, layout: strands.layout, figure: strands.figure({ chosen, brushes }), rows: (index) => [index],
    summary: words.parallelCoordinatesOf(columns.map(({ label }) => label).join(', '), count(table.ids.length, 'run'), chosen === undefined ? '' : words.chosenOfShown(shown)),
    note: `${chosen === undefined ? count(shown, 'run') : words.ofChosen(grouped(shown), count(table.ids.length, 'run'))}${lacking.length === 0 ? '' : words.someWithout(lacking.slice(0, 3).join(', '))}`,
    table: () => ({
      head: ['run_id', 'run', ...columns.map(({ label }) => label)],
      rows: [...table.ids.keys()].filter((row) => chosen === undefined || chosen[row] === 1).map((row) => [
        table.ids[row]!, name === undefined ? '' : textAt(name, row), ...columns.map((column) => (Number.isNaN(column.values[row]!) ? '' : column.names === undefined ? column.values[row]! : textAt(column, row)))]),
    }),
    tip: (index) => ({ title: name === undefined ? table.ids[index]! : textAt(name, index), rows: all.map((column) => [column.label, valueText(column, column.values[index]!)] as const) }),
  }
}

/** Axes in the order of how much they say about the last one: of the rank correlation's size. The last stays last. */
export function byCorrelation(columns: readonly Column[]): string[] {
  const target = columns.at(-1)
  if (target === undefined) return []
  const strength = ({ values }: Column): number => {
    const rows = [...values.keys()].filter((row) => Number.isFinite(values[row]!) && Number.isFinite(target.values[row]!))
    const found = Math.abs(rankCorrelation(rows.map((row) => values[row]!), rows.map((row) => target.values[row]!)))
    return Number.isNaN(found) ? 0 : found
  }
  return [...columns.slice(0, -1).map((column) => ({ id: column.id, strength: strength(column) })).sort((a, b) => a.strength - b.strength).map(({ id }) => id), target.id]
}

/** The list with one of its things moved by so many places, as far as it goes. */
export function moved<T>(list: readonly T[], from: number, by: number): T[] {
  const to = Math.max(0, Math.min(list.length - 1, from + by))
  const rest = list.toSpliced(from, 1)
  return rest.toSpliced(to, 0, list[from]!)
}
