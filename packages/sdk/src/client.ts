import * as api from '@cairn/protocol'
import type { Endpoint, RequestOf, ResponseOf } from '@cairn/protocol'
import { readAnswer } from './answers.ts'
import { artifactCalls } from './artifacts.ts'
import { commentCalls } from './comments.ts'
import { liveMessages, type LiveMessage, type LiveOptions } from './live.ts'
import { overPages, type Page } from './pages.ts'
import { registryCalls } from './registry.ts'
import { servingEndpointCalls } from './serving-endpoints.ts'
import { queryOf, Transport, type CallOptions, type TransportOptions } from './transport.ts'
import { viewCalls } from './views.ts'
import { webhookCalls } from './webhooks.ts'

export type ClientOptions = TransportOptions

/**
 * The client level: one method for what the server can do, with MLflow's names for fields.
 *
 *     const client = new CairnClient({ url: 'http://127.0.0.1:5000' })
 *     for await (const run of client.runs.search({ experiment_ids: ['1'], filter: 'metrics.auc > 0.8' })) …
 *
 * Every method throws `ApiError` for what the server refuses and `NetworkError` when it does not
 * answer. What has no method of its own goes through `call` with an endpoint of `@cairn/protocol`.
 */
export class CairnClient {
  readonly transport: Transport
  readonly experiments: ReturnType<typeof experimentCalls>
  readonly runs: ReturnType<typeof runCalls>
  readonly metrics: ReturnType<typeof metricCalls>
  readonly loggedModels: ReturnType<typeof loggedModelCalls>
  readonly models: ReturnType<typeof registryCalls>
  readonly artifacts: ReturnType<typeof artifactCalls>
  readonly webhooks: ReturnType<typeof webhookCalls>
  readonly endpoints: ReturnType<typeof servingEndpointCalls>
  readonly views: ReturnType<typeof viewCalls>
  readonly comments: ReturnType<typeof commentCalls>

  constructor(options: ClientOptions) {
    this.transport = new Transport(options)
    this.experiments = experimentCalls(this.transport)
    this.runs = runCalls(this.transport)
    this.metrics = metricCalls(this.transport)
    this.loggedModels = loggedModelCalls(this.transport)
    this.models = registryCalls(this.transport)
    this.artifacts = artifactCalls(this.transport)
    this.webhooks = webhookCalls(this.transport)
    this.endpoints = servingEndpointCalls(this.transport)
    this.views = viewCalls(this.transport)
    this.comments = commentCalls(this.transport)
  }

  get url(): string {
    return this.transport.url
  }

  call<E extends Endpoint>(endpoint: E, input: RequestOf<E>, options?: CallOptions): Promise<ResponseOf<E>> {
    return this.transport.call(endpoint, input, options)
  }

  /** What happens to runs, experiments and the registry, as it happens; see `LiveMessage`. */
  live(options: LiveOptions = {}): AsyncGenerator<LiveMessage> {
    return liveMessages(this.transport, options)
  }
}

/** What the page of a run begins with. */
export interface RunOpening {
  readonly run: api.Run
  readonly experiment: api.Experiment
  /** Undefined where the run has more metrics than its page draws at first, and where none were asked for. */
  readonly series: readonly api.Series[] | undefined
  /** The id of the last live event before this was read. */
  readonly position: string | undefined
}

type Input<E> = RequestOf<E>
type Paged<E> = Omit<RequestOf<E>, 'page_token'>

function experimentCalls(transport: Transport) {
  const searchPage = async (input: Partial<Input<typeof api.searchExperiments>> = {}, options?: CallOptions): Promise<Page<api.Experiment>> => {
    const { experiments = [], next_page_token } = await transport.call(api.searchExperiments, { max_results: 1000, ...input }, options)
    return { items: experiments, next_page_token }
  }
  return {
    /** Answers the new id. */
    create: async (input: Input<typeof api.createExperiment>): Promise<string> => (await transport.call(api.createExperiment, input)).experiment_id,
    get: async (experiment_id: string): Promise<api.Experiment> => (await transport.call(api.getExperiment, { experiment_id })).experiment,
    getByName: async (experiment_name: string): Promise<api.Experiment> => (await transport.call(api.getExperimentByName, { experiment_name })).experiment,
    searchPage,
    search: (input: Partial<Paged<typeof api.searchExperiments>> = {}) =>
      overPages((page_token) => searchPage({ ...input, ...(page_token !== undefined && { page_token }) })),
    rename: async (experiment_id: string, new_name: string): Promise<void> => void await transport.call(api.updateExperiment, { experiment_id, new_name }),
    delete: async (experiment_id: string): Promise<void> => void await transport.call(api.deleteExperiment, { experiment_id }),
    restore: async (experiment_id: string): Promise<void> => void await transport.call(api.restoreExperiment, { experiment_id }),
    setTag: async (experiment_id: string, key: string, value: string): Promise<void> => void await transport.call(api.setExperimentTag, { experiment_id, key, value }),
    deleteTag: async (experiment_id: string, key: string): Promise<void> => void await transport.call(api.deleteExperimentTag, { experiment_id, key }),
    /** A window of experiments with counts of runs, last activity, tags, notes and trend; flat or by folders. */
    overview: (input: Input<typeof api.listExperimentOverview> = {}, options?: CallOptions) => transport.call(api.listExperimentOverview, input, options),
    /** Renames, tags, archives and restores many at once, all or none; answers the changes that take these back. */
    change: async (changes: api.ExperimentChange[]): Promise<api.ExperimentChange[]> => (await transport.call(api.changeExperiments, { changes })).undo,
  }
}

function runCalls(transport: Transport) {
  const searchPage = async (input: Input<typeof api.searchRuns>, options?: CallOptions): Promise<Page<api.Run>> => {
    const { runs = [], next_page_token } = await transport.call(api.searchRuns, input, options)
    return { items: runs, next_page_token }
  }
  return {
    create: async (input: Input<typeof api.createRun>): Promise<api.Run> => (await transport.call(api.createRun, input)).run,
    get: async (run_id: string): Promise<api.Run> => (await transport.call(api.getRun, { run_id })).run,
    /** Whole runs of any experiments in one request, in that order; each once. */
    getMany: async (run_ids: string[], options?: CallOptions): Promise<api.Run[]> => (run_ids.length === 0 ? [] : [...(await transport.call(api.getRuns, { run_ids }, options)).runs]),
    /** What the page of a run begins with, in one answer: the run, its experiment, and its curves where they are few. */
    opening: async (run_id: string, curves: 'own' | 'system' | 'none' = 'own', options?: CallOptions): Promise<RunOpening> => {
      const response = await transport.send('openRun', `${api.prefixes.cairn[0]!}${api.openRun.path}${queryOf({ run_id, curves: curves === 'own' ? undefined : curves, format: 'binary' })}`, { method: 'GET' }, options)
      const bytes = new Uint8Array(await response.arrayBuffer())
      const behind = 4 + new DataView(bytes.buffer).getUint32(0, true)
      const { run, experiment, position } = readAnswer(new TextDecoder().decode(bytes.subarray(4, behind)), api.openRun.response) as ResponseOf<typeof api.openRun>
      return { run, experiment, position, series: behind === bytes.length ? undefined : api.decodeSeries(bytes.subarray(behind)) }
    },
    searchPage,
    /** Pages of 1000 unless `max_results` says otherwise; it is the size of a page, not of the result. */
    search: (input: Paged<typeof api.searchRuns>) =>
      overPages((page_token) => searchPage({ ...input, ...(page_token !== undefined && { page_token }) })),
    update: async (input: Input<typeof api.updateRun>): Promise<api.RunInfo> => (await transport.call(api.updateRun, input)).run_info,
    delete: async (run_id: string): Promise<void> => void await transport.call(api.deleteRun, { run_id }),
    restore: async (run_id: string): Promise<void> => void await transport.call(api.restoreRun, { run_id }),
    /** `timestamp` in milliseconds since the epoch, default now. */
    logMetric: async (input: Omit<Input<typeof api.logMetric>, 'timestamp'> & { timestamp?: api.Int64 }): Promise<void> =>
      void await transport.call(api.logMetric, { ...input, timestamp: input.timestamp ?? Date.now() }),
    logParam: async (run_id: string, key: string, value: string): Promise<void> => void await transport.call(api.logParam, { run_id, key, value }),
    /** Up to 1000 metrics, 100 params, 100 tags: all of them or none. */
    logBatch: async (input: Input<typeof api.logBatch>, options?: CallOptions): Promise<void> => void await transport.call(api.logBatch, input, options),
    setTag: async (run_id: string, key: string, value: string): Promise<void> => void await transport.call(api.setRunTag, { run_id, key, value }),
    deleteTag: async (run_id: string, key: string): Promise<void> => void await transport.call(api.deleteRunTag, { run_id, key }),
    logInputs: async (input: Input<typeof api.logInputs>): Promise<void> => void await transport.call(api.logInputs, input),
    /** A window of a table: only the columns asked for, from any offset, and how many runs there are. */
    table: (input: Input<typeof api.listTableRows>, options?: CallOptions) => transport.call(api.listTableRows, input, options),
    /** What a page of runs begins with, in one answer: the first window, and what there is to choose from. */
    open: (input: Input<typeof api.openRunTable>, options?: CallOptions) => transport.call(api.openRunTable, input, options),
    /** What was logged to runs of these experiments, by name. */
    keys: (experiment_ids: string[], options?: CallOptions) => transport.call(api.listTableKeys, { experiment_ids }, options),
    /** Values of a param or tag from a prefix on. */
    values: async (input: Input<typeof api.listKeyValues>, options?: CallOptions): Promise<string[]> => (await transport.call(api.listKeyValues, input, options)).values,
    /** Fields of all runs of a filter, column by column, the newest run first. */
    fields: async (input: Input<typeof api.listRunFields>, options?: CallOptions) => await transport.call(api.listRunFields, input, options) as { run_ids: string[]; columns: api.FieldColumn[]; total: number },
    /** Runs by the value of a param or tag, and within by further ones, with the spread of metrics. */
    groups: async (input: Input<typeof api.groupRuns>, options?: CallOptions) => await transport.call(api.groupRuns, input, options) as { groups: api.RunGroup[]; total: number; outer: number },
    /** Ranges of a metric with how many runs lie in each. */
    ranges: (input: Input<typeof api.listMetricRanges>, options?: CallOptions) => transport.call(api.listMetricRanges, input, options),
    /** One thing for many runs, in requests of 1,000; says how many were changed, and which were left out where `skip_gone` allows it. */
    change: async (input: Input<typeof api.changeRuns>): Promise<{ changed: number; left_out: string[] }> => {
      const all = { changed: 0, left_out: [] as string[] }
      for (let from = 0; from < input.run_ids.length; from += api.tableLimits.ids) {
        const { changed, left_out = [] } = await transport.call(api.changeRuns, { ...input, run_ids: input.run_ids.slice(from, from + api.tableLimits.ids) })
        all.changed += changed
        all.left_out.push(...left_out)
      }
      return all
    },
    logOutputs: async (input: Input<typeof api.logOutputs>): Promise<void> => void await transport.call(api.logOutputs, input),
  }
}

function metricCalls(transport: Transport) {
  return {
    /** Every point of one metric, by timestamp, step and value, in pages of 25,000. */
    history: (run_id: string, metric_key: string): AsyncGenerator<api.Metric> => overPages(async (page_token) => {
      const { metrics = [], next_page_token } = await transport.call(api.getMetricHistory, { run_id, metric_key, max_results: 25_000, ...(page_token !== undefined && { page_token }) })
      return { items: metrics, next_page_token }
    }),
    /** Lines for charts: points, or buckets that keep the extremes; see `getSeries` of the protocol. */
    series: async (input: Omit<Input<typeof api.getSeries>, 'format'>, options?: CallOptions): Promise<api.Series[]> => {
      const response = await transport.send('getSeries', `${api.prefixes.cairn[0]!}${api.getSeries.path}`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...input, format: 'binary' }),
      }, options)
      return api.decodeSeries(new Uint8Array(await response.arrayBuffer()))
    },
  }
}

function loggedModelCalls(transport: Transport) {
  const searchPage = async (input: Input<typeof api.searchLoggedModels>): Promise<Page<api.LoggedModel>> => {
    const { models = [], next_page_token } = await transport.call(api.searchLoggedModels, input)
    return { items: models, next_page_token }
  }
  return {
    create: async (input: Input<typeof api.createLoggedModel>): Promise<api.LoggedModel> => (await transport.call(api.createLoggedModel, input)).model,
    get: async (model_id: string): Promise<api.LoggedModel> => (await transport.call(api.getLoggedModel, { model_id })).model,
    finalize: async (model_id: string, status: api.LoggedModelStatus): Promise<api.LoggedModel> => (await transport.call(api.finalizeLoggedModel, { model_id, status })).model,
    delete: async (model_id: string): Promise<void> => void await transport.call(api.deleteLoggedModel, { model_id }),
    searchPage,
    search: (input: Paged<typeof api.searchLoggedModels>) =>
      overPages((page_token) => searchPage({ ...input, ...(page_token !== undefined && { page_token }) })),
    setTags: async (model_id: string, tags: Readonly<Record<string, string>>): Promise<void> =>
      void await transport.call(api.setLoggedModelTags, { model_id, tags: Object.entries(tags).map(([key, value]) => ({ key, value })) }),
    deleteTag: async (model_id: string, tag_key: string): Promise<void> => void await transport.call(api.deleteLoggedModelTag, { model_id, tag_key }),
    /** A param never changes. */
    logParams: async (model_id: string, params: Readonly<Record<string, string>>): Promise<void> =>
      void await transport.call(api.logLoggedModelParams, { model_id, params: Object.entries(params).map(([key, value]) => ({ key, value })) }),
    /** Files and folders directly below a folder of the model's. */
    listArtifacts: async (model_id: string, artifact_directory_path?: string): Promise<readonly api.FileInfo[]> => {
      const found: api.FileInfo[] = []
      for await (const file of overPages(async (page_token) => {
        const { files = [], next_page_token } = await transport.call(api.listLoggedModelArtifacts, { model_id, ...(artifact_directory_path !== undefined && { artifact_directory_path }), ...(page_token !== undefined && { page_token }) })
        return { items: files, next_page_token }
      })) found.push(file)
      return found
    },
  }
}
