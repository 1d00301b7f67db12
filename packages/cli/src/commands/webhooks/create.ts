import { createWebhook } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { firstLine } from '../../client/passwords.ts'
import { readEvent, secretFile, webhookEvents } from '../../client/webhook.ts'

export const command = defineCommand({
  summary: 'Have an address called when something happens in the registry.',
  details: 'Calls are made as MLflow makes them: JSON, signed where there is a secret (X-MLflow-Signature), tried again when they fail. How to check a signature stands in docs/webhooks.md.',
  args: { name: { summary: 'Letters, digits, dots, hyphens and underscores, at most 63.' }, url: { summary: 'A public https address, unless the server allows others.' } },
  options: {
    event: webhookEvents,
    'secret-file': secretFile,
    description: { kind: 'text', value: 'TEXT', summary: 'What it is for.' },
    disabled: { kind: 'boolean', summary: 'Make it, but do not call it yet.' },
    ...clientOptions,
  },
  examples: [
    ['webhooks create deploy https://ci.example.com/hook --event model_version_alias.created', 'when an alias is set'],
    ['webhooks create watch https://chat.example.com/in -e model_version.created -e prompt_version.created --secret-file hook.secret', 'two events, signed'],
  ],
  run: async ({ args, options, io }) => {
    if (options.event.length === 0) throw new UsageError('Say for what it is to be called.', 'cairn webhooks create NAME URL --event model_version.created')
    const secret = options['secret-file'] === undefined ? undefined : await firstLine(options['secret-file'], io.cwd, 'secret')
    const connection = connect({ options, io })
    const { webhook } = await connection.call(createWebhook, {
      name: args.name, url: args.url, events: options.event.map(readEvent),
      ...(options.description !== undefined && { description: options.description }),
      ...(secret !== undefined && { secret }),
      ...(options.disabled && { status: 'DISABLED' as const }),
    })
    return { data: webhook, text: `Added the webhook ${webhook.name} (${webhook.webhook_id})${options.disabled ? ', disabled' : ''}. Try it: cairn webhooks test ${webhook.name}` }
  },
})
