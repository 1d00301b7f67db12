import { Reply, type Route } from '../platform/http/index.ts'
import { artifactRoutes, type ArtifactRoots } from '../artifacts/index.ts'
import { auditRoutes } from '../audit/index.ts'
import { commentRoutes } from '../comments/index.ts'
import { datasetRoutes } from '../datasets/index.ts'
import { endpointRoutes } from '../endpoints/index.ts'
import { experimentRoutes } from '../experiments/index.ts'
import { graphqlRoutes } from '../graphql/index.ts'
import { liveRoutes, type LiveHub } from '../live/index.ts'
import { loggedModelArtifactUriOperation, loggedModelRoutes } from '../logged-models/index.ts'
import { metricsRoutes } from '../metrics/index.ts'
import { overviewRoutes } from '../overview/index.ts'
import type { Database } from '../platform/db/index.ts'
import type { Telemetry } from '../platform/telemetry/index.ts'
import { registryRoutes } from '../registry/index.ts'
import { runArtifactUri, runExperiments, runsRoutes, runTableRoutes } from '../runs/index.ts'
import { viewRoutes } from '../views/index.ts'
import { webhookRoutes, type WebhookDeps, type WebhookDispatcher } from '../webhooks/index.ts'
import type { AccountsParts } from './accounts.ts'
import type { ServerConfig } from './config.ts'
import { generalRoutes } from './general-routes.ts'
import { datasets, experiments, registry } from './slices.ts'

export interface RouteParts {
  readonly config: ServerConfig
  readonly db: Database
  readonly live: LiveHub
  readonly roots: ArtifactRoots
  readonly hooks: Omit<WebhookDeps, 'db' | 'allowedSchemes'>
  readonly dispatcher: WebhookDispatcher
  readonly telemetry: Telemetry
  /** Undefined on a server without accounts. */
  readonly accounts?: AccountsParts | undefined
}

/** Every endpoint that the server answers, with what its slice needs. */
export function allRoutes({ config, db, live, roots, hooks, dispatcher, telemetry, accounts }: RouteParts): Route[] {
  const guard = (routes: Route[]): Route[] => accounts?.guard(routes, roots) ?? routes
  const { maxResults } = config.limits
  const { defaultRoot, destination, more } = config.artifacts
  const artifacts = artifactRoutes({
    roots, uploadLimit: config.limits.uploadBytes,
    lookups: {
      runArtifactUri: (run_id) => db.read(runArtifactUri, { run_id }),
      loggedModelArtifactUri: (model_id) => db.read(loggedModelArtifactUriOperation, { model_id }),
      modelVersionSource: (name, version) => db.read(registry.getArtifactUri, { name, version }),
    },
    async changed({ kind, runId, path }) {
      // With accounts, who hears of it is decided by its experiment.
      const experiment_id = accounts === undefined || runId === undefined ? undefined : await experimentOf(accounts, runId)
      live.publish({ type: 'artifact', ...(experiment_id !== undefined && { experiment_id }), path, ...(runId !== undefined && { run_id: runId }), ...(kind === 'delete' && { removed: true }) })
    },
  })
  const general = generalRoutes({ db, telemetry, multipart: config.artifacts.serve, presigned: roots.proxied?.presign !== undefined })
  const tracking = [
    ...experimentRoutes({
      db, live, operations: experiments, maxResults,
      artifactLocations: {
        root: defaultRoot, maxLength: config.limits.artifactLocationLength, cwd: config.workingDirectory, allowedHostSchemes: config.allowedArtifactSchemes,
      },
    }),
    ...runsRoutes({ db, live, random: Math.random, limits: { maxResults, truncateLongValues: config.truncateLongValues } }),
    ...runTableRoutes({ db, live, limits: { truncateLongValues: config.truncateLongValues } }),
    ...overviewRoutes({ db }),
    ...metricsRoutes({ db }),
    ...datasetRoutes({ db, live, operations: datasets }),
    ...loggedModelRoutes({ db, live, maxResults }),
    ...webhookRoutes({ ...hooks, db, allowedSchemes: config.webhooks.allowedSchemes }),
    ...registryRoutes({
      db, live, operations: registry, webhooks: dispatcher, accounts: accounts !== undefined,
      sources: { pattern: config.sourceValidationRegex, trustedRoots: [defaultRoot, destination, ...more], allowedHostSchemes: config.allowedArtifactSchemes },
    }),
    ...auditRoutes({ db }),
    ...endpointRoutes({ db, live, webhooks: dispatcher }),
    ...viewRoutes({ db, live }),
    ...commentRoutes({ db, live, people: accounts?.people, experimentOf: async (runId) => (await db.read(runExperiments, { run_ids: [runId] }))[runId] }),
    ...liveRoutes(live, accounts?.hearing),
  ]
  const { graphqlRootFields, graphqlAliases } = config.limits
  // A query's fields are answers of endpoints, behind the same checks.
  const [safeTracking, safeArtifacts] = [guard(tracking), guard(artifacts)]
  const graphql = graphqlRoutes([...safeTracking, ...safeArtifacts], { rootFields: graphqlRootFields, aliases: graphqlAliases })
  const switchable = [...safeTracking, ...guard(graphql)]
  return [...guard([...general, ...accounts?.routes ?? []]), ...(config.artifacts.only ? switchable.map(switchedOff) : switchable), ...safeArtifacts]
}

/** With `--artifacts-only` the server is a file proxy; MLflow's answer for everything else. */
const switchedOff = ({ endpoint }: Route): Route => ({
  endpoint,
  handle: () => new Reply({
    status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `Endpoint: ${endpoint.path} disabled due to the mlflow server running in \`--artifacts-only\` mode. To enable tracking server functionality, run \`mlflow server\` without \`--artifacts-only\``,
  }),
})

/** Nobody hears of a file while the database is away. */
async function experimentOf({ lookups }: AccountsParts, runId: string): Promise<string | undefined> {
  try {
    return (await lookups.runExperiments([runId]))[0]
  } catch {
    return undefined
  }
}
