import type { Migration } from '../platform/db/index.ts'

export const viewMigrations: Migration[] = [{
  name: 'views/0001-views',
  up: (dialect) => [
    // `experiments` are the ids in ascending order with commas between: views are listed by exactly these.
    `CREATE TABLE run_views (
      view_id ${dialect.id},
      experiments TEXT NOT NULL,
      name TEXT NOT NULL,
      state TEXT NOT NULL,
      shared BIGINT NOT NULL,
      is_default BIGINT NOT NULL,
      created_by TEXT NOT NULL,
      updated_by TEXT NOT NULL,
      creation_time BIGINT NOT NULL,
      last_updated_time BIGINT NOT NULL,
      deleted_time BIGINT
    )`,
    'CREATE INDEX run_views_by_experiments ON run_views (experiments, name)',
  ],
}]
