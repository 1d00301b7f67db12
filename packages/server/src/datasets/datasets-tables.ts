import type { Migration } from '../platform/db/index.ts'

/** In all of these, `run` is the run's number inside; a logged model may be linked before it exists. */
export const datasetMigrations: Migration[] = [
  {
    name: 'datasets/0001-datasets',
    up: (dialect) => [
      `CREATE TABLE datasets (
        id ${dialect.id},
        experiment_id BIGINT NOT NULL,
        name TEXT NOT NULL,
        digest TEXT NOT NULL,
        source_type TEXT NOT NULL,
        source TEXT NOT NULL,
        schema TEXT,
        profile TEXT,
        UNIQUE (experiment_id, name, digest)
      )`,
      `CREATE TABLE dataset_inputs (
        id ${dialect.id},
        run BIGINT NOT NULL,
        dataset BIGINT NOT NULL,
        UNIQUE (run, dataset)
      )`,
      'CREATE INDEX dataset_inputs_dataset ON dataset_inputs (dataset, run)',
      `CREATE TABLE input_tags (
        input BIGINT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (input, name)
      )${dialect.clustered}`,
      `CREATE TABLE model_inputs (
        run BIGINT NOT NULL,
        model_id TEXT NOT NULL,
        PRIMARY KEY (run, model_id)
      )${dialect.clustered}`,
      `CREATE TABLE model_outputs (
        run BIGINT NOT NULL,
        model_id TEXT NOT NULL,
        step BIGINT NOT NULL,
        PRIMARY KEY (run, model_id)
      )${dialect.clustered}`,
    ],
  },
]
