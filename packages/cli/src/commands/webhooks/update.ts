import { updateWebhook } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { firstLine } from '../../client/passwords.ts'
import { findWebhook, readEvent, secretFile, webhookArgument, webhookEvents } from '../../client/webhook.ts'

export const command = defineCommand({
  summary: 'Change a webhook, stop it for a while, or start it again.',
  args: { webhook: webhookArgument },
  options: {
    name: { kind: 'text', value: 'NAME', summary: 'Another name.' },
    url: { kind: 'text', value: 'URL', summary: 'Another address.' },
    event: { ...webhookEvents, summary: 'Call it for this, instead of what it is called for now.' },
    description: { kind: 'text', value: 'TEXT', summary: 'What it is for.' },
    status: { kind: 'text', choices: ['active', 'disabled'], summary: 'Whether it is called.' },
    'secret-file': secretFile,
    'remove-secret': { kind: 'boolean', summary: 'Do not sign calls any more.' },
    ...clientOptions,
  },
  examples: [
    ['webhooks update deploy --status disabled', 'not called for a while'],
    ['webhooks update deploy --event model_version.created --event model_version_alias.created', 'for these two from now on'],
    ['webhooks update deploy --secret-file new.secret', 'another secret'],
  ],
  run: async ({ args, options, given, io }) => {
    if (options['remove-secret'] && given.has('secret-file')) throw new UsageError('--secret-file and --remove-secret exclude each other.')
    const secret = options['remove-secret'] ? '' : options['secret-file'] === undefined ? undefined : await firstLine(options['secret-file'], io.cwd, 'secret')
    const change = {
      ...(options.name !== undefined && { name: options.name }),
      ...(options.url !== undefined && { url: options.url }),
      ...(options.event.length > 0 && { events: options.event.map(readEvent) }),
      ...(options.description !== undefined && { description: options.description }),
      ...(options.status !== undefined && { status: options.status === 'active' ? 'ACTIVE' as const : 'DISABLED' as const }),
      ...(secret !== undefined && { secret }),
    }
    if (Object.keys(change).length === 0) throw new UsageError('Nothing to change was given.', 'See: cairn webhooks update --help')
    const connection = connect({ options, io })
    const { webhook_id } = await findWebhook(connection, args.webhook)
    const { webhook } = await connection.call(updateWebhook, { webhook_id, ...change })
    return { data: webhook, text: `Changed the webhook ${webhook.name}; it is ${webhook.status.toLowerCase()}.` }
  },
})
