import type { LoggedPoint } from '../metrics/index.ts'
import type { ExportTarget, ModelToPlace, Placed, PlacedExperiment, PlacedRun, RunToPlace, TargetFolder } from './export-target.ts'
import { MlflowRefused, proxiedFolder, type MlflowApi } from './mlflow-api.ts'
import { HttpRegistry } from './mlflow-target-registry.ts'
import { noTotals, type SourceExperiment, type Totals } from './source.ts'

/** Tags by which a run or a model is found again that an earlier export has made: the server gives ids itself. */
export const originTag = 'cairn.exported.from'

/** What one request of MLflow's may hold. */
const most = { metrics: 1000, params: 100, tags: 100 } as const

interface Wire {
  readonly run: { readonly info: { readonly run_id: string; readonly artifact_uri: string; readonly lifecycle_stage: string } }
}

/**
 * A running server that speaks MLflow's API. Times of runs and points are kept; ids of runs, models and
 * experiments are the server's own, and so are the times at which experiments and models were made.
 */
export function mlflowHttpTarget(api: MlflowApi): ExportTarget {
  const target = new HttpTarget(api)
  return {
    title: `the server at ${api.url}`,
    experiment: (experiment) => target.experiment(experiment),
    runs: (runs) => target.runs(runs),
    points: (of) => target.points(of),
    models: (models) => target.models(models),
    links: (runs) => target.links(runs),
    registeredModel: (model) => target.registry.put(model, target),
    finish: () => target.finish(),
    folder: (uri) => uploads(api, uri),
    totals: () => target.totals(),
    async [Symbol.asyncDispose]() {},
  }
}

export class HttpTarget {
  readonly registry: HttpRegistry
  readonly #api: MlflowApi
  readonly #runs = new Map<string, string>()
  readonly #models = new Map<string, { id: string; artifact_uri: string; tags: readonly string[] }>()
  readonly #deletedRuns: string[] = []
  readonly #deletedModels: string[] = []
  readonly #deletedExperiments: string[] = []
  readonly #experiments: { id: string; tags: readonly string[] }[] = []
  /** Keys of metrics by run there, for counting. */
  readonly #keys = new Map<string, readonly string[]>()

  constructor(api: MlflowApi) {
    this.#api = api
    this.registry = new HttpRegistry(api)
  }

  runIdOf(runId: string): string | undefined {
    return this.#runs.get(runId)
  }

  modelOf(modelId: string): { readonly id: string; readonly artifact_uri: string } | undefined {
    return this.#models.get(modelId)
  }

  /** Things that are there already, by our ids. */
  knowRun(here: string, there: string): void {
    this.#runs.set(here, there)
  }

  knowModel(here: string, there: { readonly id: string; readonly artifact_uri: string }): void {
    this.#models.set(here, { ...there, tags: [] })
  }

  async experiment({ name, lifecycle_stage, tags }: SourceExperiment): Promise<PlacedExperiment> {
    const known = await this.#byName(name)
    if (known?.lifecycle_stage === 'deleted') await this.#api.post('experiments/restore', { experiment_id: known.experiment_id })
    const id = known?.experiment_id ?? (await this.#api.post<{ experiment_id: string }>('experiments/create', { name })).experiment_id
    const { experiment } = await this.#api.get<{ experiment: { artifact_location: string } }>('experiments/get', { experiment_id: id })
    for (const { key, value } of tags) await this.#api.post('experiments/set-experiment-tag', { experiment_id: id, key, value })
    if (lifecycle_stage === 'deleted') this.#deletedExperiments.push(id)
    this.#experiments.push({ id, tags: tags.map(({ key }) => key) })
    return { id, artifact_location: experiment.artifact_location, state: known === undefined ? 'new' : 'merged' }
  }

  async #byName(name: string): Promise<{ experiment_id: string; lifecycle_stage: string } | undefined> {
    try {
      return (await this.#api.get<{ experiment: { experiment_id: string; lifecycle_stage: string } }>('experiments/get-by-name', { experiment_name: name })).experiment
    } catch (error) {
      if (error instanceof MlflowRefused && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
      throw error
    }
  }

  async runs(runs: readonly RunToPlace[]): Promise<Placed[]> {
    const placed: Placed[] = []
    for (const one of runs) placed.push(await this.#run(one))
    return placed
  }

  async #run({ run, experiment }: RunToPlace): Promise<Placed> {
    const known = await this.#knownRun(run.run_id, experiment.id)
    const made = known ?? (await this.#api.post<Wire>('runs/create', {
      experiment_id: experiment.id, user_id: run.user_id, start_time: run.start_time, run_name: run.name, tags: [{ key: originTag, value: run.run_id }],
    })).run
    const { run_id, artifact_uri } = made.info
    this.#runs.set(run.run_id, run_id)
    if (made.info.lifecycle_stage === 'deleted') await this.#api.post('runs/restore', { run_id })
    for (let at = 0; at < Math.max(run.params.length, run.tags.length); at += most.params) {
      await this.#api.post('runs/log-batch', { run_id, params: run.params.slice(at, at + most.params), tags: run.tags.slice(at, at + most.tags) })
    }
    if (run.datasets.length > 0) await this.#api.post('runs/log-inputs', { run_id, datasets: run.datasets })
    await this.#api.post('runs/update', { run_id, status: run.status, ...(run.end_time !== null && { end_time: run.end_time }), ...(run.name !== '' && { run_name: run.name }) })
    if (run.deleted) this.#deletedRuns.push(run_id)
    this.#keys.set(run_id, run.metric_keys ?? [])
    return { id: run_id, artifact_uri, state: known === undefined ? 'new' : 'again' }
  }

  async #knownRun(runId: string, experimentId: string): Promise<Wire['run'] | undefined> {
    const { runs = [] } = await this.#api.post<{ runs?: Wire['run'][] }>('runs/search', {
      experiment_ids: [experimentId], filter: `tags.\`${originTag}\` = '${runId}'`, run_view_type: 'ALL', max_results: 1,
    })
    return runs[0]
  }

  async points(of: readonly { readonly run: PlacedRun; readonly points: readonly LoggedPoint[] }[]): Promise<void> {
    for (const { run, points } of of) {
      for (let at = 0; at < points.length; at += most.metrics) {
        const metrics = points.slice(at, at + most.metrics).map(({ key, value, timestamp, step = 0 }) => ({ key, value: wireNumber(value), timestamp, step }))
        await this.#api.post('runs/log-batch', { run_id: run.placed.id, metrics })
      }
    }
  }

  async models(models: readonly ModelToPlace[]): Promise<Placed[]> {
    const placed: Placed[] = []
    for (const one of models) placed.push(await this.#model(one))
    return placed
  }

  async #model({ model, experiment }: ModelToPlace): Promise<Placed> {
    const known = await this.#knownModel(model.model_id, experiment.id)
    const made = known ?? (await this.#api.post<{ model: { info: ModelInfo } }>('logged-models', {
      experiment_id: experiment.id, name: model.name, model_type: model.model_type, source_run_id: this.#runs.get(model.source_run_id) ?? model.source_run_id,
      params: model.params, tags: [...model.tags, { key: originTag, value: model.model_id }],
    })).model.info
    const { model_id, artifact_uri } = made
    this.#models.set(model.model_id, { id: model_id, artifact_uri, tags: model.tags.map(({ key }) => key) })
    if (known !== undefined) await this.#api.post(`logged-models/${encodeURIComponent(model_id)}/tags`, { model_id, tags: model.tags }, 'PATCH')
    for (const [runId, metrics] of Map.groupBy(model.metrics, (metric) => metric.run_id)) {
      const run_id = this.#runs.get(runId)
      if (run_id === undefined) continue
      for (let at = 0; at < metrics.length; at += most.metrics) {
        await this.#api.post('runs/log-batch', {
          run_id, metrics: metrics.slice(at, at + most.metrics).map(({ key, value, timestamp, step, dataset_name, dataset_digest }) => ({
            key, value: wireNumber(value), timestamp, step, model_id, ...(dataset_name !== '' && { dataset_name, dataset_digest }), run_id,
          })),
        })
      }
    }
    if (model.status === 'READY' || model.status === 'FAILED') {
      await this.#api.post(`logged-models/${encodeURIComponent(model_id)}`, { model_id, status: `LOGGED_MODEL_${model.status === 'READY' ? 'READY' : 'UPLOAD_FAILED'}` }, 'PATCH')
    }
    if (model.deleted) this.#deletedModels.push(model_id)
    return { id: model_id, artifact_uri, state: known === undefined ? 'new' : 'again' }
  }

  async #knownModel(modelId: string, experimentId: string): Promise<ModelInfo | undefined> {
    const { models = [] } = await this.#api.post<{ models?: { info: ModelInfo }[] }>('logged-models/search', { experiment_ids: [experimentId], filter: `tags.\`${originTag}\` = '${modelId}'`, max_results: 1 })
    return models[0]?.info
  }

  async links(runs: readonly PlacedRun[]): Promise<void> {
    for (const { run, placed: { id: run_id, state } } of runs) {
      // MLflow fails where a link is there already.
      const { inputs: read, outputs: made } = state === 'new' ? {} as Partial<RunAnswer> : (await this.#api.get<{ run: RunAnswer }>('runs/get', { run_id })).run
      const missing = (id: string, there: readonly { readonly model_id: string }[] = []): string[] => {
        const placed = this.#models.get(id)?.id
        return placed === undefined || there.some(({ model_id }) => model_id === placed) ? [] : [placed]
      }
      const inputs = run.model_inputs.flatMap((id) => missing(id, read?.model_inputs)).map((model_id) => ({ model_id }))
      const outputs = run.model_outputs.flatMap(({ model_id, step }) => missing(model_id, made?.model_outputs).map((id) => ({ model_id: id, step })))
      if (inputs.length > 0) await this.#api.post('runs/log-inputs', { run_id, models: inputs })
      if (outputs.length > 0) await this.#api.post('runs/outputs', { run_id, models: outputs })
    }
  }

  async finish(): Promise<void> {
    for (const id of this.#deletedModels) await this.#api.post(`logged-models/${encodeURIComponent(id)}`, {}, 'DELETE')
    for (const run_id of this.#deletedRuns) await this.#api.post('runs/delete', { run_id })
    for (const experiment_id of this.#deletedExperiments) await this.#api.post('experiments/delete', { experiment_id })
  }

  /** Asked back, run by run, as a client would. */
  async totals(): Promise<Totals> {
    const totals = noTotals()
    for (const { id, tags } of this.#experiments) {
      const { experiment } = await this.#api.get<{ experiment: { tags?: { key: string }[] } }>('experiments/get', { experiment_id: id })
      totals.experiments += 1
      totals['experiment tags'] += (experiment.tags ?? []).filter(({ key }) => tags.includes(key)).length
    }
    for (const run_id of this.#runs.values()) await this.#countRun(run_id, totals)
    for (const { id, tags } of this.#models.values()) await this.#countModel(id, tags, totals)
    await this.registry.count(totals)
    return totals
  }

  async #countRun(run_id: string, totals: Totals): Promise<void> {
    const { run } = await this.#api.get<{ run: RunAnswer }>('runs/get', { run_id })
    totals.runs += 1
    totals.params += run.data.params?.length ?? 0
    totals.tags += (run.data.tags ?? []).filter(({ key }) => key !== originTag).length
    totals.metrics += run.data.metrics?.length ?? 0
    totals['dataset inputs'] += run.inputs?.dataset_inputs?.length ?? 0
    totals['model inputs'] += run.inputs?.model_inputs?.length ?? 0
    totals['model outputs'] += run.outputs?.model_outputs?.length ?? 0
    for (const metric_key of this.#keys.get(run_id) ?? []) {
      for (let page_token: string | undefined; ;) {
        const page = await this.#api.get<{ metrics?: unknown[]; next_page_token?: string }>('metrics/get-history', { run_id, metric_key, max_results: 25_000, page_token })
        totals['metric points'] += page.metrics?.length ?? 0
        if (!page.next_page_token) break
        page_token = page.next_page_token
      }
    }
  }

  /** The server adds tags of its own. */
  async #countModel(id: string, tags: readonly string[], totals: Totals): Promise<void> {
    totals['logged models'] += 1
    try {
      const { model } = await this.#api.get<{ model: { info: { tags?: { key: string }[] }; data?: { params?: unknown[]; metrics?: unknown[] } } }>(`logged-models/${encodeURIComponent(id)}`, {})
      totals['logged model params'] += model.data?.params?.length ?? 0
      totals['logged model tags'] += (model.info.tags ?? []).filter(({ key }) => tags.includes(key)).length
      totals['logged model metrics'] += model.data?.metrics?.length ?? 0
    } catch (error) {
      if (!(error instanceof MlflowRefused) || error.status !== 404) throw error
    }
  }
}

interface ModelInfo {
  readonly model_id: string
  readonly artifact_uri: string
}

interface RunAnswer {
  readonly data: { readonly params?: unknown[]; readonly tags?: { readonly key: string }[]; readonly metrics?: unknown[] }
  readonly inputs?: { readonly dataset_inputs?: unknown[]; readonly model_inputs?: readonly { readonly model_id: string }[] }
  readonly outputs?: { readonly model_outputs?: readonly { readonly model_id: string }[] }
}

/** JSON has no NaN and no infinity; protobuf writes them as text. */
export const wireNumber = (value: number): number | string => (Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity')

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

/** Files go through the server where it serves them. */
export function uploads(api: MlflowApi, uri: string): TargetFolder | undefined {
  const root = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*?)\/*$/s.exec(uri)?.[1]
  if (root === undefined) return undefined
  return {
    async sizes() {
      const sizes = new Map<string, number>()
      for await (const { path, size } of proxiedFolder(api, root).files()) sizes.set(path, size)
      return sizes
    },
    async put(path, body, size) {
      await api.fetch(`/api/2.0/mlflow-artifacts/artifacts/${encoded(`${root}/${path}`)}`, {
        method: 'PUT', body: ReadableStream.from(body) as ReadableStream<Uint8Array>, duplex: 'half', size, headers: { 'content-type': 'application/octet-stream' },
      } as RequestInit & { size: number })
      return size
    },
  }
}
