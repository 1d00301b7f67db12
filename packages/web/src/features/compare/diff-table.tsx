import { memo, useEffect, useMemo, useRef, type ReactNode } from 'react'
import { usePlaceWord } from '../../app/address.ts'
import { useKeptScroll } from '../../app/entries.ts'
import { count, grouped } from '../../ui/format.ts'
import { MetricCell } from '../models/metric-cell.tsx'
import { lessIsBetter } from '../runs/columns.ts'
import { endsOf, lineHeights, linesOf, spanIn, widthsOf, type DiffLine, type Span } from './diff-layout.ts'
import { bestOf, diffRows, tellsApart, type DiffRow } from './diff-rows.ts'
import { usePart } from './use-part.ts'
import { words } from './words.ts'
import './compare.css'

export interface DiffSection {
  readonly title: string
  readonly values: readonly ReadonlyMap<string, string>[]
  /** The values as numbers, where they are: shown with how far each is from the first column's. */
  readonly numbers?: readonly ReadonlyMap<string, number>[]
  /** Whether the values are still read. */
  readonly waiting?: boolean
  /** Told once somebody comes to where its values would be, or looks for a name. */
  onSight?(): void
}

export interface DiffHead {
  readonly node: ReactNode
  /** Its text, and the pixels of what stands beside that. */
  readonly text: string
  readonly beside: number
}

export interface DiffTableProps {
  readonly heads: readonly DiffHead[]
  readonly sections: readonly DiffSection[]
  readonly label: string
}

/** Things beside each other, a row for each name; what is equal is left out unless the address asks for it. Only what is in sight is drawn, both ways. */
export function DiffTable({ heads, sections, label }: DiffTableProps): ReactNode {
  const [asked, setAsked] = usePlaceWord('all')
  const [find, setFind] = usePlaceWord('name')
  const all = asked === '1'
  const scroller = useRef<HTMLDivElement>(null)
  const part = usePart(scroller)
  useKeptScroll(scroller, 'compared')
  const rows = useMemo(() => sections.map(({ values }) => diffRows(values)), [sections])
  const numeric = useMemo(() => sections.map(({ numbers }) => numbers !== undefined), [sections])
  const equal = useMemo(() => rows.reduce((sum, section) => sum + section.filter(({ same }) => same).length, 0), [rows])
  const lines = useMemo(() => linesOf(rows, numeric, ({ name, same }) => (all || !same) && name.toLowerCase().includes(find.toLowerCase())), [rows, numeric, all, find])
  const ends = useMemo(() => endsOf(lines.map(({ kind }) => lineHeights[kind])), [lines])
  const texts = heads.map(({ text }) => text).join('\n')
  const widths = useMemo(() => widthsOf(heads, rows, numeric, part.width), [texts, rows, numeric, part.width])
  const columnEnds = useMemo(() => endsOf(widths.slice(1)), [widths])
  const down = spanIn(ends, part.top, part.height)
  const across = spanIn(columnEnds, part.left, part.width)
  const drawn = lines.slice(down.from, down.to)
  const looking = find !== ''
  useEffect(() => {
    for (const [at, { waiting = false, onSight }] of sections.entries()) if (waiting && (looking || drawn.some(({ section }) => section === at))) onSight?.()
  })
  const shownOf = (section: number): number => lines.reduce((sum, line) => sum + (line.section === section && line.row !== undefined ? 1 : 0), 0)
  const span = across.to - across.from + 1 + (across.before > 0 ? 1 : 0) + (across.after > 0 ? 1 : 0)
  const room = (height: number): ReactNode => height > 0 && <tbody aria-hidden="true"><tr><td colSpan={span} className="diff-room" style={{ height }} /></tr></tbody>
  return (
    <>
      <div className="bar">
        <input className="field diff-find" type="search" aria-label={words.findRows} placeholder={words.findAName} value={find} onChange={(event) => setFind(event.target.value)} />
        <label className="diff-toggle"><input type="checkbox" checked={!all} onChange={(event) => setAsked(event.target.checked ? '' : '1')} /> {words.onlyDifferences}</label>
        {!all && equal > 0 && <span className="soft">{words.leftOut(count(equal, 'equal row'))}</span>}
      </div>
      <div ref={scroller} className="scroll named diff" tabIndex={0} role="region" aria-label={label}>
        <table aria-rowcount={lines.length + 1} aria-colcount={heads.length + 1} style={{ width: `max(100%, ${widths.reduce((sum, width) => sum + width, 0)}px)` }}>
          <colgroup><col style={{ width: widths[0] }} />{across.before > 0 && <col style={{ width: across.before }} />}{widths.slice(across.from + 1, across.to + 1).map((width, at) => <col key={at} style={{ width }} />)}{across.after > 0 && <col style={{ width: across.after }} />}</colgroup>
          <thead><tr aria-rowindex={1}><th scope="col" aria-colindex={1}><span className="visually-hidden">{words.name}</span></th>{across.before > 0 && <td aria-hidden="true" />}{heads.slice(across.from, across.to).map(({ node }, at) => <th key={across.from + at} scope="col" aria-colindex={across.from + at + 2}>{node}</th>)}{across.after > 0 && <td aria-hidden="true" />}</tr></thead>
          {room(down.before)}
          {bySection(drawn).map(([section, own, first]) => {
            const { title, numbers, waiting = false } = sections[section]!
            const size = own[0]!.row === undefined ? shownOf(section) : 0
            return (
              <tbody key={title}>
                {own.map(({ row }, at) => (row === undefined
                  ? <tr key="" className="diff-section" aria-rowindex={down.from + first + 2}><th scope="rowgroup" colSpan={span}><span className="diff-section-name">{title} <span className="soft">{waiting ? words.readingLower : size > 0 ? grouped(size) : rows[section]!.length === 0 ? words.none : all || looking ? words.noneFound : words.allEqual}</span></span></th></tr>
                  : <Row key={`row ${row.name}`} row={row} numbers={numbers} all={all} index={down.from + first + at + 2} from={across.from} to={across.to} before={across.before > 0} after={across.after > 0} />))}
              </tbody>
            )
          })}
          {room(down.after)}
        </table>
      </div>
    </>
  )
}

/** Lines of one section after each other, with the place of the first of them. */
function bySection(lines: readonly DiffLine[]): readonly (readonly [section: number, lines: DiffLine[], first: number])[] {
  const found: [number, DiffLine[], number][] = []
  for (const [at, line] of lines.entries()) {
    const last = found.at(-1)
    if (last?.[0] === line.section) last[1].push(line)
    else found.push([line.section, [line], at])
  }
  return found
}

interface RowProps extends Pick<Span, 'from' | 'to'> {
  readonly row: DiffRow
  readonly numbers: DiffSection['numbers']
  readonly all: boolean
  readonly index: number
  /** Whether there are columns that are not drawn. */
  readonly before: boolean
  readonly after: boolean
}

const Row = memo(function Row({ row: { name, values, same }, numbers, all, index, from, to, before, after }: RowProps): ReactNode {
  const row = numbers?.map((column) => column.get(name))
  const best = row === undefined || same ? undefined : bestOf(row, lessIsBetter(name))
  const columns = Array.from({ length: to - from }, (_, at) => from + at)
  return (
    <tr data-same={same} className={row !== undefined && !same ? 'diff-delta' : undefined} aria-rowindex={index}>
      <th scope="row" title={name} aria-colindex={1}>{name}</th>
      {before && <td aria-hidden="true" />}
      {columns.map((at) => {
        if (row === undefined) return <td key={at} data-differs={tellsApart(values, at, all) || undefined} title={values[at]} aria-colindex={at + 2}>{values[at] ?? <span className="soft">–</span>}</td>
        const value = row[at]
        const isBest = value !== undefined && value === best
        return (
          <td key={at} className="diff-number" data-best={isBest || undefined} title={value === undefined ? undefined : String(value)} aria-colindex={at + 2}>
            <MetricCell name={name} value={value} against={same || at === 0 ? undefined : row[0]} percent />{isBest && <span className="visually-hidden"> {words.best}</span>}
          </td>
        )
      })}
      {after && <td aria-hidden="true" />}
    </tr>
  )
})
