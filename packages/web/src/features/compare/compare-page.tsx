import { useMemo, useState, type ReactNode } from 'react'
import type { Run } from '@cairn/protocol'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { readCompared } from '../../app/readings.ts'
import { go, href } from '../../app/router.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { count } from '../../ui/format.ts'
import { Empty, Failure } from '../../ui/parts.tsx'
import { useAsync } from '../artifacts/use-async.ts'
import { CopyButton } from '../artifacts/viewers/copy-button.tsx'
import '../artifacts/artifacts.css'
import '../runs/run-page.css'
import { curvesOf, sectionsOf } from './compare-sections.ts'
import { DiffTable } from './diff-table.tsx'
import { jumpTo, Later } from './later.tsx'
import { words } from './words.ts'

const CompareCharts = lazyPart(async () => (await import('./compare-charts.tsx')).CompareCharts)
const CompareFiles = lazyPart(async () => (await import('./compare-files.tsx')).CompareFiles)

/** Until the charts have come. */
const chartsTitle = <div className="bar compare-bar compare-title"><h2>{words.charts.title}</h2></div>

const charts = 'compare-charts'
const files = 'compare-files'
/** Pixels of the two buttons beside a run's name. */
const besideName = 104

/** Runs of any experiments beside each other; the address says which. All are measured against the first. */
export function ComparePage({ runs: ids, all, file, pair = [] }: { runs: readonly string[]; all: boolean; file: string; pair?: readonly string[] }): ReactNode {
  const reading = readCompared(ids)
  const { data, error, reload } = useLoaded(reading.key, reading.load)
  useTitle(words.compareRuns)
  const readSoon = useSoon(reload, 1000)
  useLive(`compare ${ids.join(' ')}`, { runIds: [...ids], types: ['points', 'run', 'params', 'tags', 'inputs'] }, (message) => { if (message.type !== 'connected' && message.type !== 'offline') readSoon() })
  const [surroundings, askForSurroundings] = useState(false)
  const environments = useEnvironments(surroundings ? data : undefined)
  const names = useExperimentNames(data)
  const sections = useMemo(() => (data === undefined ? [] : sectionsOf(data, environments, (id) => names?.get(id) ?? id, () => askForSurroundings(true))), [data, environments, names])
  const curved = useMemo(() => data !== undefined && curvesOf(data).length > 0, [data])
  if (ids.length === 0) return <><div className="head"><h1>{words.compareRuns}</h1></div><Empty title={words.addRunsToTheAddress} code="$URL/compare?runs=RUN_ID,RUN_ID" /></>
  const show = (runs: readonly string[]): void => go(addressOf(runs, { all, file, pair: pair.filter((id) => runs.includes(id)) }))
  return (
    <>
      <div className="head"><h1>{words.compare(count(ids.length, 'run'))}</h1><CopyButton text={location.href} what={words.theLink} label={words.copyLink} />
        {data !== undefined && <nav className="compare-jumps" aria-label={words.furtherDown}>{curved && <button type="button" className="link" onClick={() => jumpTo(charts)}>{words.charts.title}</button>}<button type="button" className="link" onClick={() => jumpTo(files)}>{words.files}</button></nav>}
      </div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {data === undefined ? error === undefined && <p className="soft">{words.loading}</p> : (
        <>
          <DiffTable
            label={words.runsCompared} sections={sections}
            heads={data.map(({ info }, at) => ({ text: info.run_name, beside: ids.length > 1 ? besideName : 0, node: (
              <span className="compare-head"><a href={href.run(info.run_id)} title={info.run_name}>{info.run_name}</a>
                {ids.length > 1 && <button type="button" className="icon-button" aria-label={words.leaveOut(info.run_name)} onClick={() => show(ids.filter((id) => id !== info.run_id))}>×</button>}
                {ids.length > 1 && (at === 0 ? <span className="compare-baseline soft">{words.baseline}</span>
                  : <button type="button" className="link compare-baseline" title={words.measureTheOthersAgainstThis} onClick={() => show([info.run_id, ...ids.filter((id) => id !== info.run_id)])}><span className="visually-hidden">{info.run_name} </span>{words.asBaseline}</button>)}
              </span>
            ) }))}
          />
          {curved && <Later id={charts} room={430} before={chartsTitle}><CompareCharts runs={data} waiting={chartsTitle} /></Later>}
          <Later id={files} room={320} before={<h2 className="compare-title">{words.files}</h2>}>
            <h2 className="compare-title">{words.files}</h2>
            <CompareFiles runs={data} file={file} pair={pair} onChoose={(chosen) => go(addressOf(ids, { all, file, pair, ...chosen }), 'replace')} />
          </Later>
        </>
      )}
    </>
  )
}

/** The address of a comparison that draws its charts as this one does. */
function addressOf(...[runs, options]: Parameters<typeof href.compare>): string {
  const rest = new URLSearchParams(location.search)
  for (const own of ['runs', 'all', 'file', 'pair']) rest.delete(own)
  const url = href.compare(runs, options)
  return rest.size === 0 ? url : `${url}&${rest.toString()}`
}

/** With what the runs were made, from files of theirs and of their models: one request for all. */
function useEnvironments(runs: readonly Run[] | undefined): ReturnType<typeof sectionsOf>[number]['values'] | undefined {
  const key = runs?.map(({ info, outputs }) => `${info.run_id} ${outputs?.model_outputs?.length ?? 0} ${info.status}`).join('\n') ?? ''
  const { value, error } = useAsync(`environments ${key}`, async () => {
    if (runs === undefined) return undefined
    const { environmentOf, environmentRequest } = await import('../runs/environment.ts')
    const texts = await client.artifacts.read(environmentRequest(runs))
    return new Map(runs.map((run) => [run.info.run_id, environmentOf(run, texts)]))
  })
  return useMemo(() => (error !== undefined ? runs?.map(() => new Map()) : value === undefined ? undefined : runs?.map(({ info }) => value.get(info.run_id) ?? new Map())), [value, error, runs])
}

function useExperimentNames(runs: readonly Run[] | undefined): ReadonlyMap<string, string> | undefined {
  const ids = [...new Set(runs?.map(({ info }) => info.experiment_id))].slice(0, 20)
  return useAsync(`names of ${ids.join(' ')}`, async () => new Map(await Promise.all(ids.map(async (id) => [id, (await client.experiments.get(id)).name] as const)))).value
}
