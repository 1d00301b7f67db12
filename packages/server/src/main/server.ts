import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { artifactRoutes, openArtifactRoots, type ArtifactRoots } from '../artifacts/index.ts'
import { auditRoutes } from '../audit/index.ts'
import { datasetRoutes } from '../datasets/index.ts'
import { experimentRoutes } from '../experiments/index.ts'
import { loggedModelArtifactUriOperation, loggedModelRoutes } from '../logged-models/index.ts'
import { LiveHub, liveRoutes } from '../live/index.ts'
import { metricsRoutes, startCompactor } from '../metrics/index.ts'
import { openDatabase, type Database } from '../platform/db/index.ts'
import { openGate, startHttpServer, type HttpServer, type Log, type Route } from '../platform/http/index.ts'
import { createLog } from '../platform/log/index.ts'
import { createOutbound } from '../platform/outbound/index.ts'
import { registryRoutes } from '../registry/index.ts'
import { runArtifactUri, runsRoutes } from '../runs/index.ts'
import { openSecretBox, WebhookDispatcher, webhookRoutes } from '../webhooks/index.ts'
import type { ServerConfig } from './config.ts'
import { generalRoutes } from './general-routes.ts'
import { datasets, experiments, migrations, registry } from './slices.ts'

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
}

export interface ServerParts {
  /** Milliseconds since the epoch; default the system's clock. */
  now?(): number
  /** Default: JSON lines on standard error. */
  readonly log?: Log
}

/**
 * Starts everything that a server is: tests and the command line use this same function. What was
 * started is stopped in the opposite order, also when a later part fails to start.
 */
export async function startServer(config: ServerConfig, parts: ServerParts = {}): Promise<RunningServer> {
  const now = parts.now ?? Date.now
  const log = parts.log ?? createLog({ level: config.logLevel, write: (line) => void process.stderr.write(line), now })
  await using started = new AsyncDisposableStack()

  await mkdir(dirname(config.database.path), { recursive: true })
  const db = started.use(await openDatabase({ path: config.database.path, migrations, thread: new URL('./db-thread.ts', import.meta.url) }))
  await db.write(experiments.createDefault, { root: config.artifacts.defaultRoot, now: now() })
  started.use(startCompactor(db, { log, now }))
  const live = started.use(new LiveHub())
  const roots = started.use(await openArtifactRoots(config.artifacts))
  const hooks = webhookSender(config, now)
  const dispatcher = started.use(new WebhookDispatcher({ ...hooks, db, log, concurrency: config.webhooks.concurrency, maxRetries: config.webhooks.maxRetries }))
  await dispatcher.start()
  const http = started.use(await listen(config, [
    ...routes(config, db, live, roots),
    ...webhookRoutes({ ...hooks, db, allowedSchemes: config.webhooks.allowedSchemes }),
    ...registryRoutes({
      db, live, operations: registry, webhooks: dispatcher,
      sources: {
        pattern: config.sourceValidationRegex, trustedRoots: [config.artifacts.defaultRoot, config.artifacts.destination], allowedHostSchemes: [],
      },
    }),
  ], log, now))

  const stack = started.move()
  return {
    url: http.url, host: http.host, port: http.port,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** How webhooks reach the world: where to, under which secrets, how long. */
function webhookSender({ webhooks, dataDir }: ServerConfig, now: () => number) {
  return {
    outbound: createOutbound({ allowedSchemes: webhooks.allowedSchemes, allowPrivate: webhooks.allowPrivate }),
    secrets: openSecretBox({ key: webhooks.secretKey, keyFile: join(dataDir, 'webhook-secret.key') }),
    timeoutMs: webhooks.timeoutMs,
    now,
  }
}

function listen(config: ServerConfig, routes: readonly Route[], log: Log, now: () => number): Promise<HttpServer> {
  return startHttpServer({
    routes, gate: openGate, log, now,
    security: { ...config.security, allowedHosts: config.security.allowedHosts ?? [] },
    staticPrefix: config.staticPrefix,
    bodyLimit: config.limits.bodyBytes,
  }, { host: config.host, port: config.port })
}

function routes(config: ServerConfig, db: Database, live: LiveHub, roots: ArtifactRoots): Route[] {
  const { maxResults } = config.limits
  return [
    ...generalRoutes({ multipart: config.artifacts.serve }),
    ...experimentRoutes({
      db, live, operations: experiments, maxResults,
      artifactLocations: { root: config.artifacts.defaultRoot, maxLength: config.limits.artifactLocationLength, cwd: config.dataDir },
    }),
    ...runsRoutes({ db, live, random: Math.random, limits: { maxResults, truncateLongValues: config.truncateLongValues } }),
    ...metricsRoutes({ db }),
    ...datasetRoutes({ db, live, operations: datasets }),
    ...loggedModelRoutes({ db, live, maxResults }),
    ...artifactRoutes({
      roots, uploadLimit: config.limits.uploadBytes,
      lookups: {
        runArtifactUri: (run_id) => db.read(runArtifactUri, { run_id }),
        loggedModelArtifactUri: (model_id) => db.read(loggedModelArtifactUriOperation, { model_id }),
        modelVersionSource: (name, version) => db.read(registry.getArtifactUri, { name, version }),
      },
      changed: ({ kind, runId, path }) => live.publish({ type: 'artifact', path, ...(runId !== undefined && { run_id: runId }), ...(kind === 'delete' && { removed: true }) }),
    }),
    ...auditRoutes({ db }),
    ...liveRoutes(live),
  ]
}
