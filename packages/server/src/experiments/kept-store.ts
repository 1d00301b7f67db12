import { keptRows, type Kept } from '../workspaces/index.ts'
import type { SetLifecycleOfRuns } from './experiments.ts'

/**
 * Experiments of a workspace that is deleted with all that is in it. They and their runs are marked
 * as deleted and belong to nobody: ids of workspaces are not given twice, so nobody sees them again,
 * and what cleans up after deleted runs takes them and their artifacts away.
 */
export const keptExperiments = (setRuns: SetLifecycleOfRuns): Kept => keptRows({
  table: 'experiments', named: true,
  async remove(tx, workspace, { now }) {
    const rows = await tx.rows<[number]>("SELECT id FROM experiments WHERE workspace_id = ? AND lifecycle_stage = 'active' ORDER BY id", [workspace])
    for (const [id] of rows) await setRuns(tx, id, 'deleted', now)
    await tx.run("UPDATE experiments SET lifecycle_stage = 'deleted', last_update_time = ? WHERE workspace_id = ?", [now, workspace])
  },
})
