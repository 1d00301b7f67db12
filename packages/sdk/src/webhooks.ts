import * as api from '@cairn/protocol'
import type { RequestOf } from '@cairn/protocol'
import { overPages, type Page } from './pages.ts'
import type { Transport } from './transport.ts'

type Input<E> = RequestOf<E>

/** Calls that the server makes when the registry changes. */
export function webhookCalls(transport: Transport) {
  return {
    create: async (input: Input<typeof api.createWebhook>): Promise<api.Webhook> => (await transport.call(api.createWebhook, input)).webhook,
    get: async (webhook_id: string): Promise<api.Webhook> => (await transport.call(api.getWebhook, { webhook_id })).webhook,
    list: async (input: Input<typeof api.listWebhooks> = {}): Promise<Page<api.Webhook>> => {
      const { webhooks = [], next_page_token } = await transport.call(api.listWebhooks, input)
      return { items: webhooks, next_page_token }
    },
    update: async (input: Input<typeof api.updateWebhook>): Promise<api.Webhook> => (await transport.call(api.updateWebhook, input)).webhook,
    delete: async (webhook_id: string): Promise<void> => void await transport.call(api.deleteWebhook, { webhook_id }),
    /** Sends one call now and answers how it went. */
    test: async (input: Input<typeof api.testWebhook>): Promise<api.WebhookTestResult> => (await transport.call(api.testWebhook, input)).result,
    /** What was sent and how it went, newest first. */
    deliveries: (webhook_id: string, input: { max_results?: number } = {}): AsyncGenerator<api.WebhookDelivery> => overPages(async (page_token) => {
      const { deliveries, next_page_token } = await transport.call(api.listWebhookDeliveries, { webhook_id, ...input, ...(page_token !== undefined && { page_token }) })
      return { items: deliveries, next_page_token }
    }),
  }
}
