import type { Migration } from '../platform/db/index.ts'

export const quotaMigrations: Migration[] = [{
  name: 'quotas/0001-quotas',
  up: ({ id, clustered }) => [
    `CREATE TABLE quotas (
      workspace_id BIGINT NOT NULL,
      kind TEXT NOT NULL,
      most BIGINT NOT NULL,
      PRIMARY KEY (workspace_id, kind)
    )${clustered}`,
    // Bytes of artifacts as they were measured, and what was stored since. Time 0 asks for a new measure.
    `CREATE TABLE artifact_usage (
      workspace_id BIGINT NOT NULL PRIMARY KEY,
      bytes BIGINT NOT NULL,
      measured_time BIGINT NOT NULL
    )${clustered}`,
    // Rows that are only added: servers that shared one row would wait for each other.
    `CREATE TABLE artifact_changes (id ${id}, workspace_id BIGINT NOT NULL, bytes BIGINT NOT NULL)`,
    'CREATE INDEX artifact_changes_by_workspace ON artifact_changes (workspace_id, id)',
  ],
}, {
  // By name: a team is what its workspaces are called, whether there are accounts or not.
  name: 'quotas/0002-teams',
  up: ({ clustered }) => [
    `CREATE TABLE team_quotas (
      team TEXT NOT NULL,
      kind TEXT NOT NULL,
      most BIGINT NOT NULL,
      PRIMARY KEY (team, kind)
    )${clustered}`,
  ],
}]
