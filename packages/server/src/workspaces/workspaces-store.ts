import type { Workspace } from '@cairn/protocol'
import type { Reader, Writer } from '../platform/db/index.ts'

export interface WorkspaceRow {
  readonly id: number
  readonly name: string
  readonly description: string | null
  readonly default_artifact_root: string | null
  readonly trace_archival_location: string | null
  readonly trace_archival_retention: string | null
  readonly creation_time: number
}

const columns = 'w.id, w.name, w.description, w.default_artifact_root, w.trace_archival_location, w.trace_archival_retention, w.creation_time'

export const selectWorkspace = (tx: Reader, name: string) => tx.one<WorkspaceRow>(`SELECT ${columns} FROM workspaces w WHERE w.name = ?`, [name])

export const workspaceName = async (tx: Reader, id: number): Promise<string | undefined> =>
  (await tx.one<{ name: string }>('SELECT name FROM workspaces WHERE id = ?', [id]))?.name

/** Names that begin so. */
export const workspaceNames = async (tx: Reader, start: string): Promise<string[]> =>
  (await tx.rows<[string]>('SELECT name FROM workspaces WHERE substr(name, 1, ?) = ? ORDER BY name', [start.length, start])).map(([name]) => name)

export const selectWorkspaces = (tx: Reader) => tx.all<WorkspaceRow>(`SELECT ${columns} FROM workspaces w ORDER BY ${tx.dialect.bytewise('w.name')}`)

export async function insertWorkspace(tx: Writer, row: Omit<WorkspaceRow, 'id'>): Promise<WorkspaceRow> {
  await tx.run('UPDATE workspace_ids SET next = next + 1')
  const { next } = (await tx.one<{ next: number }>('SELECT next FROM workspace_ids'))!
  const id = next - 1
  await tx.run(
    'INSERT INTO workspaces (id, name, description, default_artifact_root, trace_archival_location, trace_archival_retention, creation_time) VALUES (?, ?, ?, ?, ?, ?, ?)',
    [id, row.name, row.description, row.default_artifact_root, row.trace_archival_location, row.trace_archival_retention, row.creation_time],
  )
  return { ...row, id }
}

export const updateWorkspaceRow = (tx: Writer, row: WorkspaceRow) => tx.run(
  'UPDATE workspaces SET description = ?, default_artifact_root = ?, trace_archival_location = ?, trace_archival_retention = ? WHERE id = ?',
  [row.description, row.default_artifact_root, row.trace_archival_location, row.trace_archival_retention, row.id],
)

export const deleteWorkspaceRow = (tx: Writer, id: number) => tx.run('DELETE FROM workspaces WHERE id = ?', [id])

export function toWorkspace(row: WorkspaceRow): Workspace {
  const config = {
    ...(row.trace_archival_location !== null && { location: row.trace_archival_location }), ...(row.trace_archival_retention !== null && { retention: row.trace_archival_retention }),
  }
  return {
    name: row.name, ...(row.description !== null && { description: row.description }),
    ...(row.default_artifact_root !== null && { default_artifact_root: row.default_artifact_root }), ...(Object.keys(config).length > 0 && { trace_archival_config: config }),
  }
}
