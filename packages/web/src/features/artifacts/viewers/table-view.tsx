import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { count, grouped } from '../../../ui/format.ts'
import { sortRows } from '../decode/order.ts'
import type { Cell, Table } from '../decode/table.ts'
import { useWindow } from '../../../ui/use-window.ts'
import { words } from '../words.ts'
import { WholeCell, isCut } from './whole-cell.tsx'

const rowHeight = 30
/** Lets the browser hear what is pressed, and paint when it is time. */
const breathe = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve) })
const painted = (): Promise<void> => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)) })

/** Rows up to which a click on a column sorts: all of them are read for it. */
const sortable = 200_000
const page = 200

interface Order {
  readonly column: number
  readonly descending: boolean
}

/** What is worth saying of a cell where two tables are compared. */
export type Mark = 'added' | 'removed' | 'alone' | 'absent'

export interface TableViewProps {
  readonly table: Table
  readonly label: string
  /** Cells to point at; the rows then keep their order, and are counted elsewhere. */
  readonly marks?: (row: number, column: number) => Mark | undefined
  /** Of what tells its size itself. */
  readonly counted?: boolean
}

/** Rows and columns of any number; only those in sight are read and drawn. */
export function TableView({ table, label, marks, counted = marks === undefined }: TableViewProps): ReactNode {
  const [, grown] = useState(0)
  const [order, setOrder] = useState<Order>()
  const [sorted, setSorted] = useState<readonly (readonly Cell[])[]>()
  const [error, setError] = useState<string>()
  const [toEnd, setToEnd] = useState(false)
  const [whole, setWhole] = useState<{ readonly row: number; readonly column: number; readonly text: string }>()
  const turn = useRef(0)
  const { rows, complete, columns } = table
  const view = useWindow(rows, rowHeight)
  const pages = usePages(table, sorted, view.from, view.to, setError)
  const sample = useSample(table)
  const widths = useMemo(() => columns.map(({ name }, at) => widthOf(name, sample?.map((row) => row[at] ?? null))), [columns, sample])
  const lefts = useMemo(() => widths.reduce<number[]>((found, width) => [...found, found.at(-1)! + width], [0]), [widths])

  // Nearly at the end of what is known: read on.
  useEffect(() => {
    if (!complete && sorted === undefined && view.to > rows - 300) table.more().then(() => grown((old) => old + 1), (failure: unknown) => setError((failure as Error).message))
  }, [table, complete, rows, view.to, sorted])

  // Once the content has its whole height.
  useEffect(() => {
    if (!toEnd) return
    view.ref.current!.scrollTop = view.ref.current!.scrollHeight
    setToEnd(false)
  }, [toEnd, view.ref])

  const first = Math.max(0, lefts.findIndex((left) => left > view.left - 200) - 1)
  const past = lefts.findIndex((left) => left > view.left + view.width + 200)
  const seen = sample === undefined ? [] : columns.slice(first, past < 0 ? undefined : past).map((column, index) => ({ ...column, at: first + index }))

  async function sort(column: number): Promise<void> {
    const asked = turn.current += 1
    const descending = order?.column === column && !order.descending
    if (order?.column === column && order.descending) {
      setOrder(undefined)
      setSorted(undefined)
      return
    }
    setOrder({ column, descending })
    try {
      // The heading says at once what was chosen.
      await painted()
      const all = await table.read(0, Infinity)
      const rows = await sortRows(all, column, descending, columns[column]!.numeric, breathe)
      // Somebody may have chosen another order meanwhile.
      if (asked === turn.current) setSorted(rows)
    } catch (failure) {
      setError((failure as Error).message)
    }
  }

  async function readAll(): Promise<void> {
    try {
      while (!table.complete) {
        await table.more()
        grown((old) => old + 1)
      }
      setToEnd(true)
    } catch (failure) {
      setError((failure as Error).message)
    }
  }

  const mayBeSorted = complete && rows <= sortable && marks === undefined
  const heading = (name: string): string => (name === '' ? words.noName : name)
  return (
    <div className="data-table">
      {(counted || error !== undefined) && <p className="viewer-note">
        {complete ? count(rows, 'row') : words.readSoFar(count(rows, 'row'))}, {count(columns.length, 'column')}
        {rows > sortable && <> · {words.sortedUpTo(grouped(sortable))}</>}
        {!complete && <> · <button type="button" className="link" onClick={() => void readAll()}>{words.readToTheLastRow}</button></>}
        {error !== undefined && <span className="error" role="alert"> {error}</span>}
      </p>}
      <div ref={view.ref} className="data-scroll" tabIndex={0} role="table" aria-label={label} aria-rowcount={complete ? rows + 1 : -1} aria-colcount={columns.length}>
        <div role="rowgroup" className="data-head">
          <div role="row" aria-rowindex={1} style={{ width: lefts.at(-1), height: rowHeight }}>
            {seen.map(({ name, type, numeric, at }) => (
              <div key={at} role="columnheader" aria-colindex={at + 1} data-number={numeric} style={{ left: lefts[at], width: widths[at] }} {...(order?.column === at && { 'aria-sort': order.descending ? 'descending' as const : 'ascending' as const })} title={type === undefined ? heading(name) : `${heading(name)}: ${type}`}>
                {mayBeSorted ? <button type="button" onClick={() => void sort(at)}>{heading(name)}{order?.column === at ? (order.descending ? ' ↓' : ' ↑') : ''}</button> : heading(name)}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: view.height, width: lefts.at(-1), minWidth: '100%' }}>
          <div style={{ transform: `translateY(${view.top}px)` }}>
            {Array.from({ length: Math.max(view.to - view.from, 0) }, (_, index) => {
              const row = pages(view.from + index)
              return (
                <div key={view.from + index} role="row" aria-rowindex={view.from + index + 2} className="data-row" style={{ width: lefts.at(-1) }}>
                  {seen.map(({ at, numeric }) => {
                    const cell = row?.[at]
                    const mark = marks?.(view.from + index, at)
                    return <div key={at} role="cell" aria-colindex={at + 1} data-number={numeric} data-missing={row !== undefined && (cell === null || cell === undefined)} {...(mark !== undefined && { 'data-mark': mark })} style={{ left: lefts[at], width: widths[at] }} title={cell ?? undefined}>{row === undefined || mark === 'absent' ? '' : cell === null || cell === undefined ? '–'
                      : isCut(cell, widths[at]!) ? <button type="button" onClick={() => setWhole({ row: view.from + index, column: at, text: cell })}>{cell}</button> : cell}</div>
                  })}
                </div>
              )
            })}
          </div>
        </div>
      </div>
      {whole !== undefined && <WholeCell key={`${whole.row} ${whole.column}`} name={heading(columns[whole.column]?.name ?? '')} row={whole.row + 1} text={whole.text} onClose={() => { setWhole(undefined); view.ref.current?.focus() }} />}
    </div>
  )
}

/** Some of the first rows, by which columns get their widths; nothing is drawn before, so that nothing moves. */
function useSample(table: Table): readonly (readonly Cell[])[] | undefined {
  const [sample, setSample] = useState<{ of: Table; rows: readonly (readonly Cell[])[] }>()
  useEffect(() => {
    let current = true
    // What cannot be read says so where the rows are.
    table.read(0, 60).catch(() => []).then((rows) => { if (current) setSample({ of: table, rows }) }, () => {})
    return () => { current = false }
  }, [table])
  return sample?.of === table ? sample.rows : undefined
}

/** As wide as what stands in it, within bounds. */
function widthOf(name: string, cells: readonly Cell[] | undefined): number {
  // Of thousands of columns not every cell is measured: the longest is nearly always the widest.
  const longest = cells?.reduce<string>((most, cell) => ((cell?.length ?? 0) > most.length ? cell! : most), '') ?? ''
  const widest = measured(longest.slice(0, 60), 400) * (longest.length < 12 ? 1.12 : 1)
  return Math.ceil(Math.min(Math.max(measured(name, 600) + 34, widest + 24, 72), 360))
}

let pen: CanvasRenderingContext2D | null | undefined
let family = ''

/** Pixels that the browser's own font takes for a text; digits are all as wide as the widest. */
function measured(text: string, weight: 400 | 600): number {
  if (pen === undefined) {
    pen = document.createElement('canvas').getContext('2d')
    family = getComputedStyle(document.body).fontFamily
  }
  if (pen === null) return text.length * 8.4
  pen.font = `${weight} 13px ${family}`
  return pen.measureText(text.replace(/\d/g, '0')).width
}

/** Rows by pages; a row that is not there yet is undefined, and asked for. */
function usePages(table: Table, sorted: readonly (readonly Cell[])[] | undefined, from: number, to: number, failed: (message: string) => void): (row: number) => readonly Cell[] | undefined {
  const pages = useRef(new Map<number, readonly (readonly Cell[])[]>())
  const asked = useRef(new Set<number>())
  const [, arrived] = useState(0)
  useEffect(() => {
    if (sorted !== undefined) return
    for (let index = Math.floor(from / page); index * page < to; index += 1) {
      const size = Math.min(page, table.rows - index * page)
      const known = pages.current.get(index)
      if (asked.current.has(index) || (known !== undefined && known.length >= size)) continue
      asked.current.add(index)
      table.read(index * page, index * page + size).then((rows) => {
        pages.current.set(index, rows)
        arrived((old) => old + 1)
      }, (error: unknown) => failed((error as Error).message)).finally(() => asked.current.delete(index))
    }
  }, [table, table.rows, sorted, from, to, failed])
  return (row) => (sorted === undefined ? pages.current.get(Math.floor(row / page))?.[row % page] : sorted[row])
}
