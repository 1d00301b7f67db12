import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { GroupPath, RunGroup } from '@cairn/protocol'
import { recall, remember, useKeptScroll } from '../../../app/entries.ts'
import { client, useLive, useSoon } from '../../../app/server.ts'
import { count, grouped, metric } from '../../../ui/format.ts'
import { Icon } from '../../../ui/icon.tsx'
import { Empty, Failure, Time } from '../../../ui/parts.tsx'
import { useWindow } from '../../../ui/use-window.ts'
import { columnId, type Column } from '../columns.ts'
import { groupSort, GroupsHead, startKey } from './groups-head.tsx'
import type { Which } from './row-store.ts'
import { sortText } from './table-foot.tsx'
import type { Extreme, TableState } from './table-state.ts'
import { words } from './words.ts'

export interface GroupsTableProps {
  readonly experiments: readonly string[]
  readonly which: Which
  readonly state: Pick<TableState, 'groups' | 'unfolded' | 'turned' | 'sort' | 'extremes'>
  /** Keys of the metrics whose spread is shown. */
  readonly metrics: readonly string[]
  onOpen(path: GroupPath): void
  onTurn(fold: Pick<TableState, 'unfolded' | 'turned'>): void
  onSort(sort: readonly string[]): void
  /** What the server says that there are no groups for. */
  onRefused(error: string | undefined): void
}

const rowHeight = 42
const headHeight = 34
/** Lines of one answer, and from where on they are asked for. */
const windowLines = 200
const step = 50

const memberOf = ({ kind, key }: Column): { kind: 'param' | 'tag'; key: string } => ({ kind: kind as 'param' | 'tag', key })
/** Which of a run's values its cells show, where that is not the last. */
const extremesOf = (metrics: readonly string[], extremes: TableState['extremes']): { key: string; of: Extreme }[] => metrics.flatMap((key) => {
  const of = extremes.get(columnId({ kind: 'metric', key }))
  return of === undefined ? [] : [{ key, of }]
})
const same = (a: GroupPath, b: GroupPath): boolean => a.length === b.length && a.every((value, at) => value === b[at])

/** Runs by the values of params and tags, within each other where there are several, with what the metrics of each group are like. */
export function GroupsTable({ experiments, which, state: { groups: by, unfolded, turned, sort, extremes }, metrics, onOpen, onTurn, onSort, onRefused }: GroupsTableProps): ReactNode {
  const [total, setTotal] = useState(0)
  const view = useWindow(total, rowHeight)
  useKeptScroll(view.ref, 'groups')
  const [active, setActive] = useState(() => recall('group line') ?? 0)
  useEffect(() => remember('group line', active), [active])
  const from = Math.floor(view.from / step) * step
  const input = { ...which, by: memberOf(by[0]!), within: by.slice(1).map(memberOf), metrics: [...metrics], extremes: extremesOf(metrics, extremes), open: unfolded, except: turned.map((path) => ({ path: [...path] })), offset: from, max_results: windowLines }
  const { data, error, refetch } = useQuery({ queryKey: ['groups', input], placeholderData: keepPreviousData, queryFn: async ({ signal }) => ({ from, ...await client.runs.groups(input, { signal }) }) })
  useEffect(() => {
    onRefused(error?.message)
    return () => onRefused(undefined)
  }, [error])
  const soon = useSoon(() => void refetch(), 2000)
  useLive(`groups ${experiments.join()}`, { experimentIds: experiments, types: ['run', 'points', 'params', 'tags'] }, (message) => { if (message.type !== 'connected' && message.type !== 'offline') soon() })
  const lines = data?.total ?? 0
  useEffect(() => setTotal(lines), [lines])
  useEffect(() => { if (active >= lines && lines > 0) setActive(lines - 1) }, [active, lines])
  const nested = by.length > 1
  const order = groupSort(sort, by)
  const firstStart = order.includes(`${startKey} ASC`)
  const lineAt = (at: number): RunGroup | undefined => data?.groups[at - data.from]
  const isOpen = (path: GroupPath): boolean => turned.some((one) => same(one, path)) !== unfolded
  const turn = ({ path, groups = 0 }: RunGroup): void => {
    if (groups > 0) onTurn({ unfolded, turned: turned.some((one) => same(one, path)) ? turned.filter((one) => !same(one, path)) : [...turned, path] })
  }
  const goTo = (wanted: number): void => {
    const at = Math.max(0, Math.min(lines - 1, wanted))
    setActive(at)
    const element = view.ref.current!
    const room = element.clientHeight - headHeight
    if (at * rowHeight < element.scrollTop) element.scrollTop = at * rowHeight
    else if ((at + 1) * rowHeight > element.scrollTop + room) element.scrollTop = (at + 1) * rowHeight - room
  }
  const key = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return
    const page = Math.max(1, Math.floor(view.ref.current!.clientHeight / rowHeight) - 2)
    const moves: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1, j: active + 1, k: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: lines - 1 }
    const group = lineAt(active)
    const to = moves[event.key]
    if (to !== undefined) goTo(to)
    else if (group === undefined) return
    else if (event.key === 'Enter') onOpen(group.path)
    else if (event.key === ' ') turn(group)
    else if (event.key === 'ArrowRight') {
      if (group.groups === undefined) return
      if (isOpen(group.path)) goTo(active + 1)
      else turn(group)
    } else if (event.key === 'ArrowLeft') {
      if (group.groups !== undefined && isOpen(group.path)) turn(group)
      else {
        // To the group around it, where that is known.
        let around = active - 1
        while (around >= 0 && (lineAt(around)?.path.length ?? 0) >= group.path.length) around -= 1
        if (group.path.length > 1 && lineAt(around) !== undefined) goTo(around)
      }
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  const shown = Array.from({ length: Math.max(0, Math.min(view.to, lines) - view.from) }, (_, at) => view.from + at)
  const below = view.height - view.top - shown.length * rowHeight
  const columns = metrics.length + 3
  const room = (height: number): ReactNode => height > 0 && <tr aria-hidden="true" className="groups-room"><td colSpan={columns} style={{ height }} /></tr>
  return (
    <>
      {error !== null && <Failure error={error.message} retry={() => void refetch()} />}
      <div ref={view.ref} className="groups scroll">
        {data === undefined ? error === null && <p className="soft">{words.loading}</p> : lines === 0 ? <Empty title={words.noRunMatchesThisFilter} /> : <table className="named" role={nested ? 'treegrid' : 'grid'} tabIndex={0} aria-label={words.groups} aria-rowcount={lines + 1} style={{ minWidth: 500 + metrics.length * 208 }}
          {...(shown.includes(active) && { 'aria-activedescendant': `group-line-${active}` })} onKeyDown={key}>
          <colgroup><col className="groups-name" /><col style={{ width: 144 }} /><col style={{ width: 140 }} />{metrics.map((one) => <col key={one} />)}</colgroup>
          <thead><GroupsHead by={by} metrics={metrics} sort={sort} extremes={extremes} onSort={onSort} /></thead>
          <tbody>
            {room(view.top)}
            {shown.map((at) => {
              const group = lineAt(at)
              return group === undefined
                ? <tr key={at} id={`group-line-${at}`} aria-rowindex={at + 2}><th scope="row"><span className="grid-wait" aria-hidden="true" /></th><td colSpan={columns - 1} /></tr>
                : <Group key={at} group={group} by={by[group.path.length - 1]!} at={at} active={at === active} open={isOpen(group.path)} nested={nested} firstStart={firstStart} onOpen={() => onOpen(group.path)} onTurn={() => { setActive(at); turn(group) }} />
            })}
            {room(below)}
          </tbody>
        </table>}
      </div>
      <div className="foot">
        {data !== undefined && <b>{count(data.outer, 'group')}</b>}
        {nested && <button type="button" className="link" onClick={() => onTurn({ unfolded: !unfolded, turned: [] })}>{unfolded ? words.foldAll : words.unfoldAll}</button>}
        {order.length > 0 && <span>{words.sortedBy(order.map(sortText).join(', '))} <button type="button" className="link" onClick={() => onSort([])}>{words.largestFirst}</button></span>}
        <span>{words.meanStandardDeviationLeastTo}</span>
      </div>
    </>
  )
}

interface GroupProps {
  readonly group: RunGroup
  /** What its value is of. */
  readonly by: Column
  readonly at: number
  readonly active: boolean
  readonly open: boolean
  readonly nested: boolean
  /** In place of the last: what they are sorted by. */
  readonly firstStart: boolean
  onOpen(): void
  onTurn(): void
}

function Group({ group: { value, runs, running, failed, first_start_time, start_time, metrics, path, groups }, by, at, active, open, nested, firstStart, onOpen, onTurn }: GroupProps): ReactNode {
  const name = value ?? words.without
  return (
    <tr id={`group-line-${at}`} aria-rowindex={at + 2} data-active={active} data-level={path.length} {...(nested && { 'aria-level': path.length })} {...(groups !== undefined && { 'aria-expanded': open })}>
      <th scope="row" title={nested ? `${by.key}: ${name}` : name}>
        <span className="grid-name" style={{ paddingLeft: (path.length - 1) * 18 }}>
          {nested && (groups === undefined ? <span className="grid-twist" aria-hidden="true" />
            : <button type="button" tabIndex={-1} className="grid-twist" aria-label={words.groupsWithin(groups, name)} onClick={onTurn}><Icon name={open ? 'down' : 'right'} /></button>)}
          <button type="button" tabIndex={-1} className="link" onClick={onOpen}>{value ?? <span className="soft">{words.without}</span>}</button>
          {groups !== undefined && <span className="grid-count" aria-hidden="true">{grouped(groups)}</span>}
        </span>
      </th>
      <td className="number">{grouped(runs)}{(running > 0 || failed > 0) && <span className="groups-more">{words.ofThem(running, failed)}</span>}</td>
      <td><Time ms={Number(firstStart ? first_start_time : start_time)} /></td>
      {metrics.map((spread, place) => (
        <td key={place} className="number" {...(spread !== null && spread.count < runs && { title: words.meanOf(spread.count, runs) })}>{spread === null ? <span className="soft">–</span> : <>{metric(spread.mean)} <span className="groups-more">± {metric(spread.std)} · {words.leastToMost(metric(spread.min), metric(spread.max))}</span></>}</td>
      ))}
    </tr>
  )
}
