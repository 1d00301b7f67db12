import { useState, type ReactNode } from 'react'
import type { Run } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { count, duration, metric } from '../../ui/format.ts'
import { Empty, Failure, Status, Time } from '../../ui/parts.tsx'
import { words } from './words.ts'

const page = 200
const nested = (id: string): string => `import mlflow

mlflow.set_tracking_uri("$URL")
with mlflow.start_run(run_id="${id}"):
    with mlflow.start_run(nested=True):
        mlflow.log_metric("loss", 0.5)`

/** Runs whose parent this one is. */
export function RunChildren({ run }: { run: Run }): ReactNode {
  const [size, setSize] = useState(page)
  const { experiment_id, run_id } = run.info
  const { data, error, reload } = useLoaded(`children ${run_id} ${size}`, () => client.runs.searchPage({ experiment_ids: [experiment_id], filter: `tags.\`mlflow.parentRunId\` = '${run_id.replaceAll("'", "''")}'`, max_results: size }))
  const readSoon = useSoon(reload)
  useLive(`children ${experiment_id}`, { experimentIds: [experiment_id], types: ['run'] }, (message) => { if (message.type === 'run' || message.type === 'resync') readSoon() })
  if (error !== undefined) return <Failure error={error} retry={reload} />
  if (data === undefined) return <p className="soft">{words.loading}</p>
  if (data.items.length === 0) return <Empty title={words.thisRunHasNoChild} code={nested(run_id)} />
  const keys = [...new Set(data.items.flatMap((child) => (child.data.metrics ?? []).map(({ key }) => key)))].filter((key) => !key.startsWith('system/')).slice(0, 6)
  return (
    <>
      <div className="bar"><span>{count(data.items.length, 'child run')}{data.next_page_token ? words.soFar : ''}</span><a className="button" href={href.compare([run_id, ...data.items.slice(0, 20).map(({ info }) => info.run_id)])}>{words.compare(data.items.length > 20 ? words.theFirst : words.them)}</a></div>
      <div className="scroll named" tabIndex={0} role="region" aria-label={words.childRuns}>
        <table>
          <thead><tr><th scope="col">{words.run}</th><th scope="col">{words.status}</th><th scope="col">{words.started}</th><th scope="col" className="number">{words.duration}</th>{keys.map((key) => <th key={key} scope="col" className="number">{key}</th>)}</tr></thead>
          <tbody>
            {data.items.map(({ info, data: { metrics } }) => (
              <tr key={info.run_id}>
                <th scope="row"><a href={href.run(info.run_id)}>{info.run_name}</a></th><td><Status status={info.status} /></td><td><Time ms={Number(info.start_time)} /></td>
                <td className="number">{info.end_time === undefined ? '–' : duration(Number(info.end_time) - Number(info.start_time))}</td>
                {keys.map((key) => { const value = metrics?.find((one) => one.key === key)?.value; return <td key={key} className="number">{value === undefined ? '–' : metric(value)}</td> })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {data.next_page_token && <p><button type="button" className="button" onClick={() => setSize(size * 4)}>{words.showMore}</button></p>}
    </>
  )
}
