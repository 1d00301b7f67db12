import type { Int64 } from '@cairn/protocol'
import { inputsOf, outputsOf } from '../datasets/index.ts'
import { keyNames } from '../keys/index.ts'
import { loggedKeys, pointsOfRun } from '../metrics/index.ts'
import { inLists, type Reader, type Value } from '../platform/db/index.ts'
import { selectProfiles } from '../registry/index.ts'
import type { KeyValue, Source, SourceExperiment, SourceLoggedModel, SourceModelMetric, SourceModelVersion, SourceRegisteredModel, SourceRun } from './source.ts'

const pageSize = 500

/** A run, and its number inside, by which its points are found. */
export interface OwnRun extends SourceRun {
  readonly number: number
}

/** Cairn's own database as a source, for taking everything out, or what is in one workspace: then runs of others come too, whose experiments do not. */
export type OwnSource = Pick<Source, 'experiments' | 'loggedModels' | 'runs' | 'points' | 'registeredModels'>

export function cairnSource(tx: Reader, workspace?: number): OwnSource {
  return {
    experiments: () => experimentsOf(tx, workspace),
    loggedModels: () => loggedModelsOf(tx),
    runs: () => runsOf(tx),
    async *points(runs) {
      for (const run of runs as readonly OwnRun[]) {
        for await (const points of pointsOfRun(tx, run.number)) yield { run_id: run.run_id, points }
      }
    },
    registeredModels: () => registryOf(tx, workspace),
  }
}

/** The workspace of a name, and what lies in others; undefined where there is none. */
export async function workspaceNamed(tx: Reader, name: string): Promise<{ id: number; left: { what: string; count: number }[] } | undefined> {
  const [row] = await tx.rows<[number]>('SELECT id FROM workspaces WHERE name = ?', [name])
  if (row === undefined) return undefined
  const count = async (table: string): Promise<number> => (await tx.rows<[number]>(`SELECT COUNT(*) FROM ${table} WHERE workspace_id <> ?`, [row[0]]))[0]![0]
  const left = [{ what: 'experiments of other workspaces', count: await count('experiments') }, { what: 'registered models of other workspaces', count: await count('registered_models') }]
  return { id: row[0], left: left.filter((one) => one.count > 0) }
}

const ofWorkspace = (workspace: number | undefined): string => (workspace === undefined ? '' : 'WHERE x.workspace_id = ?')
const given = (workspace: number | undefined): number[] => (workspace === undefined ? [] : [workspace])

async function experimentsOf(tx: Reader, workspace: number | undefined): Promise<SourceExperiment[]> {
  const tags = Map.groupBy(await tx.rows<[number, string, string]>('SELECT experiment_id, key, value FROM experiment_tags ORDER BY experiment_id, id'), ([id]) => id)
  const rows = await tx.all<Omit<SourceExperiment, 'id' | 'tags'> & { id: number }>(
    `SELECT x.id, w.name AS workspace, x.name, x.artifact_location, x.lifecycle_stage, x.creation_time, x.last_update_time
    FROM experiments x LEFT JOIN workspaces w ON w.id = x.workspace_id ${ofWorkspace(workspace)} ORDER BY x.id`, given(workspace))
  return rows.map(({ id, ...row }) => ({ ...row, id: String(id), tags: (tags.get(id) ?? []).map(([, key, value]) => ({ key, value })) }))
}

interface RunRow {
  id: number; run_id: string; experiment_id: number; name: string; user_id: string; status: string; start_time: Int64; end_time: Int64 | null
  deleted: number; deleted_time: Int64 | null; artifact_uri: string
}

const runColumns = 'id, run_id, experiment_id, name, user_id, status, start_time, end_time, deleted, deleted_time, artifact_uri'

async function* runsOf(tx: Reader): AsyncGenerator<OwnRun[]> {
  for (let after = 0; ;) {
    const rows = await tx.all<RunRow>(
      `SELECT ${runColumns} FROM runs WHERE id > ? ORDER BY id LIMIT ?`, [after, pageSize])
    if (rows.length === 0) return
    yield await wholeRuns(tx, rows)
    after = rows.at(-1)!.id
  }
}

/** The runs of these numbers, by number. */
export async function runsOfNumbers(tx: Reader, numbers: readonly number[]): Promise<OwnRun[]> {
  const rows: RunRow[] = []
  for (const list of inLists(numbers)) rows.push(...await tx.all<RunRow>(`SELECT ${runColumns} FROM runs WHERE id IN ${list.sql} ORDER BY id`, list.params))
  return wholeRuns(tx, rows)
}

async function wholeRuns(tx: Reader, rows: readonly RunRow[]): Promise<OwnRun[]> {
  const ids = rows.map(({ id }) => id)
  const params = await textsOf(tx, 'params', ids)
  const tags = await textsOf(tx, 'tags', ids)
  const inputs = await inputsOf(tx, ids)
  const outputs = await outputsOf(tx, ids)
  const runs: OwnRun[] = []
  for (const { id, experiment_id, deleted, deleted_time, ...row } of rows) {
    const keys = await loggedKeys(tx, id)
    const names = await keyNames(tx, [keys.map((key) => [key])], 0)
    runs.push({
      ...row, number: id, experiment_id: String(experiment_id), deleted: deleted !== 0, deleted_time: deleted_time ?? undefined,
      params: params.get(id) ?? [], tags: tags.get(id) ?? [],
      datasets: (inputs.get(id)?.dataset_inputs ?? []).map(({ dataset, tags: own }) => ({ dataset, tags: own ?? [] })),
      model_inputs: (inputs.get(id)?.model_inputs ?? []).map(({ model_id }) => model_id),
      model_outputs: (outputs.get(id)?.model_outputs ?? []).map(({ model_id, step }) => ({ model_id, step })),
      metrics: '', metric_keys: keys.map((key) => names.get(key)!),
    })
  }
  return runs
}

async function textsOf(tx: Reader, table: 'params' | 'tags', runs: readonly number[]): Promise<Map<number, KeyValue[]>> {
  const found = new Map<number, KeyValue[]>()
  for (const list of inLists(runs)) {
    const rows = await tx.rows<[number, string, string, string | null]>(
      `SELECT t.run_id, k.name, t.value, t.rest FROM ${table} t JOIN keys k ON k.id = t.key_id WHERE t.run_id IN ${list.sql} ORDER BY t.run_id, k.name`, list.params)
    for (const [run, key, value, rest] of rows) push(found, run, { key, value: value + (rest ?? '') })
  }
  return found
}

interface ModelRow extends Omit<SourceLoggedModel, 'experiment_id' | 'deleted' | 'params' | 'tags' | 'metrics'> {
  id: number
  experiment_id: number
  deleted: number
}

async function* loggedModelsOf(tx: Reader): AsyncGenerator<SourceLoggedModel[]> {
  for (let after = 0; ;) {
    const rows = await tx.all<ModelRow>(
      `SELECT id, model_id, experiment_id, name, artifact_location, creation_timestamp, last_updated_timestamp, status, model_type, source_run_id, status_message, deleted
      FROM logged_models WHERE id > ? ORDER BY id LIMIT ?`, [after, pageSize])
    if (rows.length === 0) return
    const ids = rows.map(({ id }) => id)
    const [params, tags] = [await modelTexts(tx, 'params', ids), await modelTexts(tx, 'tags', ids)]
    const metrics = await modelMetrics(tx, ids)
    yield rows.map(({ id, experiment_id, deleted, ...row }) => ({
      ...row, experiment_id: String(experiment_id), deleted: deleted !== 0, params: params.get(id) ?? [], tags: tags.get(id) ?? [], metrics: metrics.get(id) ?? [],
    }))
    after = ids.at(-1)!
  }
}

async function modelTexts(tx: Reader, kind: 'params' | 'tags', models: readonly number[]): Promise<Map<number, KeyValue[]>> {
  const found = new Map<number, KeyValue[]>()
  for (const list of inLists(models)) {
    const rows = await tx.rows<[number, string, string]>(`SELECT model, key, value FROM logged_model_${kind} WHERE model IN ${list.sql} ORDER BY model, key`, list.params)
    for (const [model, key, value] of rows) push(found, model, { key, value })
  }
  return found
}

async function modelMetrics(tx: Reader, models: readonly number[]): Promise<Map<number, SourceModelMetric[]>> {
  const found = new Map<number, SourceModelMetric[]>()
  for (const list of inLists(models)) {
    const rows = await tx.rows<[number, string, Int64, Int64, string, string, string, number, number]>(
      `SELECT model, key, timestamp, step, run_id, dataset_name, dataset_digest, value, is_nan FROM logged_model_metrics WHERE model IN ${list.sql}
      ORDER BY model, key, timestamp, step, run_id, dataset_name, dataset_digest, value, is_nan`, list.params)
    for (const [model, key, timestamp, step, run_id, dataset_name, dataset_digest, value, isNan] of rows) {
      push(found, model, { key, timestamp, step, run_id, dataset_name, dataset_digest, value: isNan === 1 ? NaN : value })
    }
  }
  return found
}

interface RegisteredRow {
  model_id: number; workspace: string; name: string; creation_time: number; last_updated_time: number; description: string | null; next_version: number
}

async function* registryOf(tx: Reader, workspace: number | undefined): AsyncGenerator<SourceRegisteredModel> {
  const models = await tx.all<RegisteredRow>(
    `SELECT x.model_id, w.name AS workspace, x.name, x.creation_time, x.last_updated_time, x.description, x.next_version
    FROM registered_models x LEFT JOIN workspaces w ON w.id = x.workspace_id ${ofWorkspace(workspace)} ORDER BY x.workspace_id, x.name`, given(workspace))
  for (const { model_id, ...model } of models) {
    const of = async <Row extends Value[]>(columns: string, from: string, order: string): Promise<Row[]> =>
      tx.rows<Row>(`SELECT ${columns} FROM ${from} WHERE model_id = ? ORDER BY ${order}`, [model_id])
    const tags = await of<[string, string]>('key, value', 'registered_model_tags', 'key')
    const aliases = await of<[string, number]>('alias, version', 'registered_model_aliases', 'alias')
    const versionTags = Map.groupBy(await of<[number, string, string]>('version, key, value', 'model_version_tags', 'version, key'), ([version]) => version)
    const versions = await tx.all<Omit<SourceModelVersion, 'tags'>>(
      `SELECT version, creation_time, last_updated_time, description, stage, source, storage_location, run_id, run_link, logged_model_id FROM model_versions
      WHERE model_id = ? ORDER BY version`, [model_id])
    const profiles = await selectProfiles(tx, model_id)
    yield {
      ...model, tags: tags.map(([key, value]) => ({ key, value })), aliases: aliases.map(([alias, version]) => ({ alias, version })),
      versions: versions.map((version) => {
        const profile = profiles.get(version.version)
        return { ...version, tags: (versionTags.get(version.version) ?? []).map(([, key, value]) => ({ key, value })), ...(profile !== undefined && { profile }) }
      }),
    }
  }
}

function push<K, T>(map: Map<K, T[]>, key: K, value: T): void {
  const own = map.get(key)
  if (own === undefined) map.set(key, [value])
  else own.push(value)
}
