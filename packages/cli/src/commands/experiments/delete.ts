import { deleteExperiment } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { findExperiment } from '../../client/lookup.ts'

export const command = defineCommand({
  summary: 'Delete experiments with their runs; they can be restored.',
  args: { experiment: { summary: 'Ids or names.', many: true } },
  options: clientOptions,
  examples: [['experiments delete 3 4', 'both can be restored']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    // Found first: a mistyped name must not leave half of them done.
    const experiments = await Promise.all(args.experiment.map((one) => findExperiment(connection, one)))
    for (const { experiment_id } of experiments) await connection.call(deleteExperiment, { experiment_id })
    return {
      data: experiments.map(({ experiment_id }) => experiment_id),
      text: experiments.map(({ experiment_id, name }) => `Deleted experiment ${experiment_id}, "${name}".`).join('\n'),
    }
  },
})
