import { stages, transitionModelVersionStage } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { findModelVersion, referenceSummary } from '../../client/model-reference.ts'

export const command = defineCommand({
  summary: 'Move a version to a stage.',
  args: { model: { summary: referenceSummary }, stage: { summary: `${stages.join(', ')}.` } },
  options: { archive: { kind: 'boolean', summary: 'Archive the versions that are in that stage now.' }, ...clientOptions },
  examples: [['models stage churn/3 Production --archive', 'in place of what is in production']],
  run: async ({ args, options, io }) => {
    const stage = stages.find((one) => one.toLowerCase() === args.stage.toLowerCase())
    if (stage === undefined) throw new UsageError(`"${args.stage}" is no stage.`, `Stages are ${stages.join(', ')}.`)
    const connection = connect({ options, io })
    const { name, version } = await findModelVersion(connection, args.model)
    const answer = await connection.call(transitionModelVersionStage, { name, version, stage, archive_existing_versions: options.archive })
    return { data: answer.model_version, text: `Version ${version} of "${name}" is in ${stage}. Back: cairn models rollback ${name}/${version}` }
  },
})
