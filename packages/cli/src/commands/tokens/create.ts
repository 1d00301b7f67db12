import { createToken } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Make a token to sign in with (MLFLOW_TRACKING_TOKEN) and print it, once.',
  args: { name: { summary: 'What it is for.' } },
  options: {
    scope: { kind: 'list', value: 'SCOPE', summary: 'read, write (default) or admin, and resources that it is limited to: experiment:5, registered_model:churn.' },
    days: { kind: 'integer', value: 'N', default: 90, summary: 'It ends after so many days; 0 for never.' },
    user: { kind: 'text', value: 'NAME', summary: 'For somebody else or a service account, as an admin.' },
    ...clientOptions,
  },
  examples: [
    ['tokens create laptop', 'may what you may, for 90 days'],
    ['tokens create dashboard --scope read', 'may only read'],
    ['tokens create nightly --user ci --scope write --scope experiment:5 --days 365', 'logs to one experiment'],
  ],
  run: async ({ args, options, io }) => {
    const answer = await connect({ options, io }).call(createToken, {
      name: args.name, scopes: [...options.scope], expires_in_days: options.days, ...(options.user !== undefined && { username: options.user }),
    })
    return { data: answer, text: answer.token }
  },
})
