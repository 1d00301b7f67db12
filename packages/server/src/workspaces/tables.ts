import type { Migration } from '../platform/db/index.ts'

export const workspaceMigrations: Migration[] = [{
  name: 'workspaces/0001-workspaces',
  up: (dialect) => [
    // Rows of experiments and models name a workspace by `id`, which is never given twice.
    `CREATE TABLE workspaces (
      id ${dialect.id},
      name TEXT NOT NULL UNIQUE,
      description TEXT,
      default_artifact_root TEXT,
      trace_archival_location TEXT,
      trace_archival_retention TEXT,
      creation_time BIGINT NOT NULL
    )`,
    'CREATE TABLE workspace_ids (next BIGINT NOT NULL)',
    'INSERT INTO workspace_ids (next) VALUES (2)',
    "INSERT INTO workspaces (id, name, description, creation_time) VALUES (1, 'default', 'Default workspace for legacy resources', 0)",
  ],
}]
