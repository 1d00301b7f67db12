import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { limitOf, maxResults, moreNote } from '../../client/list-options.ts'
import { allWebhooks } from '../../client/webhook.ts'
import { webhookTable } from '../../listing/webhooks.ts'

export const command = defineCommand({
  summary: 'List the webhooks: which address is called for what.',
  args: {},
  options: { 'max-results': maxResults, ...clientOptions },
  examples: [['webhooks list', 'of this server or workspace'], ['webhooks list --json', 'for a program']],
  run: async ({ options, io, style }) => {
    const { items, more } = await allWebhooks(connect({ options, io }), limitOf(options['max-results']))
    return { data: items, text: webhookTable(items, style, io.columns) + (more ? moreNote(items.length) : '') }
  },
})
