import type { ReactNode } from 'react'
import { count, metric } from '../../../ui/format.ts'
import { words } from './words.ts'

const most = 500

/** The rows behind a chart; of many the first, the file has all. */
export function RowsTable({ label, head, rows }: { readonly label: string; readonly head: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] }): ReactNode {
  const shown = head.map((name, at) => ({ name, at })).filter(({ name }) => name !== 'run_id')
  return (
    <div className="panel-table scroll" tabIndex={0} role="region" aria-label={words.asATable(label)}>
      <table className="named">
        <thead><tr>{shown.map(({ name, at }) => <th key={at} scope="col" {...(typeof rows[0]?.[at] === 'number' && { className: 'number' })}>{name}</th>)}</tr></thead>
        <tbody>
          {rows.slice(0, most).map((row, index) => (
            <tr key={index}>{shown.map(({ at }, place) => { const value = row[at]!; const text = typeof value === 'number' ? metric(value) : value; return place === 0 ? <th key={at} scope="row">{text}</th> : <td key={at} {...(typeof value === 'number' && { className: 'number' })}>{text}</td> })}</tr>
          ))}
        </tbody>
      </table>
      {rows.length > most && <p className="soft">{words.inTheCsv(count(rows.length - most, 'more row'))}</p>}
    </div>
  )
}
