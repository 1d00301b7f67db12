import { randomUUID } from 'node:crypto'
import {
  createWebhook, deleteWebhook, getWebhook, invalid, listWebhookDeliveries, listWebhooks, testWebhook, updateWebhook, type WebhookEvent,
} from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Route } from '../platform/http/index.ts'
import { authorOf, workspaceOf } from '../workspaces/index.ts'
import { sendCall, type SenderOptions } from './delivery.ts'
import { checkEvents, eventBody, exampleOf } from './events.ts'
import { addWebhook, changeWebhook, checkName, checkTexts, checkUrl, readDeliveries, readForTest, readWebhook, readWebhooks, removeWebhook } from './webhooks.ts'

export interface WebhookDeps extends SenderOptions {
  readonly db: Database
  readonly allowedSchemes: readonly string[]
}

export function webhookRoutes(deps: WebhookDeps): Route[] {
  const { db, secrets } = deps
  const here = ({ principal }: Pick<Context, 'principal'>) => ({ workspace: workspaceOf(principal).id })
  const authored = (context: Context) => ({ ...here(context), author: authorOf(context) })
  const seal = (secret: string, webhookId: string): Promise<string | null> => secret === '' ? Promise.resolve(null) : secrets.seal(secret, webhookId)

  return [
    route(createWebhook, async (input, context) => {
      const events = checkEvents(input.events)
      checkName(input.name)
      checkTexts(input)
      await checkUrl(input.url, deps.outbound, deps.allowedSchemes)
      if (events.length === 0) throw invalid('Webhook events must be a non-empty list of WebhookEvent objects: [].')
      const webhook_id = randomUUID()
      const webhook = await db.write(addWebhook, {
        webhook_id, name: input.name, url: input.url, events, description: input.description ?? null, status: input.status ?? 'ACTIVE',
        sealed_secret: await seal(input.secret ?? '', webhook_id), ...authored(context),
      })
      return { webhook }
    }),
    route(listWebhooks, (input, context) => db.scan(readWebhooks, { ...input, ...here(context) })),
    route(getWebhook, async (input, context) => ({ webhook: await db.read(readWebhook, { ...input, ...here(context) }) })),
    route(updateWebhook, async (input, context) => {
      const { webhook_id } = input
      await db.read(readWebhook, { ...here(context), webhook_id })
      const events: WebhookEvent[] = checkEvents(input.events ?? [])
      if (input.name) checkName(input.name)
      checkTexts(input)
      if (input.url) await checkUrl(input.url, deps.outbound, deps.allowedSchemes)
      const webhook = await db.write(changeWebhook, {
        webhook_id, ...authored(context),
        // An empty name, url or list leaves what was; an empty description or secret clears it.
        ...(input.name && { name: input.name }),
        ...(input.url && { url: input.url }),
        ...(events.length > 0 && { events }),
        ...(input.description !== undefined && { description: input.description }),
        ...(input.status !== undefined && { status: input.status }),
        ...(input.secret !== undefined && { sealed_secret: await seal(input.secret, webhook_id) }),
      })
      return { webhook }
    }),
    route(deleteWebhook, (input, context) => db.write(removeWebhook, { webhook_id: input.webhook_id, ...authored(context) })),
    route(testWebhook, async (input, context) => {
      const [asked] = input.event ? checkEvents([input.event]) : []
      const { webhook, sealed_secret } = await db.read(readForTest, { ...here(context), webhook_id: input.webhook_id })
      const event = asked ?? webhook.events[0]!
      try {
        const response = await sendCall(deps, {
          delivery_id: randomUUID(), webhook_id: webhook.webhook_id, url: webhook.url, sealed_secret, workspace_id: workspaceOf(context.principal).id, body: eventBody(event, exampleOf(event), context.now()),
        }, context.signal)
        // A redirect is not followed, so it has not arrived.
        const success = response.status >= 200 && response.status < 300
        return { result: { success, response_status: response.status, response_body: response.body.toString() } }
      } catch (error) {
        return { result: { success: false, error_message: `Failed to test webhook: ${(error as Error).message}` } }
      }
    }),
    route(listWebhookDeliveries, (input, context) => db.scan(readDeliveries, { ...input, ...here(context) })),
  ]
}
