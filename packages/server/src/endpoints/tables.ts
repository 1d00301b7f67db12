import { widenUnique, type Migration } from '../platform/db/index.ts'

export const endpointMigrations: Migration[] = [{
  name: 'endpoints/0001-endpoints',
  up: (dialect) => [
    // `model_uid` outlives renames of the model. What is served is one JSON value: it is only read and written whole.
    `CREATE TABLE serving_endpoints (
      endpoint_id ${dialect.id},
      uid TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE,
      model_uid TEXT NOT NULL,
      description TEXT,
      revision BIGINT NOT NULL,
      state_json TEXT NOT NULL,
      creation_time BIGINT NOT NULL,
      last_updated_time BIGINT NOT NULL,
      updated_by TEXT NOT NULL,
      reason TEXT
    )`,
    'CREATE INDEX serving_endpoints_by_model ON serving_endpoints (model_uid, name)',
    `CREATE TABLE endpoint_servers (
      endpoint_id BIGINT NOT NULL,
      server_id TEXT NOT NULL,
      started_time BIGINT NOT NULL,
      seen_time BIGINT NOT NULL,
      report_json TEXT NOT NULL,
      PRIMARY KEY (endpoint_id, server_id)
    )${dialect.clustered}`,
  ],
}, {
  name: 'endpoints/0002-deciders',
  up: () => [
    // Which process decides about the steps of a rollout, and until when; what processes saw of the step that have ended since.
    'ALTER TABLE serving_endpoints ADD COLUMN decider TEXT',
    'ALTER TABLE serving_endpoints ADD COLUMN decider_until BIGINT',
    'ALTER TABLE serving_endpoints ADD COLUMN ended_json TEXT',
  ],
}, {
  name: 'endpoints/0003-workspaces',
  up: (dialect) => widenUnique(dialect, {
    table: 'serving_endpoints', unique: 'name', by: 'workspace_id', value: 1,
    columns: [
      ['endpoint_id', dialect.id], ['uid', 'TEXT NOT NULL UNIQUE'], ['name', 'TEXT NOT NULL'], ['model_uid', 'TEXT NOT NULL'], ['description', 'TEXT'],
      ['revision', 'BIGINT NOT NULL'], ['state_json', 'TEXT NOT NULL'], ['creation_time', 'BIGINT NOT NULL'], ['last_updated_time', 'BIGINT NOT NULL'],
      ['updated_by', 'TEXT NOT NULL'], ['reason', 'TEXT'], ['decider', 'TEXT'], ['decider_until', 'BIGINT'], ['ended_json', 'TEXT'],
    ],
    drop: ['serving_endpoints_by_model'],
    create: ['CREATE INDEX serving_endpoints_by_model ON serving_endpoints (model_uid, name)'],
  }),
}, {
  name: 'endpoints/0004-windows',
  up: (dialect) => [
    // Counts of what was asked, on the parts of a profile; windows.ts keeps their number bounded.
    `CREATE TABLE endpoint_windows (
      endpoint_id BIGINT NOT NULL,
      version BIGINT NOT NULL,
      since BIGINT NOT NULL,
      span BIGINT NOT NULL,
      profile_uid TEXT NOT NULL,
      row_count BIGINT NOT NULL,
      skipped BIGINT NOT NULL,
      counts_json TEXT NOT NULL,
      seen_json TEXT NOT NULL,
      PRIMARY KEY (endpoint_id, version, since)
    )${dialect.clustered}`,
  ],
}]
