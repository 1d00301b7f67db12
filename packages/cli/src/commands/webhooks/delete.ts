import { deleteWebhook } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { confirmed, yes } from '../../client/list-options.ts'
import { findWebhook, webhookArgument } from '../../client/webhook.ts'

export const command = defineCommand({
  summary: 'Delete a webhook with its log and what waits to be sent to it.',
  args: { webhook: webhookArgument },
  options: { yes, ...clientOptions },
  examples: [['webhooks delete deploy --yes', 'to stop it only: webhooks update deploy --status disabled']],
  run: async ({ args, options, io }) => {
    confirmed(options.yes, `The webhook ${args.webhook}`)
    const connection = connect({ options, io })
    const { webhook_id, name } = await findWebhook(connection, args.webhook)
    await connection.call(deleteWebhook, { webhook_id })
    return { data: { webhook_id, name }, text: `Deleted the webhook ${name}.` }
  },
})
