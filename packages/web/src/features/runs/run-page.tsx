import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { isSystemMetric, tags, type RunInfo } from '@cairn/protocol'
import { readExperimentOf, readRun } from '../../app/readings.ts'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { go, href } from '../../app/router.ts'
import { useLevel } from '../../app/may-edit.ts'
import { useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { duration } from '../../ui/format.ts'
import { Failure, Status, Time } from '../../ui/parts.tsx'
import { CommentsButton } from '../comments/comments.tsx'
import { Crumbs } from '../frame/crumbs.tsx'
import { ErrorBoundary } from '../frame/error-boundary.tsx'
import { words as frame } from '../frame/words.ts'
import { Notes } from '../notes/notes.tsx'
import { runNotes } from '../notes/places.ts'
import { Elapsed } from './elapsed.tsx'
import { EditableName } from './editable-name.tsx'
import { RunCharts } from './run-charts.tsx'
import { RunDetails } from './run-details.tsx'
import { metricKeys, mostCurves } from './run-opening.ts'
import { useRunEdits } from './use-run-edits.ts'
import { useCurves } from './use-curves.ts'
import { useQuickCharts } from './use-quick-charts.ts'
import { words } from './words.ts'
import './run-page.css'

const Loading = (): ReactNode => <p className="soft">{words.loading}</p>
const RunArtifacts = lazyPart(async () => (await import('./run-artifacts.tsx')).RunArtifacts, Loading)
const RunChildren = lazyPart(async () => (await import('./run-children.tsx')).RunChildren, Loading)
const RunLineage = lazyPart(async () => (await import('./run-lineage.tsx')).RunLineage, Loading)
const RunPanels = lazyPart(async () => (await import('./run-panels.tsx')).RunPanels, Loading)
const RunLog = lazyPart(async () => (await import('./run-log.tsx')).RunLog, Loading)

const tabs = [['', words.overview], ['charts', words.charts], ['system', words.system], ['artifacts', words.artifacts], ['lineage', words.lineage], ['children', words.childRuns], ['log', words.log]] as const
const heard = ['points', 'run', 'params', 'tags', 'inputs', 'outputs', 'artifact'] as const

export interface RunPageProps {
  readonly id: string
  readonly tab: string
  readonly path: string
  readonly line: number | undefined
}

export function RunPage({ id, tab: asked, path, line }: RunPageProps): ReactNode {
  // An address may name a part that there is no more.
  const tab = tabs.some(([name]) => name === asked) ? asked : ''
  const reading = readRun(id)
  const { data: run, error, reload } = useLoaded(reading.key, reading.load)
  const ofExperiment = readExperimentOf(run?.info.experiment_id)
  const experiment = useLoaded(ofExperiment.key, ofExperiment.load)
  const [info, setInfo] = useState<RunInfo>()
  const quick = useQuickCharts()
  const [more, setMore] = useState<readonly string[]>([])
  const [latest, setLatest] = useState<ReadonlyMap<string, number | string>>(new Map())
  const [artifacts, setArtifacts] = useState(0)
  const keys = useMemo(() => metricKeys(run, more), [run, more])
  const own = useMemo(() => keys.filter((key) => isSystemMetric(key) === (tab === 'system')), [keys, tab])
  const shownKeys = useMemo(() => (tab === '' || tab === 'system' ? own.filter((key) => key.toLowerCase().includes(quick.find.toLowerCase())).slice(0, mostCurves) : []), [own, quick.find, tab])
  const curves = useCurves(id, shownKeys, quick.zoomed)
  const readSoon = useSoon(reload)
  const shown = info?.run_id === id ? info : run?.info
  const ended = shown !== undefined && shown.status !== 'RUNNING' && shown.status !== 'SCHEDULED'
  const catchUp = (): void => {
    curves.reload()
    setArtifacts((old) => old + 1)
  }
  const first = useMemo(() => new Set((run?.data.metrics ?? []).flatMap(({ key, step }) => (Number(step ?? 0) === 0 ? [key] : []))), [run])
  // Of a run that goes on there may come more.
  const isSingle = (key: string): boolean => ended && !quick.zoomed.has(key) && (curves.curves.get(key)?.count ?? (first.has(key) ? 1 : 2)) === 1
  const seen = useRef<string>(undefined)
  const now = useMemo(() => (run === undefined ? undefined : (run.data.metrics ?? []).map(({ key, value, timestamp, step }) => `${key} ${value} ${timestamp} ${step ?? 0}`).join('\n')), [run])
  useEffect(() => {
    if (now !== undefined && seen.current !== undefined && seen.current !== now && ended) catchUp()
    seen.current = now ?? seen.current
  }, [now])
  const edits = useRunEdits(id, run, reload)
  const level = useLevel('run', run?.info.experiment_id)
  const mayEdit = level === undefined ? undefined : level !== 'read'
  useTitle(run?.info.run_name ?? words.run)
  // Comments are heard by a part that comes with the run's answer: the stream that brings them already is not opened again for it.
  useLive(`run ${id}`, { runIds: [id], types: [...heard, 'comment'] }, (message) => {
    if (message.type === 'points') {
      const { points } = message.data
      setMore((old) => {
        const fresh = points.map(({ key }) => key).filter((key) => !keys.includes(key) && !old.includes(key))
        return fresh.length === 0 ? old : [...old, ...new Set(fresh)]
      })
      curves.add(points.map(({ key, step, value }) => ({ key, x: Number(step ?? 0), value: Number(value) })))
      setLatest((old) => new Map([...old, ...points.map(({ key, value }) => [key, value] as const)]))
    } else if (message.type === 'run') setInfo(message.data.info)
    else if (message.type === 'params' || message.type === 'tags' || message.type === 'inputs' || message.type === 'outputs') readSoon()
    else if (message.type === 'artifact') setArtifacts((old) => old + 1)
    else if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) {
      // What was logged between the reading and the opening of the stream came to neither. Of a run that has ended
      // that is little, and the run itself, read again, tells whether there is any; its curves are heavy.
      reload()
      if (message.type === 'resync' || !ended) catchUp()
    }
  })
  if (error !== undefined && run === undefined) return <><div className="head"><Crumbs items={[[frame.pages.experiments, href.experiments()]]} /><h1>{words.run}</h1></div><Failure error={error} retry={reload} /></>
  if (run === undefined || shown === undefined) return <p className="soft">{words.loading}</p>
  const start = Number(shown.start_time)
  const name = edits.name ?? shown.run_name
  return (
    <>
      <div className="head">
        <Crumbs items={[[frame.pages.experiments, href.experiments()], [experiment.data?.name ?? run.info.experiment_id, href.experiment(run.info.experiment_id)]]} />
        <EditableName name={name} mayEdit={mayEdit} onSave={edits.rename} />
        <Status status={shown.status} />
        {start > 0 && <span className="soft">{words.startedLower} <Time ms={start} />{shown.end_time !== undefined ? words.took(duration(Number(shown.end_time) - start)) : shown.status === 'RUNNING' && <>{words.for} <Elapsed from={start} /></>}</span>}
        <span className="spacer" /><CommentsButton target={{ run_id: id }} />
      </div>
      {edits.undo !== undefined && <p className="undo" role="status">{edits.undo.what}. <button type="button" className="link" onClick={() => void edits.undo!.act()}>{words.undo}</button></p>}
      {edits.error !== undefined && <Failure error={edits.error} />}
      {shown.lifecycle_stage === 'deleted' && <p className="error">{words.thisRunIsDeleted} <code>cairn runs restore {id}</code> {words.bringsItBack}</p>}
      <nav className="tabs" aria-label={words.partsOfTheRun}>
        {tabs.map(([key, label]) => <a key={key} href={href.run(id, key)} {...(key === tab && { 'aria-current': 'page' as const })}>{label}</a>)}
      </nav>
      {tab === '' && (
        <div className="run">
          <div>
            <Notes text={edits.tags.get(tags.note) ?? ''} draftKey={`cairn:notes:${id}`} place={runNotes(id, readSoon)} mayEdit={shown.lifecycle_stage === 'deleted' ? false : mayEdit} />
            <RunCharts id={id} keys={own} shownKeys={shownKeys} curves={curves} quick={quick} most={mostCurves} isSingle={isSingle} />
          </div>
          <RunDetails run={run} info={shown} tags={edits.tags} keys={own} latest={latest} curves={curves.curves} mayEdit={mayEdit} onSetTag={edits.setTag} onDeleteTag={edits.deleteTag} />
        </div>
      )}
      {tab === 'system' && <RunCharts id={id} keys={own} shownKeys={shownKeys} curves={curves} quick={quick} most={mostCurves} system isSingle={isSingle} />}
      <ErrorBoundary key={tab}>
        {tab === 'charts' && (keys.length === 0
          ? <RunCharts id={id} keys={keys} shownKeys={keys} curves={curves} quick={quick} most={mostCurves} isSingle={isSingle} />
          : <RunPanels run={run} info={shown} metrics={keys} />)}
        {tab === 'artifacts' && <RunArtifacts id={id} level={level} models={run.outputs?.model_outputs?.map(({ model_id }) => model_id) ?? []} path={path} line={line} change={artifacts} go={go} />}
        {tab === 'lineage' && <RunLineage run={run} />}
        {tab === 'children' && <RunChildren run={run} />}
        {tab === 'log' && <RunLog id={id} change={artifacts} running={shown.status === 'RUNNING'} />}
      </ErrorBoundary>
    </>
  )
}
