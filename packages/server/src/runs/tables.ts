import type { Migration } from '../platform/db/index.ts'

/**
 * `params` and `tags` keep the experiment beside the run, so that a search walks one covering
 * index (experiment, key, value). The index holds at most the first 200 characters of a value
 * (`long` = 1 says that `rest` goes on), because PostgreSQL refuses index rows over 2.7 kB.
 *
 * `runs.texts` counts the changes to a run's row, params and tags, and to its metrics once it has
 * ended, so that readers know what they keep (`run-json-view.ts`).
 */
export const runsMigrations: Migration[] = [
  {
    name: 'runs/0001-runs',
    up: ({ id, clustered }) => [
      `CREATE TABLE runs (
        id ${id},
        run_id TEXT NOT NULL UNIQUE,
        experiment_id BIGINT NOT NULL,
        name TEXT NOT NULL,
        user_id TEXT NOT NULL,
        status TEXT NOT NULL,
        start_time BIGINT NOT NULL,
        end_time BIGINT,
        deleted BIGINT NOT NULL DEFAULT 0,
        deleted_time BIGINT,
        artifact_uri TEXT NOT NULL,
        texts BIGINT NOT NULL DEFAULT 0
      )`,
      'CREATE INDEX runs_by_start ON runs (experiment_id, deleted, start_time DESC, run_id ASC)',
      ...['params', 'tags'].flatMap((table) => [
        `CREATE TABLE ${table} (
          run_id BIGINT NOT NULL,
          key_id BIGINT NOT NULL,
          value TEXT NOT NULL,
          long BIGINT NOT NULL,
          rest TEXT,
          experiment_id BIGINT NOT NULL,
          PRIMARY KEY (run_id, key_id)
        )${clustered}`,
        `CREATE INDEX ${table}_by_value ON ${table} (experiment_id, key_id, value, run_id, long)`,
        `CREATE INDEX ${table}_long ON ${table} (experiment_id, key_id, run_id) WHERE long = 1`,
      ]),
    ],
  },
  {
    // What lists of experiments and the home page ask of runs, each for few rows: what is running now, what
    // failed, and when something last ended. `deleted` stands among the columns where SQLite would
    // otherwise think that `runs_by_start` narrows more.
    name: 'runs/0002-activity',
    up: () => [
      "CREATE INDEX runs_running ON runs (deleted, experiment_id, start_time) WHERE status = 'RUNNING'",
      "CREATE INDEX runs_failed ON runs (experiment_id, deleted, end_time) WHERE status IN ('FAILED', 'KILLED')",
      'CREATE INDEX runs_ended ON runs (experiment_id, end_time) WHERE end_time IS NOT NULL AND deleted = 0',
    ],
  },
]
