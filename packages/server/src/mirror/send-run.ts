import type { Database } from '../platform/db/index.ts'
import { MlflowRefused, originTag, wireNumber, type MlflowApi, type SourceExperiment } from '../transfer/index.ts'
import type { Thing } from './mirror-store.ts'
import { beginAgain, notePoints, noteThing, unsentPoints, type Changed, type ChangedRun } from './operations.ts'

/** What one request of MLflow's may hold. */
const most = { metrics: 1000, params: 100, tags: 100 } as const
/** Points that are read at once. */
const pointsAtOnce = 20_000

export const missingThere = (error: unknown): boolean => error instanceof MlflowRefused && error.code === 'RESOURCE_DOES_NOT_EXIST'

/** Made, renamed, tagged and restored there as it was here. It is deleted once its runs are there. */
export async function sendExperiment(api: MlflowApi, { thing, mark, known }: Changed<SourceExperiment>): Promise<Thing> {
  const there = await experimentThere(api, thing, known?.there)
  const { lifecycle_stage } = there
  const experiment_id = there.experiment_id
  if (lifecycle_stage === 'deleted') await api.post('experiments/restore', { experiment_id })
  if (there.name !== thing.name) await api.post('experiments/update', { experiment_id, new_name: thing.name })
  const before = known === undefined ? [] : (JSON.parse(known.about) as { tags: string[] }).tags
  for (const { key, value } of thing.tags) await api.post('experiments/set-experiment-tag', { experiment_id, key, value })
  for (const key of before) if (!thing.tags.some((tag) => tag.key === key)) await api.post('experiments/delete-experiment-tag', { experiment_id, key }).catch(ignoreMissing)
  return { kind: 'experiment', here: thing.id, there: experiment_id, mark, about: JSON.stringify({ tags: thing.tags.map(({ key }) => key) }), problem: null }
}

interface ExperimentThere {
  readonly experiment_id: string
  readonly name: string
  readonly lifecycle_stage: string
}

async function experimentThere(api: MlflowApi, { name }: SourceExperiment, known: string | undefined): Promise<ExperimentThere> {
  const get = async (path: string, query: Record<string, string>): Promise<ExperimentThere | undefined> => {
    try {
      return (await api.get<{ experiment: ExperimentThere }>(path, query)).experiment
    } catch (error) {
      if (missingThere(error)) return undefined
      throw error
    }
  }
  const found = known === undefined ? undefined : await get('experiments/get', { experiment_id: known })
  if (found !== undefined) return found
  const named = await get('experiments/get-by-name', { experiment_name: name })
  if (named !== undefined) return named
  const { experiment_id } = await api.post<{ experiment_id: string }>('experiments/create', { name })
  return { experiment_id, name, lifecycle_stage: 'active' }
}

interface RunThere {
  readonly info: { readonly run_id: string; readonly experiment_id: string; readonly artifact_uri: string; readonly lifecycle_stage: string }
  readonly data?: { readonly params?: readonly { readonly key: string; readonly value: string }[]; readonly tags?: readonly { readonly key: string; readonly value: string }[] }
}

interface AboutRun {
  /** Where its files are there, and here. */
  readonly uri: string
  readonly own: string
  readonly tags: readonly string[]
  readonly ended: boolean
}

/** Everything of a run but its links and files: in order, and each part so that a second time changes nothing. */
export async function sendRun(api: MlflowApi, db: Database, { run, mark, known, experiment }: ChangedRun, counted: (points: number) => void): Promise<void> {
  const about = known === undefined || known.about === '' ? undefined : JSON.parse(known.about) as AboutRun
  const there = await runThere(api, db, { run, mark, known, experiment })
  const { run_id, artifact_uri, lifecycle_stage } = there.info
  if (lifecycle_stage === 'deleted') await api.post('runs/restore', { run_id })
  const has = (list: readonly { readonly key: string; readonly value: string }[] = []) => new Map(list.map(({ key, value }) => [key, value]))
  const [params, tags] = [has(there.data?.params), has(there.data?.tags)]
  const newParams = run.params.filter(({ key }) => !params.has(key))
  const newTags = run.tags.filter(({ key, value }) => tags.get(key) !== value)
  for (let at = 0; at < Math.max(newParams.length, newTags.length); at += most.params) {
    await api.post('runs/log-batch', { run_id, params: newParams.slice(at, at + most.params), tags: newTags.slice(at, at + most.tags) })
  }
  // Only what came from here is taken away: the server there, and people who work on it, have tags of their own.
  for (const key of about?.tags ?? []) if (tags.has(key) && !run.tags.some((tag) => tag.key === key)) await api.post('runs/delete-tag', { run_id, key }).catch(ignoreMissing)
  if (run.datasets.length > 0) await api.post('runs/log-inputs', { run_id, datasets: run.datasets })
  await sendPoints(api, db, run, run_id, counted)
  await api.post('runs/update', { run_id, status: run.status, ...(run.end_time !== null && { end_time: run.end_time }), ...(run.name !== '' && { run_name: run.name }) })
  if (run.deleted) await api.post('runs/delete', { run_id })
  const ended = run.end_time !== null
  await db.write(noteThing, {
    thing: {
      kind: 'run', here: run.run_id, there: run_id, mark, problem: null,
      about: JSON.stringify({ uri: artifact_uri, own: run.artifact_uri, tags: run.tags.map(({ key }) => key), ended } satisfies AboutRun),
    },
    // Clients that write into the storage by themselves have done so when their run ends.
    files: about === undefined || (ended && !about.ended) ? 'run' : undefined,
  })
}

async function sendPoints(api: MlflowApi, db: Database, run: ChangedRun['run'], run_id: string, counted: (points: number) => void): Promise<void> {
  for (let more = true; more;) {
    const unsent = await db.scan(unsentPoints, { run: run.number, runId: run.run_id, limit: pointsAtOnce })
    for (let at = 0; at < unsent.points.length; at += most.metrics) {
      const metrics = unsent.points.slice(at, at + most.metrics).map(({ key, value, timestamp, step = 0 }) => ({ key, value: wireNumber(value), timestamp, step }))
      await api.post('runs/log-batch', { run_id, metrics })
    }
    if (unsent.points.length > 0) await db.write(notePoints, { runId: run.run_id, handedOn: unsent.handedOn })
    counted(unsent.points.length)
    more = unsent.more
  }
}

async function runThere(api: MlflowApi, db: Database, { run, known, experiment }: ChangedRun): Promise<RunThere> {
  const experiment_id = experiment!.there
  const found = known === undefined || known.there === '' ? undefined : await getRun(api, known.there)
  if (found?.info.experiment_id === experiment_id) return found
  // A run cannot change its experiment there: it is made anew in the other one.
  if (found !== undefined && found.info.lifecycle_stage !== 'deleted') await api.post('runs/delete', { run_id: found.info.run_id })
  const { runs = [] } = await api.post<{ runs?: RunThere[] }>('runs/search', {
    experiment_ids: [experiment_id], filter: `tags.\`${originTag}\` = '${run.run_id}'`, run_view_type: 'ALL', max_results: 1,
  })
  if (runs[0] !== undefined) return runs[0]
  if (known !== undefined) await db.write(beginAgain, { runId: run.run_id })
  return (await api.post<{ run: RunThere }>('runs/create', {
    experiment_id, user_id: run.user_id, start_time: run.start_time, run_name: run.name, tags: [{ key: originTag, value: run.run_id }],
  })).run
}

async function getRun(api: MlflowApi, run_id: string): Promise<RunThere | undefined> {
  try {
    return (await api.get<{ run: RunThere }>('runs/get', { run_id })).run
  } catch (error) {
    if (missingThere(error)) return undefined
    throw error
  }
}

export function ignoreMissing(error: unknown): void {
  if (!missingThere(error)) throw error
}
