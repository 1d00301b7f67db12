import { listWebhookDeliveries } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { findWebhook, webhookArgument } from '../../client/webhook.ts'
import { deliveryTable, webhookText } from '../../listing/webhooks.ts'

export const command = defineCommand({
  summary: 'Show a webhook and its last calls.',
  args: { webhook: webhookArgument },
  options: clientOptions,
  examples: [['webhooks show deploy', 'and how its last five calls went']],
  run: async ({ args, options, io, style }) => {
    const connection = connect({ options, io })
    const webhook = await findWebhook(connection, args.webhook)
    const { deliveries } = await connection.call(listWebhookDeliveries, { webhook_id: webhook.webhook_id, max_results: 5 })
    return { data: { ...webhook, deliveries }, text: `${webhookText(webhook, style)}\n\n${deliveryTable(deliveries, style, io.columns)}` }
  },
})
