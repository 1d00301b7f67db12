import type { ReactNode } from 'react'
import { Popover } from '../../../ui/popover.tsx'
import { count } from '../../../ui/format.ts'
import type { Keys } from '../columns.ts'
import { firstRuns, isUsual } from '../drawing.ts'
import { ownColumns } from './grid-columns.ts'
import { usePlaceAt } from '../pointed.ts'
import type { Drawn } from '../use-drawn.ts'
import type { Extreme } from './table-state.ts'
import { words } from './words.ts'

export interface TableFootProps {
  /** Undefined until it is known. */
  readonly total: number | undefined
  readonly nested: boolean
  readonly columns: number
  readonly keys: Keys | undefined
  readonly sort: readonly string[]
  readonly drawn: Drawn
  onSort(sort: readonly string[]): void
}

/** A key of the order as its column's heading shows it: `metrics.`valid/loss` DESC` is "valid/loss ↓". */
export function sortText(sort: string): string {
  const [, key, way] = /^(.*?)(?: (ASC|DESC))?$/.exec(sort)!
  const [, extreme, inner = key!] = /^(min|max)\((.*)\)$/.exec(key!) ?? []
  const name = ownColumns.find(({ sortKey }) => sortKey === key)?.label ?? inner.replace(/^\w+\./, '').replaceAll('`', '')
  return `${extreme === undefined ? name : words.extremeOf(words.extreme[extreme as Extreme], name)} ${way === 'DESC' ? '↓' : '↑'}`
}

/** Params that are the same in all runs: no column tells runs apart by them, but one may want to know them. */
function Equal({ params }: { params: Keys['params'] }): ReactNode {
  const equal = params.filter(({ varies, runs }) => varies === false && runs > 1)
  if (equal.length === 0) return null
  return (
    <Popover label={words.equal(equal.length)} button={<button type="button" className="link">{words.equal(equal.length)}</button>}>
      <dl className="equal-list" tabIndex={0}>{equal.slice(0, mostEqual).map(({ key, sample = '' }) => <div key={key}><dt title={key}>{key}</dt><dd title={sample}>{sample}</dd></div>)}</dl>
      {equal.length > mostEqual && <p className="soft">{words.moreEqual(equal.length - mostEqual)}</p>}
    </Popover>
  )
}

/** Of more one finds a column by its name. */
const mostEqual = 200

/** How much there is, how it is sorted, and how many of the runs are drawn. */
export function TableFoot({ total, nested, columns, keys, sort, drawn: { drawing, change, runs, isDrawn }, onSort }: TableFootProps): ReactNode {
  const place = usePlaceAt()
  const shown = runs.filter(({ info }) => isDrawn(info.run_id)).length
  return (
    <div className="foot">
      <span className="foot-counts" role="status">
        {total !== undefined && <span><b>{count(total, 'run')}</b>{nested && words.atTheTop}</span>}
        <span>{words.of(columns, (keys?.metrics.length ?? 0) + (keys?.params.length ?? 0) + (keys?.tags.length ?? 0), 'column')}</span>
        {keys !== undefined && <Equal params={keys.params} />}
      </span>
      {sort.length > 0 && <span>{words.sortedBy(sort.map(sortText).join(', '))} <button type="button" className="link" onClick={() => onSort([])}>{words.newestFirst}</button></span>}
      {place !== undefined && <span className="grid-at">{words.valuesAt(place)}</span>}
      <span className="spacer" />
      <span>
        {words.drawnCount(shown)}
        {!isUsual(drawing) && <> <button type="button" className="link" onClick={() => change({ ...drawing, only: false, shown: [], hidden: [] })}>{words.drawnUsual}</button></>}
      </span>
      {(total ?? 0) > firstRuns[0] && (
        <label className="choice">{words.ofTheFirst} <select aria-label={words.drawnFirst} value={drawing.first} onChange={(event) => change({ ...drawing, first: Number(event.target.value) }, 'replace')}>{[...new Set([...firstRuns, drawing.first])].sort((a, b) => a - b).map((one) => <option key={one} value={one}>{one}</option>)}</select></label>
      )}
    </div>
  )
}
