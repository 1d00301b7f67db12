import { restoreExperiment } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { findExperiment } from '../../client/lookup.ts'

export const command = defineCommand({
  summary: 'Bring deleted experiments back, with their runs.',
  args: { experiment: { summary: 'Ids or names.', many: true } },
  options: clientOptions,
  examples: [['experiments restore 3 4', 'by id, as a name may have been taken since']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    // Found first: a mistyped name must not leave half of them done.
    const experiments = await Promise.all(args.experiment.map((one) => findExperiment(connection, one)))
    for (const { experiment_id } of experiments) await connection.call(restoreExperiment, { experiment_id })
    return {
      data: experiments.map(({ experiment_id }) => experiment_id),
      text: experiments.map(({ experiment_id, name }) => `Restored experiment ${experiment_id}, "${name}".`).join('\n'),
    }
  },
})
