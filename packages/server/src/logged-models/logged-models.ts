import { CairnError, invalid, notFound, type LoggedModel, type LoggedModelStatus, type MetricInput } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { appendToUri, requireActiveExperiment } from '../experiments/index.ts'
import { checkLength, pythonString } from '../names/index.ts'
import type { Reader, Writer } from '../platform/db/index.ts'
import * as store from './logged-models-store.ts'
import type { KeyValue, LoggedModelRow } from './logged-models-store.ts'
import { fromWireStatus, toWireStatus } from './status.ts'

/** What a client asks for when it creates a logged model, checked and with what it left out filled in. */
export interface NewLoggedModel {
  readonly model_id: string
  readonly experiment_id: string
  readonly name: string
  readonly model_type: string
  readonly source_run_id: string
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
  readonly now: number
}

const badChars = ['/', ':', '.', '%', '"', "'"]
// MLflow's columns hold as much.
const lengths = { name: 500, model_type: 500, source_run_id: 256, key: 255 } as const

export function checkModelName(name: string): void {
  if (badChars.some((char) => name.includes(char))) {
    throw invalid(`Invalid model name (${pythonString(name)}) provided. Model name must be a non-empty string and cannot contain the following characters: (${badChars.map(pythonString).join(', ')})`)
  }
  checkLength('name', name, lengths.name)
}

export function checkNewModel({ name, model_type, source_run_id, params, tags }: Pick<NewLoggedModel, 'name' | 'model_type' | 'source_run_id' | 'params' | 'tags'>): void {
  checkModelName(name)
  checkLength('model_type', model_type, lengths.model_type)
  checkLength('source_run_id', source_run_id, lengths.source_run_id)
  checkParams(params)
  checkTags(tags)
  const repeated = firstRepeated(tags)
  if (repeated !== undefined) throw givenTwice('tag', repeated)
}

/** MLflow lets every key pass that its columns hold. Repeated params it refuses with its database's words. */
export function checkParams(params: readonly KeyValue[]): void {
  checkTags(params)
  const repeated = firstRepeated(params)
  if (repeated !== undefined) throw givenTwice('param', repeated)
}

export function checkTags(tags: readonly KeyValue[]): void {
  for (const { key } of tags) checkLength('key', key, lengths.key)
}

function firstRepeated(pairs: readonly KeyValue[]): string | undefined {
  const seen = new Set<string>()
  return pairs.find(({ key }) => seen.size === seen.add(key).size)?.key
}

const givenTwice = (what: string, key: string): Error => new CairnError('BAD_REQUEST', `The ${what} ${pythonString(key)} is given more than once.`)

export async function createLoggedModel(tx: Writer, wanted: NewLoggedModel): Promise<LoggedModel> {
  const experiment = await requireActiveExperiment(tx, wanted.experiment_id)
  const { model_id, name, model_type, source_run_id, now } = wanted
  const row = await store.insertModel(tx, {
    model_id, experiment_id: experiment.id, name, model_type, source_run_id,
    artifact_location: appendToUri(experiment.artifact_location, 'models', model_id, 'artifacts'),
    creation_timestamp: now, last_updated_timestamp: now, status: 'PENDING', status_message: null, deleted: 0,
  })
  for (const param of wanted.params) await store.insertParam(tx, row.id, param)
  for (const tag of wanted.tags) await store.upsertTag(tx, row.id, tag)
  return whole(tx, row)
}

/** The logged model with this id; a deleted one only where asked for. */
export async function loggedModel(tx: Reader, modelId: string, { allowDeleted = false } = {}): Promise<LoggedModelRow> {
  const row = await store.findModel(tx, modelId)
  if (row === undefined || (row.deleted !== 0 && !allowDeleted)) throw notFound(`Logged model with ID ${pythonString(modelId)} not found.`)
  return row
}

/** Where a logged model's files are. */
export const loggedModelArtifactUri = async (tx: Reader, modelId: string): Promise<string> => (await loggedModel(tx, modelId)).artifact_location

export const getLoggedModel = async (tx: Reader, modelId: string, allowDeleted: boolean): Promise<LoggedModel> =>
  whole(tx, await loggedModel(tx, modelId, { allowDeleted }))

// Changes reach deleted models too, as in MLflow.
const anyModel = (tx: Reader, modelId: string): Promise<LoggedModelRow> => loggedModel(tx, modelId, { allowDeleted: true })

/** What the audit trail calls a logged model. */
const audited = ({ model_id }: LoggedModelRow) => ({ entity: 'logged_model', uid: `logged_model:${model_id}`, name: model_id }) as const
/** Whoever logs a model still writes it: nothing of that is a change that somebody will ask about. */
const isBeingLogged = ({ status }: LoggedModelRow): boolean => status === 'PENDING' || status === 'UNSPECIFIED'

export async function finalizeLoggedModel(tx: Writer, modelId: string, status: LoggedModelStatus, author: Author): Promise<LoggedModel> {
  const row = await anyModel(tx, modelId)
  const next = fromWireStatus(status)
  await store.setStatus(tx, row.id, next, author.now)
  if (!isBeingLogged(row) && row.status !== next) await recordChange(tx, author, { ...audited(row), action: 'update', before: { status: row.status }, after: { status: next } })
  return whole(tx, await anyModel(tx, modelId))
}

export async function deleteLoggedModel(tx: Writer, modelId: string, author: Author): Promise<LoggedModelRow> {
  const row = await anyModel(tx, modelId)
  await store.markDeleted(tx, row.id, author.now)
  if (row.deleted === 0) await recordChange(tx, author, { ...audited(row), action: 'delete', before: { name: row.name, experiment_id: String(row.experiment_id) } })
  return row
}

/** Of a tag that stands twice, the last value counts. Without an author nothing is written down: the change is part of another. */
export async function setLoggedModelTags(tx: Writer, modelId: string, tags: readonly KeyValue[], author?: Author): Promise<LoggedModelRow> {
  const row = await anyModel(tx, modelId)
  for (const tag of tags) {
    const before = author === undefined || isBeingLogged(row) ? tag.value : await store.findTag(tx, row.id, tag.key)
    if (before !== tag.value) await recordChange(tx, author!, { ...audited(row), action: 'set_tag', item: tag.key, before, after: tag.value })
    await store.upsertTag(tx, row.id, tag)
  }
  return row
}

export async function deleteLoggedModelTag(tx: Writer, modelId: string, key: string, author: Author): Promise<LoggedModelRow> {
  const row = await anyModel(tx, modelId)
  const before = await store.findTag(tx, row.id, key)
  if (before === undefined) throw notFound(`No tag with key ${pythonString(key)} found for model with ID ${pythonString(modelId)}.`)
  await store.deleteTag(tx, row.id, key)
  await recordChange(tx, author, { ...audited(row), action: 'delete_tag', item: key, before })
  return row
}

export async function logLoggedModelParams(tx: Writer, modelId: string, params: readonly KeyValue[]): Promise<LoggedModelRow> {
  const row = await anyModel(tx, modelId)
  for (const param of params) {
    if (await store.insertParam(tx, row.id, param)) continue
    throw new CairnError('BAD_REQUEST', `Changing param values is not allowed. The param ${pythonString(param.key)} was already logged for model with ID ${pythonString(modelId)}.`)
  }
  return row
}

/**
 * Writes the measurements among a run's metrics that name a logged model. The slice of runs calls
 * this in the transaction that stores the metrics for the run itself.
 */
export async function logModelMetrics(tx: Writer, run: { readonly runId: string }, metrics: readonly MetricInput[]): Promise<void> {
  const ids = new Map<string, number>()
  for (const { key, value, timestamp, step = 0, model_id: modelId, dataset_name = '', dataset_digest = '' } of metrics) {
    if (modelId === undefined || modelId === '') continue
    let id = ids.get(modelId)
    if (id === undefined) ids.set(modelId, id = await measuredModel(tx, modelId))
    await store.insertMetric(tx, id, {
      key, timestamp, step, run_id: run.runId, dataset_name, dataset_digest, value: store.storedMetric(value), is_nan: Number.isNaN(value) ? 1 : 0,
    })
  }
}

async function measuredModel(tx: Reader, modelId: string): Promise<number> {
  const row = await store.findModel(tx, modelId)
  // MLflow shows its database's words under the same code.
  if (row === undefined) throw new CairnError('BAD_REQUEST', `Logged model with ID ${pythonString(modelId)} not found.`)
  return row.id
}

const whole = async (tx: Reader, row: LoggedModelRow): Promise<LoggedModel> => (await toLoggedModels(tx, [row]))[0]!

/** Models as they are sent: fields in protobuf's order, nothing that is empty but what MLflow sends empty. */
export async function toLoggedModels(tx: Reader, rows: readonly LoggedModelRow[]): Promise<LoggedModel[]> {
  const { tags, params, metrics } = await store.partsOf(tx, rows)
  return rows.map((row) => ({
    info: {
      model_id: row.model_id,
      experiment_id: String(row.experiment_id),
      name: row.name,
      creation_timestamp_ms: row.creation_timestamp,
      last_updated_timestamp_ms: row.last_updated_timestamp,
      artifact_uri: row.artifact_location,
      status: toWireStatus(row.status),
      model_type: row.model_type,
      source_run_id: row.source_run_id,
      ...(row.status_message !== null && { status_message: row.status_message }),
      ...(tags.has(row.id) && { tags: [...tags.get(row.id)!] }),
    },
    data: {
      ...(params.has(row.id) && { params: [...params.get(row.id)!] }),
      ...(metrics.has(row.id) && { metrics: [...metrics.get(row.id)!] }),
    },
  }))
}
