import type { Webhook, WebhookDelivery } from '@cairn/protocol'
import { eventName } from '../client/webhook.ts'
import { formatTime } from '../framework/format.ts'
import type { Style } from '../framework/io.ts'
import { fields, table } from '../framework/table.ts'

export const webhookTable = (webhooks: readonly Webhook[], style: Style, columns: number | undefined): string =>
  (webhooks.length === 0 ? 'No webhooks. Add one: cairn webhooks create NAME URL --event model_version.created' : table(webhooks, [
    { title: 'NAME', value: ({ name }) => name, paint: style.cyan },
    { title: 'STATUS', value: ({ status }) => status.toLowerCase() },
    { title: 'URL', value: ({ url }) => url },
    { title: 'EVENTS', value: ({ events }) => events.map(eventName).join(', ') },
    { title: 'ID', value: ({ webhook_id }) => webhook_id, whole: true, paint: style.dim },
  ], style, columns))

export const webhookText = (webhook: Webhook, style: Style): string => fields([
  ['Webhook', webhook.name], ['Id', webhook.webhook_id], ['URL', webhook.url], ['Status', webhook.status.toLowerCase()],
  ['Events', webhook.events.map(eventName).join(', ')], ['Description', webhook.description],
  ['Created', formatTime(Number(webhook.creation_timestamp))], ['Changed', formatTime(Number(webhook.last_updated_timestamp))],
], style)

export const deliveryTable = (deliveries: readonly WebhookDelivery[], style: Style, columns: number | undefined): string =>
  (deliveries.length === 0 ? 'Nothing was sent yet.' : table(deliveries, [
    { title: 'WHEN', value: ({ creation_timestamp }) => formatTime(Number(creation_timestamp)), whole: true },
    { title: 'EVENT', value: ({ event }) => eventName(event) },
    { title: 'STATE', value: ({ status }) => status.toLowerCase(), paint: (text, { status }) => (status === 'FAILED' ? style.red : status === 'DELIVERED' ? style.green : style.yellow)(text) },
    { title: 'TRIES', value: ({ attempts }) => attempts, align: 'right' },
    { title: 'ANSWER', value: ({ response_status }) => response_status, align: 'right' },
    { title: 'NEXT TRY', value: ({ next_attempt_timestamp }) => (next_attempt_timestamp === undefined ? '' : formatTime(Number(next_attempt_timestamp))), whole: true },
    { title: 'WHY', value: ({ error_message }) => error_message },
    { title: 'DELIVERY', value: ({ delivery_id }) => delivery_id, whole: true, paint: style.dim },
  ], style, columns))
