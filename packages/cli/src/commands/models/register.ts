import { createModelVersion, createRegisteredModel, getLoggedModel, getRun } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect, ServerRefused, type Connection } from '../../client/connection.ts'
import { readTags } from '../../client/tags.ts'

export const command = defineCommand({
  summary: 'Register a model that a run logged, as the next version.',
  details: 'Creates the registered model first where there is none of that name.',
  args: {
    name: { summary: 'Name of the registered model.' },
    source: { summary: 'models:/MODEL_ID or runs:/RUN_ID/PATH.' },
  },
  options: {
    description: { kind: 'text', summary: 'What is new in this version.' },
    tag: { kind: 'list', short: 't', value: 'KEY=VALUE', summary: 'A tag of the version.' },
    ...clientOptions,
  },
  examples: [
    ['models register churn runs:/3f2a9c41d07e4c0b/model', 'what a run logged as "model"'],
    ['models register churn models:/m-5d3c1e', 'a logged model by its id'],
  ],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const source = await findSource(connection, args.source)
    await connection.call(createRegisteredModel, { name: args.name }).catch((error: unknown) => {
      if (!(error instanceof ServerRefused && error.code === 'RESOURCE_ALREADY_EXISTS')) throw error
    })
    const { model_version: version } = await connection.call(createModelVersion, {
      name: args.name, ...source, tags: readTags(options.tag), ...(options.description !== undefined && { description: options.description }),
    })
    return { data: version, text: `Registered version ${version.version} of "${version.name}".` }
  },
})

interface Source {
  readonly source: string
  readonly run_id?: string
  readonly model_id?: string
}

async function findSource(connection: Connection, text: string): Promise<Source> {
  const model = /^(?:models:\/+)?(m-[\w-]+)$/.exec(text)?.[1]
  if (model !== undefined) return modelSource(await connection.call(getLoggedModel, { model_id: model }))
  const parts = /^runs:\/+(\w+)\/(.+?)\/?$/.exec(text)
  if (parts === null) throw new UsageError(`"${text}" says not where the model is.`, 'Write models:/MODEL_ID or runs:/RUN_ID/PATH.')
  const [, run_id, path] = parts as unknown as [string, string, string]
  const { run } = await connection.call(getRun, { run_id })
  // A model that was logged by its name is an entity of its own since MLflow 3; only older ones lie in the run's artifacts.
  for (const { model_id } of run.outputs?.model_outputs ?? []) {
    const found = await connection.call(getLoggedModel, { model_id })
    if (found.model.info.name === path) return modelSource(found)
  }
  return { source: `${run.info.artifact_uri}/${path}`, run_id }
}

function modelSource({ model: { info } }: { model: { info: { model_id: string; source_run_id?: string } } }): Source {
  const run_id = info.source_run_id
  return { source: `models:/${info.model_id}`, model_id: info.model_id, ...(run_id !== undefined && run_id !== '' && { run_id }) }
}
