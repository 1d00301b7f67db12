import { keptRows, type Kept } from '../workspaces/index.ts'
import { recordModelGone } from './gone.ts'
import { deleteModelRows, modelColumns, type ModelRow } from './models-store.ts'

/** Registered models of a workspace that is deleted. */
export const keptModels: Kept = keptRows({
  table: 'registered_models', named: true,
  async remove(tx, workspace, author) {
    for (const model of await tx.all<ModelRow>(`SELECT ${modelColumns} FROM registered_models m WHERE m.workspace_id = ? ORDER BY m.model_id`, [workspace])) {
      await recordModelGone(tx, author, model)
      await deleteModelRows(tx, model)
    }
  },
})
