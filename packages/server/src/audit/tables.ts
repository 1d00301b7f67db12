import type { Migration } from '../platform/db/index.ts'

export const auditMigrations: Migration[] = [{
  name: 'audit/0001-entries',
  up: (dialect) => [
    // Rows are only ever added. `entity_uid` outlives renames and is never given out again.
    `CREATE TABLE audit_entries (
      entry_id ${dialect.id},
      time BIGINT NOT NULL,
      principal TEXT NOT NULL,
      entity TEXT NOT NULL,
      entity_uid TEXT NOT NULL,
      entity_name TEXT NOT NULL,
      action TEXT NOT NULL,
      version BIGINT,
      item TEXT,
      before_json TEXT,
      after_json TEXT,
      part_of BIGINT
    )`,
    'CREATE INDEX audit_entries_by_uid ON audit_entries (entity_uid, entry_id)',
    'CREATE INDEX audit_entries_by_name ON audit_entries (entity_name, entry_id)',
    'CREATE INDEX audit_entries_by_part ON audit_entries (part_of)',
  ],
}, {
  // Which aliases moved last, among all that is written down.
  name: 'audit/0002-aliases',
  up: () => ["CREATE INDEX audit_entries_aliases ON audit_entries (entry_id) WHERE action IN ('set_alias', 'delete_alias', 'rollback_alias')"],
}, {
  name: 'audit/0003-workspaces',
  up: () => [
    'ALTER TABLE audit_entries ADD COLUMN workspace_id BIGINT NOT NULL DEFAULT 1',
    'CREATE INDEX audit_entries_by_workspace ON audit_entries (workspace_id, entry_id)',
  ],
}]
