import type { WebhookAction, WebhookDelivery, WebhookEntity, WebhookStatus } from '@cairn/protocol'
import type { Reader, Value, Writer } from '../platform/db/index.ts'

/** A delivery that this process may send now. */
export interface DueDelivery {
  readonly delivery_seq: number
  readonly delivery_id: string
  readonly webhook_id: string
  readonly body: string
  /** The one under way included. */
  readonly attempts: number
  readonly url: string
  readonly status: WebhookStatus
  readonly sealed_secret: string | null
  readonly workspace_id: number
}

type CalledWebhook = Pick<DueDelivery, 'url' | 'status' | 'sealed_secret' | 'workspace_id'>

/** When the next delivery is due; undefined when none waits. */
export async function nextDue(tx: Reader): Promise<number | undefined> {
  const row = await tx.one<{ due: number | null }>(`SELECT MIN(next_attempt_timestamp) AS due FROM webhook_deliveries WHERE status = 'PENDING'`)
  return row?.due ?? undefined
}

/**
 * Takes due deliveries, oldest first. Each is leased: if this process dies before it reports, the
 * delivery falls due again, here or in another replica. A receiver may thus see an id twice.
 */
export async function claimDue(tx: Writer, claim: { now: number; limit: number; leaseMs: number }): Promise<DueDelivery[]> {
  const claimed = await tx.all<Omit<DueDelivery, keyof CalledWebhook>>(
    `UPDATE webhook_deliveries SET attempts = attempts + 1, leased = 1, last_attempt_timestamp = ?, next_attempt_timestamp = ?
      WHERE status = 'PENDING' AND next_attempt_timestamp <= ? AND delivery_seq IN (
        SELECT delivery_seq FROM webhook_deliveries WHERE status = 'PENDING' AND next_attempt_timestamp <= ?
          ORDER BY next_attempt_timestamp, delivery_seq LIMIT ?)
      RETURNING delivery_seq, delivery_id, webhook_id, body, attempts`,
    [claim.now, claim.now + claim.leaseMs, claim.now, claim.now, claim.limit],
  )
  const due: DueDelivery[] = []
  for (const delivery of claimed.toSorted((a, b) => a.delivery_seq - b.delivery_seq)) {
    const webhook = await tx.one<CalledWebhook>('SELECT url, status, sealed_secret, workspace_id FROM webhooks WHERE webhook_id = ?', [delivery.webhook_id])
    if (webhook) due.push({ ...delivery, ...webhook })
  }
  return due
}

/** How an attempt ended. */
export interface Outcome {
  readonly delivery_seq: number
  readonly status: 'DELIVERED' | 'FAILED' | 'PENDING'
  /** For one that stays pending. */
  readonly next_attempt_timestamp?: number
  readonly response_status?: number
  readonly error_message?: string
}

export async function finishAttempt(tx: Writer, outcome: Outcome): Promise<void> {
  await tx.run(
    `UPDATE webhook_deliveries SET status = ?, leased = 0, next_attempt_timestamp = ?, response_status = ?, error_message = ? WHERE delivery_seq = ? AND status = 'PENDING'`,
    [outcome.status, outcome.next_attempt_timestamp ?? null, outcome.response_status ?? null, outcome.error_message ?? null, outcome.delivery_seq],
  )
}

/** Ends the leases of a process that is gone. Only for a database that one process has to itself. */
export async function endLeases(tx: Writer, now: number): Promise<void> {
  await tx.run(`UPDATE webhook_deliveries SET leased = 0, next_attempt_timestamp = ? WHERE status = 'PENDING' AND leased = 1`, [now])
}

/** When the oldest delivery that is kept was made. */
export async function oldestDelivery(tx: Reader): Promise<number | undefined> {
  return (await tx.one<{ creation_timestamp: number }>('SELECT creation_timestamp FROM webhook_deliveries ORDER BY delivery_seq LIMIT 1'))?.creation_timestamp
}

export async function deleteFinishedBefore(tx: Writer, time: number): Promise<void> {
  await tx.run(`DELETE FROM webhook_deliveries WHERE creation_timestamp < ? AND status <> 'PENDING'`, [time])
}

interface DeliveryRow {
  delivery_seq: number
  delivery_id: string
  webhook_id: string
  entity: WebhookEntity
  action: WebhookAction
  status: string
  attempts: number
  creation_timestamp: number
  last_attempt_timestamp: number | null
  next_attempt_timestamp: number | null
  response_status: number | null
  error_message: string | null
}

/** The log of a webhook, newest first. */
export async function selectDeliveries(tx: Reader, webhookId: string, before: number | undefined, limit: number): Promise<{ seq: number; delivery: WebhookDelivery }[]> {
  const params: Value[] = before === undefined ? [webhookId, limit] : [webhookId, before, limit]
  const rows = await tx.all<DeliveryRow>(
    `SELECT delivery_seq, delivery_id, webhook_id, entity, action, status, attempts, creation_timestamp, last_attempt_timestamp, next_attempt_timestamp,
        response_status, error_message
      FROM webhook_deliveries WHERE webhook_id = ? ${before === undefined ? '' : 'AND delivery_seq < ?'} ORDER BY delivery_seq DESC LIMIT ?`,
    params,
  )
  return rows.map((row) => ({
    seq: row.delivery_seq,
    delivery: {
      delivery_id: row.delivery_id, webhook_id: row.webhook_id, event: { entity: row.entity, action: row.action }, status: row.status, attempts: row.attempts,
      creation_timestamp: row.creation_timestamp,
      ...(row.last_attempt_timestamp !== null && { last_attempt_timestamp: row.last_attempt_timestamp }),
      ...(row.next_attempt_timestamp !== null && { next_attempt_timestamp: row.next_attempt_timestamp }),
      ...(row.response_status !== null && { response_status: row.response_status }),
      ...(row.error_message !== null && { error_message: row.error_message }),
    },
  }))
}
