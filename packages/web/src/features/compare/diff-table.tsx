import { useMemo, useState, type ReactNode } from 'react'
import { count } from '../../ui/format.ts'
import { MetricCell } from '../models/metric-cell.tsx'
import { lessIsBetter } from '../runs/columns.ts'
import { bestOf, diffRows, tellsApart, type DiffRow } from './diff-rows.ts'
import { words } from './words.ts'
import './compare.css'

export interface DiffSection {
  readonly title: string
  readonly values: readonly ReadonlyMap<string, string>[]
  /** The values as numbers, where they are: shown with how far each is from the first column's. */
  readonly numbers?: readonly ReadonlyMap<string, number>[]
  /** Whether the values are still read. */
  readonly waiting?: boolean
}

export interface DiffTableProps {
  readonly heads: readonly ReactNode[]
  readonly sections: readonly DiffSection[]
  readonly label: string
  /** Whether rows that are equal are shown too; kept here where nobody keeps it. */
  readonly all?: boolean
  onAll?(all: boolean): void
}

const page = 300

/** Things beside each other, a row for each name; what is equal is left out unless asked for. */
export function DiffTable({ heads, sections, label, all: given, onAll }: DiffTableProps): ReactNode {
  const [own, setOwn] = useState(false)
  const [find, setFind] = useState('')
  const [sizes, setSizes] = useState<ReadonlyMap<string, number>>(new Map())
  const all = given ?? own
  const rows = useMemo(() => sections.map(({ values }) => diffRows(values)), [sections])
  const equal = rows.flat().filter(({ same }) => same).length
  const shown = rows.map((section) => section.filter(({ name, same }) => (all || !same) && name.toLowerCase().includes(find.toLowerCase())))
  return (
    <>
      <div className="bar">
        <input className="field diff-find" type="search" aria-label={words.findRows} placeholder={words.findAName} value={find} onChange={(event) => setFind(event.target.value)} />
        <label className="diff-toggle"><input type="checkbox" checked={!all} onChange={(event) => (onAll ?? setOwn)(!event.target.checked)} /> {words.onlyDifferences}</label>
        {!all && equal > 0 && <span className="soft">{words.leftOut(count(equal, 'equal row'))}</span>}
      </div>
      <div className="scroll named diff" tabIndex={0} role="region" aria-label={label}>
        <table>
          <thead><tr><th scope="col"><span className="visually-hidden">{words.name}</span></th>{heads.map((head, index) => <th key={index} scope="col">{head}</th>)}</tr></thead>
          {sections.map(({ title, numbers, waiting = false }, index) => {
            const found = shown[index]!
            const size = sizes.get(title) ?? page
            return (
              <tbody key={title}>
                <tr className="diff-section"><th scope="rowgroup" colSpan={heads.length + 1}><span className="diff-section-name">{title} <span className="soft">{waiting ? words.readingLower : found.length > 0 ? found.length.toLocaleString('en') : rows[index]!.length === 0 ? words.none : all || find !== '' ? words.noneFound : words.allEqual}</span></span></th></tr>
                {found.slice(0, size).map((row) => <Row key={row.name} row={row} numbers={numbers} all={all} />)}
                {found.length > size && <tr><td colSpan={heads.length + 1}><button type="button" className="link" onClick={() => setSizes(new Map([...sizes, [title, size * 4]]))}>{words.showMoreOf(count(found.length, 'row'))}</button></td></tr>}
              </tbody>
            )
          })}
        </table>
      </div>
    </>
  )
}

function Row({ row: { name, values, same }, numbers, all }: { row: DiffRow; numbers: DiffSection['numbers']; all: boolean }): ReactNode {
  const row = numbers?.map((column) => column.get(name))
  const best = row === undefined || same ? undefined : bestOf(row, lessIsBetter(name))
  return (
    <tr data-same={same}>
      <th scope="row" title={name}>{name}</th>
      {row !== undefined
        ? row.map((value, at) => (
          <td key={at} className="diff-number" data-best={value !== undefined && value === best} title={value === undefined ? undefined : String(value)}>
            <MetricCell name={name} value={value} against={same || at === 0 ? undefined : row[0]} percent />{value !== undefined && value === best && <span className="visually-hidden"> {words.best}</span>}
          </td>
        ))
        : values.map((value, at) => <td key={at} data-differs={tellsApart(values, at, all)} title={value}>{value ?? <span className="soft">–</span>}</td>)}
    </tr>
  )
}
