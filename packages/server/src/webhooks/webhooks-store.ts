import { randomUUID } from 'node:crypto'
import type { Webhook, WebhookAction, WebhookEntity, WebhookEvent, WebhookStatus } from '@cairn/protocol'
import type { Reader, Writer } from '../platform/db/index.ts'
import { eventBody } from './events.ts'

export interface WebhookRow {
  webhook_id: string
  name: string
  description: string | null
  url: string
  status: WebhookStatus
  sealed_secret: string | null
  creation_timestamp: number
  last_updated_timestamp: number
  workspace_id: number
}

const columns = 'webhook_id, name, description, url, status, sealed_secret, creation_timestamp, last_updated_timestamp, workspace_id'

export async function insertWebhook(tx: Writer, row: WebhookRow, events: readonly WebhookEvent[]): Promise<void> {
  await tx.run(`INSERT INTO webhooks (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    row.webhook_id, row.name, row.description, row.url, row.status, row.sealed_secret, row.creation_timestamp, row.last_updated_timestamp, row.workspace_id,
  ])
  await replaceEvents(tx, row.webhook_id, events)
}

export async function updateWebhookRow(tx: Writer, row: WebhookRow): Promise<void> {
  await tx.run('UPDATE webhooks SET name = ?, description = ?, url = ?, status = ?, sealed_secret = ?, last_updated_timestamp = ? WHERE webhook_id = ?', [
    row.name, row.description, row.url, row.status, row.sealed_secret, row.last_updated_timestamp, row.webhook_id,
  ])
}

export async function replaceEvents(tx: Writer, webhookId: string, events: readonly WebhookEvent[]): Promise<void> {
  await tx.run('DELETE FROM webhook_events WHERE webhook_id = ?', [webhookId])
  for (const [position, { entity, action }] of events.entries()) {
    await tx.run('INSERT INTO webhook_events (entity, action, webhook_id, position) VALUES (?, ?, ?, ?)', [entity, action, webhookId, position])
  }
}

export async function deleteWebhookRows(tx: Writer, webhookId: string): Promise<void> {
  for (const table of ['webhook_deliveries', 'webhook_events', 'webhooks']) await tx.run(`DELETE FROM ${table} WHERE webhook_id = ?`, [webhookId])
}

export const selectWebhook = (tx: Reader, workspace: number, webhookId: string) =>
  tx.one<WebhookRow>(`SELECT ${columns} FROM webhooks WHERE webhook_id = ? AND workspace_id = ?`, [webhookId, workspace])

/** Of a workspace, newest first, those after the given one. */
export async function selectWebhooks(tx: Reader, workspace: number, after: { created: number; id: string } | undefined, limit: number): Promise<WebhookRow[]> {
  const where = after ? 'AND (creation_timestamp < ? OR (creation_timestamp = ? AND webhook_id < ?))' : ''
  return tx.all<WebhookRow>(
    `SELECT ${columns} FROM webhooks WHERE workspace_id = ? ${where} ORDER BY creation_timestamp DESC, webhook_id DESC LIMIT ?`,
    [workspace, ...(after ? [after.created, after.created, after.id] : []), limit],
  )
}

export async function toWebhook(tx: Reader, row: WebhookRow): Promise<Webhook> {
  const events = await tx.all<WebhookEvent>('SELECT entity, action FROM webhook_events WHERE webhook_id = ? ORDER BY position', [row.webhook_id])
  return {
    webhook_id: row.webhook_id, name: row.name, ...(row.description && { description: row.description }), url: row.url,
    events: events.map(({ entity, action }) => ({ entity, action })), status: row.status,
    creation_timestamp: row.creation_timestamp, last_updated_timestamp: row.last_updated_timestamp,
  }
}

/**
 * Puts an event into the outbox of every active webhook of the workspace that asked for it. Called in the
 * transaction of the change, so that an event is sent exactly if the change was made.
 */
export async function enqueueEvent(tx: Writer, workspace: number, entity: WebhookEntity, action: WebhookAction, data: Readonly<Record<string, unknown>>, now: number): Promise<void> {
  const listeners = await tx.rows<[string]>(
    `SELECT e.webhook_id FROM webhook_events e JOIN webhooks w ON w.webhook_id = e.webhook_id
      WHERE e.entity = ? AND e.action = ? AND w.status = 'ACTIVE' AND w.workspace_id = ? ORDER BY w.creation_timestamp, w.webhook_id`,
    [entity, action, workspace],
  )
  if (listeners.length === 0) return
  const body = eventBody({ entity, action }, data, now)
  for (const [webhookId] of listeners) {
    await tx.run(
      `INSERT INTO webhook_deliveries (delivery_id, webhook_id, entity, action, body, status, attempts, leased, creation_timestamp, next_attempt_timestamp)
        VALUES (?, ?, ?, ?, ?, 'PENDING', 0, 0, ?, ?)`,
      [randomUUID(), webhookId, entity, action, body, now, now],
    )
  }
}
