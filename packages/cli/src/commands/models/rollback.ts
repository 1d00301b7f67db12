import { rollbackAlias, rollbackStage } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { readModelReference } from '../../client/model-reference.ts'

export const command = defineCommand({
  summary: 'Put an alias or a stage back to what it was before its last change.',
  args: { model: { summary: 'NAME with --alias, NAME/VERSION for its stage.' } },
  options: {
    alias: { kind: 'text', summary: 'The alias to put back.' },
    entry: { kind: 'text', value: 'ID', summary: 'Undo this entry of the audit log rather than the last change.' },
    ...clientOptions,
  },
  examples: [
    ['models rollback churn --alias champion', 'the champion before this one'],
    ['models rollback churn/3', 'the stage that version 3 had; what it archived comes back'],
  ],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const { name, version, alias: inReference } = readModelReference(args.model)
    const alias = options.alias ?? inReference
    const entry = options.entry === undefined ? {} : { entry_id: options.entry }
    if (alias !== undefined) {
      if (version !== undefined) throw new UsageError('An alias belongs to the model, not to a version.', `cairn models rollback ${name} --alias ${alias}`)
      const answer = await connection.call(rollbackAlias, { name, alias, ...entry })
      return { data: answer, text: answer.version === undefined ? `${name}@${alias} is not set, as before.` : `${name}@${alias} is version ${answer.version} again.` }
    }
    if (version === undefined) throw new UsageError('Say what to put back.', `cairn models rollback ${name} --alias ALIAS, or cairn models rollback ${name}/VERSION for its stage.`)
    const answer = await connection.call(rollbackStage, { name, version, ...entry })
    const others = answer.restored_versions.length === 0 ? '' : ` Moved back with it: ${answer.restored_versions.map((one) => `version ${one}`).join(', ')}.`
    return { data: answer, text: `Version ${version} of "${name}" is in ${answer.stage} again.${others}` }
  },
})
