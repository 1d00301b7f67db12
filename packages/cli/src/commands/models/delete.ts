import { deleteModelVersion, deleteRegisteredModel, getRegisteredModel } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { confirmed, yes } from '../../client/list-options.ts'
import { findModelVersion, readModelReference } from '../../client/model-reference.ts'

export const command = defineCommand({
  summary: 'Delete a version, or a model with all its versions, for good.',
  details: 'Files stay where they are. The audit log keeps what was deleted.',
  args: { model: { summary: 'NAME, NAME/VERSION or NAME@ALIAS.' } },
  options: { yes, ...clientOptions },
  examples: [['models delete churn/2 --yes', 'one version'], ['models delete churn --yes', 'the model with all its versions']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const reference = readModelReference(args.model)
    if (reference.version === undefined && reference.alias === undefined) {
      const { registered_model: { name } } = await connection.call(getRegisteredModel, { name: reference.name })
      confirmed(options.yes, `The model "${name}" with all its versions`)
      await connection.call(deleteRegisteredModel, { name })
      return { data: { name }, text: `Deleted the model "${name}".` }
    }
    const { name, version } = await findModelVersion(connection, args.model)
    confirmed(options.yes, `Version ${version} of "${name}"`)
    await connection.call(deleteModelVersion, { name, version })
    return { data: { name, version }, text: `Deleted version ${version} of "${name}".` }
  },
})
