import { keptRows, type Kept } from '../workspaces/index.ts'
import { deleteModelRows, modelColumns, type ModelRow } from './models-store.ts'

/** Registered models of a workspace that is deleted. */
export const keptModels: Kept = keptRows({
  table: 'registered_models', named: true,
  async remove(tx, workspace) {
    for (const model of await tx.all<ModelRow>(`SELECT ${modelColumns} FROM registered_models m WHERE m.workspace_id = ?`, [workspace])) await deleteModelRows(tx, model)
  },
})
