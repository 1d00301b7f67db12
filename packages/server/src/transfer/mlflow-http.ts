import type { DatasetInput, Int64 } from '@cairn/protocol'
import { storedValue, type LoggedPoint } from '../metrics/index.ts'
import { profileThere } from './cairn-profiles.ts'
import { MlflowRefused, type MlflowApi } from './mlflow-api.ts'
import { loggedModelOf } from './model-source.ts'
import type {
  KeyValue, Source, SourceExperiment, SourceLoggedModel, SourceModelMetric, SourceModelVersion, SourcePoints, SourceRegisteredModel, SourceRun,
} from './source.ts'
import type { SourceArtifacts } from './source-artifacts.ts'

/** Histories that are asked for at once. */
const askedAtOnce = 8
const historyPage = 25_000

/** A running MLflow server (or Cairn), by its REST API: everything but times of deletion. */
export function mlflowHttp(api: MlflowApi, artifacts: SourceArtifacts): Source {
  let known: Promise<SourceExperiment[]> | undefined
  let models = false
  const experiments = (): Promise<SourceExperiment[]> => (known ??= experimentsOf(api))
  return {
    identity: api.url,
    title: `MLflow at ${api.url}`,
    artifacts,
    totals: async () => undefined,
    left: async () => [],
    experiments,
    async *loggedModels() {
      for (const { id } of await experiments()) {
        for await (const page of loggedModelsOf(api, id)) {
          models ||= page.length > 0
          yield page
        }
      }
    },
    async *runs() {
      for (const { id } of await experiments()) {
        for await (const page of runsOf(api, id)) yield models ? await withModelInputs(api, page) : page
      }
    },
    points: (runs) => pointsOf(api, runs),
    registeredModels: () => registryOf(api),
    [Symbol.asyncDispose]: () => artifacts[Symbol.asyncDispose](),
  }
}

type Paged = { readonly next_page_token?: string }

async function* pages<T extends Paged>(ask: (token: string | undefined) => Promise<T>): AsyncGenerator<T> {
  for (let token: string | undefined; ;) {
    const page = await ask(token)
    yield page
    token = page.next_page_token
    if (token === undefined || token === '') return
  }
}

type Tags = readonly { readonly key: string; readonly value?: string }[]
const pairs = (tags: Tags = []): KeyValue[] => tags.map(({ key, value = '' }) => ({ key, value }))

interface WireExperiment {
  experiment_id: string; name: string; artifact_location?: string; lifecycle_stage?: string; creation_time?: number; last_update_time?: number; tags?: Tags
}

async function experimentsOf(api: MlflowApi): Promise<SourceExperiment[]> {
  const found: SourceExperiment[] = []
  const search = (page_token: string | undefined) =>
    api.post<Paged & { experiments?: WireExperiment[] }>('experiments/search', { view_type: 'ALL', max_results: 1000, ...(page_token !== undefined && { page_token }) })
  for await (const { experiments = [] } of pages(search)) {
    for (const one of experiments) {
      found.push({
        id: one.experiment_id, name: one.name, artifact_location: one.artifact_location ?? '', lifecycle_stage: one.lifecycle_stage === 'deleted' ? 'deleted' : 'active',
        creation_time: Number(one.creation_time ?? 0), last_update_time: Number(one.last_update_time ?? 0), tags: pairs(one.tags),
      })
    }
  }
  return found
}

interface WireRun {
  info: { run_id?: string; run_uuid?: string; run_name?: string; user_id?: string; status?: string; start_time?: Int64; end_time?: Int64; artifact_uri?: string; lifecycle_stage?: string }
  data?: { metrics?: { key: string; value?: number | string; timestamp?: Int64; step?: Int64 }[]; params?: Tags; tags?: Tags }
  inputs?: { dataset_inputs?: DatasetInput[]; model_inputs?: { model_id: string }[] }
  outputs?: { model_outputs?: { model_id: string; step?: Int64 }[] }
}

/** MLflow tells which models a run has read only where it is asked for one run. */
async function withModelInputs(api: MlflowApi, runs: readonly SourceRun[]): Promise<SourceRun[]> {
  const found: SourceRun[] = []
  for (let at = 0; at < runs.length; at += askedAtOnce) {
    found.push(...await Promise.all(runs.slice(at, at + askedAtOnce).map(async (run) => {
      const { run: whole } = await api.get<{ run: WireRun }>('runs/get', { run_id: run.run_id })
      return { ...run, model_inputs: (whole.inputs?.model_inputs ?? []).map(({ model_id }) => model_id) }
    })))
  }
  return found
}

async function* runsOf(api: MlflowApi, experiment_id: string): AsyncGenerator<SourceRun[]> {
  // By start, so that runs which begin meanwhile come last and move nobody to another page.
  const search = (page_token: string | undefined) => api.post<Paged & { runs?: WireRun[] }>('runs/search', {
    experiment_ids: [experiment_id], run_view_type: 'ALL', max_results: 500, order_by: ['attribute.start_time ASC'], ...(page_token !== undefined && { page_token }),
  })
  for await (const { runs = [] } of pages(search)) yield runs.map((run) => runFrom(run, experiment_id))
}

function runFrom({ info, data = {}, inputs = {}, outputs = {} }: WireRun, experiment_id: string): SourceRun {
  const tags = pairs(data.tags)
  const metrics = (data.metrics ?? []).toSorted((a, b) => (a.key < b.key ? -1 : 1))
  return {
    run_id: info.run_id ?? info.run_uuid ?? '', experiment_id, name: info.run_name || (tags.find(({ key }) => key === 'mlflow.runName')?.value ?? ''),
    user_id: info.user_id ?? '', status: info.status ?? 'FINISHED', start_time: info.start_time ?? 0,
    // Older servers send 0 for a run that goes on.
    end_time: info.end_time || null,
    deleted: info.lifecycle_stage === 'deleted', deleted_time: undefined, artifact_uri: info.artifact_uri ?? '', params: pairs(data.params), tags,
    datasets: (inputs.dataset_inputs ?? []).map(({ dataset, tags: own }) => ({ ...(dataset !== undefined && { dataset }), tags: own ?? [] })),
    model_inputs: (inputs.model_inputs ?? []).map(({ model_id }) => model_id),
    model_outputs: (outputs.model_outputs ?? []).map(({ model_id, step = 0 }) => ({ model_id, step })),
    metrics: JSON.stringify(metrics, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)), metric_keys: metrics.map(({ key }) => key),
  }
}

interface WireHistory extends Paged {
  readonly metrics?: readonly { readonly key: string; readonly value?: number | string; readonly timestamp?: Int64; readonly step?: Int64 }[]
}

async function* pointsOf(api: MlflowApi, runs: readonly SourceRun[]): AsyncGenerator<SourcePoints> {
  const wanted = runs.flatMap((run) => run.metric_keys!.map((key) => ({ run_id: run.run_id, key })))
  const asked: { run_id: string; key: string; page: Promise<WireHistory> }[] = []
  for (let next = 0; next < wanted.length || asked.length > 0;) {
    while (next < wanted.length && asked.length < askedAtOnce) {
      const { run_id, key } = wanted[next++]!
      const page = historyPageOf(api, run_id, key, undefined)
      // Whoever takes it hears of a failure; until then it must not end the process.
      page.catch(() => {})
      asked.push({ run_id, key, page })
    }
    const { run_id, key, page } = asked.shift()!
    for (let current = await page; ;) {
      const points = distinct((current.metrics ?? []).map(({ value = 0, timestamp = 0, step = 0 }): LoggedPoint => ({ key, value: Number(value), timestamp, step })))
      if (points.length > 0) yield { run_id, points }
      if (!current.next_page_token) break
      current = await historyPageOf(api, run_id, key, current.next_page_token)
    }
  }
}

/** A file store keeps a point twice that was logged twice; a database does not, and neither does Cairn. */
function distinct(points: readonly LoggedPoint[]): LoggedPoint[] {
  const seen = new Set<string>()
  return points.filter(({ timestamp, step, value }) => seen.size !== seen.add(`${timestamp} ${step} ${Number.isNaN(value) ? 'NaN' : storedValue(value)}`).size)
}

async function historyPageOf(api: MlflowApi, run_id: string, metric_key: string, page_token: string | undefined): Promise<WireHistory> {
  try {
    return await api.get<WireHistory>('metrics/get-history', { run_id, metric_key, max_results: historyPage, page_token })
  } catch (error) {
    // A server over a file store answers whole histories only.
    if (error instanceof MlflowRefused && page_token === undefined && error.status < 500 && error.status !== 401 && error.status !== 403) {
      return api.get<WireHistory>('metrics/get-history', { run_id, metric_key })
    }
    throw error
  }
}

interface WireModel {
  info: {
    model_id: string; name?: string; artifact_uri?: string; creation_timestamp_ms?: number; last_updated_timestamp_ms?: number; status?: string; model_type?: string
    source_run_id?: string; status_message?: string; tags?: Tags
  }
  data?: { params?: Tags; metrics?: (Omit<SourceModelMetric, 'value' | 'dataset_name' | 'dataset_digest' | 'step'> & { value?: number | string; step?: Int64; dataset_name?: string; dataset_digest?: string })[] }
}

const modelStatuses: Readonly<Record<string, SourceLoggedModel['status']>> = { LOGGED_MODEL_PENDING: 'PENDING', LOGGED_MODEL_READY: 'READY', LOGGED_MODEL_UPLOAD_FAILED: 'FAILED' }

async function* loggedModelsOf(api: MlflowApi, experiment_id: string): AsyncGenerator<SourceLoggedModel[]> {
  const search = (page_token: string | undefined) =>
    api.post<Paged & { models?: WireModel[] }>('logged-models/search', { experiment_ids: [experiment_id], ...(page_token !== undefined && { page_token }) })
  try {
    for await (const { models = [] } of pages(search)) yield models.map((model) => loggedModelFrom(model, experiment_id))
  } catch (error) {
    // Servers before 3.0 have none.
    if (!(error instanceof MlflowRefused) || error.status !== 404) throw error
  }
}

const loggedModelFrom = ({ info, data = {} }: WireModel, experiment_id: string): SourceLoggedModel => ({
  model_id: info.model_id, experiment_id, name: info.name ?? '', artifact_location: info.artifact_uri ?? '',
  creation_timestamp: Number(info.creation_timestamp_ms ?? 0), last_updated_timestamp: Number(info.last_updated_timestamp_ms ?? 0),
  status: modelStatuses[info.status ?? ''] ?? 'UNSPECIFIED', model_type: info.model_type ?? '', source_run_id: info.source_run_id ?? '', status_message: info.status_message ?? null,
  deleted: false, params: pairs(data.params), tags: pairs(info.tags),
  metrics: (data.metrics ?? []).map(({ key, timestamp, step = 0, run_id, value = 0, dataset_name = '', dataset_digest = '' }) =>
    ({ key, timestamp, step, run_id, value: Number(value), dataset_name, dataset_digest })),
})

interface WireVersion {
  version: string; creation_timestamp?: number; last_updated_timestamp?: number; description?: string; current_stage?: string; source?: string
  run_id?: string; run_link?: string; model_id?: string; tags?: Tags
}
interface WireRegistered {
  name: string; creation_timestamp?: number; last_updated_timestamp?: number; description?: string; tags?: Tags; aliases?: { alias: string; version: string | number }[]
}
const prompts = "tags.`mlflow.prompt.is_prompt` = 'true'"

/** Models, then prompts, which are models that a search leaves out unless it is told otherwise. */
async function* registryOf(api: MlflowApi): AsyncGenerator<SourceRegisteredModel> {
  const seen = new Set<string>()
  const server = { isCairn: true }
  for (const filter of ['', prompts]) {
    const search = (page_token: string | undefined) => api.get<Paged & { registered_models?: WireRegistered[] }>('registered-models/search', { max_results: 100, filter, page_token })
    for await (const { registered_models = [] } of pages(search)) {
      for (const { name } of registered_models) {
        if (seen.has(name)) continue
        seen.add(name)
        const { registered_model } = await api.get<{ registered_model: WireRegistered }>('registered-models/get', { name })
        yield await registeredFrom(api, registered_model, filter, server)
      }
    }
  }
}

async function registeredFrom(api: MlflowApi, model: WireRegistered, filter: string, server: { isCairn: boolean }): Promise<SourceRegisteredModel> {
  const quote = model.name.includes("'") ? '"' : "'"
  const search = (page_token: string | undefined) => api.get<Paged & { model_versions?: WireVersion[] }>('model-versions/search', {
    filter: `name = ${quote}${model.name}${quote}${filter === '' ? '' : ` AND ${filter}`}`, max_results: 1000, page_token,
  })
  const versions: SourceModelVersion[] = []
  for await (const { model_versions = [] } of pages(search)) versions.push(...await withProfiles(api, model.name, model_versions.map(versionFrom), server))
  const created = Number(model.creation_timestamp ?? 0)
  return {
    name: model.name, creation_time: created, last_updated_time: Number(model.last_updated_timestamp ?? created), description: model.description ?? null, tags: pairs(model.tags),
    aliases: (model.aliases ?? []).map(({ alias, version }) => ({ alias, version: Number(version) })),
    next_version: Math.max(0, ...versions.map(({ version }) => version)) + 1, versions: versions.toSorted((a, b) => a.version - b.version),
  }
}

/** A server that is no Cairn is asked for one profile. */
async function withProfiles(api: MlflowApi, name: string, versions: readonly SourceModelVersion[], server: { isCairn: boolean }): Promise<SourceModelVersion[]> {
  const found: SourceModelVersion[] = []
  for (const version of versions) {
    // A copy has its original's, and keeps it so.
    const isCopy = /^ *models:\/+(?!m-)[^/]+\/\d+$/.test(version.source)
    const profile: Awaited<ReturnType<typeof profileThere>> = server.isCairn && !isCopy ? await profileThere(api, { name, version: version.version }) : 'none'
    if (profile === undefined) server.isCairn = false
    found.push({ ...version, ...(profile !== undefined && profile !== 'none' && { profile }) })
  }
  return found
}

const versionFrom = (one: WireVersion): SourceModelVersion => ({
  version: Number(one.version), creation_time: Number(one.creation_timestamp ?? 0), last_updated_time: Number(one.last_updated_timestamp ?? one.creation_timestamp ?? 0),
  description: one.description ?? null, stage: one.current_stage ?? 'None', source: one.source ?? '', storage_location: one.source ?? '',
  run_id: one.run_id || null, run_link: one.run_link || null, logged_model_id: one.model_id || loggedModelOf(one.source ?? ''), tags: pairs(one.tags),
})
