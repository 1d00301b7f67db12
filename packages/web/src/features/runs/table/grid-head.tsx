import { useRef, type DragEvent, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { Menu, type MenuEntry } from '../../../ui/menu.tsx'
import { Icon } from '../../../ui/icon.tsx'
import type { GridColumn } from './grid-columns.ts'
import { words } from './words.ts'

export interface HeadCellProps {
  readonly column: GridColumn
  readonly place: number
  readonly left: number | undefined
  readonly sort: readonly string[]
  readonly entries: readonly MenuEntry[]
  onSort(besides: boolean): void
  onWidth(width: number, done: boolean): void
  /** Another column was dropped on this one. */
  onDrop(id: string): void
}

/** Of a press of a key. */
const widthStep = 16
const leastWidth = 56

/** A heading: press to sort, with Shift besides the others; drag it to another place, or its edge to another width, as Shift with left and right does. */
export function HeadCell({ column, place, left, sort, entries, onSort, onWidth, onDrop }: HeadCellProps): ReactNode {
  const start = useRef<{ readonly x: number; readonly width: number }>(undefined)
  const at = sort.findIndex((one) => one === `${column.sortKey} DESC` || one === `${column.sortKey} ASC`)
  const direction = at < 0 ? 'none' : sort[at]!.endsWith(' DESC') ? 'descending' : 'ascending'
  const arrow = direction === 'none' ? null : <span className="grid-arrow" aria-hidden="true">{direction === 'descending' ? '↓' : '↑'}{sort.length > 1 && <sup>{at + 1}</sup>}</span>
  const resize = (event: PointerEvent<HTMLSpanElement>, done: boolean): void => {
    if (start.current === undefined) return
    onWidth(Math.max(leastWidth, start.current.width + event.clientX - start.current.x), done)
    if (done) start.current = undefined
  }
  const key = (event: KeyboardEvent): void => {
    if (!event.shiftKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return
    event.preventDefault()
    onWidth(Math.max(leastWidth, column.width + (event.key === 'ArrowRight' ? widthStep : -widthStep)), true)
  }
  const dragged = (event: DragEvent): string => event.dataTransfer.getData('text/cairn-column')
  const drags = { draggable: column.id !== 'name', onDragStart: (event: DragEvent) => event.dataTransfer.setData('text/cairn-column', column.id) }
  return (
    <div role="columnheader" aria-colindex={place} aria-sort={direction} className="grid-cell grid-heading" data-number={column.number} data-column={column.id} data-kind={column.column?.kind} style={{ width: column.width, ...(left !== undefined && { left }) }}
      onDragOver={(event) => { if (event.dataTransfer.types.includes('text/cairn-column')) event.preventDefault() }} onDrop={(event) => { event.preventDefault(); onDrop(dragged(event)) }} onKeyDown={key}>
      {column.sortKey === undefined
        ? <span className="grid-label" title={column.label} {...drags}>{column.label}</span>
        : <button type="button" className="grid-label" title={column.extreme === undefined ? column.label : words.extremeHint(column.label, words.extreme[column.extreme])} {...drags} onClick={(event) => onSort(event.shiftKey)}>{arrow}<span>{column.label}</span>{column.extreme !== undefined && <span className="grid-how">{words.extreme[column.extreme]}</span>}</button>}
      {entries.length > 0 && <Menu label={words.column(column.label)} entries={entries} button={<button type="button" className="grid-more" aria-label={words.column(column.label)}><Icon name="more" /></button>} />}
      <span className="grid-edge" aria-hidden="true" onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); start.current = { x: event.clientX, width: column.width } }}
        onPointerMove={(event) => resize(event, false)} onPointerUp={(event) => resize(event, true)} />
    </div>
  )
}
