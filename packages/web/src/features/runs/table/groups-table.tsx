import type { ReactNode } from 'react'
import type { RunGroup } from '@cairn/protocol'
import { client, useLive, useLoaded, useSoon } from '../../../app/server.ts'
import { count, metric } from '../../../ui/format.ts'
import { Empty, Failure, Time } from '../../../ui/parts.tsx'
import type { Column } from '../columns.ts'
import type { Which } from './row-store.ts'
import { words } from './words.ts'

export interface GroupsTableProps {
  readonly experiments: readonly string[]
  readonly which: Which
  readonly by: Column
  /** Keys of the metrics whose spread is shown. */
  readonly metrics: readonly string[]
  onOpen(value: string | null): void
}

/** Runs by the value of a param or tag, with what their metrics are like. */
export function GroupsTable({ experiments, which, by, metrics, onOpen }: GroupsTableProps): ReactNode {
  const name = JSON.stringify([which, by, metrics])
  const { data, error, reload } = useLoaded(`groups ${name}`, (signal) => client.runs.groups({ ...which, by: { kind: by.kind as 'param' | 'tag', key: by.key }, metrics: [...metrics] }, { signal }))
  const soon = useSoon(reload, 2000)
  useLive(`groups ${experiments.join()}`, { experimentIds: experiments, types: ['run', 'points', 'params', 'tags'] }, (message) => { if (message.type !== 'connected' && message.type !== 'offline') soon() })
  if (error !== undefined) return <Failure error={error} retry={reload} />
  if (data === undefined) return <p className="soft">{words.loading}</p>
  if (data.groups.length === 0) return <Empty title={words.noRunMatchesThisFilter} />
  return (
    <>
      <div className="groups scroll" tabIndex={0} role="region" aria-label={words.groups}>
        <table className="named">
          <thead><tr><th scope="col">{by.key}</th><th scope="col" className="number">{words.runs}</th><th scope="col">{words.lastStart}</th>{metrics.map((key) => <th key={key} scope="col" className="number">{key}</th>)}</tr></thead>
          <tbody>{data.groups.map((group) => <Group key={group.value ?? ' none'} group={group} onOpen={() => onOpen(group.value ?? null)} />)}</tbody>
        </table>
      </div>
      <div className="foot"><b>{count(data.total, 'group')}</b>{data.total > data.groups.length && <span>{words.theLargestAreShown(data.groups.length)}</span>}<span>{words.meanStandardDeviationLeastTo}</span></div>
    </>
  )
}

function Group({ group: { value, runs, running, failed, start_time, metrics }, onOpen }: { group: RunGroup; onOpen(): void }): ReactNode {
  return (
    <tr>
      <th scope="row"><button type="button" className="link" onClick={onOpen}>{value ?? <span className="soft">{words.without}</span>}</button></th>
      <td className="number">{runs.toLocaleString('en')}{(running > 0 || failed > 0) && <span className="spread"> · {[running > 0 && `${running} running`, failed > 0 && `${failed} failed`].filter(Boolean).join(', ')}</span>}</td>
      <td><Time ms={Number(start_time)} /></td>
      {metrics.map((spread, at) => (
        <td key={at} className="number" {...(spread !== null && spread.count < runs && { title: words.meanOf(spread.count, runs) })}>{spread === null ? <span className="soft">–</span> : <>{metric(spread.mean)} <span className="spread">± {metric(spread.std)} · {words.leastToMost(metric(spread.min), metric(spread.max))}</span></>}</td>
      ))}
    </tr>
  )
}
