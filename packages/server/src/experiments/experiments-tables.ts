import { widenUnique, type Migration } from '../platform/db/index.ts'

export const experimentMigrations: Migration[] = [
  {
    name: 'experiments/0001-experiments',
    up: (dialect) => [
      `CREATE TABLE experiments (
        id ${dialect.id},
        name TEXT NOT NULL UNIQUE,
        artifact_location TEXT NOT NULL,
        lifecycle_stage TEXT NOT NULL,
        creation_time BIGINT NOT NULL,
        last_update_time BIGINT NOT NULL
      )`,
      'CREATE INDEX experiments_created ON experiments (lifecycle_stage, creation_time, id)',
      'CREATE INDEX experiments_updated ON experiments (lifecycle_stage, last_update_time, id)',
      // Ids stand in URLs and in file names of clients, so one is never given twice, not even after
      // the last experiment was removed for good.
      'CREATE TABLE experiment_ids (next BIGINT NOT NULL)',
      'INSERT INTO experiment_ids (next) VALUES (1)',
      // Its own id keeps the order in which tags were first set: MLflow answers them in that order.
      `CREATE TABLE experiment_tags (
        id ${dialect.id},
        experiment_id BIGINT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        UNIQUE (experiment_id, key)
      )`,
      // Without the value, which may be longer than PostgreSQL lets an index entry be.
      'CREATE INDEX experiment_tags_key ON experiment_tags (key, experiment_id)',
    ],
  },
  {
    name: 'experiments/0002-locations',
    up: () => ['CREATE INDEX experiments_location ON experiments (substr(artifact_location, 1, 200))'],
  },
  {
    name: 'experiments/0003-workspaces',
    // What is there belongs to the workspace that is always there. Runs name their experiment alone.
    up: (dialect) => widenUnique(dialect, {
      table: 'experiments', unique: 'name', by: 'workspace_id', value: 1,
      columns: [
        ['id', dialect.id], ['name', 'TEXT NOT NULL'], ['artifact_location', 'TEXT NOT NULL'], ['lifecycle_stage', 'TEXT NOT NULL'],
        ['creation_time', 'BIGINT NOT NULL'], ['last_update_time', 'BIGINT NOT NULL'],
      ],
      drop: ['experiments_created', 'experiments_updated', 'experiments_location'],
      create: [
        'CREATE INDEX experiments_created ON experiments (workspace_id, lifecycle_stage, creation_time, id)',
        'CREATE INDEX experiments_updated ON experiments (workspace_id, lifecycle_stage, last_update_time, id)',
        'CREATE INDEX experiments_location ON experiments (substr(artifact_location, 1, 200))',
      ],
    }),
  },
]
