import type { Range } from '@cairn/charts'
import type { Column, FieldId } from './columns.ts'

/** Runs whose field lies in a range, both ends included, or is one of some words. */
export type Brush = { readonly field: FieldId; readonly range: Range } | { readonly field: FieldId; readonly names: readonly string[] }

const escaped = (text: string): string => text.replace(/[%*]/g, (one) => (one === '*' ? '%2A' : '%25'))
const plain = (text: string): string => text.replace(/%2A|%25/g, (one) => (one === '%2A' ? '*' : '%'))

/** `metrics.auc*0.5*0.9`, or `params.model*is*forest*boost`: with signs that an address leaves as they are. */
export const writeBrush = (brush: Brush): string =>
  [escaped(brush.field), ...('range' in brush ? brush.range.map(String) : ['is', ...brush.names.map(escaped)])].join('*')

export function readBrush(text: string): Brush[] {
  const [field = '', ...rest] = text.split('*')
  if (field === '' || rest.length === 0) return []
  if (rest[0] === 'is') return rest.length === 1 ? [] : [{ field: plain(field), names: rest.slice(1).map(plain) }]
  const [from, to] = rest.map(Number)
  return rest.length === 2 && Number.isFinite(from) && Number.isFinite(to) && from! <= to! ? [{ field: plain(field), range: [from!, to!] }] : []
}

/** In place of what was chosen of the same fields. */
export const withBrushes = (old: readonly Brush[], fields: readonly FieldId[], next: readonly Brush[]): Brush[] => [...old.filter(({ field }) => !fields.includes(field)), ...next]

/** A part of an axis as a brush; ends with no more digits than a pixel tells apart. */
export function brushOf(column: Column, range: Range): Brush {
  if (column.names !== undefined) return { field: column.id, names: column.names.filter((_, at) => at >= range[0] && at <= range[1]) }
  const digits = Math.max(0, 3 - Math.floor(Math.log10(range[1] - range[0] || 1)))
  const step = 10 ** Math.min(digits, 15)
  // Of large numbers near to each other the rounding itself is rounded: nothing that is inside may fall out.
  const [low, high] = [Math.min(range[0], Math.floor(range[0] * step) / step), Math.max(range[1], Math.ceil(range[1] * step) / step)]
  return { field: column.id, range: Number.isFinite(low) && Number.isFinite(high) ? [low, high] : range }
}

/** Where a brush lies on the axis of its field. */
export function rangeOf(brush: Brush | undefined, column: Column): Range | undefined {
  if (brush === undefined) return undefined
  if ('range' in brush) return column.names === undefined ? brush.range : undefined
  const places = brush.names.flatMap((name) => { const at = column.names?.indexOf(name) ?? -1; return at < 0 ? [] : [at] })
  return places.length === 0 ? undefined : [Math.min(...places) - 0.5, Math.max(...places) + 0.5]
}

/** 1 for each run that every brush lets through. What has no value is in no brush. */
export function chosenBy(brushes: readonly Brush[], columns: ReadonlyMap<FieldId, Column>, count: number): Uint8Array | undefined {
  const known = brushes.flatMap((brush) => { const column = columns.get(brush.field); return column === undefined ? [] : [{ brush, column }] })
  if (known.length === 0) return undefined
  const chosen = new Uint8Array(count).fill(1)
  for (const { brush, column: { values, names } } of known) {
    const places = 'names' in brush ? new Set(brush.names.map((name) => names?.indexOf(name) ?? -1)) : undefined
    for (let row = 0; row < count; row += 1) {
      const value = values[row]!
      const inside = 'range' in brush ? names === undefined && value >= brush.range[0] && value <= brush.range[1] : places!.has(value)
      if (!inside) chosen[row] = 0
    }
  }
  return chosen
}
