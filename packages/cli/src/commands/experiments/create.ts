import { createExperiment } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { readTags } from '../../client/tags.ts'

export const command = defineCommand({
  summary: 'Create an experiment.',
  args: { name: { summary: 'Its name.' } },
  options: {
    'artifact-location': { kind: 'text', value: 'URI', summary: 'Where its runs keep artifacts, if not where the server says.' },
    tag: { kind: 'list', short: 't', value: 'KEY=VALUE', summary: 'A tag.' },
    ...clientOptions,
  },
  examples: [['experiments create churn --tag team=ml', 'with a tag']],
  run: async ({ args, options, io }) => {
    const artifactLocation = options['artifact-location']
    const answer = await connect({ options, io }).call(createExperiment, {
      name: args.name,
      tags: readTags(options.tag),
      ...(artifactLocation !== undefined && { artifact_location: artifactLocation }),
    })
    return { data: answer, text: `Created experiment ${answer.experiment_id}, "${args.name}".` }
  },
})
