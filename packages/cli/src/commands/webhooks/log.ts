import { listWebhookDeliveries } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { limitOf, maxResults, moreNote } from '../../client/list-options.ts'
import { collect } from '../../client/lookup.ts'
import { findWebhook, webhookArgument } from '../../client/webhook.ts'
import { deliveryTable } from '../../listing/webhooks.ts'

export const command = defineCommand({
  summary: 'Show what a webhook was called for and how it went; newest first.',
  args: { webhook: webhookArgument },
  options: { 'max-results': maxResults, ...clientOptions },
  examples: [['webhooks log deploy', 'with the reason where a call failed'], ['webhooks log deploy -n 1000 --json', 'for a program']],
  run: async ({ args, options, io, style }) => {
    const limit = limitOf(options['max-results'])
    const connection = connect({ options, io })
    const { webhook_id } = await findWebhook(connection, args.webhook)
    const { items, more } = await collect(limit, 1000, async (max_results, page_token) => {
      const { deliveries, next_page_token } = await connection.call(listWebhookDeliveries, { webhook_id, max_results, ...(page_token !== undefined && { page_token }) })
      return { items: deliveries, next: next_page_token }
    })
    return { data: items, text: deliveryTable(items, style, io.columns) + (more ? moreNote(items.length) : '') }
  },
})
