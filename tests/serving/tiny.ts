import { join } from 'node:path'
import { fetchModel, loadModel, serveEndpoint, startScoringServer, type Endpoint, type ServedModel } from '@cairn/serving'
import { CairnClient } from '@cairn/sdk'

/** Of LightGBM's, by hand: one leaf, so that a version answers its own value. No Python is needed. */
const tree = (value: number): string => `tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\nobjective=regression\nfeature_names=x\n\nTree=0\nnum_leaves=1\nleaf_value=${value}\n\nend of trees\n`
const mlModel = `flavors:\n  lightgbm: {data: model.lgb, lgb_version: 4.6.0}\nsignature:\n  inputs: '[{"name": "x", "type": "double"}]'\n  outputs: '[{"type": "double"}]'\n`

/** A registered model whose versions answer these values, each from a run of its own. */
export async function registerTiny(client: CairnClient, name: string, values: readonly number[]): Promise<void> {
  await client.models.create({ name })
  for (const value of values) {
    const { info: { run_id } } = await client.runs.create({ experiment_id: '0', run_name: `train-${value}` })
    await client.artifacts.upload(run_id, 'model/MLmodel', mlModel)
    await client.artifacts.upload(run_id, 'model/model.lgb', tree(value))
    await client.models.createVersion({ name, source: `runs:/${run_id}/model`, run_id })
  }
}

export interface TinyProcess extends AsyncDisposable {
  readonly endpoint: Endpoint
  readonly url: string
  /** Asks one request and answers the version that said something, and how. */
  ask(): Promise<{ version: string | null; status: number }>
  /** From now on it hears and says nothing, as a machine that lost its power. */
  cut(): void
}

/** A process that serves an endpoint of such a model; `make` may spoil what it loads there. */
export async function serveTiny(url: string, name: string, folder: string, make: (model: ServedModel) => ServedModel | Promise<ServedModel> = (model) => model): Promise<TinyProcess> {
  let cut = false
  const client = new CairnClient({ url, retries: 0, fetch: async (...request) => (cut ? Promise.reject(new TypeError('no network')) : fetch(...request)) })
  const stop = new AbortController()
  const load = async (model: string, version: string): Promise<ServedModel> => make(await loadModel(name, await fetchModel(`models:/${model}/${version}`, { client, cwd: folder, cache: join(folder, 'cache') }), {
    envManager: 'local', env: {}, workers: 1, maxQueue: 100, maxBatchRows: 64, deadlineMs: 20_000, say: () => {},
  }))
  const { endpoint, follow } = await serveEndpoint({ client, name, load, log: () => {}, keepWarmMs: 60_000, reportMs: 200, software: 'cairn test', watchInputs: true })
  const server = await startScoringServer([endpoint], { host: '127.0.0.1', port: 0 })
  const following = follow(server.url, stop.signal)
  return {
    endpoint, url: server.url,
    async ask() {
      const response = await fetch(`${server.url}/invocations`, { method: 'POST', body: '{"dataframe_split": {"columns": ["x"], "data": [[1.5]]}}', headers: { 'content-type': 'application/json' } })
      await response.arrayBuffer()
      return { version: response.headers.get('x-model-version'), status: response.status }
    },
    cut: () => { cut = true },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await following
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The same version that answers every request with an error. */
export const refusing = (model: ServedModel): ServedModel => Object.assign(Object.create(model) as ServedModel, {
  invoke: async () => ({ status: 500, type: 'application/json', body: Buffer.from('{}') }), drain: () => model.drain(), [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
})
