import * as api from '@cairn/protocol'
import type { LoggedModel, MetricInput, RequestOf } from '@cairn/protocol'
import { auditMigrations } from '../audit/index.ts'
import { experimentMigrations, experimentOperations, experimentRoutes } from '../experiments/index.ts'
import { write } from '../platform/db/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { loggedModelMigrations, loggedModelRoutes, logModelMetrics } from './index.ts'

/** What the slice of runs does for a request that logs metrics. */
const logMetrics = write('test.logMetrics', (tx, input: { runId: string; metrics: readonly MetricInput[] }) => logModelMetrics(tx, input, input.metrics))

export interface ModelServer extends AsyncDisposable {
  readonly api: ApiServer
  readonly events: { type: string; [field: string]: unknown }[]
  /** The time that the server believes it to be. */
  now: number
  newExperiment(): Promise<string>
  newModel(fields: Partial<RequestOf<typeof api.createLoggedModel>>): Promise<LoggedModel['info']>
  measure(runId: string, ...metrics: MetricInput[]): Promise<void>
}

/** The server of this slice's tests, with real experiments beneath. */
export async function startModels(): Promise<ModelServer> {
  let experiments = 0
  const events: ModelServer['events'] = []
  const live = { publish: (event: ModelServer['events'][number]) => void events.push(event) }
  const server = await startApi({
    migrations: [...auditMigrations, ...experimentMigrations, ...loggedModelMigrations],
    now: () => state.now,
    routes: (db) => [
      ...experimentRoutes({
        db, operations: experimentOperations(() => {}), maxResults: 50_000, artifactLocations: { root: 'mlflow-artifacts:/', maxLength: 2048, cwd: '/' },
      }),
      ...loggedModelRoutes({ db, maxResults: 50_000, live }),
    ],
  })
  const state: ModelServer = {
    api: server,
    events,
    now: 1000,
    newExperiment: async () => (await server.call(api.createExperiment, { name: `models ${experiments += 1}` })).experiment_id,
    newModel: async (fields) => (await server.call(api.createLoggedModel, fields)).model.info,
    measure: (runId, ...metrics) => server.db.write(logMetrics, { runId, metrics }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
  return state
}
