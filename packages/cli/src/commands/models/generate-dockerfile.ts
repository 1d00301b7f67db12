import { resolve } from 'node:path'
import { writeContext } from '@cairn/images'
import { clientOptions } from '../../client/connection.ts'
import { defineCommand } from '../../framework/command.ts'
import { dockerfileOptions, planForCommand, runtimeOfProgram } from '../../images/options.ts'

export const command = defineCommand({
  summary: 'Write a Dockerfile, with all it needs beside it, for an image that answers for a model.',
  details: 'Models that Cairn answers for by itself get an image without Python. All others get their own environment, from the files that MLflow saved with the model.',
  args: {},
  options: {
    ...dockerfileOptions,
    'output-directory': { kind: 'text', short: 'd', value: 'FOLDER', default: 'mlflow-dockerfile', summary: 'The folder to write; one that is there must be empty or of an earlier call.' },
    ...clientOptions,
  },
  examples: [
    ['models generate-dockerfile -m models:/churn@champion -d churn-image', 'then: docker build -t churn churn-image'],
    ['models generate-dockerfile -m ./model --lock', 'with every package of the environment pinned'],
  ],
  run: async ({ options, io }) => {
    const uri = options['model-uri']
    const plan = uri === undefined ? undefined : await planForCommand(uri, options, io)
    const java = options['install-java']
    const { folder, base } = await writeContext({
      plan, folder: resolve(io.cwd, options['output-directory']), runtime: runtimeOfProgram(), base: options.base, java: java === undefined ? undefined : java === 'true',
      lock: options.lock, env: io.env, say: (line) => io.warn(`${line}\n`), signal: io.signal,
    })
    return {
      data: { folder, base, python: plan === undefined || plan.python !== undefined, model: uri ?? null, digest: plan?.fetched.digest ?? null },
      text: `Wrote ${folder}, on ${base}${plan !== undefined && plan.python === undefined ? ', without Python' : ''}.\nBuild it: docker build -t ${plan?.name ?? 'mlflow-pyfunc-servable'} ${folder}\nRun it:   docker run --rm -p 5001:8080 ${plan === undefined ? '-v ./model:/opt/ml/model ' : ''}${plan?.name ?? 'mlflow-pyfunc-servable'}`,
    }
  },
})
