import type { Dialect, Migration } from '../platform/db/index.ts'

const textTables = ['params', 'tags']

/**
 * `params` and `tags` keep the experiment and the start beside the run, so that a search walks one
 * covering index (experiment, key, value, start): the newest runs with a value come first in it. The
 * index holds at most the first 200 characters of a value (`long` = 1 says that `rest` goes on),
 * because PostgreSQL refuses index rows over 2.7 kB.
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
      ...textTables.flatMap((table) => [
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
  {
    name: 'runs/0003-start-times',
    up: (dialect) => [...textTables.flatMap((table) => withStartTimes(dialect, table)), ...textTables.flatMap((table) => inPlace(dialect, table))],
  },
]

/**
 * Copied and not updated in place: that is quicker in both databases, leaves no dead rows behind, and
 * in PostgreSQL others read the old tables until the new ones are ready; who writes waits.
 */
function withStartTimes({ clustered }: Dialect, table: string): string[] {
  const columns = 'run_id, key_id, value, long, rest, experiment_id'
  return [
    `CREATE TABLE ${table}_dated (
      run_id BIGINT NOT NULL,
      key_id BIGINT NOT NULL,
      value TEXT NOT NULL,
      long BIGINT NOT NULL,
      rest TEXT,
      experiment_id BIGINT NOT NULL,
      start_time BIGINT NOT NULL,
      PRIMARY KEY (run_id, key_id)
    )${clustered}`,
    `INSERT INTO ${table}_dated (${columns}, start_time)
      SELECT ${columns}, COALESCE((SELECT r.start_time FROM runs r WHERE r.id = ${table}.run_id), 0) FROM ${table} ORDER BY run_id, key_id`,
    `CREATE INDEX ${table}_by_value_and_start ON ${table}_dated (experiment_id, key_id, value, start_time DESC, run_id, long)`,
    `CREATE INDEX ${table}_longs ON ${table}_dated (experiment_id, key_id, run_id) WHERE long = 1`,
  ]
}

const inPlace = ({ name }: Dialect, table: string): string[] => [
  `DROP TABLE ${table}`,
  `ALTER TABLE ${table}_dated RENAME TO ${table}`,
  ...name === 'sqlite' ? [] : [
    `ALTER INDEX ${table}_dated_pkey RENAME TO ${table}_pkey`,
    // Servers of the version before do not say when a run began; while they are exchanged one by one, this does.
    `CREATE FUNCTION ${table}_start_time() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN NEW.start_time := (SELECT r.start_time FROM runs r WHERE r.id = NEW.run_id); RETURN NEW; END $$`,
    `CREATE TRIGGER ${table}_start_time BEFORE INSERT ON ${table} FOR EACH ROW WHEN (NEW.start_time IS NULL) EXECUTE FUNCTION ${table}_start_time()`,
  ],
]
