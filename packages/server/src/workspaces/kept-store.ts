import type { Kept } from './workspaces.ts'

/** Rows of a table with a `workspace_id` that all go and move together; `name` where they have names of their own. */
export const keptRows = ({ table, named, remove }: { readonly table: string; readonly named: boolean; readonly remove: Kept['remove'] }): Kept => ({
  table,
  async count(tx, workspace) {
    return Number((await tx.one<{ count: number }>(`SELECT COUNT(*) AS count FROM ${table} WHERE workspace_id = ?`, [workspace]))!.count)
  },
  async clashes(tx, workspace, other) {
    if (!named) return []
    const rows = await tx.rows<[string]>(`SELECT a.name FROM ${table} a JOIN ${table} b ON b.name = a.name AND b.workspace_id = ? WHERE a.workspace_id = ? ORDER BY a.name`, [other, workspace])
    return rows.map(([name]) => name)
  },
  move: (tx, workspace, to) => tx.run(`UPDATE ${table} SET workspace_id = ? WHERE workspace_id = ?`, [to, workspace]),
  remove,
})
