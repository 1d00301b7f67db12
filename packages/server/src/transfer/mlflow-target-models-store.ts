import { inLists, type Reader, type Value, type Writer } from '../platform/db/index.ts'
import type { Placed } from './export-target.ts'
import { noTotals, type SourceLoggedModel, type SourceModelVersion, type SourceRegisteredModel, type Totals } from './source.ts'

const statuses = ['UNSPECIFIED', 'PENDING', 'READY', 'FAILED']

/** Its runs are there before. */
export async function putLoggedModel(tx: Writer, model: SourceLoggedModel, experiment: number, location: string): Promise<Placed> {
  const { model_id } = model
  const known = await tx.one<{ artifact_location: string }>('SELECT artifact_location FROM logged_models WHERE model_id = ?', [model_id])
  const state: Value[] = [
    experiment, model.name, model.creation_timestamp, model.last_updated_timestamp, statuses.indexOf(model.status), model.deleted ? 'deleted' : 'active', model.model_type,
    model.source_run_id === '' ? null : model.source_run_id, model.status_message,
  ]
  const names = ['experiment_id', 'name', 'creation_timestamp_ms', 'last_updated_timestamp_ms', 'status', 'lifecycle_stage', 'model_type', 'source_run_id', 'status_message']
  await tx.run(
    `INSERT INTO logged_models (model_id, artifact_location, ${names.join(', ')}) VALUES (?, ?, ${names.map(() => '?').join(', ')})
    ON CONFLICT (model_id) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`, [model_id, location, ...state])
  for (const part of ['param', 'tag'] as const) {
    for (const { key, value } of part === 'param' ? model.params : model.tags) {
      await tx.run(
        `INSERT INTO logged_model_${part}s (model_id, experiment_id, ${part}_key, ${part}_value) VALUES (?, ?, ?, ?)
        ON CONFLICT (model_id, ${part}_key) DO UPDATE SET ${part}_value = excluded.${part}_value`, [model_id, experiment, key, value])
    }
  }
  for (const { key, timestamp, step, run_id, dataset_name, dataset_digest, value } of model.metrics) {
    const dataset = dataset_name === '' ? undefined : await tx.one<{ dataset_uuid: string }>(
      'SELECT dataset_uuid FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?', [experiment, dataset_name, dataset_digest])
    // MLflow keeps one value of each name, time, step and run; NaN it keeps as nothing.
    await tx.run(
      `INSERT INTO logged_model_metrics (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value, experiment_id, run_id, dataset_uuid, dataset_name, dataset_digest)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      [model_id, key, timestamp, step, Number.isNaN(value) ? null : value, experiment, run_id, dataset?.dataset_uuid ?? null, dataset_name || null, dataset_digest || null])
  }
  return { id: model_id, artifact_uri: known?.artifact_location ?? location, state: known === undefined ? 'new' : 'again' }
}

/** Numbers that were given out and are gone, that MLflow shall not give out again. */
const mostGone = 10_000

export async function putRegisteredModel(tx: Writer, { name, creation_time, last_updated_time, description, tags, aliases, versions, next_version }: SourceRegisteredModel): Promise<void> {
  await tx.run(
    `INSERT INTO registered_models (name, creation_time, last_updated_time, description, workspace) VALUES (?, ?, ?, ?, 'default')
    ON CONFLICT (workspace, name) DO UPDATE SET last_updated_time = excluded.last_updated_time, description = excluded.description`, [name, creation_time, last_updated_time, description])
  for (const { key, value } of tags) {
    await tx.run(
      `INSERT INTO registered_model_tags (key, value, name, workspace) VALUES (?, ?, ?, 'default') ON CONFLICT (workspace, key, name) DO UPDATE SET value = excluded.value`, [key, value, name])
  }
  for (const version of versions) await putVersion(tx, name, version)
  const there = new Set(versions.map(({ version }) => version))
  for (let version = 1; version < Math.min(next_version, mostGone); version += 1) if (!there.has(version)) await putGone(tx, name, version, last_updated_time)
  for (const { alias, version } of aliases) {
    await tx.run(
      `INSERT INTO registered_model_aliases (alias, version, name, workspace) VALUES (?, ?, ?, 'default') ON CONFLICT (workspace, name, alias) DO UPDATE SET version = excluded.version`, [alias, version, name])
  }
}

async function putVersion(tx: Writer, name: string, { version, creation_time, last_updated_time, description, stage, source, storage_location, run_id, run_link, tags }: SourceModelVersion): Promise<void> {
  const columns = ['creation_time', 'last_updated_time', 'description', 'user_id', 'current_stage', 'source', 'run_id', 'status', 'status_message', 'run_link', 'storage_location']
  await tx.run(
    `INSERT INTO model_versions (name, version, workspace, ${columns.join(', ')}) VALUES (?, ?, 'default', ${columns.map(() => '?').join(', ')})
    ON CONFLICT (workspace, name, version) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [name, version, creation_time, last_updated_time, description, null, stage, source, run_id, 'READY', null, run_link, storage_location])
  for (const { key, value } of tags) {
    await tx.run(
      `INSERT INTO model_version_tags (key, value, name, version, workspace) VALUES (?, ?, ?, ?, 'default') ON CONFLICT (workspace, key, name, version) DO UPDATE SET value = excluded.value`, [key, value, name, version])
  }
}

/** As MLflow leaves a version that was deleted, so that its number is not used again. */
const putGone = (tx: Writer, name: string, version: number, time: number) => tx.run(
  `INSERT INTO model_versions (name, version, workspace, creation_time, last_updated_time, current_stage, source, run_id, run_link, status)
  VALUES (?, ?, 'default', ?, ?, 'Deleted_Internal', 'REDACTED-SOURCE-PATH', 'REDACTED-RUN-ID', 'REDACTED-RUN-LINK', 'READY') ON CONFLICT DO NOTHING`, [name, version, time, time])

/** What was given, by the names that it has there. */
export interface Given {
  readonly experiments: number[]
  readonly runs: string[]
  readonly models: string[]
  readonly registered: { readonly name: string; readonly versions: readonly number[] }[]
}

export async function countGiven(db: Reader, { experiments, runs, models, registered }: Given): Promise<Totals> {
  const totals = noTotals()
  const add = async (thing: keyof Totals, sql: string, values: readonly Value[], more: readonly Value[] = []): Promise<void> => {
    for (const list of inLists([...new Set(values)])) totals[thing] += Number((await db.rows<[number]>(`${sql} IN ${list.sql}`, [...more, ...list.params]))[0]![0])
  }
  await add('experiments', 'SELECT COUNT(*) FROM experiments WHERE experiment_id', experiments)
  await add('experiment tags', 'SELECT COUNT(*) FROM experiment_tags WHERE experiment_id', experiments)
  await add('runs', 'SELECT COUNT(*) FROM runs WHERE run_uuid', runs)
  await add('params', 'SELECT COUNT(*) FROM params WHERE run_uuid', runs)
  await add('tags', 'SELECT COUNT(*) FROM tags WHERE run_uuid', runs)
  await add('metrics', 'SELECT COUNT(*) FROM latest_metrics WHERE run_uuid', runs)
  await add('metric points', 'SELECT COUNT(*) FROM metrics WHERE run_uuid', runs)
  await add('dataset inputs', "SELECT COUNT(*) FROM inputs WHERE source_type = 'DATASET' AND destination_type = 'RUN' AND destination_id", runs)
  await add('model inputs', "SELECT COUNT(*) FROM inputs WHERE source_type = 'RUN_INPUT' AND source_id", runs)
  await add('model outputs', "SELECT COUNT(*) FROM inputs WHERE source_type = 'RUN_OUTPUT' AND source_id", runs)
  await add('logged models', 'SELECT COUNT(*) FROM logged_models WHERE model_id', models)
  for (const part of ['params', 'tags', 'metrics'] as const) await add(`logged model ${part}`, `SELECT COUNT(*) FROM logged_model_${part} WHERE model_id`, models)
  const names = registered.map(({ name }) => name)
  await add('registered models', "SELECT COUNT(*) FROM registered_models WHERE workspace = 'default' AND name", names)
  await add('registered model tags', "SELECT COUNT(*) FROM registered_model_tags WHERE workspace = 'default' AND name", names)
  await add('aliases', "SELECT COUNT(*) FROM registered_model_aliases WHERE workspace = 'default' AND name", names)
  for (const { name, versions } of registered) {
    await add('model versions', "SELECT COUNT(*) FROM model_versions WHERE workspace = 'default' AND name = ? AND version", versions, [name])
    await add('model version tags', "SELECT COUNT(*) FROM model_version_tags WHERE workspace = 'default' AND name = ? AND version", versions, [name])
  }
  return totals
}
