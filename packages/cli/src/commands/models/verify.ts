import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadModel, readMlModel } from '@cairn/serving'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { clientOptions } from '../../client/connection.ts'
import { fetchForCommand, loadOptions, pythonOptions, uriSummary } from '../../serving/model.ts'

export const command = defineCommand({
  summary: 'Load a model in its own environment and let it answer its input example.',
  details: 'Where Cairn evaluates the model itself, Python is asked the same and the answers are compared; --no-compare leaves that out.',
  args: { model: { summary: uriSummary } },
  options: {
    compare: { kind: 'boolean', negatable: true, summary: 'Ask Python too where Cairn evaluates the model itself; done unless --no-compare is given.' },
    digest: { kind: 'text', value: 'SHA256', summary: 'The digest that the files must have, as models inspect shows it.' },
    ...pythonOptions,
    ...clientOptions,
  },
  examples: [['models verify models:/churn/3', 'before it is promoted'], ['models verify ./model --env-manager local', 'with the Python that is here']],
  run: async ({ args, options, given, io }) => {
    const fetched = await fetchForCommand(args.model, io, options['tracking-uri'])
    const wanted = options.digest?.replace(/^sha256:/, '')
    if (wanted !== undefined && wanted !== fetched.digest) throw new UserError(`The files of ${args.model} have the digest sha256:${fetched.digest}, not sha256:${wanted}: they are not those that were meant.`, 'Find out who changed them before you load them: loading a model runs its code.')
    const { inputExample } = await readMlModel(fetched.folder)
    const example = inputExample?.servingPath
    if (example === undefined || example.includes('..')) throw new UserError(`${args.model} has no input example, so there is nothing to ask it.`, 'Log it with one: log_model(…, input_example=frame.head(2))')
    const body = await readFile(join(fetched.folder, example))
    const ask = async (pythonOnly: boolean): Promise<{ engine: string; answer: string }> => {
      await using model = await loadModel('model', fetched, { ...loadOptions(options, io), pythonOnly, workers: 1, maxQueue: 1, maxBatchRows: 1, deadlineMs: 600_000, say: (line) => io.warn(`${line}\n`) })
      const { status, body: answer } = await model.invoke(body, 'application/json')
      const text = Buffer.from(answer).toString('utf8')
      if (status !== 200) throw new UserError(`The model does not answer its own input example: ${(JSON.parse(text) as { message?: string }).message ?? text}`, 'Save it again with an example that fits its signature.')
      return { engine: model.engine, answer: text }
    }
    const first = await ask(options['python-only'])
    const compares = first.engine !== 'python' && (options.compare || !given.has('compare'))
    const second = compares ? await ask(true) : undefined
    if (second !== undefined && !same(JSON.parse(first.answer), JSON.parse(second.answer))) {
      throw new UserError(`${first.engine === 'onnx' ? 'ONNX Runtime' : "Cairn's evaluator"} and Python answer otherwise.\nCairn:  ${first.answer}\nPython: ${second.answer}`, 'Serve this model with --python-only, and please report it.')
    }
    const text = `${args.model} is whole (sha256:${fetched.digest.slice(0, 12)}…) and answers its example${second === undefined ? '' : ', as Python does'}: ${first.answer.slice(0, 200)}`
    return { data: { model: args.model, digest: fetched.digest, engine: first.engine, compared: second !== undefined, answer: JSON.parse(first.answer) as unknown }, text }
  },
})

/** To the rounding of 32-bit floats. */
function same(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') return Math.abs(one - other) <= 2e-6 * Math.max(1, Math.abs(other))
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((item, at) => same(item, other[at]))
  if (typeof one === 'object' && one !== null && typeof other === 'object' && other !== null) return Object.keys(one).length === Object.keys(other).length && Object.entries(one).every(([key, item]) => same(item, (other as Record<string, unknown>)[key]))
  return one === other
}
