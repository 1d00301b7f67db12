import type { ReactNode } from 'react'
import { Chip } from '../../../ui/chip.tsx'
import { metric } from '../../../ui/format.ts'
import { axisText } from '@cairn/charts'
import type { DrawnLines } from '../use-drawn-lines.ts'
import type { Brush } from './brushes.ts'
import { fieldLabel, type RunTable } from './columns.ts'
import { countOf } from './once.ts'
import type { CrossFilter } from './use-cross-filter.ts'
import { words } from './words.ts'

/** What is chosen, in words, each part to be let go of. At the lower edge, where it moves nothing that one draws in. */
export function BrushBar({ filter, table, lines }: { readonly filter: CrossFilter; readonly table: RunTable; readonly lines: DrawnLines }): ReactNode {
  const { brushes, chosen } = filter
  if (chosen === undefined && brushes.length === 0) return undefined
  const some = chosen === undefined ? table.ids.length : countOf(chosen)
  return (
    <div className="brush-bar" role="status" data-chosen={some}>
      <b>{words.chosen(some, table.ids.length)}</b>
      {brushes.map((brush) => <Chip key={brush.field} name={fieldLabel(brush.field)} value={textOf(brush, table)} onRemove={() => filter.brush([brush.field], [], true)} />)}
      {lines.of !== undefined && lines.of > lines.drawn.length && <span className="soft">{words.linesOf(lines.drawn.length)}</span>}
      <button type="button" className="link" onClick={filter.clear}>{words.letGo}</button>
    </div>
  )
}

function textOf(brush: Brush, { columns }: RunTable): string {
  if ('names' in brush) return brush.names.length > 3 ? words.andMore(brush.names.slice(0, 3).join(', '), brush.names.length - 3) : brush.names.join(', ')
  const kind = columns.get(brush.field)?.kind ?? 'number'
  const text = (value: number): string => (kind === 'number' ? metric(value) : axisText(kind, value))
  return words.toTextText(text(brush.range[0]), text(brush.range[1]))
}
