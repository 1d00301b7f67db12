import type { Migration } from '../platform/db/index.ts'

export const metricsMigrations: Migration[] = [
  {
    name: 'metrics/0001-points',
    up: ({ id, blob, clustered }) => [
      // What logging requests brought and compaction has not taken yet.
      `CREATE TABLE metric_segments (seq ${id}, run_id BIGINT NOT NULL, points ${blob} NOT NULL)`,
      'CREATE INDEX metric_segments_by_run ON metric_segments (run_id)',
      // Compacted points. Key 0 holds bundles: points of keys that do not fill a chunk yet. The
      // summary stands before the points, so that reading it does not read them.
      `CREATE TABLE metric_chunks (id ${id}, run_id BIGINT NOT NULL, key_id BIGINT NOT NULL, summary ${blob} NOT NULL, points ${blob} NOT NULL)`,
      'CREATE INDEX metric_chunks_by_key ON metric_chunks (run_id, key_id)',
      // NaN is value 0 with is_nan 1, ±Infinity is ±1.7976931348623157e308, as in MLflow's tables.
      `CREATE TABLE latest_metrics (run_id BIGINT NOT NULL, key_id BIGINT NOT NULL, experiment_id BIGINT NOT NULL,
        value DOUBLE PRECISION NOT NULL, is_nan BIGINT NOT NULL, timestamp BIGINT NOT NULL, step BIGINT NOT NULL,
        PRIMARY KEY (run_id, key_id))${clustered}`,
      // Answers a search by value without the table: MLflow sorts NaN behind every number.
      'CREATE INDEX latest_metrics_by_value ON latest_metrics (experiment_id, key_id, is_nan, value, run_id)',
    ],
  },
  {
    // How many points a run has in chunks and bundles. Compaction keeps it; what was compacted before is counted later.
    name: 'metrics/0002-counts',
    up: ({ clustered }) => [`CREATE TABLE metric_counts (run_id BIGINT NOT NULL PRIMARY KEY, points BIGINT NOT NULL)${clustered}`],
  },
  {
    // By stretches of 4096 segments, and by run within them: what a commit adds stands together. By run alone
    // each run that logs dirtied a page of its own, 33 of 37 pages for 32 points. With stretches of 1024 a
    // commit writes less, but what compaction removes lies on more pages.
    name: 'metrics/0003-stretches',
    up: () => ['CREATE INDEX metric_segments_by_stretch ON metric_segments ((seq >> 12), run_id)', 'DROP INDEX metric_segments_by_run'],
  },
  {
    // A search that checks or sorts runs by a metric reads its key's index alone, without their rows. SQLite's
    // rows live in their primary key already.
    name: 'metrics/0004-values',
    up: ({ name }) => (name === 'sqlite' ? [] : [
      'CREATE UNIQUE INDEX latest_metrics_values ON latest_metrics (run_id, key_id) INCLUDE (is_nan, value)',
      'ALTER TABLE latest_metrics DROP CONSTRAINT latest_metrics_pkey, ADD CONSTRAINT latest_metrics_pkey PRIMARY KEY USING INDEX latest_metrics_values',
    ]),
  },
]
