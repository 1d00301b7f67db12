import { readMlModel, readNativeModel, schemaText, UnknownToEvaluator, type MlModel } from '@cairn/serving'
import { defineCommand } from '../../framework/command.ts'
import { fields } from '../../framework/table.ts'
import { clientOptions } from '../../client/connection.ts'
import { fetchForCommand, uriSummary } from '../../serving/model.ts'

export const command = defineCommand({
  summary: 'Show what a model’s files say: flavors, signature, requirements.',
  args: { model: { summary: uriSummary } },
  options: clientOptions,
  examples: [['models inspect models:/churn@champion', 'the version that an alias points at'], ['models inspect ./model --json', 'a folder, for a program']],
  run: async ({ args, options, io, style }) => {
    const fetched = await fetchForCommand(args.model, io, options['tracking-uri'])
    const model = await readMlModel(fetched.folder)
    const answeredBy = await engineOf(fetched.folder, model)
    const { inputs, outputs, params } = model.signature ?? {}
    const text = fields([
      ['Model', fetched.version === undefined ? args.model : `${fetched.version.name} version ${fetched.version.version}`],
      ['Folder', fetched.folder],
      ['Digest', `sha256:${fetched.digest}`],
      ['Flavors', Object.keys(model.flavors).join(', ')],
      ['Answered by', answeredBy],
      ['Inputs', inputs === undefined ? 'no signature' : schemaText(inputs)],
      ['Outputs', outputs === undefined ? undefined : schemaText(outputs)],
      ['Parameters', params?.map(({ name, type, default: value }) => `${name}: ${type} = ${JSON.stringify(value)}`).join(', ')],
      ['Input example', model.inputExample?.path],
      ['Run', model.runId],
      ['Logged model', model.modelId],
      ['Saved', model.created === undefined ? undefined : `${model.created} UTC by MLflow ${model.mlflowVersion ?? '?'}`],
      ...Object.entries(model.metadata ?? {}).map(([key, value]): [string, string] => [`metadata ${key}`, typeof value === 'string' ? value : JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one))]),
    ], style)
    return { data: { uri: args.model, folder: fetched.folder, digest: fetched.digest, version: fetched.version ?? null, answered_by: answeredBy, model: model.fields, signature: model.signature ?? null }, text }
  },
})

async function engineOf(folder: string, model: MlModel): Promise<string> {
  try {
    const native = await readNativeModel(folder, model)
    return `Cairn's evaluator of ${native.library} models`
  } catch (error) {
    if (error instanceof UnknownToEvaluator) return `Python: ${error.message}`
    throw error
  }
}
