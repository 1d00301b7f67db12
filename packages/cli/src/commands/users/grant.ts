import { grantUserPermission } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { levels, readLevel, readResource, resourceSummary } from '../../client/resource.ts'

export const command = defineCommand({
  summary: 'Let a user read, use, edit or manage something, or forbid it; for whoever manages it.',
  args: { user: { summary: 'The user\'s name.' }, resource: { summary: resourceSummary }, level: { summary: `${levels.join(', ')}.` } },
  options: clientOptions,
  examples: [['users grant ada experiment:5 EDIT', 'she may log to it'], ['users grant ada registered_model:churn DENY', 'whatever her roles say']],
  run: async ({ args, options, io }) => {
    const input = { username: args.user, ...readResource(args.resource), permission: readLevel(args.level) }
    await connect({ options, io }).call(grantUserPermission, input)
    return { data: input, text: `${args.user} has ${input.permission} on ${args.resource}.` }
  },
})
