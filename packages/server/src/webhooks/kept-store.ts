import { keptRows, type Kept } from '../workspaces/index.ts'
import { deleteWebhookRows } from './webhooks-store.ts'

/** Webhooks of a workspace that is deleted. */
export const keptWebhooks: Kept = keptRows({
  table: 'webhooks', named: false,
  async remove(tx, workspace) {
    for (const [id] of await tx.rows<[string]>('SELECT webhook_id FROM webhooks WHERE workspace_id = ?', [workspace])) await deleteWebhookRows(tx, id)
  },
})
