import { rampSteps, shapes, type Figure, type Ink } from '@cairn/charts'
import { metric } from '../../../ui/format.ts'
import { looks, seriesColors } from '../../../ui/looks.ts'
import { axisText } from '@cairn/charts'
import type { Column } from './columns.ts'
import { words } from './words.ts'

/** What a panel shows, whatever its kind. */
export interface View {
  readonly figure: Figure
  /** The chart in a sentence. */
  readonly summary: string
  readonly note: string
  /** All of it as rows: for the table and the file. */
  table(): { readonly head: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] }
  /** What is said at one of its things. */
  tip(index: number): { readonly title: string; readonly rows: readonly (readonly [string, string])[] }
  /** What its axes are of: drags along them choose runs by these. */
  readonly x?: Column | undefined
  readonly y?: Column | undefined
  readonly legend: Legend
  /** Runs behind one of its things. */
  rows?(index: number): readonly number[]
}

export type Legend = { readonly kind: 'none' } | { readonly kind: 'names'; readonly label: string; readonly items: readonly { readonly name: string; readonly ink: Ink }[] }
  | { readonly kind: 'ramp'; readonly label: string; readonly low: string; readonly high: string; readonly colors: readonly string[] }

export const noLegend: Legend = { kind: 'none' }
const steps = 12
/** Words that are told apart by colour and mark; those that come after share the last. */
const mostNames = 20

export interface Coloring {
  readonly ink: Uint8Array
  readonly inks: readonly Ink[]
  readonly legend: Legend
}

export const valueText = (column: Column, value: number): string =>
  (Number.isNaN(value) ? '–' : column.names !== undefined ? column.names[value] ?? '–' : column.kind === 'number' ? metric(value) : axisText(column.kind, value))

/** Colours of the runs by a field: even steps for numbers, a colour and a mark for each word. */
export function coloring(column: Column | undefined, count: number): Coloring {
  const ink = new Uint8Array(count)
  if (column === undefined) return { ink, inks: [{ color: '--accent' }], legend: noLegend }
  const { values, names, label } = column
  if (names === undefined) {
    let low = Infinity
    let high = -Infinity
    for (const value of values) if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)]
    const colors = rampSteps(steps)
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!
      ink[row] = !Number.isFinite(value) ? steps : high === low ? 0 : Math.min(steps - 1, Math.floor((value - low) / (high - low) * steps))
    }
    return { ink, inks: [...colors.map((color) => ({ color })), { color: '--line-strong' }], legend: low > high ? noLegend : { kind: 'ramp', label, low: valueText(column, low), high: valueText(column, high), colors } }
  }
  const inks = names.slice(0, mostNames).map((_, at): Ink => ({ color: looks[at % seriesColors]!.color, shape: shapes[Math.floor(at / seriesColors) % shapes.length]! }))
  const others = names.length > mostNames ? inks.length : -1
  const none = inks.length + (others < 0 ? 0 : 1)
  for (let row = 0; row < count; row += 1) ink[row] = Number.isNaN(values[row]!) ? none : values[row]! < mostNames ? values[row]! : others
  const items = [...names.slice(0, mostNames).map((name, at) => ({ name, ink: inks[at]! })), ...(others < 0 ? [] : [{ name: words.someMore(names.length - mostNames), ink: { color: '--text-soft' } }])]
  return { ink, inks: [...inks, ...(others < 0 ? [] : [{ color: '--text-soft' }]), { color: '--line-strong' }], legend: { kind: 'names', label, items } }
}
