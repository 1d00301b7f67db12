import { answeredBy, readMlModel, schemaText, type AnsweredBy, type MlModel } from '@cairn/serving'
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
    const engine = engineText(model, await answeredBy(fetched.folder, model, io.env))
    const { inputs, outputs, params } = model.signature ?? {}
    const text = fields([
      ['Model', fetched.version === undefined ? args.model : `${fetched.version.name} version ${fetched.version.version}`],
      ['Folder', fetched.folder],
      ['Digest', `sha256:${fetched.digest}`],
      ['Flavors', Object.keys(model.flavors).join(', ')],
      ['Answered by', engine],
      ['Inputs', inputs === undefined ? 'no signature' : schemaText(inputs)],
      ['Outputs', outputs === undefined ? undefined : schemaText(outputs)],
      ['Parameters', params?.map(({ name, type, default: value }) => `${name}: ${type} = ${JSON.stringify(value)}`).join(', ')],
      ['Input example', model.inputExample?.path],
      ['Run', model.runId],
      ['Logged model', model.modelId],
      ['Saved', model.created === undefined ? undefined : `${model.created} UTC by MLflow ${model.mlflowVersion ?? '?'}`],
      ...Object.entries(model.metadata ?? {}).map(([key, value]): [string, string] => [`metadata ${key}`, typeof value === 'string' ? value : JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one))]),
    ], style)
    return { data: { uri: args.model, folder: fetched.folder, digest: fetched.digest, version: fetched.version ?? null, answered_by: engine, model: model.fields, signature: model.signature ?? null }, text }
  },
})

function engineText({ flavors }: MlModel, { engine, why, runtime }: AnsweredBy): string {
  if (engine === 'trees') return `Cairn's evaluator of ${flavors['xgboost'] === undefined ? 'lightgbm' : 'xgboost'} models`
  if (engine === 'onnx') return `ONNX Runtime (${runtime})`
  return why === undefined ? 'Python' : `Python: ${why}`
}
