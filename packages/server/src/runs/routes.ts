import {
  createRun as createRunEndpoint, deleteRun, deleteRunTag, getRun as getRunEndpoint, logBatch as logBatchEndpoint, logMetric,
  limits, logModel as logModelEndpoint, logParam as logParamEndpoint, restoreRun, searchRuns as searchRunsEndpoint, setRunTag,
  updateRun as updateRunEndpoint, type MetricInput,
} from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import { packPoints } from '../metrics/index.ts'
import { generateName, newId } from '../names/index.ts'
import type { Database } from '../platform/db/index.ts'
import { jsonReply, route, type Route } from '../platform/http/index.ts'
import { authorOf } from '../workspaces/index.ts'
import { getRun, searchRuns } from './read.ts'
import { createRun, deleteTag, infoOfLine, logBatch, logModel, logParam, logPoint, runNameTag, setDeleted, setTag, toRunInfo, updateRun, type LogBatch } from './runs.ts'
import {
  checkBatchSize, checkMetrics, checkNewTags, checkParam, checkRunId, checkTag, checkUniqueParams, givenRunName, parseModelJson, type LogLimits,
} from './validation.ts'

export interface RunsDependencies {
  readonly db: Database
  readonly live?: LiveSink | undefined
  /** For generated names; uniform in [0, 1). */
  random(): number
  readonly limits: LogLimits & { readonly maxResults: number }
}

const nothing = {}

export function runsRoutes({ db, live, random, limits: logLimits }: RunsDependencies): Route[] {
  return [
    route(createRunEndpoint, async (input, context) => {
      const tags = checkNewTags(input.tags ?? [], logLimits)
      const name = givenRunName(input.run_name, tags) ?? generateName(random)
      const withName = tags.some((tag) => tag.key === runNameTag) ? tags : [...tags, { key: runNameTag, value: name }]
      const [run_id, user_id, start_time] = [newId(context.now()), input.user_id ?? '', input.start_time ?? 0]
      const words = withName.flatMap(({ key, value = '' }) => [key, value])
      const [experiment_id, artifact_uri] = await db.write(createRun, [run_id, input.experiment_id ?? '', user_id, start_time, name, ...words])
      const info = toRunInfo({ run_id, experiment_id, name, user_id, status: 'RUNNING', start_time, end_time: null, deleted: 0, artifact_uri })
      live?.publish({ type: 'run', experiment_id: info.experiment_id, run_id: info.run_id, info })
      return { run: { info, data: { tags: withName.map(({ key, value = '' }) => ({ key, value })) }, inputs: {} } }
    }),

    route(updateRunEndpoint, async ({ run_id, status, end_time, run_name }, context) => {
      const { principal, now, workspace } = authorOf(context)
      const info = infoOfLine(await db.write(updateRun, [run_id, status, end_time, run_name, principal, now, workspace.id]))
      live?.publish({ type: 'run', experiment_id: info.experiment_id, run_id, info })
      return { run_info: info }
    }),

    ...([[deleteRun, true], [restoreRun, false]] as const).map(([endpoint, deleted]) =>
      route(endpoint, async ({ run_id }, context) => {
        const info = infoOfLine(await db.write(setDeleted, { run_id, deleted, author: authorOf(context) }))
        live?.publish({ type: 'run', experiment_id: info.experiment_id, run_id, info })
        return nothing
      })),

    route(getRunEndpoint, async ({ run_id }) => jsonReply(await db.read(getRun, { run_id }))),

    route(searchRunsEndpoint, async (input) => jsonReply(await db.scan(searchRuns, { ...input, most: logLimits.maxResults }))),

    route(logMetric, async (input) => {
      const metrics = [input]
      checkMetrics(metrics, () => '')
      if (input.model_id) await storeBatch(input.run_id, metrics)
      else {
        const experiment = await db.write(logPoint, [input.run_id, input.key, input.value, input.timestamp, input.step ?? 0])
        live?.publish({ type: 'points', experiment_id: String(experiment), run_id: input.run_id, points: metrics })
      }
      return nothing
    }),

    route(logParamEndpoint, async ({ run_id, key, value }) => {
      const param = checkParam({ key, value: value ?? '' }, '', logLimits)
      const { experiment_id } = await db.write(logParam, { run_id, param })
      live?.publish({ type: 'params', experiment_id: String(experiment_id), run_id, params: [param] })
      return nothing
    }),

    route(setRunTag, async ({ run_id, key, value, expected }, context) => {
      const tag = checkTag({ key, value: value ?? '' }, '', logLimits)
      const { experiment_id } = await db.write(setTag, { run_id, tag, expected, author: authorOf(context) })
      live?.publish({ type: 'tags', experiment_id: String(experiment_id), run_id, tags: [tag] })
      return nothing
    }),

    route(deleteRunTag, async ({ run_id, key }, context) => {
      const { experiment_id } = await db.write(deleteTag, { run_id, key, author: authorOf(context) })
      live?.publish({ type: 'tags', experiment_id: String(experiment_id), run_id, removed: [key] })
      return nothing
    }),

    route(logBatchEndpoint, async (input, context) => {
      checkRunId(input.run_id)
      const metrics = input.metrics ?? []
      checkMetrics(metrics, (index) => `metrics[${index}]`)
      const params = (input.params ?? []).map((param, index) => checkParam(param, `params[${index}]`, logLimits))
      const tags = (input.tags ?? []).map((tag, index) => checkTag(tag, `tags[${index}]`, logLimits))
      checkBatchSize(metrics.length, params.length, tags.length)
      checkUniqueParams(params)
      const experiment_id = await storeBatch(input.run_id, metrics, { params, tags, ...(tags.length > 0 && { author: authorOf(context) }) })
      if (params.length > 0) live?.publish({ type: 'params', experiment_id, run_id: input.run_id, params })
      if (tags.length > 0) live?.publish({ type: 'tags', experiment_id, run_id: input.run_id, tags })
      return nothing
    }),

    route(logModelEndpoint, async ({ run_id, model_json }) => {
      const { experiment_id, tag } = await db.write(logModel, { run_id, model: parseModelJson(model_json), limit: limits.runTagValueLength })
      live?.publish({ type: 'tags', experiment_id: String(experiment_id), run_id, tags: [tag] })
      return nothing
    }),
  ]

  /** Points are packed here, so that the writer thread neither copies nor looks at single ones. */
  async function storeBatch(run_id: string, metrics: readonly MetricInput[], more: Pick<LogBatch, 'params' | 'tags' | 'author'> = { params: [], tags: [] }): Promise<string> {
    const { experiment_id } = await db.write(logBatch, {
      run_id, ...more,
      points: metrics.length === 0 ? undefined : packPoints(metrics),
      modelMetrics: metrics.filter((metric) => metric.model_id),
    })
    const experiment = String(experiment_id)
    if (metrics.length > 0) live?.publish({ type: 'points', experiment_id: experiment, run_id, points: metrics })
    return experiment
  }
}
