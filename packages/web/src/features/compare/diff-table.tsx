import { useMemo, useState, type ReactNode } from 'react'
import { count } from '../../ui/format.ts'
import { diffRows } from './diff-rows.ts'
import './compare.css'

export interface DiffSection {
  readonly title: string
  readonly values: readonly ReadonlyMap<string, string>[]
  readonly numeric?: boolean
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
        <input className="field" type="search" aria-label="Find rows" placeholder="Find a name" value={find} onChange={(event) => setFind(event.target.value)} />
        <label className="diff-toggle"><input type="checkbox" checked={!all} onChange={(event) => (onAll ?? setOwn)(!event.target.checked)} /> Only differences</label>
        {!all && equal > 0 && <span className="soft">{count(equal, 'equal row')} left out</span>}
      </div>
      <div className="scroll named diff" tabIndex={0} role="region" aria-label={label}>
        <table>
          <thead><tr><th scope="col"><span className="visually-hidden">Name</span></th>{heads.map((head, index) => <th key={index} scope="col">{head}</th>)}</tr></thead>
          {sections.map(({ title, numeric = false }, index) => {
            const found = shown[index]!
            const size = sizes.get(title) ?? page
            return (
              <tbody key={title}>
                <tr className="diff-section"><th scope="rowgroup" colSpan={heads.length + 1}>{title} <span className="soft">{found.length === 0 ? (rows[index]!.length === 0 ? 'none' : all ? 'none found' : 'all equal') : found.length.toLocaleString('en')}</span></th></tr>
                {found.slice(0, size).map(({ name, values, same }) => (
                  <tr key={name} data-same={same}>
                    <th scope="row" title={name}>{name}</th>
                    {values.map((value, at) => <td key={at} className={numeric ? 'number' : undefined} data-differs={!same && value !== values[0]} title={value}>{value ?? <span className="soft">–</span>}</td>)}
                  </tr>
                ))}
                {found.length > size && <tr><td colSpan={heads.length + 1}><button type="button" className="link" onClick={() => setSizes(new Map([...sizes, [title, size * 4]]))}>Show more of {count(found.length, 'row')}</button></td></tr>}
              </tbody>
            )
          })}
        </table>
      </div>
    </>
  )
}
