import { updateExperiment } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { findExperiment } from '../../client/lookup.ts'

export const command = defineCommand({
  summary: 'Give an experiment another name.',
  args: { experiment: { summary: 'Its id or name.' }, name: { summary: 'The new name.' } },
  options: clientOptions,
  examples: [['experiments rename churn churn-2026', 'its runs and artifacts stay where they are']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const { experiment_id, name } = await findExperiment(connection, args.experiment)
    await connection.call(updateExperiment, { experiment_id, new_name: args.name })
    return { data: { experiment_id, name: args.name }, text: `"${name}" is now "${args.name}".` }
  },
})
