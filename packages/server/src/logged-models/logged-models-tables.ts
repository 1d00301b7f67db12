import type { Migration } from '../platform/db/index.ts'

export const loggedModelMigrations: Migration[] = [
  {
    name: 'logged-models/0001-logged-models',
    up: (dialect) => [
      `CREATE TABLE logged_models (
        id ${dialect.id},
        model_id TEXT NOT NULL UNIQUE,
        experiment_id BIGINT NOT NULL,
        name TEXT NOT NULL,
        artifact_location TEXT NOT NULL,
        creation_timestamp BIGINT NOT NULL,
        last_updated_timestamp BIGINT NOT NULL,
        status TEXT NOT NULL,
        model_type TEXT NOT NULL,
        source_run_id TEXT NOT NULL,
        status_message TEXT,
        deleted BIGINT NOT NULL DEFAULT 0
      )`,
      'CREATE INDEX logged_models_created ON logged_models (experiment_id, deleted, creation_timestamp DESC, model_id ASC)',
      'CREATE INDEX logged_models_name ON logged_models (name)',
      'CREATE INDEX logged_models_source_run ON logged_models (source_run_id)',
      ...['params', 'tags'].map((kind) => `CREATE TABLE logged_model_${kind} (
        model BIGINT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (model, key)
      )${dialect.clustered}`),
      // Everything that tells two points apart is in the key, so that a repeated request adds none.
      // MLflow leaves value and dataset out and refuses the second of two points that differ there.
      // No dataset is "", because a primary key holds no nulls.
      `CREATE TABLE logged_model_metrics (
        model BIGINT NOT NULL,
        key TEXT NOT NULL,
        timestamp BIGINT NOT NULL,
        step BIGINT NOT NULL,
        run_id TEXT NOT NULL,
        dataset_name TEXT NOT NULL,
        dataset_digest TEXT NOT NULL,
        value DOUBLE PRECISION NOT NULL,
        is_nan BIGINT NOT NULL,
        PRIMARY KEY (model, key, timestamp, step, run_id, dataset_name, dataset_digest, value, is_nan)
      )${dialect.clustered}`,
    ],
  },
]
