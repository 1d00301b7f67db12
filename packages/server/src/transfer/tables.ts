import type { Migration } from '../platform/db/index.ts'

/** What was brought from where, so that an import goes on where it was ended and brings nothing twice. */
export const transferMigrations: Migration[] = [{
  name: 'transfer/0001-imports',
  up: ({ id, clustered }) => [
    `CREATE TABLE import_sources (id ${id}, identity TEXT NOT NULL UNIQUE)`,
    `CREATE TABLE imported_experiments (
      source BIGINT NOT NULL,
      source_experiment TEXT NOT NULL,
      experiment_id BIGINT NOT NULL,
      PRIMARY KEY (source, source_experiment)
    )${clustered}`,
    // `run` is the run's number inside. Without `points`, how many were read, it is not whole yet.
    `CREATE TABLE imported_runs (
      run BIGINT NOT NULL PRIMARY KEY,
      source BIGINT NOT NULL,
      fingerprint TEXT NOT NULL,
      points BIGINT
    )${clustered}`,
  ],
}]
