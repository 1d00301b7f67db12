import type { SourceExperiment, SourceLoggedModel, SourcePoints, SourceRegisteredModel, SourceRun } from './source.ts'

export type ColumnType = 'text' | 'int64' | 'double' | 'boolean'
export type Cell = string | number | bigint | boolean | null | undefined

/**
 * The files of an export and their columns, by MLflow's names. Times are milliseconds since the epoch as
 * int64, so that every value that can be logged fits.
 */
export const parquetTables = {
  experiments: { experiment_id: 'text', workspace: 'text', name: 'text', artifact_location: 'text', lifecycle_stage: 'text', creation_time: 'int64', last_update_time: 'int64' },
  experiment_tags: { experiment_id: 'text', key: 'text', value: 'text' },
  runs: {
    run_id: 'text', experiment_id: 'text', run_name: 'text', user_id: 'text', status: 'text', start_time: 'int64', end_time: 'int64', lifecycle_stage: 'text',
    deleted_time: 'int64', artifact_uri: 'text',
  },
  params: { run_id: 'text', key: 'text', value: 'text' },
  tags: { run_id: 'text', key: 'text', value: 'text' },
  metrics: { run_id: 'text', key: 'text', value: 'double', timestamp: 'int64', step: 'int64' },
  dataset_inputs: { run_id: 'text', name: 'text', digest: 'text', source_type: 'text', source: 'text', schema: 'text', profile: 'text' },
  dataset_input_tags: { run_id: 'text', name: 'text', digest: 'text', key: 'text', value: 'text' },
  model_inputs: { run_id: 'text', model_id: 'text' },
  model_outputs: { run_id: 'text', model_id: 'text', step: 'int64' },
  logged_models: {
    model_id: 'text', experiment_id: 'text', name: 'text', artifact_uri: 'text', creation_timestamp: 'int64', last_updated_timestamp: 'int64', status: 'text',
    model_type: 'text', source_run_id: 'text', status_message: 'text', deleted: 'boolean',
  },
  logged_model_params: { model_id: 'text', key: 'text', value: 'text' },
  logged_model_tags: { model_id: 'text', key: 'text', value: 'text' },
  logged_model_metrics: { model_id: 'text', key: 'text', value: 'double', timestamp: 'int64', step: 'int64', run_id: 'text', dataset_name: 'text', dataset_digest: 'text' },
  registered_models: { workspace: 'text', name: 'text', creation_timestamp: 'int64', last_updated_timestamp: 'int64', description: 'text' },
  registered_model_tags: { workspace: 'text', name: 'text', key: 'text', value: 'text' },
  registered_model_aliases: { workspace: 'text', name: 'text', alias: 'text', version: 'int64' },
  model_versions: {
    workspace: 'text', name: 'text', version: 'int64', creation_timestamp: 'int64', last_updated_timestamp: 'int64', description: 'text', current_stage: 'text', source: 'text',
    storage_location: 'text', run_id: 'text', run_link: 'text', model_id: 'text',
  },
  model_version_tags: { workspace: 'text', name: 'text', version: 'int64', key: 'text', value: 'text' },
  // MLflow has none. `columns` is JSON, as `models profile --json` prints it.
  model_version_profiles: { workspace: 'text', name: 'text', version: 'int64', profile_uid: 'text', source: 'text', of: 'text', rows: 'int64', columns: 'text', creation_timestamp: 'int64', created_by: 'text' },
} as const satisfies Record<string, Record<string, ColumnType>>

export type TableName = keyof typeof parquetTables
type Row<T extends TableName> = { readonly [C in keyof (typeof parquetTables)[T]]: Cell }
/** Adds a row to a table; a column that is left out cannot be compiled. */
export type Add = <T extends TableName>(table: T, row: Row<T>) => void

export function addExperiment(add: Add, { id, tags, workspace = 'default', ...row }: SourceExperiment): void {
  add('experiments', { ...row, workspace, experiment_id: id })
  for (const tag of tags) add('experiment_tags', { experiment_id: id, ...tag })
}

export function addRun(add: Add, run: SourceRun): void {
  const { run_id } = run
  add('runs', {
    run_id, experiment_id: run.experiment_id, run_name: run.name, user_id: run.user_id, status: run.status, start_time: run.start_time, end_time: run.end_time,
    lifecycle_stage: run.deleted ? 'deleted' : 'active', deleted_time: run.deleted_time, artifact_uri: run.artifact_uri,
  })
  for (const param of run.params) add('params', { run_id, ...param })
  for (const tag of run.tags) add('tags', { run_id, ...tag })
  for (const { dataset: { name, digest, source_type, source, schema, profile } = {}, tags = [] } of run.datasets) {
    add('dataset_inputs', { run_id, name, digest, source_type, source, schema, profile })
    for (const { key, value } of tags) add('dataset_input_tags', { run_id, name, digest, key, value })
  }
  for (const model_id of run.model_inputs) add('model_inputs', { run_id, model_id })
  for (const output of run.model_outputs) add('model_outputs', { run_id, ...output })
}

export function addPoints(add: Add, { run_id, points }: SourcePoints): void {
  for (const { key, value, timestamp, step } of points) add('metrics', { run_id, key, value, timestamp, step: step ?? 0 })
}

export function addLoggedModel(add: Add, { artifact_location, params, tags, metrics, ...model }: SourceLoggedModel): void {
  const { model_id } = model
  add('logged_models', { ...model, artifact_uri: artifact_location })
  for (const param of params) add('logged_model_params', { model_id, ...param })
  for (const tag of tags) add('logged_model_tags', { model_id, ...tag })
  for (const metric of metrics) add('logged_model_metrics', { model_id, ...metric })
}

export function addRegisteredModel(add: Add, { name, workspace = 'default', creation_time, last_updated_time, description, tags, aliases, versions }: SourceRegisteredModel): void {
  add('registered_models', { workspace, name, creation_timestamp: creation_time, last_updated_timestamp: last_updated_time, description })
  for (const tag of tags) add('registered_model_tags', { workspace, name, ...tag })
  for (const alias of aliases) add('registered_model_aliases', { workspace, name, ...alias })
  for (const version of versions) {
    add('model_versions', {
      workspace, name, version: version.version, creation_timestamp: version.creation_time, last_updated_timestamp: version.last_updated_time, description: version.description,
      current_stage: version.stage, source: version.source, storage_location: version.storage_location, run_id: version.run_id, run_link: version.run_link,
      model_id: version.logged_model_id,
    })
    for (const tag of version.tags) add('model_version_tags', { workspace, name, version: version.version, ...tag })
    const { profile } = version
    if (profile !== undefined) {
      add('model_version_profiles', {
        workspace, name, version: version.version, profile_uid: profile.profile_uid, source: profile.source, of: profile.of, rows: profile.rows, columns: JSON.stringify(profile.columns),
        creation_timestamp: profile.creation_timestamp, created_by: profile.created_by,
      })
    }
  }
}
