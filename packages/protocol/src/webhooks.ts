import { endpoint } from './endpoint.ts'
import { answer, Bool, Empty, Enum, Int32, Int64, List, message, Str, type Static } from './schema.ts'

export const WebhookStatus = Enum(['ACTIVE', 'DISABLED'])
export type WebhookStatus = Static<typeof WebhookStatus>

export const WebhookEntity = Enum([
  'ENTITY_UNSPECIFIED', 'REGISTERED_MODEL', 'MODEL_VERSION', 'MODEL_VERSION_TAG', 'MODEL_VERSION_ALIAS', 'PROMPT',
  'PROMPT_VERSION', 'PROMPT_TAG', 'PROMPT_VERSION_TAG', 'PROMPT_ALIAS', 'BUDGET_POLICY',
])
export type WebhookEntity = Static<typeof WebhookEntity>
export const WebhookAction = Enum(['ACTION_UNSPECIFIED', 'CREATED', 'UPDATED', 'DELETED', 'SET', 'EXCEEDED'])
export type WebhookAction = Static<typeof WebhookAction>

export const WebhookEvent = message({ entity: WebhookEntity, action: WebhookAction })
export type WebhookEvent = Static<typeof WebhookEvent>

/** What a webhook can be told of, as MLflow's client writes it: entity and action. */
export const webhookEventNames = [
  'registered_model.created', 'model_version.created', 'model_version_tag.set', 'model_version_tag.deleted', 'model_version_alias.created',
  'model_version_alias.deleted', 'prompt.created', 'prompt_version.created', 'prompt_tag.set', 'prompt_tag.deleted', 'prompt_version_tag.set',
  'prompt_version_tag.deleted', 'prompt_alias.created', 'prompt_alias.deleted', 'budget_policy.exceeded',
] as const

/** The secret never leaves the server. */
export const Webhook = answer({
  webhook_id: Str,
  name: Str,
  url: Str,
  events: List(WebhookEvent),
  status: WebhookStatus,
  /** Milliseconds since the epoch. */
  creation_timestamp: Int64,
  last_updated_timestamp: Int64,
}, { description: Str })
export type Webhook = Static<typeof Webhook>

export const WebhookTestResult = answer({ success: Bool }, { response_status: Int32, response_body: Str, error_message: Str })
export type WebhookTestResult = Static<typeof WebhookTestResult>

const group = 'webhooks'
const api = 'mlflow'
const webhook = answer({ webhook: Webhook })
const webhookId = { webhook_id: Str }

export const createWebhook = endpoint({
  name: 'createWebhook', method: 'POST', api, path: '/webhooks', group,
  summary: 'Sends the given events to a public https URL, signed with HMAC-SHA256 where a secret is set.',
  request: message({ name: Str, url: Str, events: List(WebhookEvent) }, { description: Str, secret: Str, status: WebhookStatus }),
  response: webhook,
})

export const listWebhooks = endpoint({
  name: 'listWebhooks', method: 'GET', api, path: '/webhooks', group,
  summary: 'All webhooks, page by page; max_results 1 to 1,000, default 100.',
  request: message({}, { max_results: Int32, page_token: Str }),
  response: answer({}, { webhooks: List(Webhook), next_page_token: Str }),
})

export const getWebhook = endpoint({
  name: 'getWebhook', method: 'GET', api, path: '/webhooks/{webhook_id}', group,
  summary: 'One webhook.', request: message(webhookId), response: webhook,
})

export const updateWebhook = endpoint({
  name: 'updateWebhook', method: 'PATCH', api, path: '/webhooks/{webhook_id}', group,
  summary: 'Changes the fields that are given.',
  request: message(webhookId, {
    name: Str, description: Str, url: Str, events: List(WebhookEvent), secret: Str, status: WebhookStatus,
  }),
  response: webhook,
})

export const deleteWebhook = endpoint({
  name: 'deleteWebhook', method: 'DELETE', api, path: '/webhooks/{webhook_id}', group,
  summary: 'Deletes a webhook with what still waits to be delivered to it.',
  request: message(webhookId), response: Empty,
})

export const testWebhook = endpoint({
  name: 'testWebhook', method: 'POST', api, path: '/webhooks/{webhook_id}/test', group,
  summary: 'Sends an example event (by default of the webhook\'s first kind) and answers how it went.',
  request: message(webhookId, { event: WebhookEvent }),
  response: answer({ result: WebhookTestResult }),
})

export const WebhookDelivery = answer({
  delivery_id: Str,
  webhook_id: Str,
  event: WebhookEvent,
  /** `PENDING`, `DELIVERED` or `FAILED` (given up). */
  status: Str,
  attempts: Int32,
  /** Milliseconds since the epoch. */
  creation_timestamp: Int64,
}, {
  last_attempt_timestamp: Int64,
  /** While pending. */
  next_attempt_timestamp: Int64,
  response_status: Int32,
  error_message: Str,
})
export type WebhookDelivery = Static<typeof WebhookDelivery>

export const listWebhookDeliveries = endpoint({
  name: 'listWebhookDeliveries', method: 'GET', api: 'cairn', path: '/webhooks/{webhook_id}/deliveries', group,
  summary: 'What was sent to a webhook and how it went, newest first; max_results 1 to 1,000, default 100.',
  request: message(webhookId, { max_results: Int32, page_token: Str }),
  response: answer({ deliveries: List(WebhookDelivery) }, { next_page_token: Str }),
})

export const webhookEndpoints = [
  createWebhook, listWebhooks, getWebhook, updateWebhook, deleteWebhook, testWebhook, listWebhookDeliveries,
] as const
