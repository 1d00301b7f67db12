import { useMemo, useState, type ReactNode } from 'react'
import { prefixes, type RunInfo } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { client, serverUrl, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { noCurve } from '../../chart/curve.ts'
import { bytes, count, duration, metric } from '../../ui/format.ts'
import { Empty, Failure, Pairs, State, Status, Time } from '../../ui/parts.tsx'
import { MetricChart } from './metric-chart.tsx'
import { useCurves } from './use-curves.ts'

const most = 120

const log = (id: string): string => `import mlflow

mlflow.set_tracking_uri("$URL")
with mlflow.start_run(run_id="${id}"):
    mlflow.log_metric("loss", 0.5, step=0)`

export function RunPage({ id }: { id: string }): ReactNode {
  const { data: run, error, reload } = useLoaded(`run ${id}`, () => client.runs.get(id))
  const experiment = useLoaded(`experiment of ${run?.info.experiment_id ?? ''}`, async () => (run === undefined ? undefined : client.experiments.get(run.info.experiment_id)))
  const [info, setInfo] = useState<RunInfo>()
  const [find, setFind] = useState('')
  const [more, setMore] = useState<readonly string[]>([])
  const [latest, setLatest] = useState<ReadonlyMap<string, number | string>>(new Map())
  const keys = useMemo(() => [...new Set([...(run?.data.metrics ?? []).map(({ key }) => key), ...more])].sort(), [run, more])
  const shownKeys = useMemo(() => keys.filter((key) => key.toLowerCase().includes(find.toLowerCase())).slice(0, most), [keys, find])
  const curves = useCurves(id, shownKeys)
  const readSoon = useSoon(reload)
  const [artifacts, setArtifacts] = useState(0)
  useTitle(run?.info.run_name ?? 'Run')
  const state = useLive(`run ${id}`, { runIds: [id], types: ['points', 'run', 'params', 'tags', 'artifact'] }, (message) => {
    if (message.type === 'points') {
      const { points } = message.data
      setMore((old) => {
        const fresh = points.map(({ key }) => key).filter((key) => !keys.includes(key) && !old.includes(key))
        return fresh.length === 0 ? old : [...old, ...new Set(fresh)]
      })
      curves.add(points.map(({ key, step, value }) => ({ key, x: Number(step ?? 0), value: Number(value) })))
      setLatest((old) => new Map([...old, ...points.map(({ key, value }) => [key, value] as const)]))
    } else if (message.type === 'run') setInfo(message.data.info)
    else if (message.type === 'params' || message.type === 'tags') readSoon()
    else if (message.type === 'artifact') setArtifacts((old) => old + 1)
    else if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) {
      // What was logged between the reading and the opening of the stream came to neither.
      reload()
      curves.reload()
    }
  })
  if (error !== undefined && run === undefined) return <><div className="head"><h1>Run</h1></div><Failure error={error} retry={reload} /></>
  if (run === undefined) return <p className="soft">Loading…</p>
  const shown = info?.run_id === id ? info : run.info
  const start = Number(shown.start_time)
  const sections = bySection(shownKeys)
  return (
    <>
      <div className="head">
        <nav className="crumbs" aria-label="Breadcrumb">
          <a href={href.experiments()}>Experiments</a> / <a href={href.experiment(run.info.experiment_id)}>{experiment.data?.name ?? run.info.experiment_id}</a>
        </nav>
        <h1>{shown.run_name}</h1>
        <Status status={shown.status} />
        <span className="soft">started <Time ms={start} />{shown.end_time !== undefined && `, took ${duration(Number(shown.end_time) - start)}`}</span>
        <span className="spacer" />
        <State state={state} />
      </div>
      {shown.lifecycle_stage === 'deleted' && <p className="error">This run is deleted. <code>cairn runs restore {id}</code> brings it back.</p>}
      <div className="run">
        <div>
          {keys.length > 12 && (
            <div className="bar"><input className="field" type="search" placeholder={`Find among ${count(keys.length, 'metric')}`} aria-label="Find metrics" value={find} onChange={(event) => setFind(event.target.value)} /></div>
          )}
          {curves.error !== undefined && <Failure error={curves.error} retry={curves.reload} />}
          {keys.length === 0 && <Empty title="This run has no metrics yet. Its charts move as soon as it logs:" code={log(id)} />}
          {sections.map(([section, names]) => (
            <section key={section} aria-label={`Charts of ${section === '' ? 'metrics' : section}`}>
              {sections.length > 1 && <h2>{section === '' ? 'Charts' : section}</h2>}
              <div className="charts">
                {names.map((name) => <MetricChart key={name} name={name} curve={curves.curves.get(name) ?? noCurve} range={curves.zoomed.get(name)} onZoom={(range) => curves.zoom(name, range)} />)}
              </div>
            </section>
          ))}
          {keys.length > shownKeys.length && find === '' && <p className="soft">{count(keys.length - most, 'more metric')}; find them by name above.</p>}
        </div>
        <div className="details">
          <Details title="Metrics" rows={keys.map((key) => [key, metric(latest.get(key) ?? run.data.metrics?.find((item) => item.key === key)?.value ?? '')])} />
          <Details title="Params" rows={(run.data.params ?? []).map(({ key, value }) => [key, value])} />
          <Details title="Tags" rows={(run.data.tags ?? []).map(({ key, value }) => [key, value])} />
          <Artifacts id={id} change={artifacts} />
        </div>
      </div>
    </>
  )
}

/** Keys by what stands before the first `/`; those without one come first. */
function bySection(keys: readonly string[]): [string, string[]][] {
  const sections = new Map<string, string[]>()
  for (const key of keys) {
    const slash = key.indexOf('/')
    const section = slash < 0 ? '' : key.slice(0, slash)
    sections.set(section, [...(sections.get(section) ?? []), key])
  }
  // A section of one would take a row for a single chart, whose name says its prefix anyway.
  for (const [section, [key, second]] of sections) {
    if (section === '' || second !== undefined) continue
    sections.delete(section)
    sections.set('', [...(sections.get('') ?? []), key!])
  }
  return [...sections].sort(([a], [b]) => a.localeCompare(b))
}

function Details({ title, rows }: { title: string; rows: readonly (readonly [string, string])[] }): ReactNode {
  if (rows.length === 0) return null
  return <section><h2>{title} <span className="soft">{rows.length}</span></h2><Pairs rows={rows} label={title} /></section>
}

function Artifacts({ id, change }: { id: string; change: number }): ReactNode {
  const [folder, setFolder] = useState('')
  const { data, error, reload } = useLoaded(`artifacts ${id} ${folder} ${change}`, () => client.artifacts.list(id, folder === '' ? undefined : folder))
  if (error !== undefined) return <section><h2>Artifacts</h2><Failure error={error} retry={reload} /></section>
  if (data === undefined || (data.length === 0 && folder === '')) return null
  const up = folder.slice(0, Math.max(folder.lastIndexOf('/'), 0))
  const zip = `${serverUrl}${prefixes.cairn[0]}/runs/${encodeURIComponent(id)}/artifacts.zip${folder === '' ? '' : `?path=${encodeURIComponent(folder)}`}`
  return (
    <section>
      <div className="title"><h2>Artifacts {folder !== '' && <span className="soft mono">{folder}</span>}</h2><a href={zip} download data-plain="">Download zip</a></div>
      <div className="pairs" tabIndex={0} role="region" aria-label="Artifacts">
        <table>
          <tbody>
            {folder !== '' && <tr><td><button type="button" className="link" onClick={() => setFolder(up)}>← back</button></td><td /></tr>}
            {data.map(({ path, is_dir, file_size }) => (
              <tr key={path}>
                <td>{is_dir
                  ? <button type="button" className="link" onClick={() => setFolder(path)}>{path.slice(folder === '' ? 0 : folder.length + 1)}/</button>
                  : <a href={`${serverUrl}/get-artifact?run_id=${encodeURIComponent(id)}&path=${encodeURIComponent(path)}`} download data-plain="">{path.slice(folder === '' ? 0 : folder.length + 1)}</a>}
                </td>
                <td className="soft">{file_size === undefined ? '' : bytes(Number(file_size))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
