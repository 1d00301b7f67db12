import { Reply, type Principal, type Route } from '../platform/http/index.ts'
import { CairnError } from '@cairn/protocol'
import { artifactRoutes, resolveLocation, type ArtifactRoots } from '../artifacts/index.ts'
import { auditRoutes, recordDeletedFiles, recordReplacedFile } from '../audit/index.ts'
import { commentRoutes, panelComments } from '../comments/index.ts'
import { datasetRoutes } from '../datasets/index.ts'
import { endpointRoutes } from '../endpoints/index.ts'
import { checkArtifactLocation, experimentRoutes, workspaceRoot } from '../experiments/index.ts'
import { graphqlRoutes } from '../graphql/index.ts'
import { liveRoutes, type LiveHub } from '../live/index.ts'
import { loggedModelArtifactUriOperation, loggedModelRoutes, modelIsReady } from '../logged-models/index.ts'
import { metricsRoutes } from '../metrics/index.ts'
import { mirrorRoutes, noteFiles } from '../mirror/index.ts'
import { overviewRoutes } from '../overview/index.ts'
import type { Database } from '../platform/db/index.ts'
import type { Telemetry } from '../platform/telemetry/index.ts'
import { confined, heardIn, inPlace, type AllLookups } from '../guard/index.ts'
import { authorOf, defaultWorkspace, workspaceOf, workspaceRoutes, type Directory, type Place } from '../workspaces/index.ts'
import { presenceRoutes } from '../presence/index.ts'
import { limited, quotaRoutes, type QuotaKeeper, type Quotas } from '../quotas/index.ts'
import { registryRoutes } from '../registry/index.ts'
import { runArtifactUri, runExperiments, runHasEnded, runsRoutes, runTableRoutes } from '../runs/index.ts'
import { accessOf } from '../users/index.ts'
import { viewRoutes, visibleViews } from '../views/index.ts'
import { webhookRoutes, type WebhookDeps, type WebhookDispatcher } from '../webhooks/index.ts'
import type { AccountsParts } from './accounts.ts'
import type { ServerConfig } from './config.ts'
import { generalRoutes } from './general-routes.ts'
import { ownName } from './storage-config.ts'
import { datasets, experiments, registry, workspaces } from './slices.ts'

export interface RouteParts {
  readonly config: ServerConfig
  readonly db: Database
  readonly live: LiveHub
  readonly roots: ArtifactRoots
  readonly hooks: Omit<WebhookDeps, 'db' | 'allowedSchemes'>
  readonly dispatcher: WebhookDispatcher
  readonly telemetry: Telemetry
  readonly lookups: AllLookups
  readonly keeper: QuotaKeeper
  readonly quotas: Quotas
  /** Undefined on a server without workspaces. */
  readonly directory?: Directory | undefined
  /** Undefined on a server without accounts. */
  readonly accounts?: AccountsParts | undefined
}

/** Every endpoint that the server answers, with what its slice needs. */
export function allRoutes({ config, db, live, roots, hooks, dispatcher, telemetry, lookups, keeper, quotas, directory, accounts }: RouteParts): Route[] {
  const confine = { lookups, places: { roots, destination: config.artifacts.destination } }
  /** What a caller may do is asked first, then whether what is named is in the workspace. */
  const guard = (routes: Route[]): Route[] => {
    const within = limited(routes, keeper)
    const inside = directory === undefined ? within : confined(within, confine)
    const allowed = accounts?.guard(inside, roots) ?? inside
    return directory === undefined ? allowed : inPlace(allowed, confine)
  }
  const { maxResults } = config.limits
  const { defaultRoot, destination, more } = config.artifacts
  const artifacts = artifactRoutes({
    roots, uploadLimit: config.limits.uploadBytes, downloadUrlSeconds: config.artifacts.downloadUrlSeconds, admit: ({ principal }, bytes) => keeper.admit(workspaceOf(principal), 'artifact_bytes', bytes),
    lookups: {
      runArtifactUri: (run_id) => db.read(runArtifactUri, { run_id }),
      loggedModelArtifactUri: (model_id) => db.read(loggedModelArtifactUriOperation, { model_id }),
      modelVersionSource: (name, version, workspace) => db.read(registry.getArtifactUri, { workspace, name, version }),
    },
    async deleting({ runId, path }, context) {
      await db.write(recordDeletedFiles, { author: authorOf(context), run_id: runId, path })
    },
    // What programs write again while they train is theirs; a file that is finished and changes is written down.
    async storing({ runId, path, size }, before, context) {
      const model = runId === undefined ? fileOfModel.exec(path)?.[1] : undefined
      if (await isUnderWay(db, runId, model)) return
      const was = await before()
      if (was !== undefined) await db.write(recordReplacedFile, { author: authorOf(context), run_id: runId, path, before: { size: was.size, etag: was.etag }, after: size })
    },
    async changed({ kind, runId, path, size = 0 }, { principal, log }) {
      try {
        if (config.mirror !== undefined && kind === 'put') await noteMirrored(db, runId, path)
        await (kind === 'put' ? keeper.stored(workspaceOf(principal), size) : keeper.deleted(workspaceOf(principal)))
      } catch (error) {
        // The file is there; its bytes count with the next measure.
        log.warn('The size of a file could not be noted for its workspace.', { path, error: String(error) })
      }
      // Whoever follows an experiment hears of it, and its experiment decides who may.
      const model = runId === undefined ? fileOfModel.exec(path) : null
      const experiment_id = await experimentOf(lookups, runId, model?.[1])
      live.publish({
        type: 'artifact', ...(experiment_id !== undefined && { experiment_id }), path: model?.[2] ?? path,
        ...(runId !== undefined && { run_id: runId }), ...(model !== null && { model_id: model[1]! }), ...(kind === 'delete' && { removed: true }),
      })
    },
  })
  const artifactLocations = {
    root: defaultRoot, maxLength: config.limits.artifactLocationLength, cwd: config.workingDirectory, allowedHostSchemes: config.allowedArtifactSchemes,
  }
  /** Which of these experiments lie in other workspaces than a request. */
  const elsewhere = async (experimentIds: readonly string[], principal: Principal): Promise<Set<string>> => {
    const found = await lookups.workspaces(experimentIds)
    return new Set(experimentIds.filter((_, at) => found[at] !== undefined && found[at] !== workspaceOf(principal).id))
  }
  const seenIn = directory === undefined ? {} : { elsewhere }
  const general = generalRoutes({ db, telemetry, multipart: config.artifacts.serve, presigned: roots.proxied?.presign !== undefined, workspaces: directory !== undefined })
  const experimentOfRun = async (runId: string): Promise<string | undefined> => (await db.read(runExperiments, { run_ids: [runId] }))[runId]
  const tracking = [
    ...experimentRoutes({
      db, live, operations: experiments, maxResults,
      artifactLocations, ...(directory !== undefined && { rootOf: (place: Place) => workspaceRoot(defaultRoot, place) }),
    }),
    ...runsRoutes({ db, live, random: Math.random, limits: { maxResults, truncateLongValues: config.truncateLongValues } }),
    ...runTableRoutes({
      db, live, limits: { truncateLongValues: config.truncateLongValues },
      opening: {
        position: () => live.expect(), panels: (experiment_id) => panelComments(db, experiment_id),
        views: (experiment_ids, by, context) => visibleViews({ db, ...seenIn }, { experiment_ids: [...experiment_ids], max_results: 500, ...(by !== undefined && { by }) }, context),
      },
    }),
    ...overviewRoutes({ db }),
    ...metricsRoutes({ db }),
    ...datasetRoutes({ db, live, operations: datasets }),
    ...loggedModelRoutes({ db, live, maxResults }),
    ...webhookRoutes({ ...hooks, db, allowedSchemes: config.webhooks.allowedSchemes }),
    ...registryRoutes({
      db, live, operations: registry, webhooks: dispatcher, accounts: accounts !== undefined,
      sources: { pattern: config.sourceValidationRegex, trustedRoots: [defaultRoot, destination, ...more], allowedHostSchemes: config.allowedArtifactSchemes },
    }),
    ...auditRoutes({ db, placeOf: workspaceOf, alsoGone: (principal) => directory !== undefined && workspaceOf(principal).id === defaultWorkspace.id && (accessOf(principal)?.isAdmin ?? true) }),
    ...mirrorRoutes({ db, url: config.mirror?.url }),
    ...quotaRoutes({ quotas, visible: async (principal) => accounts?.visibleWorkspaces(principal) }),
    ...endpointRoutes({ db, live, webhooks: dispatcher }),
    ...viewRoutes({ db, live, ...seenIn }),
    ...commentRoutes({ db, live, people: accounts?.people, experimentOf: experimentOfRun, ...seenIn }),
    ...presenceRoutes({ live, experimentOf: experimentOfRun }),
    ...liveRoutes(live, (context) => {
      const allowed = accounts?.hearing(context)
      if (directory === undefined) return allowed
      const here = heardIn(workspaceOf(context.principal).id, lookups)
      return (event) => here(event) && (allowed === undefined || allowed(event))
    }),
    ...(directory === undefined ? [] : workspaceRoutes({
      db, operations: workspaces, visible: async (principal) => accounts?.visibleWorkspaces(principal),
      checkRoot: (root, field) => checkArtifactLocation(root, artifactLocations, field),
      // Who manages a workspace is not who says where on this server its files go: another's could hold them then.
      mayKeepAt(root, name, { principal, host }) {
        if (accessOf(principal)?.isAdmin ?? true) return
        const own = workspaceRoot(defaultRoot, { id: 0, name })
        for (const called of [host, ownName(defaultRoot)]) {
          const [place, usual] = [root, own].map((uri) => placeOf(uri, roots, called))
          if (place !== undefined && !(usual?.store === place.store && `${place.path}/`.startsWith(`${usual.path}/`))) {
            throw new CairnError('PERMISSION_DENIED', `Only an admin may have a workspace keep its files elsewhere in this server's storage than in ${own}.`)
          }
        }
      },
      changed() {
        directory.changed()
        lookups.forgetWorkspaces()
        accounts?.changed()
      },
    })),
  ]
  const { graphqlRootFields, graphqlAliases } = config.limits
  // A query's fields are answers of endpoints, behind the same checks.
  const [safeTracking, safeArtifacts] = [guard(tracking), guard(artifacts)]
  const graphql = graphqlRoutes([...safeTracking, ...safeArtifacts], { rootFields: graphqlRootFields, aliases: graphqlAliases })
  const switchable = [...safeTracking, ...guard(graphql)]
  return [...guard([...general, ...accounts?.routes ?? []]), ...(config.artifacts.only ? switchable.map(switchedOff) : switchable), ...safeArtifacts]
}

function placeOf(uri: string, roots: ArtifactRoots, host: string | undefined): ReturnType<typeof resolveLocation> | undefined {
  try {
    return resolveLocation(uri, roots, host)
  } catch {
    // Storage that this server does not serve is the client's affair.
    return undefined
  }
}

/** With `--artifacts-only` the server is a file proxy; MLflow's answer for everything else. */
const switchedOff = ({ endpoint }: Route): Route => ({
  endpoint,
  handle: () => new Reply({
    status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `Endpoint: ${endpoint.path} disabled due to the mlflow server running in \`--artifacts-only\` mode. To enable tracking server functionality, run \`mlflow server\` without \`--artifacts-only\``,
  }),
})

/** A file of a run or a model goes to the server that everything is mirrored to. */
async function noteMirrored(db: Database, runId: string | undefined, path: string): Promise<void> {
  const model = /(?:^|\/)models\/(m-[0-9a-f]{32})\/artifacts\//.exec(path)?.[1]
  const here = runId ?? model
  if (here !== undefined) await db.write(noteFiles, { kind: runId === undefined ? 'model' : 'run', here })
}

/** Where the files of a logged model lie behind the proxy. */
const fileOfModel = /(?:^|\/)models\/(m-[0-9a-f]{32})\/artifacts\/(.+)$/

/** Whether whom a file belongs to is still being made. What nobody knows of, or cannot be asked now, is not. */
async function isUnderWay(db: Database, runId: string | undefined, modelId: string | undefined): Promise<boolean> {
  try {
    if (runId !== undefined) return await db.read(runHasEnded, { run_id: runId }) === false
    return modelId !== undefined && await db.read(modelIsReady, { model_id: modelId }) === false
  } catch {
    return false
  }
}

/** Nobody hears of a file while the database is away. */
async function experimentOf(lookups: AllLookups, runId: string | undefined, modelId: string | undefined): Promise<string | undefined> {
  try {
    if (runId !== undefined) return (await lookups.runExperiments([runId]))[0]
    return modelId === undefined ? undefined : await lookups.modelExperiment(modelId)
  } catch {
    return undefined
  }
}
