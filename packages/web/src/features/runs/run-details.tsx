import { useMemo, useState, type ReactNode } from 'react'
import type { Line } from '@cairn/charts'
import type { Run, RunInfo } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { duration, exact, metric } from '../../ui/format.ts'
import { CopyButton } from '../artifacts/viewers/copy-button.tsx'
import { Elapsed } from './elapsed.tsx'
import { PairList, type Pair } from './pair-list.tsx'
import { RunEnvironment } from './run-environment.tsx'
import { Sparkline } from './sparkline.tsx'
import { words } from './words.ts'

export interface RunDetailsProps {
  readonly run: Run
  readonly info: RunInfo
  readonly tags: ReadonlyMap<string, string>
  readonly keys: readonly string[]
  /** Values that came live. */
  readonly latest: ReadonlyMap<string, number | string>
  readonly curves: ReadonlyMap<string, Line>
  /** Undefined until it is known. */
  readonly mayEdit: boolean | undefined
  onSetTag(key: string, value: string): Promise<void>
  onDeleteTag(key: string): Promise<void>
}

/** Everything about a run that is no curve. */
export function RunDetails({ run, info, tags, keys, latest, curves, mayEdit, onSetTag, onDeleteTag }: RunDetailsProps): ReactNode {
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
      <PairList title={words.metricsTitle} pairs={metrics} />
      <PairList title={words.params} pairs={params} />
      <PairList title={words.tags} pairs={own.map(([key, value]) => ({ name: key, text: value, value: <><span className="tag-value">{value}</span>{mayEdit === true && <button type="button" className="icon-button" aria-label={words.deleteTag(key)} onClick={() => void onDeleteTag(key).catch(() => {})}>×</button>}</> }))}>
        {mayEdit !== false && <TagForm known={tags} waits={mayEdit === undefined} onSave={onSetTag} />}
      </PairList>
      <PairList title={words.datasets} pairs={datasets.map(({ dataset, tags: inputTags }) => {
        const context = inputTags?.find(({ key }) => key === 'mlflow.data.context')?.value
        return { name: `${dataset.name}${context === undefined ? '' : ` (${context})`}`, text: `${dataset.digest} ${dataset.source_type} ${dataset.source}`, value: dataset.digest }
      })} />
      <RunEnvironment run={run} />
    </div>
  )
}

function About({ run, info, tags }: { run: Run; info: RunInfo; tags: ReadonlyMap<string, string> }): ReactNode {
  const start = Number(info.start_time)
  const tag = (key: string): string | undefined => tags.get(key)
  const commit = tag('mlflow.source.git.commit')
  const parent = tag('mlflow.parentRunId')
  const rows: readonly (readonly [string, ReactNode])[] = [
    [words.runId, <span key="id" className="with-copy"><code>{info.run_id}</code><CopyButton text={info.run_id} what={words.theRunId} /></span>],
    [words.by, tag('mlflow.user') ?? info.user_id],
    [words.started, start > 0 ? exact(start) : undefined],
    [words.ended, info.end_time === undefined ? undefined : exact(Number(info.end_time))],
    [words.duration, info.end_time !== undefined ? duration(Number(info.end_time) - start) : info.status === 'RUNNING' && start > 0 ? <Elapsed key="elapsed" from={start} /> : undefined],
    [words.source, tag('mlflow.source.name')],
    [words.kind, tag('mlflow.source.type')?.toLowerCase()],
    [words.entryPoint, tag('mlflow.project.entryPoint')],
    [words.commit, commit === undefined ? undefined : <span key="commit" className="with-copy"><code title={commit}>{commit.slice(0, 12)}{tag('cairn.git.dirty') === 'true' ? words.withChanges : ''}</code><CopyButton text={commit} what={words.theCommit} /></span>],
    [words.branch, tag('mlflow.source.git.branch')],
    [words.repository, tag('mlflow.source.git.repoURL')],
    [words.environment, tag('mlflow.project.env')],
    [words.exitStatus, tag('cairn.exit_status')],
    [words.processorTime, tag('cairn.cpu_seconds') === undefined ? undefined : `${tag('cairn.cpu_seconds')} s`],
    [words.memoryAtMost, tag('cairn.max_memory_megabytes') === undefined ? undefined : `${tag('cairn.max_memory_megabytes')} MB`],
    [words.failure, tag('cairn.failure')],
    [words.repeats, tag('cairn.rerun_of') === undefined ? undefined : <a key="rerun" href={href.run(tag('cairn.rerun_of')!)}>{tag('cairn.rerun_of')}</a>],
    [words.parent, parent === undefined ? undefined : <a key="parent" href={href.run(parent)}>{parent}</a>],
    [words.models, (run.outputs?.model_outputs ?? []).length === 0 ? undefined : <a key="models" href={href.run(info.run_id, 'lineage')}>{run.outputs!.model_outputs!.length}</a>],
    [words.artifacts, <span key="uri" className="with-copy"><span className="uri" title={info.artifact_uri}>{info.artifact_uri}</span>{info.artifact_uri !== undefined && <CopyButton text={info.artifact_uri} what={words.theArtifactUri} />}</span>],
  ]
  return (
    <section className="about" aria-label={words.about}>
      <h2>{words.about}</h2>
      <dl>{rows.filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    </section>
  )
}

function TagForm({ known, waits, onSave }: { known: ReadonlyMap<string, string>; /** Keeps its place until it is known whether one may. */ waits: boolean; onSave(key: string, value: string): Promise<void> }): ReactNode {
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
    <form className="tag-form" {...(waits && { style: { visibility: 'hidden' } })} onSubmit={(event) => { event.preventDefault(); void save() }}>
      <input className="field" aria-label={words.keyOfTheTag} placeholder={words.key} value={key} onChange={(event) => setKey(event.target.value)} />
      <input className="field" aria-label={words.valueOfTheTag} placeholder={words.value} value={value} onChange={(event) => setValue(event.target.value)} />
      <button type="submit" className="button" disabled={key.trim() === ''}>{known.has(key.trim()) ? words.change : words.addTag}</button>
    </form>
  )
}
