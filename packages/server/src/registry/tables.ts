import { widenUnique, type Migration } from '../platform/db/index.ts'

export const registryMigrations: Migration[] = [{
  name: 'registry/0001-models',
  up: (dialect) => [
    // `uid` names a model for ever; `next_version` only grows, so that no number is used twice.
    `CREATE TABLE registered_models (
      model_id ${dialect.id},
      uid TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE,
      creation_time BIGINT NOT NULL,
      last_updated_time BIGINT NOT NULL,
      description TEXT,
      next_version BIGINT NOT NULL
    )`,
    'CREATE INDEX registered_models_by_update ON registered_models (last_updated_time, name)',
    `CREATE TABLE registered_model_tags (
      model_id BIGINT NOT NULL,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (model_id, key)
    )`,
    `CREATE TABLE registered_model_aliases (
      model_id BIGINT NOT NULL,
      alias TEXT NOT NULL,
      version BIGINT NOT NULL,
      PRIMARY KEY (model_id, alias)
    )${dialect.clustered}`,
    'CREATE INDEX registered_model_aliases_by_version ON registered_model_aliases (model_id, version)',
    `CREATE TABLE model_versions (
      model_id BIGINT NOT NULL,
      version BIGINT NOT NULL,
      creation_time BIGINT NOT NULL,
      last_updated_time BIGINT NOT NULL,
      description TEXT,
      stage TEXT NOT NULL,
      source TEXT NOT NULL,
      storage_location TEXT NOT NULL,
      run_id TEXT,
      run_link TEXT,
      logged_model_id TEXT,
      PRIMARY KEY (model_id, version)
    )${dialect.clustered}`,
    'CREATE INDEX model_versions_by_stage ON model_versions (model_id, stage, version)',
    'CREATE INDEX model_versions_by_run ON model_versions (run_id)',
    'CREATE INDEX model_versions_by_update ON model_versions (last_updated_time)',
    `CREATE TABLE model_version_tags (
      model_id BIGINT NOT NULL,
      version BIGINT NOT NULL,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (model_id, version, key)
    )`,
    'CREATE INDEX model_version_tags_by_key ON model_version_tags (key, model_id)',
  ],
}, {
  name: 'registry/0002-workspaces',
  // What is there belongs to the workspace that is always there; versions name their model alone.
  up: (dialect) => widenUnique(dialect, {
    table: 'registered_models', unique: 'name', by: 'workspace_id', value: 1,
    columns: [
      ['model_id', dialect.id], ['uid', 'TEXT NOT NULL UNIQUE'], ['name', 'TEXT NOT NULL'], ['creation_time', 'BIGINT NOT NULL'], ['last_updated_time', 'BIGINT NOT NULL'],
      ['description', 'TEXT'], ['next_version', 'BIGINT NOT NULL'],
    ],
    drop: ['registered_models_by_update'],
    create: ['CREATE INDEX registered_models_by_update ON registered_models (workspace_id, last_updated_time, name)'],
  }),
}, {
  name: 'registry/0003-profiles',
  up: () => [
    // What the inputs of a version are compared with: some kilobytes that are only read and written whole, and by few.
    `CREATE TABLE model_version_profiles (
      model_id BIGINT NOT NULL,
      version BIGINT NOT NULL,
      uid TEXT NOT NULL,
      source TEXT NOT NULL,
      row_count BIGINT NOT NULL,
      columns_json TEXT NOT NULL,
      creation_time BIGINT NOT NULL,
      created_by TEXT NOT NULL,
      made_of TEXT,
      PRIMARY KEY (model_id, version)
    )`,
  ],
}]
