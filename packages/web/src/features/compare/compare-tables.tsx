import { useEffect, useMemo, useRef, type ReactNode, type RefObject } from 'react'
import { usePlaceWord } from '../../app/address.ts'
import { client } from '../../app/server.ts'
import { Select } from '../../ui/field.tsx'
import { count, grouped } from '../../ui/format.ts'
import { jsonTable, parseJson, prettyJson } from '../artifacts/decode/json.ts'
import { openTable } from '../artifacts/decode/open-table.ts'
import { fixedTable, readWhole, type Cell, type FileSource, type Table } from '../artifacts/decode/table.ts'
import { fileOf } from '../artifacts/shelf.ts'
import { useAsync } from '../artifacts/use-async.ts'
import { TableView, type Mark } from '../artifacts/viewers/table-view.tsx'
import type { Side } from './compare-side.ts'
import { CompareTexts } from './compare-texts.tsx'
import { diffTables, keyColumns, type Match, type TableDiff } from './table-diff.ts'
import { words } from './words.ts'

/** Rows of each table that are compared: more are neither read nor said to be equal. */
const most = 100_000
/** Says in the address that rows are matched by their place; no column is called so by chance. */
const byPlace = '-place-'

interface Opened {
  readonly table: Table
  readonly rows: readonly (readonly Cell[])[]
  /** Whether there are more rows than were read. */
  readonly cut: boolean
}

/** The rows of two tables beside each other, matched, with what differs in them. JSON that is no table is compared as text. */
export function CompareTables({ path, left, right }: { path: string; left: Side; right: Side }): ReactNode {
  const { value, error } = useAsync(`${left.shelf.key} ${right.shelf.key} ${path}`, async () => {
    const opened = await Promise.all([left, right].map(({ shelf, entry }) => open(fileOf(client, shelf, entry))))
    const [a, b] = opened
    return a === undefined || b === undefined ? 'text' as const : { a, b, keys: keyColumns(a.table, b.table, a.rows, b.rows) }
  })
  const [said, say] = usePlaceWord('by')
  const chosen = said === '' ? undefined : said === byPlace ? '' : said
  const [rowsAsked, askRows] = usePlaceWord('rows')
  const all = rowsAsked === 'all'
  const both = typeof value === 'object' ? value : undefined
  const by = both === undefined ? '' : chosen !== undefined && (chosen === '' || both.keys.includes(chosen)) ? chosen : both.keys[0] ?? ''
  const diff = useMemo(() => (both === undefined ? undefined : diffTables(both.a.table, both.b.table, both.a.rows, both.b.rows, by === '' ? { by: 'place' } : { by: 'column', name: by } satisfies Match)), [both, by])
  const shown = useMemo(() => (diff === undefined ? undefined : sides(diff, all)), [diff, all])
  const pane = useRef<HTMLDivElement>(null)
  useScrollTogether(pane, shown)
  if (error !== undefined) return <p className="error" role="alert">{error}</p>
  if (value === 'text') return <CompareTexts path={path} left={left} right={right} pretty={pretty} />
  if (both === undefined || diff === undefined || shown === undefined) return <p className="soft">{words.reading}</p>
  const same = diff.changed + diff.onlyLeft + diff.onlyRight === 0 && diff.columns.every(({ side }) => side === 'both')
  return (
    <>
      <div className="bar compare-bar">
        <Select label={words.rowsMatchedBy} value={by} options={[...both.keys.map((name) => [name, name] as const), ['', words.theirPlace] as const]} onChange={(name) => say(name === '' ? byPlace : name)} />
        {!same && <label className="diff-toggle"><input type="checkbox" checked={!all} onChange={(event) => askRows(event.target.checked ? '' : 'all')} /> {words.onlyRowsThatDiffer}</label>}
        <span className="soft" role="status">{same ? words.allAreEqual(count(diff.equal, 'row')) : summaryOf(diff, left.name, right.name)}{both.a.cut || both.b.cut ? words.ofEachTableTheFirst(grouped(most)) : ''}</span>
      </div>
      <div ref={pane} className="compare-tables">
        {shown.map(({ table, mark }, index) => {
          const name = (index === 0 ? left : right).name
          return <figure key={name + String(index)}><figcaption>{name}</figcaption><TableView key={`${by} ${String(all)}`} table={table} label={words.ofPathName(path, name)} marks={mark} /></figure>
        })}
      </div>
    </>
  )
}

async function open(file: FileSource): Promise<Opened | undefined> {
  const table = /\.json$/i.test(file.name) ? jsonTable(parseJson(new TextDecoder().decode(await readWhole(file, 32 * 2 ** 20)))) : await openTable(file)
  if (table === undefined) return undefined
  const rows = await table.read(0, most)
  return { table, rows, cut: !table.complete || table.rows > most }
}

/** JSON is often written on one line. */
function pretty(text: string): string {
  try {
    return prettyJson(parseJson(text))
  } catch {
    return text
  }
}

function summaryOf({ changed, onlyLeft, onlyRight, equal, columns }: TableDiff, left: string, right: string): string {
  const alone = (side: 'left' | 'right'): string => columns.filter((column) => column.side === side).map(({ name }) => name).join(', ')
  return [
    ...(changed > 0 ? [words.rowsDiffer(count(changed, 'row'), changed === 1)] : []), ...(onlyLeft > 0 ? [words.onlyIn(grouped(onlyLeft), left)] : []), ...(onlyRight > 0 ? [words.onlyIn(grouped(onlyRight), right)] : []),
    words.equal(grouped(equal)), ...(alone('left') === '' ? [] : [words.columnsOnlyIn(left, alone('left'))]), ...(alone('right') === '' ? [] : [words.columnsOnlyIn(right, alone('right'))]),
  ].join(', ')
}

/** The two sides as tables of as many rows, and which of their cells to point at. */
function sides(diff: TableDiff, all: boolean): { table: Table; mark: (row: number, column: number) => Mark | undefined }[] {
  const rows = all ? diff.rows : diff.rows.filter(({ left, right, changed }) => left === undefined || right === undefined || changed.length > 0)
  const blank = diff.columns.map((): Cell => '')
  const changes = rows.map(({ changed }) => new Set(changed))
  return (['left', 'right'] as const).map((side) => ({
    table: fixedTable(diff.columns, rows.map((row) => row[side] ?? blank)),
    mark(row, column) {
      const { left, right } = rows[row]!
      const own = side === 'left' ? left : right
      const of = diff.columns[column]!.side
      if (own === undefined || (of !== 'both' && of !== side)) return 'absent'
      if (left === undefined || right === undefined || changes[row]!.has(column)) return side === 'left' ? 'removed' : 'added'
      return of === side ? 'alone' : undefined
    },
  }))
}

/** What one of the two is scrolled to, the other is, too. */
function useScrollTogether(pane: RefObject<HTMLElement | null>, shown: unknown): void {
  useEffect(() => {
    const element = pane.current
    if (element === null) return undefined
    const follow = (event: Event): void => {
      const from = event.target as HTMLElement
      if (!from.classList.contains('data-scroll')) return
      for (const other of element.querySelectorAll<HTMLElement>('.data-scroll')) {
        if (other === from) continue
        if (other.scrollTop !== from.scrollTop) other.scrollTop = from.scrollTop
        if (other.scrollLeft !== from.scrollLeft) other.scrollLeft = from.scrollLeft
      }
    }
    // Scrolling does not bubble.
    element.addEventListener('scroll', follow, { capture: true, passive: true })
    return () => element.removeEventListener('scroll', follow, { capture: true })
  }, [pane, shown === undefined])
}
