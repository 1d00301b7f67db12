import { useEffect, useMemo, useSyncExternalStore, type ReactNode } from 'react'
import type { RunningRun } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { client, useLive, useSoon } from '../../app/server.ts'
import { Hint } from '../../ui/button.tsx'
import { grouped, metric } from '../../ui/format.ts'
import { Time } from '../../ui/parts.tsx'
import { Curve } from './curve.tsx'
import { LiveValues, standingOf, type Standing } from './live-values.ts'
import { words } from './words.ts'

const buckets = 80
/** A run from which nothing has come for so long may be dead. */
const silentMs = 30 * 60_000

/** Runs that are running, their values and curves moving. One request reads all curves; the rest comes live. */
export function RunningRuns({ runs, total, experiments, now, onNews }: { runs: readonly RunningRun[]; total: number; experiments: readonly string[]; now: number; onNews(): void }): ReactNode {
  const values = useMemo(() => new LiveValues((act) => requestAnimationFrame(act)), [])
  const shown = useSyncExternalStore(values.subscribe, values.shown)
  const ids = runs.map(({ run_id }) => run_id)
  const which = runs.map(({ run_id, metrics }) => `${run_id} ${metrics[0]?.key ?? ''}`).join('\n')
  const read = async (): Promise<void> => {
    const keys = [...new Set(runs.flatMap(({ metrics }) => metrics[0]?.key ?? []))]
    if (keys.length === 0) return
    values.asking()
    // A curve that cannot be read leaves its place empty; the values beside it are there.
    await client.metrics.series({ run_ids: ids, keys, buckets }).then((series) => values.read(series), () => {})
  }
  useEffect(() => values.set(runs), [values, runs])
  useEffect(() => void read(), [which])
  const readSoon = useSoon(() => void read(), 1000)
  useLive(`running ${ids.join()}`, { runIds: ids, types: ['points'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) readSoon()
    else if (message.type === 'points' && values.hear(message.data.run_id, message.data.points.map(({ key, value, step }) => ({ key, value: Number(value), step: Number(step ?? 0) })), Date.now())) {
      onNews()
      readSoon()
    }
  })
  if (runs.length === 0) return <p className="soft">{words.nothingRuns}</p>
  return (
    <>
      <ul className="home-runs">{runs.map((run) => <li key={run.run_id}><RunCard run={run} standing={standingOf(shown, run.run_id)} now={now} /></li>)}</ul>
      {total > runs.length && <p className="home-more"><a href={href.runs(experiments, "attributes.status = 'RUNNING'")}>{words.more(total - runs.length)}</a></p>}
    </>
  )
}

function RunCard({ run, standing, now }: { run: RunningRun; standing: Standing; now: number }): ReactNode {
  const { run_id, run_name, experiment_id, experiment_name, user_id, start_time, metrics, last_point_time } = run
  const [first, ...others] = metrics
  const value = (key: string, read: unknown): string => metric(standing.values.get(key)?.value ?? read as number)
  const last = Math.max(standing.heard, Number(last_point_time ?? 0), Number(start_time))
  return (
    <article className="home-run">
      <header><a href={href.run(run_id)} title={run_name}>{run_name}</a>{now - last > silentMs && <Hint text={words.silentHint}><span className="home-silent" tabIndex={0}>{words.silent}{last > 0 && <> · <Time ms={last} /></>}</span></Hint>}</header>
      <p className="home-where"><a href={href.experiment(experiment_id)} title={experiment_name}>{experiment_name}</a></p>
      {first === undefined ? <p className="soft home-none">{words.noMetrics}</p> : <>
        <p className="home-value"><b>{value(first.key, first.value)}</b><span>{first.key}</span><span className="home-step">{words.step(grouped(standing.values.get(first.key)?.step ?? Number(first.step)))}</span></p>
        <Curve line={standing.line} label={words.curve(first.key, run_name)} />
      </>}
      <dl>{others.map(({ key, value: read }) => <div key={key}><dt title={key}>{key}</dt><dd>{value(key, read)}</dd></div>)}</dl>
      <footer>{Number(start_time) > 0 && <>{words.begun} <Time ms={Number(start_time)} /></>}{user_id !== '' && <> {words.by(user_id)}</>}</footer>
    </article>
  )
}
