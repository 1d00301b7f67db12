import { useMemo, type ReactNode } from 'react'
import type { Run } from '@cairn/protocol'
import { go, href } from '../../app/router.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { count, duration, exact, metric } from '../../ui/format.ts'
import { Empty, Failure } from '../../ui/parts.tsx'
import { CopyButton } from '../artifacts/viewers/copy-button.tsx'
import '../artifacts/artifacts.css'
import '../runs/run-page.css'
import { CompareFiles } from './compare-files.tsx'
import { DiffTable, type DiffSection } from './diff-table.tsx'

const own = /^mlflow\.(?:note\.content|log-model\.history|loggedImages|runColor)$/

/** Runs of any experiments beside each other; the address says which. */
export function ComparePage({ runs: ids, all, file, pair = [] }: { runs: readonly string[]; all: boolean; file: string; pair?: readonly string[] }): ReactNode {
  const { data, error, reload } = useLoaded(`compare ${ids.join(' ')}`, (signal) => client.runs.getMany([...ids], { signal }))
  useTitle('Compare runs')
  const readSoon = useSoon(reload, 1000)
  useLive(`compare ${ids.join(' ')}`, { runIds: [...ids], types: ['points', 'run', 'params', 'tags', 'inputs'] }, (message) => { if (message.type !== 'connected' && message.type !== 'offline') readSoon() })
  const sections = useMemo(() => (data === undefined ? [] : sectionsOf(data)), [data])
  if (ids.length === 0) return <><div className="head"><h1>Compare runs</h1></div><Empty title="Add runs to the address, separated by commas:" code="$URL/compare?runs=RUN_ID,RUN_ID" /></>
  return (
    <>
      <div className="head"><h1>Compare {count(ids.length, 'run')}</h1><CopyButton text={location.href} what="the link" label="Copy link" /></div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {data === undefined ? error === undefined && <p className="soft">Loading…</p> : (
        <>
          <DiffTable
            label="Runs compared" sections={sections} all={all} onAll={(wanted) => go(href.compare(ids, { all: wanted, file, pair }), 'replace')}
            heads={data.map(({ info }) => (
              <span key={info.run_id} className="compare-head"><a href={href.run(info.run_id)}>{info.run_name}</a>
                {ids.length > 1 && <button type="button" className="icon-button" aria-label={`Leave ${info.run_name} out`} onClick={() => go(href.compare(ids.filter((id) => id !== info.run_id), { all, file }))}>×</button>}
              </span>
            ))}
          />
          <h2 className="compare-files-title">Files</h2>
          <CompareFiles runs={data} file={file} pair={pair} onChoose={(chosen) => go(href.compare(ids, { all, file, pair, ...chosen }), 'replace')} />
        </>
      )}
    </>
  )
}

function sectionsOf(runs: readonly Run[]): DiffSection[] {
  const tag = ({ data }: Run, key: string): string | undefined => data.tags?.find((one) => one.key === key)?.value
  const filled = (rows: readonly (readonly [string, string | undefined])[]): Map<string, string> => new Map(rows.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value] as const])))
  return [
    {
      title: 'About',
      values: runs.map((run) => filled([
        ['Status', run.info.status.toLowerCase()], ['Started', exact(Number(run.info.start_time))],
        ['Duration', run.info.end_time === undefined ? undefined : duration(Number(run.info.end_time) - Number(run.info.start_time))],
        ['By', tag(run, 'mlflow.user') ?? run.info.user_id], ['Experiment', run.info.experiment_id],
      ])),
    },
    { title: 'Metrics', values: runs.map(({ data }) => new Map((data.metrics ?? []).map(({ key, value }) => [key, metric(value)]))), numeric: true },
    { title: 'Params', values: runs.map(({ data }) => new Map((data.params ?? []).map(({ key, value }) => [key, value]))) },
    { title: 'Code', values: runs.map((run) => filled([
      ['Source', tag(run, 'mlflow.source.name')], ['Commit', tag(run, 'mlflow.source.git.commit')], ['Branch', tag(run, 'mlflow.source.git.branch')],
      ['Repository', tag(run, 'mlflow.source.git.repoURL')], ['Uncommitted changes', tag(run, 'cairn.git.dirty')], ['Entry point', tag(run, 'mlflow.project.entryPoint')], ['Environment', tag(run, 'mlflow.project.env')],
    ])) },
    { title: 'Datasets', values: runs.map(({ inputs }) => new Map((inputs.dataset_inputs ?? []).map(({ dataset, tags }) => [`${dataset.name}${tags?.[0] === undefined ? '' : ` (${tags[0].value})`}`, dataset.digest]))) },
    { title: 'Tags', values: runs.map(({ data }) => new Map((data.tags ?? []).filter(({ key }) => !own.test(key) && !/^mlflow\.(?:source|project|user|runName)/.test(key)).map(({ key, value }) => [key, value]))) },
  ]
}
