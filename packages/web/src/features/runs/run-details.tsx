import { useMemo, useState, type ReactNode } from 'react'
import type { Line } from '@cairn/charts'
import type { Run, RunInfo } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { duration, exact, metric } from '../../ui/format.ts'
import { CopyButton } from '../artifacts/viewers/copy-button.tsx'
import { Elapsed } from './elapsed.tsx'
import { PairList, type Pair } from './pair-list.tsx'
import { Sparkline } from './sparkline.tsx'

export interface RunDetailsProps {
  readonly run: Run
  readonly info: RunInfo
  readonly tags: ReadonlyMap<string, string>
  readonly keys: readonly string[]
  /** Values that came live. */
  readonly latest: ReadonlyMap<string, number | string>
  readonly curves: ReadonlyMap<string, Line>
  onSetTag(key: string, value: string): Promise<void>
  onDeleteTag(key: string): Promise<void>
}

/** Everything about a run that is no curve. */
export function RunDetails({ run, info, tags, keys, latest, curves, onSetTag, onDeleteTag }: RunDetailsProps): ReactNode {
  const values = useMemo(() => new Map((run.data.metrics ?? []).map(({ key, value }) => [key, value])), [run])
  const metrics = keys.map((key): Pair => {
    const value = latest.get(key) ?? values.get(key) ?? ''
    return { name: key, text: String(value), value: <><Sparkline line={curves.get(key)} /><span className="number">{metric(value)}</span></> }
  })
  const params = (run.data.params ?? []).map(({ key, value }): Pair => ({ name: key, value, text: value }))
  const own = [...tags].filter(([key]) => !key.startsWith('mlflow.'))
  const datasets = run.inputs.dataset_inputs ?? []
  return (
    <div className="details">
      <About run={run} info={info} tags={tags} />
      <PairList title="Metrics" pairs={metrics} />
      <PairList title="Params" pairs={params} />
      <PairList title="Tags" pairs={own.map(([key, value]) => ({ name: key, text: value, value: <><span className="tag-value">{value}</span><button type="button" className="icon-button" aria-label={`Delete tag ${key}`} onClick={() => void onDeleteTag(key).catch(() => {})}>×</button></> }))}>
        <TagForm known={tags} onSave={onSetTag} />
      </PairList>
      <PairList title="Datasets" pairs={datasets.map(({ dataset, tags: inputTags }) => {
        const context = inputTags?.find(({ key }) => key === 'mlflow.data.context')?.value
        return { name: `${dataset.name}${context === undefined ? '' : ` (${context})`}`, text: `${dataset.digest} ${dataset.source_type} ${dataset.source}`, value: dataset.digest }
      })} />
    </div>
  )
}

function About({ run, info, tags }: { run: Run; info: RunInfo; tags: ReadonlyMap<string, string> }): ReactNode {
  const start = Number(info.start_time)
  const tag = (key: string): string | undefined => tags.get(key)
  const commit = tag('mlflow.source.git.commit')
  const parent = tag('mlflow.parentRunId')
  const rows: readonly (readonly [string, ReactNode])[] = [
    ['Run id', <span key="id" className="with-copy"><code>{info.run_id}</code><CopyButton text={info.run_id} what="the run id" /></span>],
    ['By', tag('mlflow.user') ?? info.user_id],
    ['Started', start > 0 ? exact(start) : undefined],
    ['Ended', info.end_time === undefined ? undefined : exact(Number(info.end_time))],
    ['Duration', info.end_time !== undefined ? duration(Number(info.end_time) - start) : info.status === 'RUNNING' && start > 0 ? <Elapsed key="elapsed" from={start} /> : undefined],
    ['Source', tag('mlflow.source.name')],
    ['Kind', tag('mlflow.source.type')?.toLowerCase()],
    ['Entry point', tag('mlflow.project.entryPoint')],
    ['Commit', commit === undefined ? undefined : <span key="commit" className="with-copy"><code title={commit}>{commit.slice(0, 12)}{tag('cairn.git.dirty') === 'true' ? ' with changes' : ''}</code><CopyButton text={commit} what="the commit" /></span>],
    ['Branch', tag('mlflow.source.git.branch')],
    ['Repository', tag('mlflow.source.git.repoURL')],
    ['Environment', tag('mlflow.project.env')],
    ['Exit status', tag('cairn.exit_status')],
    ['Processor time', tag('cairn.cpu_seconds') === undefined ? undefined : `${tag('cairn.cpu_seconds')} s`],
    ['Memory at most', tag('cairn.max_memory_megabytes') === undefined ? undefined : `${tag('cairn.max_memory_megabytes')} MB`],
    ['Failure', tag('cairn.failure')],
    ['Repeats', tag('cairn.rerun_of') === undefined ? undefined : <a key="rerun" href={href.run(tag('cairn.rerun_of')!)}>{tag('cairn.rerun_of')}</a>],
    ['Parent', parent === undefined ? undefined : <a key="parent" href={href.run(parent)}>{parent}</a>],
    ['Models', (run.outputs?.model_outputs ?? []).length === 0 ? undefined : <a key="models" href={href.run(info.run_id, 'lineage')}>{run.outputs!.model_outputs!.length}</a>],
    ['Artifacts', <span key="uri" className="uri" title={info.artifact_uri}>{info.artifact_uri}</span>],
  ]
  return (
    <section className="about" aria-label="About">
      <h2>About</h2>
      <dl>{rows.filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    </section>
  )
}

function TagForm({ known, onSave }: { known: ReadonlyMap<string, string>; onSave(key: string, value: string): Promise<void> }): ReactNode {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const save = async (): Promise<void> => {
    const name = key.trim()
    if (name === '') return
    setKey('')
    setValue('')
    await onSave(name, value).catch(() => {
      setKey(name)
      setValue(value)
    })
  }
  return (
    <form className="tag-form" onSubmit={(event) => { event.preventDefault(); void save() }}>
      <input className="field" aria-label="Key of the tag" placeholder="key" value={key} onChange={(event) => setKey(event.target.value)} />
      <input className="field" aria-label="Value of the tag" placeholder="value" value={value} onChange={(event) => setValue(event.target.value)} />
      <button type="submit" className="button" disabled={key.trim() === ''}>{known.has(key.trim()) ? 'Change' : 'Add tag'}</button>
    </form>
  )
}
