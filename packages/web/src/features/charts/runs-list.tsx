import { useState, type ReactNode } from 'react'
import { count } from '../../ui/format.ts'
import { Swatch } from '../../ui/palette.tsx'
import { firstRuns, isUsual, onlyThis, toggled } from '../runs/drawing.ts'
import type { Drawn } from '../runs/use-drawn.ts'
import type { DrawnRun } from './drawn-runs.ts'
import { words } from './words.ts'

/** Entries of the list; of more lines than that one finds one by its name. */
const mostListed = 200

export interface RunsListProps {
  readonly runs: readonly DrawnRun[]
  isDrawn(id: string): boolean
  readonly choice: Pick<Drawn, 'drawing' | 'change' | 'among' | 'total'>
}

/** The runs that are drawn, each to be switched off and on. */
export function RunsList({ runs, isDrawn, choice: { drawing, change, among, total } }: RunsListProps): ReactNode {
  const [find, setFind] = useState('')
  const found = runs.filter(({ name }) => name.toLowerCase().includes(find.toLowerCase()))
  const shown = runs.filter(({ id }) => isDrawn(id)).length
  return (
    <aside className="runs-list" aria-label={words.runsInTheCharts}>
      <div className="runs-list-head">
        <b>{count(shown, 'run')}</b>
        {!isUsual(drawing) && <button type="button" className="link" onClick={() => change({ ...drawing, only: false, shown: [], hidden: [] })}>{words.showAll}</button>}
        {total > firstRuns[0] && (
          <label className="choice">{words.ofTheFirst} <select value={drawing.first} onChange={(event) => change({ ...drawing, first: Number(event.target.value) }, 'replace')}>{[...new Set([...firstRuns, drawing.first])].sort((a, b) => a - b).map((one) => <option key={one} value={one}>{one}</option>)}</select></label>
        )}
      </div>
      {runs.length > 12 && <input className="field" type="search" placeholder={words.findARun} aria-label={words.findRuns} value={find} onChange={(event) => setFind(event.target.value)} />}
      <ul className="legend">
        {found.slice(0, mostListed).map(({ id, name, look }) => (
          <li key={id}>
            <button type="button" className="legend-run" title={name} aria-pressed={isDrawn(id)} onClick={(event) => change(event.altKey ? onlyThis(drawing, [id]) : toggled(drawing, id, among.has(id)))} onDoubleClick={() => change(onlyThis(drawing, [id]))}><Swatch look={look} /><span>{name}</span></button>
          </li>
        ))}
      </ul>
      {found.length > mostListed && <p className="soft note">{words.drawnFindThemByName(count(found.length - mostListed, 'more run'))}</p>}
      {total > runs.length && <p className="soft note">{words.inTheTable(count(total - runs.length, 'more run'))}</p>}
    </aside>
  )
}
