import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { loadModel } from '@cairn/serving'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { clientOptions } from '../../client/connection.ts'
import { fetchForCommand, loadOptions, pythonOptions, uriSummary } from '../../serving/model.ts'

export const command = defineCommand({
  summary: 'Answer a file of rows with a model, in the model’s own environment.',
  details: 'The input is what /invocations takes: JSON with dataframe_split, dataframe_records, instances or inputs, or CSV with a line of names.',
  args: { model: { summary: `${uriSummary} Or --model-uri.`, optional: true } },
  options: {
    'model-uri': { kind: 'text', short: 'm', value: 'URI', summary: uriSummary },
    'input-path': { kind: 'text', short: 'i', value: 'FILE', summary: 'The rows; without it they are read from the standard input.' },
    'output-path': { kind: 'text', short: 'o', value: 'FILE', summary: 'Where the answer goes; without it to the standard output.' },
    'content-type': { kind: 'text', short: 't', choices: ['json', 'csv'], default: 'json', summary: 'What the rows are written in.' },
    'pip-requirements-override': { kind: 'text', short: 'r', value: 'PACKAGES', topic: 'Python', summary: 'Packages that take the place of the model’s own, with commas between them: numpy==2.1.0,scikit-learn==1.7.2. Python is asked then.' },
    env: { kind: 'list', value: 'NAME=VALUE', summary: 'An environment variable for the model.' },
    timeout: { kind: 'integer', value: 'SECONDS', default: 3600, summary: 'How long the model may take.' },
    ...pythonOptions,
    ...clientOptions,
  },
  examples: [
    ['models predict -m models:/churn@champion -i rows.json', 'rows of a file'],
    ['models predict ./model -t csv -i rows.csv -o answers.json', 'from CSV into a file'],
  ],
  run: async ({ args, options, io }) => {
    const uri = options['model-uri'] ?? args.model
    if (uri === undefined) throw new UserError('No model was named.', 'Write cairn models predict -m models:/churn@champion -i rows.json', 2)
    const input = options['input-path'] === undefined ? Buffer.from(await readAll(process.stdin)) : await readFile(resolve(io.cwd, options['input-path']))
    const fetched = await fetchForCommand(uri, io, options['tracking-uri'])
    const override = options['pip-requirements-override']?.split(',').map((text) => text.trim()).filter((text) => text !== '')
    const common = loadOptions(options, io)
    if (override !== undefined && options['env-manager'] === 'local') throw new UserError('--pip-requirements-override needs an environment of the model’s own, and --env-manager local takes the one that is here.', 'Leave out one of the two.', 2)
    await using model = await loadModel('model', fetched, {
      ...common, env: { ...common.env, ...readVariables(options.env) }, override, pythonOnly: common.pythonOnly || override !== undefined, workers: 1, maxQueue: 1, maxBatchRows: 1, deadlineMs: options.timeout * 1000, say: (line) => io.warn(`${line}\n`),
    })
    const { status, body } = await model.invoke(input, options['content-type'] === 'csv' ? 'text/csv' : 'application/json')
    const text = Buffer.from(body).toString('utf8')
    if (status !== 200) throw new UserError((JSON.parse(text) as { message?: string }).message ?? text, 'Compare the rows with what the model takes: cairn models inspect')
    if (options['output-path'] === undefined) io.write(`${text}\n`)
    else await writeFile(resolve(io.cwd, options['output-path']), text)
  },
})

function readVariables(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(word) ?? []
    if (name === undefined || value === undefined) throw new UserError(`--env ${word} names no value.`, 'Write --env NAME=VALUE', 2)
    return [name, value]
  }))
}
