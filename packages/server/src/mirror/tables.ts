import type { Migration } from '../platform/db/index.ts'

export const mirrorMigrations: Migration[] = [{
  name: 'mirror/0001-mirrored',
  up: ({ clustered }) => [
    // What a thing of ours is called there, and what it looked like when it was sent: what looks otherwise is to be sent.
    `CREATE TABLE mirrored_things (
      kind TEXT NOT NULL,
      here TEXT NOT NULL,
      there TEXT NOT NULL,
      mark TEXT NOT NULL,
      about TEXT NOT NULL,
      problem TEXT,
      PRIMARY KEY (kind, here)
    )${clustered}`,
    // How far the points of a run and key were sent. NaN is no number of every database.
    `CREATE TABLE mirrored_metrics (
      run_id TEXT NOT NULL,
      key TEXT NOT NULL,
      points BIGINT NOT NULL,
      step BIGINT NOT NULL,
      timestamp BIGINT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (run_id, key)
    )${clustered}`,
    // Runs and models whose files may have changed.
    `CREATE TABLE mirror_files (
      kind TEXT NOT NULL,
      here TEXT NOT NULL,
      changed BIGINT NOT NULL,
      next_time BIGINT NOT NULL,
      problem TEXT,
      PRIMARY KEY (kind, here)
    )${clustered}`,
    // One row: where everything goes, and how that went.
    'CREATE TABLE mirror_state (target TEXT NOT NULL, state TEXT NOT NULL)',
  ],
}]
