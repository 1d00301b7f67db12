import { deleteRegisteredModelAlias, setRegisteredModelAlias } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { findModelVersion, readModelReference } from '../../client/model-reference.ts'

export const command = defineCommand({
  summary: 'Point an alias at a version, or remove it.',
  args: { model: { summary: 'NAME/VERSION or NAME@ALIAS; with --delete only NAME.' }, alias: { summary: 'The alias, for instance champion.' } },
  options: { delete: { kind: 'boolean', summary: 'Remove the alias.' }, ...clientOptions },
  examples: [
    ['models alias churn/3 champion', 'version 3 becomes the champion'],
    ['models alias churn@challenger champion', 'and so does whatever the challenger is'],
    ['models alias churn challenger --delete', 'nobody is the challenger'],
  ],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const reference = readModelReference(args.model)
    const { alias } = args
    if (options.delete) {
      if (reference.version !== undefined || reference.alias !== undefined) throw new UsageError('With --delete, name only the model.', `cairn models alias ${reference.name} ${alias} --delete`)
      await connection.call(deleteRegisteredModelAlias, { name: reference.name, alias })
      return { data: { name: reference.name, alias }, text: `"${reference.name}" has no ${alias} any more.` }
    }
    const { name, version } = await findModelVersion(connection, args.model)
    await connection.call(setRegisteredModelAlias, { name, alias, version })
    return { data: { name, alias, version }, text: `${name}@${alias} is version ${version}. Back: cairn models rollback ${name} --alias ${alias}` }
  },
})
