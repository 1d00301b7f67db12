import { lazy, Suspense, useEffect, useMemo, useState, type FormEvent, type ReactNode } from 'react'
import type { Run } from '@cairn/protocol'
import { go, href } from '../../app/router.ts'
import { client, useLoaded } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { count, duration, metric } from '../../ui/format.ts'
import { Empty, Failure, Status, Time } from '../../ui/parts.tsx'
import { Crumbs } from '../frame/crumbs.tsx'
import { chooseColumns, searchKey, type Column } from './columns.ts'
import { useFreshRuns } from './use-fresh-runs.ts'

const RunsCharts = lazy(async () => ({ default: (await import('../charts/runs-charts.tsx')).RunsCharts }))

const pageSize = 100

const log = (name: string): string => `import mlflow

mlflow.set_tracking_uri("$URL")
mlflow.set_experiment("${name.replaceAll('"', '\\"')}")
with mlflow.start_run():
    for step in range(100):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)`

export interface RunsPageProps {
  readonly id: string
  readonly filter: string
  readonly order: string
  /** Whether the runs are shown as curves instead of rows. */
  readonly charts: boolean
}

export function RunsPage({ id, filter, order, charts }: RunsPageProps): ReactNode {
  const at = (change: { filter?: string; order?: string; charts?: boolean }): string => href.experiment(id, { filter, order, charts, ...change })
  const [text, setText] = useState(filter)
  const [pages, setPages] = useState(1)
  useEffect(() => { setText(filter); setPages(1) }, [filter, order, id])
  const experiment = useLoaded(`experiment ${id}`, () => client.experiments.get(id))
  const runs = useLoaded(`runs ${id} ${filter} ${order} ${pages}`, async (signal) => {
    const all: Run[] = []
    let token: string | undefined
    for (let page = 0; page < pages; page += 1) {
      const answer = await client.runs.searchPage({
        experiment_ids: [id], max_results: pageSize, ...(filter !== '' && { filter }), ...(order !== '' && { order_by: [order] }), ...(token !== undefined && { page_token: token }),
      }, { signal })
      all.push(...answer.items)
      token = answer.next_page_token
      if (token === undefined) break
    }
    return { all, more: token !== undefined }
  })
  const read = useMemo(() => runs.data?.all ?? [], [runs.data])
  const { runs: rows } = useFreshRuns(id, read, runs.reload)
  const columns = useMemo(() => chooseColumns(read), [read])
  const search = (event: FormEvent): void => {
    event.preventDefault()
    if (text.trim() === filter) runs.reload()
    else go(at({ filter: text.trim() }))
  }
  const name = experiment.data?.name ?? id
  useTitle(name)
  return (
    <>
      <div className="head">
        <Crumbs items={[['Experiments', href.experiments()]]} />
        <h1>{name}</h1>
        {runs.data && runs.error === undefined && <span className="soft">{count(rows.length, 'run')}{runs.data.more ? ' so far' : ''}</span>}
        {rows.length > 1 && <a href={href.compare(rows.slice(0, 10).map(({ info }) => info.run_id))}>Compare {rows.length > 10 ? 'the first 10' : 'them'}</a>}
      </div>
      <form className="bar" onSubmit={search} role="search">
        <input className="field mono" value={text} onChange={(event) => setText(event.target.value)} aria-label="Filter runs"
          placeholder="metrics.auc > 0.8 and params.model = 'rf'" aria-invalid={runs.error !== undefined} aria-describedby="filter-error" spellCheck={false} autoCapitalize="off" />
        <button type="submit" className="button">Filter</button>
        {filter !== '' && <a className="button" href={at({ filter: '' })}>Clear</a>}
      </form>
      <nav className="tabs" aria-label="Ways to see the runs">
        <a href={at({ charts: false })} {...(!charts && { 'aria-current': 'page' as const })}>Table</a>
        <a href={at({ charts: true })} {...(charts && { 'aria-current': 'page' as const })}>Charts</a>
      </nav>
      <div id="filter-error">{runs.error !== undefined && <Failure error={runs.error} />}</div>
      {experiment.error !== undefined && <Failure error={experiment.error} />}
      {runs.data && rows.length === 0 && runs.error === undefined && (filter === ''
        ? <Empty title="No run is logged here yet. In Python:" code={log(name)} />
        : <Empty title="No run matches this filter." />)}
      {rows.length > 0 && runs.error === undefined && (charts
        ? <Suspense fallback={<p className="soft">Loading…</p>}><RunsCharts experiment={id} runs={rows} /></Suspense>
        : <Table id={id} filter={filter} order={order} runs={rows} columns={columns} />)}
      {!charts && runs.data?.more && runs.error === undefined && <p><button type="button" className="button" disabled={runs.loading} onClick={() => setPages(pages + 1)}>{runs.loading ? 'Loading…' : `Show ${pageSize} more`}</button></p>}
    </>
  )
}

function Table({ id, filter, order, runs, columns }: { id: string; filter: string; order: string; runs: readonly Run[]; columns: readonly Column[] }): ReactNode {
  const heading = (label: string, key: string, number = false): ReactNode => {
    const direction = order === `${key} DESC` ? 'descending' : order === `${key} ASC` ? 'ascending' : 'none'
    const next = direction === 'descending' ? `${key} ASC` : `${key} DESC`
    return (
      <th key={key} scope="col" aria-sort={direction} className={number ? 'number' : undefined} title={key}>
        <button type="button" onClick={() => go(href.experiment(id, { filter, order: next }))}>{label}{direction === 'descending' ? ' ↓' : direction === 'ascending' ? ' ↑' : ''}</button>
      </th>
    )
  }
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Runs">
      <table className="named">
        <thead>
          <tr>
            {heading('Run', 'attributes.run_name')}{heading('Status', 'attributes.status')}{heading('Started', 'attributes.start_time')}
            <th scope="col" className="number">Duration</th>
            {columns.map((column) => heading(column.key, searchKey(column), column.number))}
          </tr>
        </thead>
        <tbody>{runs.map((run) => <Row key={run.info.run_id} run={run} columns={columns} />)}</tbody>
      </table>
    </div>
  )
}

function Row({ run: { info, data }, columns }: { run: Run; columns: readonly Column[] }): ReactNode {
  const cell = ({ kind, key, number }: Column): ReactNode => {
    const value = (data[kind] ?? []).find((item) => item.key === key)?.value
    return <td key={`${kind}.${key}`} className={number ? 'number' : undefined} title={value === undefined ? undefined : String(value)}>
      {value === undefined ? <span className="soft">–</span> : number ? metric(value) : value}
    </td>
  }
  const start = Number(info.start_time)
  return (
    <tr>
      <th scope="row"><a href={href.run(info.run_id)}>{info.run_name}</a></th>
      <td><Status status={info.status} /></td>
      <td><Time ms={start} /></td>
      <td className="number">{info.end_time === undefined ? <span className="soft">–</span> : duration(Number(info.end_time) - start)}</td>
      {columns.map(cell)}
    </tr>
  )
}
