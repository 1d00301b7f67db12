import type { ReactNode } from 'react'
import { columnId, searchKey, type Column } from '../columns.ts'
import { nextSort, type TableState } from './table-state.ts'
import { words } from './words.ts'

export interface GroupsHeadProps extends Pick<TableState, 'sort' | 'extremes'> {
  readonly by: readonly Column[]
  readonly metrics: readonly string[]
  onSort(sort: readonly string[]): void
}

export const startKey = 'attributes.start_time'

/** The keys of an order of runs that order groups by these: what differs within a group does not. */
export const groupSort = (sort: readonly string[], by: readonly Column[]): string[] => {
  const own = new Set([startKey, ...by.map(searchKey)])
  return sort.filter((one) => /^(?:(?:min|max)\()?metrics\./.test(one) || own.has(one.replace(/ (?:ASC|DESC)$/, '')))
}

/** Headings of groups: press to sort, with Shift besides the others. With no key the largest come first. */
export function GroupsHead({ by, metrics, sort, extremes, onSort }: GroupsHeadProps): ReactNode {
  const order = groupSort(sort, by)
  const wayOf = (key: string): string | undefined => order.find((one) => one === `${key} DESC` || one === `${key} ASC`)
  const ariaOf = (key: string): 'ascending' | 'descending' | 'none' => (wayOf(key) === undefined ? 'none' : wayOf(key)!.endsWith(' DESC') ? 'descending' : 'ascending')
  const arrow = (key: string): ReactNode => wayOf(key) !== undefined && <span className="grid-arrow" aria-hidden="true">{ariaOf(key) === 'descending' ? '↓' : '↑'}{order.length > 1 && <sup>{order.indexOf(wayOf(key)!) + 1}</sup>} </span>
  const button = (key: string, label: string, title = label, how?: string): ReactNode => <button key={key} type="button" title={title} onClick={(event) => onSort(nextSort(sort, key, event.shiftKey))}>{arrow(key)}{label}{how !== undefined && <span className="grid-how"> {how}</span>}</button>
  const own = by.map(searchKey)
  return (
    <tr aria-rowindex={1}>
      <th scope="col" aria-sort={ariaOf(own.find((key) => wayOf(key) !== undefined) ?? '')}><span className="groups-levels">{by.flatMap(({ key }, level) => [...(level === 0 ? [] : [<span key={level} aria-hidden="true">/</span>]), button(own[level]!, key)])}</span></th>
      <th scope="col" className="number" aria-sort={order.length === 0 ? 'descending' : 'none'}><button type="button" title={words.largestFirst} onClick={() => onSort([])}>{order.length === 0 && <span className="grid-arrow" aria-hidden="true">↓ </span>}{words.runs}</button></th>
      <th scope="col" aria-sort={ariaOf(startKey)}>{button(startKey, ariaOf(startKey) === 'ascending' ? words.firstStart : words.lastStart)}</th>
      {metrics.map((key) => {
        const column = { kind: 'metric', key } as const
        const extreme = extremes.get(columnId(column))
        const sortKey = extreme === undefined ? searchKey(column) : `${extreme}(${searchKey(column)})`
        return <th key={key} scope="col" className="number" aria-sort={ariaOf(sortKey)}>{button(sortKey, key, words.sortsGroups(key, extreme === undefined ? words.mean : words.extreme[extreme]), extreme && words.extreme[extreme])}</th>
      })}
    </tr>
  )
}
