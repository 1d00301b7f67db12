import { testWebhook, webhookEventNames } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { printable } from '../../framework/text.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { eventName, findWebhook, readEvent, webhookArgument } from '../../client/webhook.ts'

export const command = defineCommand({
  summary: 'Call a webhook once with an example, and say how it went.',
  args: { webhook: webhookArgument },
  options: {
    event: { kind: 'text', short: 'e', value: 'EVENT', choices: webhookEventNames, summary: 'Send an example of this, rather than of the first that it is called for.' },
    ...clientOptions,
  },
  examples: [['webhooks test deploy', 'ends with 1 where it does not arrive'], ['webhooks test deploy --event model_version.created', 'an example of this event']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const { webhook_id, name, events } = await findWebhook(connection, args.webhook)
    const event = options.event === undefined ? undefined : readEvent(options.event)
    const { result } = await connection.call(testWebhook, { webhook_id, ...(event !== undefined && { event }) })
    const answer = printable((result.response_body ?? '').trim().slice(0, 200))
    if (!result.success) {
      throw new UserError(
        result.error_message === undefined ? `${name} answered ${result.response_status}${answer === '' ? '.' : `: ${answer}`}` : printable(result.error_message),
        'A call counts as arrived when it is answered with 200 to 299. Another address: cairn webhooks update NAME --url URL',
      )
    }
    return { data: result, text: `${name} took an example of ${eventName(event ?? events[0]!)} and answered ${result.response_status}${answer === '' ? '.' : `: ${answer}`}` }
  },
})
