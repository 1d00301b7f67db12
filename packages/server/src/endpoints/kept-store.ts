import { keptRows, type Kept } from '../workspaces/index.ts'
import { deleteEndpointRows } from './endpoints-store.ts'

/** Serving endpoints of a workspace that is deleted. */
export const keptEndpoints: Kept = keptRows({
  table: 'serving_endpoints', named: true,
  async remove(tx, workspace) {
    for (const [id] of await tx.rows<[number]>('SELECT endpoint_id FROM serving_endpoints WHERE workspace_id = ?', [workspace])) await deleteEndpointRows(tx, id)
  },
})
