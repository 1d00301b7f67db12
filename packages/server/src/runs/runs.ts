import { CairnError, invalid, notFound, type Int64, type MetricInput, type Param, type RunInfo, type RunTag } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { requireActiveExperiment, type ExperimentRow } from '../experiments/index.ts'
import { logModelMetrics } from '../logged-models/index.ts'
import { appendPoints, appendPointsOfMany, type LoggedPoint, type PackedPoints } from '../metrics/index.ts'
import { checkExpected, checkLength, pythonString } from '../names/index.ts'
import { write, writeMany, type Reader, type Writer } from '../platform/db/index.ts'
import { checkParams } from './params.ts'
import {
  changeRun, countChange, findRun, findRunKey, findRunKeys, findRunRows, findTag, hasEnded, insertParams, insertRuns, insertTags, keyOf, removeTag, renameRun, setRunDeleted, upsertTags, type LoggedRun, type RunKey, type RunRow,
} from './runs-store.ts'

export const runNameTag = 'mlflow.runName'
const loggedModelsTag = 'mlflow.log-model.history'

export const runNotFound = (runId: string): CairnError => notFound(`Run with id=${runId} not found`)

const runDeleted = (runId: string): CairnError => invalid(`The run ${runId} must be in the 'active' state. Current state is deleted.`)

/** The run that may be written to, or MLflow's words for why not. */
export async function requireActiveRun(tx: Reader, runId: string): Promise<LoggedRun> {
  const run = await findRunKey(tx, runId)
  if (run === undefined) throw runNotFound(runId)
  if (run.deleted !== 0) throw runDeleted(runId)
  return run
}

/** A run's row on its way between threads: an array is copied for a third of what an object with names costs. */
export type RunLine = readonly [
  run_id: string, experiment_id: number, name: string, user_id: string, status: string, start_time: Int64, end_time: Int64 | null, deleted: number, artifact_uri: string,
]

const toLine = (row: Omit<RunRow, 'id'>): RunLine =>
  [row.run_id, row.experiment_id, row.name, row.user_id, row.status, row.start_time, row.end_time, row.deleted, row.artifact_uri]

export const infoOfLine = ([run_id, experiment_id, name, user_id, status, start_time, end_time, deleted, artifact_uri]: RunLine): RunInfo =>
  toRunInfo({ run_id, experiment_id, name, user_id, status, start_time, end_time, deleted, artifact_uri })

export function toRunInfo(row: Omit<RunRow, 'id'>): RunInfo {
  return {
    run_id: row.run_id,
    run_uuid: row.run_id,
    run_name: row.name,
    experiment_id: String(row.experiment_id),
    user_id: row.user_id,
    status: row.status as RunInfo['status'],
    start_time: row.start_time,
    ...(row.end_time !== null && { end_time: row.end_time }),
    artifact_uri: row.artifact_uri,
    lifecycle_stage: row.deleted === 0 ? 'active' : 'deleted',
  }
}

/** A new run, flat: keys and values of its tags take turns. */
export type NewRun = readonly [run_id: string, experiment_id: string, user_id: string, start_time: Int64, run_name: string, ...tags: string[]]

/** What the server adds to a new run. */
export type MadeRun = readonly [experiment_id: number, artifact_uri: string]

export const createRun = writeMany('runs.create', async (tx, inputs: readonly NewRun[]): Promise<(MadeRun | CairnError)[]> => {
  const experiments = new Map<string, ExperimentRow | CairnError>()
  const results: (MadeRun | CairnError)[] = []
  const rows: Parameters<typeof insertRuns>[1][number][] = []
  const tagsOf: RunTag[][] = []
  for (const [run_id, experimentId, user_id, start_time, name, ...words] of inputs) {
    let experiment = experiments.get(experimentId)
    if (experiment === undefined) experiments.set(experimentId, experiment = await activeExperiment(tx, experimentId))
    if (experiment instanceof CairnError) {
      results.push(experiment)
      continue
    }
    const artifact_uri = `${experiment.artifact_location.replace(/\/$/, '')}/${run_id}/artifacts`
    results.push([experiment.id, artifact_uri])
    rows.push({ run_id, experiment_id: experiment.id, name, user_id, status: 'RUNNING', start_time, artifact_uri })
    const tags: RunTag[] = []
    for (let at = 0; at < words.length; at += 2) tags.push({ key: words[at]!, value: words[at + 1]! })
    tagsOf.push(tags)
  }
  const ids = await insertRuns(tx, rows)
  await insertTags(tx, rows.map((row, index) => [{ id: ids[index]!, experimentId: row.experiment_id, startTime: row.start_time }, tagsOf[index]!]))
  return results
})

/** What the audit trail calls a run. */
export const auditedRun = (runId: string) => ({ entity: 'run', uid: `run:${runId}`, name: runId }) as const

async function activeExperiment(tx: Reader, experimentId: string): Promise<ExperimentRow | CairnError> {
  try {
    return await requireActiveExperiment(tx, experimentId)
  } catch (error) {
    if (error instanceof CairnError) return error
    throw error
  }
}

/** A run's new status, end and name, each where it changes; and who says so, when and in which workspace, where that is to be written down. */
export type RunUpdate = readonly [run_id: string, status: string | undefined, end_time: Int64 | undefined, run_name: string | undefined, ...by: [] | [principal: string, now: number, workspace: number]]

export const updateRun = writeMany('runs.update', async (tx, inputs: readonly RunUpdate[]): Promise<(RunLine | CairnError)[]> => {
  const found = await findRunRows(tx, [...new Set(inputs.map(([runId]) => runId))])
  const results: (RunLine | CairnError)[] = []
  const asked: Promise<void>[] = []
  for (const [runId, status, end_time, name, principal, now = 0, workspace = 1] of inputs) {
    const before = found.get(runId)
    if (before === undefined || before.deleted !== 0) {
      results.push(before === undefined ? runNotFound(runId) : runDeleted(runId))
      continue
    }
    const change = { ...(status !== undefined && { status }), ...(end_time !== undefined && { end_time }), ...(name && { name }) }
    const after = { ...before, ...change }
    found.set(runId, after)
    asked.push(changeRun(tx, before.id, change))
    if (name) asked.push(upsertTags(tx, keyOf(before), [{ key: runNameTag, value: name }]))
    if (principal !== undefined && (name || hasEnded(before.status))) asked.push(recordAmendment(tx, { principal, now, workspace: { id: workspace, name: '' } }, before, after))
    results.push(toLine(after))
  }
  await Promise.all(asked)
  return results
})

/** A run that ends is no news; what it is called from now on is, and that one which had ended did so otherwise or goes on. */
async function recordAmendment(tx: Writer, author: Author, before: RunRow, after: RunRow): Promise<void> {
  const run = auditedRun(before.run_id)
  if (after.name !== before.name) await recordChange(tx, author, { ...run, action: 'rename', before: before.name, after: after.name })
  const end = ({ status, end_time }: RunRow): { status: string; end_time?: string } => ({ status, ...(end_time !== null && { end_time: String(end_time) }) })
  if (hasEnded(before.status) && (after.status !== before.status || after.end_time !== before.end_time)) {
    await recordChange(tx, author, { ...run, action: 'update', before: end(before), after: end(after) })
  }
}

/** Deleting a deleted run and restoring an active one are no errors. */
export const setDeleted = write('runs.setDeleted', async (tx: Writer, input: { run_id: string; deleted: boolean; author: Author }): Promise<RunLine> => {
  const run = await findRun(tx, input.run_id)
  if (run === undefined) throw runNotFound(input.run_id)
  if ((run.deleted !== 0) !== input.deleted) {
    await setRunDeleted(tx, run.id, input.deleted ? input.author.now : null)
    await recordChange(tx, input.author, { ...auditedRun(input.run_id), action: input.deleted ? 'delete' : 'restore' })
  }
  return toLine({ ...run, deleted: input.deleted ? 1 : 0 })
})

/** Run name and tag `mlflow.runName` are one thing under two names. */
async function setTags(tx: Writer, run: LoggedRun, tags: readonly RunTag[], { run_id, author }: { readonly run_id: string; readonly author?: Author | undefined }): Promise<void> {
  const name = tags.findLast((tag) => tag.key === runNameTag)?.value
  // An empty name changes nothing, as in MLflow.
  const set = tags.filter((tag) => tag.key !== runNameTag || tag.value)
  if (author !== undefined) {
    // What programs tag while they train is theirs to say; a new name, and what changes a run that has ended, is written down.
    for (const { key, value = '' } of set) if (run.ended || key === runNameTag) await recordTag(tx, author, run, { run_id, key, value })
  }
  if (name) await renameRun(tx, run.id, name)
  await upsertTags(tx, run, set)
}

/** Writes down what a tag was and what it becomes; call it before the tag is written. */
export async function recordTag(tx: Writer, author: Author, run: RunKey, { run_id, key, value }: { readonly run_id: string; readonly key: string; readonly value: string | undefined }): Promise<void> {
  const before = await findTag(tx, run, key)
  if (before !== value) await recordChange(tx, author, { ...auditedRun(run_id), action: value === undefined ? 'delete_tag' : 'set_tag', item: key, before, after: value })
}

/** What logging answers: the experiment, for whoever watches it live. */
export interface Logged {
  readonly experiment_id: number
}

export const setTag = write('runs.setTag', async (tx: Writer, input: { run_id: string; tag: RunTag; expected?: string | undefined; author?: Author }): Promise<Logged> => {
  const run = await requireActiveRun(tx, input.run_id)
  if (input.expected !== undefined) checkExpected(input.expected, await findTag(tx, run, input.tag.key), `Tag '${input.tag.key}' of run ${input.run_id}`)
  await setTags(tx, run, [input.tag], input)
  return { experiment_id: run.experimentId }
})

export const deleteTag = write('runs.deleteTag', async (tx: Writer, input: { run_id: string; key: string; author?: Author }): Promise<Logged> => {
  const run = await requireActiveRun(tx, input.run_id)
  if (input.author !== undefined) await recordTag(tx, input.author, run, { ...input, value: undefined })
  if (!await removeTag(tx, run, input.key)) throw notFound(`No tag with name: ${input.key} in run with id ${input.run_id}`)
  return { experiment_id: run.experimentId }
})

export const logParam = write('runs.logParam', async (tx: Writer, input: { run_id: string; param: Param }): Promise<Logged> => {
  const run = await requireActiveRun(tx, input.run_id)
  const [fresh, changed] = await checkParams(tx, run, [input.param])
  if (changed.length > 0) {
    const { key, old_value, new_value } = changed[0]!
    throw invalid(`Changing param values is not allowed. Param with key='${key}' was already logged with value='${old_value}' for run ID='${input.run_id}'. Attempted logging new value '${new_value}'.`)
  }
  await insertParams(tx, run, fresh)
  return { experiment_id: run.experimentId }
})

/** One point, flat: cloned between threads for 0.5 µs where `LogBatch` takes 3.5. */
export type LogPoint = readonly [runId: string, key: string, value: number, timestamp: Int64, step: Int64]

/** Answers the experiment's id. */
export const logPoint = write('runs.logPoint', async (tx: Writer, [runId, key, value, timestamp, step]: LogPoint): Promise<number> => {
  const run = await requireActiveRun(tx, runId)
  await appendPoints(tx, run, [{ key, value, timestamp, step }])
  if (run.ended) await countChange(tx, run)
  return run.experimentId
}, async (tx, points) => {
  const found = await findRunKeys(tx, [...new Set(points.map(([runId]) => runId))])
  const byRun = new Map<LoggedRun, LoggedPoint[]>()
  const results = points.map(([runId, key, value, timestamp, step]) => {
    const run = found.get(runId)
    if (run === undefined) return runNotFound(runId)
    if (run.deleted !== 0) return runDeleted(runId)
    const point = { key, value, timestamp, step }
    const others = byRun.get(run)
    if (others === undefined) byRun.set(run, [point])
    else others.push(point)
    return run.experimentId
  })
  await appendPointsOfMany(tx, byRun)
  for (const run of byRun.keys()) if (run.ended) await countChange(tx, run)
  return results
})

export interface LogBatch {
  readonly run_id: string
  readonly points: PackedPoints | undefined
  /** Those that also belong to a logged model. */
  readonly modelMetrics: readonly MetricInput[]
  readonly params: readonly Param[]
  readonly tags: readonly RunTag[]
  /** With tags alone: points are none of its business. */
  readonly author?: Author
}

/** Bytes of the points of batches that are stored together. */
const mostTogether = 1_000_000

const isOnlyPoints = (input: LogBatch): input is LogBatch & { readonly points: PackedPoints } =>
  input.points !== undefined && input.modelMetrics.length === 0 && input.params.length === 0 && input.tags.length === 0

/** All of it or nothing; MLflow commits params, metrics and tags one after the other. */
export const logBatch = write('runs.logBatch', async (tx: Writer, input: LogBatch): Promise<Logged> => {
  const run = await requireActiveRun(tx, input.run_id)
  // What can be refused comes before what is written.
  let params = input.params
  if (params.length > 0) {
    const [fresh, changed] = await checkParams(tx, run, params)
    if (changed.length > 0) {
      const shown = changed.map(({ key, old_value, new_value }) =>
        `{'key': ${pythonString(key)}, 'old_value': ${pythonString(old_value)}, 'new_value': ${pythonString(new_value)}}`)
      throw invalid(`Changing param values is not allowed. Params were already logged='[${shown.join(', ')}]' for run ID='${input.run_id}'.`)
    }
    params = fresh
  }
  if (input.modelMetrics.length > 0) await logModelMetrics(tx, { runId: input.run_id }, input.modelMetrics)
  if (params.length > 0) await insertParams(tx, run, params)
  if (input.points !== undefined) {
    await appendPoints(tx, run, input.points)
    if (run.ended) await countChange(tx, run)
  }
  if (input.tags.length > 0) await setTags(tx, run, input.tags, input)
  return { experiment_id: run.experimentId }
}, async (tx, inputs) => {
  // What a training loop sends all the time; each of the rest is two journeys or more of its own.
  const plain = inputs.filter(isOnlyPoints)
  const found = await findRunKeys(tx, [...new Set(plain.map(({ run_id }) => run_id))])
  const byRun = new Map<LoggedRun, PackedPoints>()
  let bytes = 0
  const results = inputs.map((input): Logged | CairnError | undefined => {
    if (!isOnlyPoints(input)) return undefined
    const run = found.get(input.run_id)
    if (run === undefined) return runNotFound(input.run_id)
    if (run.deleted !== 0) return runDeleted(input.run_id)
    // A statement changes a row once, and a packet is not to be endless.
    if (byRun.has(run) || (bytes += input.points.body.length) > mostTogether) return undefined
    byRun.set(run, input.points)
    return { experiment_id: run.experimentId }
  })
  await appendPointsOfMany(tx, byRun)
  for (const run of byRun.keys()) if (run.ended) await countChange(tx, run)
  return results
})

/** For clients before 3.0: appends a model's description to a tag of the run. */
export const logModel = write('runs.logModel', async (tx: Writer, input: { run_id: string; model: unknown; limit: number }): Promise<Logged & { tag: RunTag }> => {
  const run = await requireActiveRun(tx, input.run_id)
  const previous = await findTag(tx, run, loggedModelsTag)
  const history: unknown = previous === undefined ? [] : JSON.parse(previous)
  const value = JSON.stringify([...(Array.isArray(history) ? history : []), input.model])
  checkLength('value', value, input.limit)
  const tag = { key: loggedModelsTag, value }
  await upsertTags(tx, run, [tag])
  return { experiment_id: run.experimentId, tag }
})
