import { createRegisteredModel } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { readTags } from '../../client/tags.ts'

export const command = defineCommand({
  summary: 'Create a registered model, without versions yet.',
  args: { name: { summary: 'Its name.' } },
  options: {
    description: { kind: 'text', summary: 'What it is for.' },
    tag: { kind: 'list', short: 't', value: 'KEY=VALUE', summary: 'A tag.' },
    ...clientOptions,
  },
  examples: [['models create churn --description "Who will leave" --tag team=ml', 'with a tag']],
  run: async ({ args, options, io }) => {
    const { registered_model: model } = await connect({ options, io }).call(createRegisteredModel, {
      name: args.name, tags: readTags(options.tag), ...(options.description !== undefined && { description: options.description }),
    })
    return { data: model, text: `Created registered model "${model.name}".` }
  },
})
