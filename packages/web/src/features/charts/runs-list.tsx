import { useState, type ReactNode } from 'react'
import { count } from '../../ui/format.ts'
import { Swatch } from '../../ui/palette.tsx'
import { firstRuns } from './charts-state.ts'
import type { DrawnRun } from './drawn-runs.ts'

export interface RunsListProps {
  readonly runs: readonly DrawnRun[]
  readonly hidden: ReadonlySet<string>
  /** Runs of the table, of which the first are here. */
  readonly total: number
  readonly first: number
  onFirst(first: number): void
  onHidden(hidden: readonly string[]): void
}

/** The runs that are drawn, each to be switched off and on. */
export function RunsList({ runs, hidden, total, first, onFirst, onHidden }: RunsListProps): ReactNode {
  const [find, setFind] = useState('')
  const found = runs.filter(({ name }) => name.toLowerCase().includes(find.toLowerCase()))
  const toggle = (id: string): void => onHidden(hidden.has(id) ? [...hidden].filter((one) => one !== id) : [...hidden, id])
  const only = (id: string): void => onHidden(runs.filter((run) => run.id !== id).map((run) => run.id))
  const shown = runs.length - runs.filter(({ id }) => hidden.has(id)).length
  return (
    <aside className="runs-list" aria-label="Runs in the charts">
      <div className="runs-list-head">
        <b>{count(shown, 'run')}</b>
        {hidden.size > 0 && <button type="button" className="link" onClick={() => onHidden([])}>Show all</button>}
        {total > firstRuns[0] && (
          <label className="choice">of the first <select value={first} onChange={(event) => onFirst(Number(event.target.value))}>{[...new Set([...firstRuns, first])].sort((a, b) => a - b).map((one) => <option key={one} value={one}>{one}</option>)}</select></label>
        )}
      </div>
      {runs.length > 12 && <input className="field" type="search" placeholder="Find a run" aria-label="Find runs" value={find} onChange={(event) => setFind(event.target.value)} />}
      <ul className="legend">
        {found.map(({ id, name, look }) => (
          <li key={id}>
            <button type="button" className="legend-run" title={name} aria-pressed={!hidden.has(id)} onClick={(event) => (event.altKey ? only(id) : toggle(id))} onDoubleClick={() => only(id)}><Swatch look={look} /><span>{name}</span></button>
          </li>
        ))}
      </ul>
      {total > runs.length && <p className="soft note">{count(total - runs.length, 'more run')} in the table</p>}
    </aside>
  )
}
