import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import type { Look } from '@cairn/charts'
import { recall, remember, useKeptScroll } from '../../../app/entries.ts'
import type { MenuEntry } from '../../../ui/menu.tsx'
import { useWindow } from '../../../ui/use-window.ts'
import { Checkbox } from '../../../ui/field.tsx'
import { lineAt, type Line } from './forest.ts'
import { columnsInSight, gutter, layOut, type GridColumn } from './grid-columns.ts'
import { HeadCell } from './grid-head.tsx'
import type { SparkStore } from './spark-store.ts'
import { GridLine, type Hands } from './grid-row.tsx'
import type { GridRow, RowStore } from './row-store.ts'
import { usePointed } from '../pointed.ts'
import { useSpans } from './spans.ts'
import type { Tree } from './use-children.ts'
import { useFinger } from './use-finger.ts'
import type { Selection } from './use-selection.ts'
import { words } from './words.ts'
import './table.css'

export interface RunGridProps {
  readonly store: RowStore
  readonly columns: readonly GridColumn[]
  readonly tree: Tree
  /** Whether children are shown below their parents. */
  readonly nested: boolean
  readonly selection: Selection
  readonly sort: readonly string[]
  readonly pinnedRows: readonly GridRow[]
  readonly baseline: GridRow | undefined
  readonly sparks: SparkStore
  /** How a run is drawn in the charts; undefined where it is not. */
  lookOf(row: GridRow): Look | undefined
  /** Lines in all. */
  readonly lines: number
  menuOf(column: GridColumn): readonly MenuEntry[]
  onSort(column: GridColumn, besides: boolean): void
  onWidth(column: GridColumn, width: number, done: boolean): void
  onMove(id: string, onto: GridColumn): void
  /** Ids of the columns that are in sight. */
  onSight(ids: readonly string[]): void
  onOpen(row: GridRow): void
  /** A key that the grid does not know; whether somebody did. */
  onKey(key: string, row: GridRow | undefined): boolean
  onSelectAll(): void
  onEye(row: GridRow, alone: boolean): void
  onColor(row: GridRow, button: HTMLElement): void
}

const rowHeight = 32
const headHeight = 34

/** Runs as a grid of which only what is in sight is drawn, both ways; read and worked by keyboard. */
export function RunGrid(props: RunGridProps): ReactNode {
  const { store, columns, tree, nested, selection, sort, pinnedRows, lines, baseline } = props
  const view = useWindow(lines, rowHeight, 4)
  useKeptScroll(view.ref, 'runs')
  const [active, setActive] = useState(() => recall('run line') ?? 0)
  useEffect(() => remember('run line', active), [active])
  const dragging = useRef(false)
  const pointed = usePointed()
  const layout = useMemo(() => layOut(columns), [columns])
  const found = columnsInSight(layout, view.left, view.width)
  const sightName = found.map(({ column, left }) => `${column.id} ${left} ${column.width}`).join('\n')
  const sight = useMemo(() => found, [sightName, layout])
  const names = [...layout.pinned, ...sight.map(({ column }) => column)].map(({ id }) => id).join('\n')
  useEffect(() => props.onSight(names.split('\n')), [names])
  const firstPlace = layout.pinned.length + 2 + (sight[0] === undefined ? 0 : layout.free.indexOf(sight[0]))

  const drawn = Array.from({ length: Math.max(0, view.to - view.from) }, (_, at): Line => lineAt(tree.opened, view.from + at))
  const roots = drawn.flatMap((line) => (line.kind === 'root' ? [line.index] : []))
  const [firstRoot, lastRoot] = [roots[0] ?? 0, (roots.at(-1) ?? 0) + 1]
  useEffect(() => store.see(firstRoot, lastRoot), [store, firstRoot, lastRoot])
  useEffect(() => { if (active >= lines && lines > 0) setActive(lines - 1) }, [lines, active])
  useEffect(() => {
    const stop = (): void => { dragging.current = false }
    addEventListener('pointerup', stop)
    addEventListener('pointercancel', stop)
    return () => {
      removeEventListener('pointerup', stop)
      removeEventListener('pointercancel', stop)
    }
  }, [])

  const rowOf = (line: Line): GridRow | undefined => (line.kind === 'root' ? store.row(line.index) : line.kind === 'child' ? line.row : undefined)
  const above = headHeight + pinnedRows.length * rowHeight
  const bring = (at: number): void => {
    const element = view.ref.current
    if (element === null) return
    const top = at * rowHeight
    const room = element.clientHeight - above
    if (view.height < lines * rowHeight) view.scrollTo(at)
    else if (top < element.scrollTop) element.scrollTop = top
    else if (top + rowHeight > element.scrollTop + room) element.scrollTop = top + rowHeight - room
  }
  const goTo = (wanted: number, extend: boolean): void => {
    const at = Math.max(0, Math.min(lines - 1, wanted))
    setActive(at)
    bring(at)
    if (extend) selection.extend(at)
  }
  // Who is quick stands on another line by then.
  const latest = useRef({ active, bring })
  latest.current = { active, bring }
  const key = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget || event.altKey) return
    const mod = event.ctrlKey || event.metaKey
    const page = Math.max(1, Math.floor((view.ref.current!.clientHeight - above) / rowHeight) - 1)
    const moves: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1, j: active + 1, k: active - 1, J: active + 1, K: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: lines - 1 }
    const row = rowOf(lineAt(tree.opened, active))
    const to = moves[event.key]
    if (to !== undefined && !mod) goTo(to, event.shiftKey)
    else if ((event.key === ' ' || event.key === 'x') && row !== undefined) {
      if (event.shiftKey) selection.extend(active)
      else selection.toggle(row.info.run_id, active)
      // The bar of the selection may have come to stand on it.
      requestAnimationFrame(() => latest.current.bring(latest.current.active))
    } else if (mod && event.key === 'a') props.onSelectAll()
    else if (event.key === 'Enter' && row !== undefined) props.onOpen(row)
    else if ((event.key === 'ArrowRight' || event.key === 'ArrowLeft') && nested && row !== undefined && row.info.children > 0 && tree.open.has(row.info.run_id) === (event.key === 'ArrowLeft')) tree.toggle(row.info.run_id)
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') view.ref.current!.scrollLeft += event.key === 'ArrowRight' ? 120 : -120
    else if (event.key === 'Escape' && selection.ids.size > 0) selection.clear()
    else if (mod || !props.onKey(event.key, row)) return
    event.preventDefault()
    event.stopPropagation()
  }
  const tapping = useRef(false)
  const press = (event: PointerEvent, what: 'row' | 'box', row: GridRow | undefined, at: number): void => {
    if (event.button !== 0) return
    if (at >= 0) setActive(at)
    // A finger that comes down may be about to scroll.
    tapping.current = event.pointerType === 'touch'
    if (tapping.current) return
    if (row === undefined || (what === 'row' && !event.shiftKey && !event.ctrlKey && !event.metaKey)) return
    event.preventDefault()
    if (event.shiftKey && at >= 0) selection.extend(at)
    else selection.toggle(row.info.run_id, Math.max(at, 0))
    dragging.current = at >= 0
    view.ref.current?.focus({ preventScroll: true })
  }
  useFinger(view.ref, {
    take(line) {
      const row = rowOf(lineAt(tree.opened, line))
      if (row === undefined) return false
      tapping.current = false
      setActive(line)
      selection.toggle(row.info.run_id, line)
      return true
    },
    extend(line) {
      setActive(line)
      selection.extend(line)
    },
  })
  const head = (column: GridColumn, place: number, left?: number): ReactNode => (
    <HeadCell key={column.id} column={column} place={place} left={left} sort={sort} entries={props.menuOf(column)} onSort={(besides) => props.onSort(column, besides)}
      onWidth={(width, done) => props.onWidth(column, width, done)} onDrop={(id) => props.onMove(id, column)} />
  )
  const inSight = [...pinnedRows, ...drawn.map(rowOf)]
  const curved = [...layout.pinned, ...sight.map(({ column }) => column)].filter(({ curve }) => curve)
  const withCurve = curved.length === 0 ? [] : inSight.flatMap((row) => (row !== undefined && curved.some(({ id }) => (row.values.get(id) ?? null) !== null) ? [row.info.run_id] : []))
  useEffect(() => props.sparks.want(withCurve, curved.flatMap(({ column }) => column?.key ?? [])), [props.sparks, withCurve.join(), curved.map(({ id }) => id).join('\n')])
  const spans = useSpans(store, columns)
  const hands = useRef<Hands>(undefined!)
  hands.current = {
    press, tap: (row, at) => { if (tapping.current) selection.toggle(row.info.run_id, Math.max(at, 0)) }, toggle: (row) => tree.toggle(row.info.run_id), eye: props.onEye, color: props.onColor,
    enter: (row, at) => {
      if (dragging.current && at >= 0) selection.extend(at)
      pointed.set(row !== undefined && props.lookOf(row) !== undefined ? row.info.run_id : undefined)
    },
    leave: () => pointed.set(undefined),
  }
  const gridLine = (row: GridRow | undefined, line: Line | undefined, at: number, top: number): ReactNode => (
    <GridLine key={at} row={row} note={line?.kind === 'note' ? line.text : undefined} depth={line === undefined || line.kind === 'root' ? 0 : line.depth} id={at < 0 ? undefined : `run-line-${at}`} at={at}
      ariaIndex={at < 0 ? pinnedRows.length + at + 2 : at + pinnedRows.length + 2} top={top} width={layout.width} pinnedColumns={layout.pinned} sight={sight} firstPlace={firstPlace}
      selected={row !== undefined && selection.has(row.info.run_id)} active={at === active} pinned={at < 0} look={row === undefined ? undefined : props.lookOf(row)} sparks={props.sparks} spans={spans} hands={hands} open={nested && row !== undefined && row.info.children > 0 ? tree.open.has(row.info.run_id) : undefined} baseline={baseline} />
  )
  // Children count among the selected, and not among those at the top.
  const allSelected = selection.ids.size > 0 && selection.ids.size === store.total && tree.opened.length === 0
  const isDrawn = active >= view.from && active < view.to
  return (
    <div ref={view.ref} className="grid" data-first="" role="grid" tabIndex={0} aria-label={words.runs} aria-multiselectable="true" aria-rowcount={lines + pinnedRows.length + 1} aria-colcount={columns.length + 1}
      data-outdated={store.outdated} {...(isDrawn && lines > 0 && { 'aria-activedescendant': `run-line-${active}` })} onKeyDown={key}>
      <div className="grid-head" role="rowgroup" style={{ width: layout.width, height: above }}>
        <div className="grid-row" role="row" aria-rowindex={1} style={{ width: layout.width, top: 0, height: headHeight }}>
          <div className="grid-fixed" role="none">
            <div role="columnheader" aria-colindex={1} className="grid-cell grid-gutter" style={{ width: gutter }}>
              <Checkbox label={words.selectAll} hideLabel checked={allSelected} mixed={selection.ids.size > 0 && !allSelected}
                onChange={() => (selection.ids.size > 0 ? selection.clear() : props.onSelectAll())} />
            </div>
            {layout.pinned.map((column, at) => head(column, at + 2))}
          </div>
          {sight.map(({ column, left }, at) => head(column, firstPlace + at, left))}
        </div>
        {pinnedRows.map((row, at) => gridLine(row, undefined, at - pinnedRows.length, headHeight + at * rowHeight))}
      </div>
      <div className="grid-body" role="rowgroup" style={{ width: layout.width, height: view.height }}>
        {drawn.map((line, at) => gridLine(rowOf(line), line, view.from + at, view.top + at * rowHeight))}
      </div>
    </div>
  )
}
