import type { AxisKind } from '@cairn/charts'
import { fieldAttributes, type FieldColumn, type RunField } from '@cairn/protocol'
import { words } from './words.ts'

/** `metrics.auc`, `params.lr`, `tags.owner` or `attributes.duration`. */
export type FieldId = string

const kinds = { metrics: 'metric', params: 'param', tags: 'tag', attributes: 'attribute' } as const

export function readField(id: FieldId): RunField | undefined {
  const dot = id.indexOf('.')
  const kind = kinds[id.slice(0, dot) as keyof typeof kinds]
  const key = id.slice(dot + 1)
  return kind === undefined || key === '' || (kind === 'attribute' && !fieldAttributes.some((one) => one === key)) ? undefined : { kind, key }
}

const attributeNames: Readonly<Record<string, string>> = { run_name: words.runName, user_id: words.user, status: words.status, start_time: words.start, end_time: words.end, duration: words.duration }
export const fieldLabel = (id: FieldId): string => (id.startsWith('attributes.') ? attributeNames[id.slice(11)] ?? id : id.slice(id.indexOf('.') + 1))

/** One field of all runs, as numbers: of words their places among `names`, NaN where a run has none. */
export interface Column {
  readonly id: FieldId
  readonly label: string
  readonly kind: AxisKind
  readonly names: readonly string[] | undefined
  readonly values: Float64Array
}

/** Words that Python and JSON write for "nothing": among numbers they are no word of their own. */
const nothing = /^(?:|none|null|nan|n\/a)$/i

export function columnOf(id: FieldId, { numbers, texts = [], at = [] }: FieldColumn): Column {
  const label = fieldLabel(id)
  if (numbers !== undefined) {
    const kind: AxisKind = id === 'attributes.duration' ? 'duration' : id.startsWith('attributes.') ? 'time' : 'number'
    // The largest double is how infinity is kept.
    return { id, label, kind, names: undefined, values: Float64Array.from(numbers, (value) => (typeof value !== 'number' || Math.abs(value) === Number.MAX_VALUE ? NaN : value)) }
  }
  const parsed = texts.map((text) => (nothing.test(text) ? NaN : Number(text)))
  const numeric = texts.length > 0 && texts.every((text, place) => nothing.test(text) || Number.isFinite(parsed[place]!)) && parsed.some((value) => Number.isFinite(value))
  if (numeric) return { id, label, kind: 'number', names: undefined, values: Float64Array.from(at, (place) => (place < 0 ? NaN : parsed[place]!)) }
  const names = texts.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const place = new Map(names.map((name, index) => [name, index]))
  const moved = texts.map((text) => place.get(text)!)
  return { id, label, kind: 'number', names, values: Float64Array.from(at, (index) => (index < 0 ? NaN : moved[index]!)) }
}

/** What charts over runs are drawn from. */
export interface RunTable {
  readonly ids: readonly string[]
  /** Runs of the filter; those here are the newest. */
  readonly total: number
  readonly columns: ReadonlyMap<FieldId, Column>
}

export const textAt = (column: Column, row: number): string => {
  const value = column.values[row]!
  if (Number.isNaN(value)) return '–'
  return column.names === undefined ? String(value) : column.names[value]!
}
