import type { DatasetInput, Int64 } from '@cairn/protocol'
import type { LoggedPoint } from '../metrics/index.ts'
import { inLists, type ForeignDatabase, type Value } from '../platform/db/index.ts'
import { registryOf } from './mlflow-registry-store.ts'
import { countTotals } from './mlflow-totals-store.ts'
import { SchemaReader, type MlflowSchema } from './mlflow-schema-store.ts'
import type { KeyValue, Source, SourceExperiment, SourceLoggedModel, SourceModelMetric, SourcePoints, SourceRun } from './source.ts'

/** Runs of a page. Schemas before 1.25 find the points of a run by reading all, so a page is not small. */
const pageSize = 500
/** Points that are handed on at once. */
const pointsAtOnce = 10_000

/** MLflow's tables in SQLite or PostgreSQL, of any version that has `experiments` and `runs`. */
export async function mlflowSql(db: ForeignDatabase, about: { identity: string; artifacts: Source['artifacts'] }): Promise<Source> {
  const schema = await SchemaReader.read(db)
  const broken: Broken = { rows: 0 }
  return {
    ...about,
    title: `MLflow in ${db.dialect.name === 'sqlite' ? 'SQLite' : 'PostgreSQL'}, schema ${schema.revision}`,
    totals: () => countTotals(db, schema),
    left: async () => [...await countLeft(db, schema), ...(broken.rows > 0 ? [{ what: 'rows without a key, or with one that is there already', count: broken.rows }] : [])],
    experiments: () => experimentsOf(db, schema, broken),
    loggedModels: () => loggedModelsOf(db, schema, broken),
    runs: () => runsOf(db, schema, broken),
    points: (runs) => pointsOf(db, schema, runs, broken),
    registeredModels: () => registryOf(db, schema),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
}

const stage = (text: string | null): 'active' | 'deleted' => (text === 'deleted' ? 'deleted' : 'active')

async function experimentsOf(db: ForeignDatabase, schema: MlflowSchema, broken: Broken): Promise<SourceExperiment[]> {
  const tags = await pairs(db, broken, schema.has('experiment_tags') ? 'SELECT experiment_id, key, value FROM experiment_tags ORDER BY experiment_id, key' : undefined)
  const rows = await db.rows<[number, string | null, string | null, string | null, Value, Value]>(
    `SELECT experiment_id, name, artifact_location, lifecycle_stage, ${schema.column('experiments', 'creation_time', 'NULL')},
      ${schema.column('experiments', 'last_update_time', 'NULL')} FROM experiments ${schema.ofWorkspace('experiments', 'WHERE')} ORDER BY experiment_id`)
  return rows.map(([id, name, location, lifecycle, created, updated]) => ({
    id: String(id), name: name ?? `experiment ${id}`, artifact_location: location ?? '', lifecycle_stage: stage(lifecycle),
    creation_time: numberOr(whole(created) ?? whole(updated), 0), last_update_time: numberOr(whole(updated) ?? whole(created), 0), tags: tags.get(String(id)) ?? [],
  }))
}

type RunRow = [
  run_uuid: string, experiment_id: number, name: string | null, user_id: string | null, status: string | null, start_time: Value, end_time: Value,
  lifecycle_stage: string | null, deleted_time: Value, artifact_uri: string | null,
]

async function* runsOf(db: ForeignDatabase, schema: MlflowSchema, broken: Broken): AsyncGenerator<SourceRun[]> {
  const select = `SELECT run_uuid, experiment_id, name, user_id, status, start_time, end_time, lifecycle_stage, ${schema.column('runs', 'deleted_time', 'NULL')}, artifact_uri FROM runs
    WHERE run_uuid > ? ${schema.ofWorkspace('runs', 'AND')} ORDER BY run_uuid LIMIT ?`
  for (let after = ''; ;) {
    const rows = await db.rows<RunRow>(select, [after, pageSize])
    if (rows.length === 0) return
    yield await withParts(db, schema, rows, broken)
    after = rows.at(-1)![0]
  }
}

async function withParts(db: ForeignDatabase, schema: MlflowSchema, rows: readonly RunRow[], broken: Broken): Promise<SourceRun[]> {
  const ids = rows.map(([id]) => id)
  const params = await pairs(db, broken, 'SELECT run_uuid, key, value FROM params WHERE run_uuid IN', ids, 'run_uuid, key')
  const tags = await pairs(db, broken, 'SELECT run_uuid, key, value FROM tags WHERE run_uuid IN', ids, 'run_uuid, key')
  const inputs = schema.has('inputs') ? await inputsOf(db, schema, ids, broken) : noInputs
  const metrics = new Map<string, string>()
  for (const list of inLists(ids)) {
    for (const [id, ...rest] of await db.rows<[string, number, Value, Value]>(
      `SELECT run_uuid, COUNT(*), MAX(timestamp), MAX(step) FROM metrics WHERE run_uuid IN ${list.sql} GROUP BY run_uuid`, list.params)) metrics.set(id, rest.join(' '))
  }
  return rows.map(([run_id, experimentId, name, user, status, start, end, lifecycle, deletedTime, uri]) => {
    const own = tags.get(run_id) ?? []
    return {
      run_id, experiment_id: String(experimentId),
      // Before 1.30 the name stood in the tag alone.
      name: name || (own.find(({ key }) => key === 'mlflow.runName')?.value ?? ''),
      user_id: user ?? '', status: status ?? 'FINISHED', start_time: whole(start) ?? 0, end_time: whole(end) ?? null,
      deleted: lifecycle === 'deleted', deleted_time: numberOr(whole(deletedTime), undefined), artifact_uri: uri ?? '',
      params: params.get(run_id) ?? [], tags: own, metrics: metrics.get(run_id) ?? '',
      datasets: inputs.datasets.get(run_id) ?? [], model_inputs: inputs.models.get(run_id) ?? [], model_outputs: inputs.outputs.get(run_id) ?? [],
    }
  })
}

interface Inputs {
  readonly datasets: ReadonlyMap<string, DatasetInput[]>
  readonly models: ReadonlyMap<string, string[]>
  readonly outputs: ReadonlyMap<string, { model_id: string; step: Int64 }[]>
}
const noInputs: Inputs = { datasets: new Map(), models: new Map(), outputs: new Map() }

async function inputsOf(db: ForeignDatabase, schema: MlflowSchema, runIds: readonly string[], broken: Broken): Promise<Inputs> {
  const datasets = new Map<string, DatasetInput[]>()
  const models = new Map<string, string[]>()
  const outputs = new Map<string, { model_id: string; step: Int64 }[]>()
  const step = schema.column('inputs', 'step', '0')
  for (const list of inLists(runIds)) {
    const rows = await db.rows<[string, string, string, string, string, string, string | null, string | null]>(
      `SELECT i.input_uuid, i.destination_id, d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema, d.dataset_profile
      FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
      WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id IN ${list.sql} ORDER BY i.destination_id, d.name, d.digest`, list.params)
    const tags = await pairs(db, broken, 'SELECT input_uuid, name, value FROM input_tags WHERE input_uuid IN', rows.map(([input]) => input), 'input_uuid, name')
    for (const [input, run, name, digest, source_type, source, of, profile] of rows) {
      push(datasets, run, { dataset: { name, digest, source_type, source, ...(of !== null && { schema: of }), ...(profile !== null && { profile }) }, tags: [...tags.get(input) ?? []] })
    }
    for (const [type, run, model_id, at] of await db.rows<[string, string, string, Int64]>(
      `SELECT source_type, source_id, destination_id, ${step} FROM inputs
      WHERE source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND source_id IN ${list.sql} ORDER BY source_id, destination_id`, list.params)) {
      if (type === 'RUN_INPUT') push(models, run, model_id)
      else push(outputs, run, { model_id, step: at })
    }
  }
  return { datasets, models, outputs }
}

async function* pointsOf(db: ForeignDatabase, schema: MlflowSchema, runs: readonly SourceRun[], broken: Broken): AsyncGenerator<SourcePoints> {
  const waiting = new Map<string, LoggedPoint[]>()
  const ids = runs.map(({ run_id }) => run_id)
  for (const list of inLists(ids)) {
    const rows = db.each<[string, string | null, Value, Value, Value, number]>(
      `SELECT run_uuid, key, value, timestamp, step, ${schema.column('metrics', 'is_nan', '0')} FROM metrics WHERE run_uuid IN ${list.sql}`, list.params)
    for await (const [run_id, key, value, timestamp, step, isNan] of rows) {
      if (key === null) {
        broken.rows += 1
        continue
      }
      let own = waiting.get(run_id)
      if (own === undefined) waiting.set(run_id, own = [])
      own.push({ key, value: isNan || typeof value !== 'number' ? NaN : value, timestamp: whole(timestamp) ?? 0, step: whole(step) ?? 0 })
      if (own.length >= pointsAtOnce) {
        waiting.delete(run_id)
        yield { run_id, points: own }
      }
    }
    for (const [run_id, points] of waiting) yield { run_id, points }
    waiting.clear()
  }
}

type ModelRow = [
  model_id: string, experiment_id: number, name: string, location: string, created: number, updated: number, status: number, stage: string | null,
  type: string | null, run: string | null, message: string | null,
]
const statuses = ['UNSPECIFIED', 'PENDING', 'READY', 'FAILED'] as const

async function* loggedModelsOf(db: ForeignDatabase, schema: MlflowSchema, broken: Broken): AsyncGenerator<SourceLoggedModel[]> {
  if (!schema.has('logged_models')) return
  for (let after = ''; ;) {
    const rows = await db.rows<ModelRow>(
      `SELECT model_id, experiment_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status, lifecycle_stage, model_type, source_run_id, status_message
      FROM logged_models WHERE model_id > ? ${schema.ofWorkspace('logged_models', 'AND')} ORDER BY model_id LIMIT ?`, [after, pageSize])
    if (rows.length === 0) return
    const ids = rows.map(([id]) => id)
    const params = await pairs(db, broken, 'SELECT model_id, param_key, param_value FROM logged_model_params WHERE model_id IN', ids, 'model_id, param_key')
    const tags = await pairs(db, broken, 'SELECT model_id, tag_key, tag_value FROM logged_model_tags WHERE model_id IN', ids, 'model_id, tag_key')
    const metrics = await modelMetrics(db, ids)
    yield rows.map(([model_id, experimentId, name, artifact_location, created, updated, status, lifecycle, type, run, status_message]) => ({
      model_id, experiment_id: String(experimentId), name, artifact_location, creation_timestamp: created, last_updated_timestamp: updated,
      status: statuses[status] ?? 'UNSPECIFIED', model_type: type ?? '', source_run_id: run ?? '', status_message, deleted: lifecycle === 'deleted',
      params: params.get(model_id) ?? [], tags: tags.get(model_id) ?? [], metrics: metrics.get(model_id) ?? [],
    }))
    after = ids.at(-1)!
  }
}

async function modelMetrics(db: ForeignDatabase, modelIds: readonly string[]): Promise<Map<string, SourceModelMetric[]>> {
  const found = new Map<string, SourceModelMetric[]>()
  for (const list of inLists(modelIds)) {
    for (const [model, key, timestamp, step, value, run_id, dataset, digest] of await db.rows<[string, string, Int64, Int64, number | null, string, string | null, string | null]>(
      `SELECT model_id, metric_name, metric_timestamp_ms, metric_step, metric_value, run_id, dataset_name, dataset_digest FROM logged_model_metrics
      WHERE model_id IN ${list.sql}`, list.params)) {
      push(found, model, { key, timestamp, step, run_id, dataset_name: dataset ?? '', dataset_digest: digest ?? '', value: value ?? NaN })
    }
  }
  return found
}

/** Counts what a database that somebody has repaired by hand may hold, and MLflow's own cannot. */
interface Broken {
  rows: number
}

/**
 * SQLite keeps in a column what it is given: a time may have a fraction, or be a text. Undefined for what is
 * no number.
 */
function whole(value: Value): Int64 | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : undefined
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined
}

const numberOr = <T>(value: Int64 | undefined, otherwise: T): number | T => (value === undefined ? otherwise : Number(value))

/** Names and values by what they belong to. */
async function pairs(db: ForeignDatabase, broken: Broken, select: string | undefined, ids?: readonly string[], order?: string): Promise<Map<string, KeyValue[]>> {
  const found = new Map<string, KeyValue[]>()
  if (select === undefined) return found
  const take = (rows: readonly [Value, string | null, Value][]): void => {
    for (const [owner, key, value] of rows) {
      const own = found.get(String(owner))
      // They come in the order of their keys.
      if (key === null || own?.at(-1)?.key === key) broken.rows += 1
      else push(found, String(owner), { key, value: typeof value === 'string' ? value : value === null ? '' : String(value) })
    }
  }
  if (ids === undefined) take(await db.rows(select))
  else for (const list of inLists(ids)) take(await db.rows(`${select} ${list.sql} ORDER BY ${order}`, list.params))
  return found
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const own = map.get(key)
  if (own === undefined) map.set(key, [value])
  else own.push(value)
}

/** What Cairn has no place for yet; a person should know that it stays behind. */
const unknownThings: readonly (readonly [table: string, what: string])[] = [
  ['trace_info', 'traces'], ['evaluation_datasets', 'evaluation datasets'], ['scorers', 'scorers'], ['webhooks', 'webhooks'], ['issues', 'issues'],
  ['label_schemas', 'label schemas'], ['review_queues', 'review queues'], ['endpoints', 'gateway endpoints'], ['mcp_servers', 'MCP servers'],
]

async function countLeft(db: ForeignDatabase, schema: MlflowSchema): Promise<{ what: string; count: number }[]> {
  const left: { what: string; count: number }[] = []
  for (const [table, what] of unknownThings) {
    if (schema.has(table)) left.push({ what, count: Number((await db.rows<[number]>(`SELECT COUNT(*) FROM ${table}`))[0]![0]) })
  }
  if (schema.otherWorkspaces) {
    const [[count]] = await db.rows<[number]>('SELECT COUNT(*) FROM experiments WHERE workspace <> ?', ['default']) as [[number]]
    left.push({ what: 'experiments of workspaces other than "default"', count: Number(count) })
  }
  return left.filter(({ count }) => count > 0)
}
