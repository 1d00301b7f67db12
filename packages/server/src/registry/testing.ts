import * as api from '@cairn/protocol'
import { auditMigrations, auditRoutes } from '../audit/index.ts'
import { workspaceOf } from '../workspaces/index.ts'
import { datasetMigrations } from '../datasets/index.ts'
import { experimentMigrations, experimentOperations, experimentRoutes } from '../experiments/index.ts'
import { keysMigrations } from '../keys/index.ts'
import { loggedModelMigrations, loggedModelRoutes } from '../logged-models/index.ts'
import { metricsMigrations } from '../metrics/index.ts'
import { read } from '../platform/db/index.ts'
import { runsMigrations, runsRoutes } from '../runs/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { userMigrations } from '../users/index.ts'
import { webhookMigrations } from '../webhooks/index.ts'
import { registryLookups, registryMigrations, registryOperations, registryRoutes } from './index.ts'

export interface RegistryServer extends AsyncDisposable {
  readonly api: ApiServer
  readonly events: { type: string; [field: string]: unknown }[]
  /** Milliseconds; every request sees one more. */
  readonly clock: { now: number }
  newRun(): Promise<{ run_id: string; artifact_uri: string }>
  newLoggedModel(runId?: string): Promise<{ model_id: string; artifact_uri: string }>
  /** Creates a registered model with so many versions in the bucket `s3://models`. */
  newModel(name: string, versions?: number): Promise<void>
  /** The bodies in the webhooks' outbox, oldest first, without their times. */
  outbox(): Promise<{ entity: string; action: string; data: unknown }[]>
}

/** The server of this slice's tests, with real experiments, runs and logged models beneath. */
export async function startRegistry(options: { artifactRoot?: string; pattern?: RegExp } = {}): Promise<RegistryServer> {
  const root = options.artifactRoot ?? 'mlflow-artifacts:/'
  const events: RegistryServer['events'] = []
  const clock = { now: 1000 }
  const live = { publish: (event: object) => void events.push(event as RegistryServer['events'][number]) }
  const server = await startApi({
    migrations: [
      ...keysMigrations, ...experimentMigrations, ...runsMigrations, ...metricsMigrations, ...datasetMigrations, ...loggedModelMigrations, ...auditMigrations, ...userMigrations,
      ...webhookMigrations, ...registryMigrations,
    ],
    now: () => clock.now += 1,
    routes: (db) => [
      ...experimentRoutes({ db, operations: experimentOperations(() => {}), maxResults: 50_000, artifactLocations: { root, maxLength: 2048, cwd: '/' } }),
      ...runsRoutes({ db, live: { publish() {} }, random: Math.random, limits: { maxResults: 50_000, truncateLongValues: true } }),
      ...loggedModelRoutes({ db, maxResults: 50_000 }),
      ...auditRoutes({ db, placeOf: workspaceOf }),
      ...registryRoutes({
        db, live, operations: registryOperations(registryLookups),
        sources: { pattern: options.pattern, trustedRoots: [root], allowedHostSchemes: [] },
      }),
    ],
  })
  const bodies = read('registryTest.outbox', (tx, _input: null) => tx.all<{ body: string }>('SELECT body FROM webhook_deliveries ORDER BY delivery_seq'))
  const { experiment_id } = await server.call(api.createExperiment, { name: 'registry' })
  return {
    api: server, events, clock,
    newRun: async () => (await server.call(api.createRun, { experiment_id, start_time: 1 })).run.info,
    newLoggedModel: async (source_run_id) => (await server.call(api.createLoggedModel, { experiment_id, name: 'logged', ...(source_run_id && { source_run_id }) })).model.info,
    async newModel(name, versions = 0) {
      await server.call(api.createRegisteredModel, { name })
      for (let version = 1; version <= versions; version += 1) await server.call(api.createModelVersion, { name, source: `s3://models/${name}/${version}` })
    },
    outbox: async () => (await server.db.read(bodies, null)).map(({ body }) => {
      const { entity, action, data } = JSON.parse(body) as { entity: string; action: string; data: unknown }
      return { entity, action, data }
    }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
