import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openArtifactRoots } from '../artifacts/index.ts'
import { startRetention } from '../gc/index.ts'
import { appendToUri } from '../experiments/index.ts'
import { openLookups } from '../guard/index.ts'
import { LiveHub } from '../live/index.ts'
import { startCompactor } from '../metrics/index.ts'
import { pages } from '../pages/index.ts'
import { openDatabase } from '../platform/db/index.ts'
import { startHttpServer, type Log } from '../platform/http/index.ts'
import { createLog } from '../platform/log/index.ts'
import { createOutbound, tracedOutbound } from '../platform/outbound/index.ts'
import { observeProcess, Telemetry } from '../platform/telemetry/index.ts'
import { openTracing, type Tracing } from '../platform/tracing/index.ts'
import { Mirror, type MirrorOptions } from '../mirror/index.ts'
import { measureAgain, openQuotas, QuotaKeeper } from '../quotas/index.ts'
import { openSecretBox, WebhookDispatcher } from '../webhooks/index.ts'
import { ConfigError, type ServerConfig } from './config.ts'
import { accountsAbsent, openAccounts } from './accounts.ts'
import { gateOf } from './gate.ts'
import { laterRoutes } from './general-routes.ts'
import { allRoutes } from './routes.ts'
import { defaultWorkspace, Directory, workspacesAbsent } from '../workspaces/index.ts'
import { workspaceInPath } from '@cairn/protocol'
import { experiments, migrations, registry, workspaces } from './slices.ts'
import { ownName } from './storage-config.ts'

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
  /** Where the first admin is made, once, on a new server with accounts; undefined where somebody can sign in. */
  readonly setUpUrl: string | undefined
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

  if (config.database.kind === 'sqlite') await mkdir(dirname(config.database.path), { recursive: true })
  const telemetry = new Telemetry()
  started.use(observeProcess(telemetry))
  const tracing = config.tracing && started.use(await openTracing(config.tracing, (message) => log.warn(message)))
  const db = started.use(await openDatabase({ at: config.database, migrations, template: config.emptyDatabase, first: [{ operation: experiments.createDefault, input: { root: defaultExperimentRoot(config), now: now() } }], telemetry, tracing, thread: new URL('./db-thread.ts', import.meta.url) }))
  const kept = config.workspaces ? [] : (await db.read(workspaces.outside, null))
  if (kept.length > 0) throw new ConfigError([{ source: '--enable-workspaces', what: `there are ${kept.join(' and ')} in workspaces other than "default", which nobody would see without it.`, fix: 'Start with --enable-workspaces, or delete those workspaces first (cairn workspaces delete NAME --mode set-default moves what they hold).' }])
  const directory = config.workspaces ? new Directory(db, workspaces) : undefined
  const lookups = openLookups(db, experiments, registry, config.workspaces)
  const compactor = started.use(startCompactor(db, { log, now }))
  telemetry.gauge('cairn_compaction_segments_waiting', 'Segments of metric points that wait to become chunks.', () => compactor.pending)
  const live = started.use(new LiveHub(undefined, config.workspaces ? (event) => {
    const experiment = 'experiment_id' in event ? event.experiment_id : undefined
    return experiment === undefined || lookups.knownWorkspace(experiment) !== undefined ? undefined : Promise.resolve(lookups.workspaces([experiment]))
  } : undefined))
  telemetry.gauge('cairn_live_clients', 'Clients that follow live events here.', () => live.watchers)
  await live.share(async (listener) => {
    const channel = await db.channel(listener)
    return channel && started.use(channel)
  })
  const roots = started.use(await openArtifactRoots(config.artifacts, (message) => log.warn(message), tracing))
  started.use(startRetention({ db, roots, rule: config.retention, intervalMs: config.retentionIntervalMs, host: ownName(config.artifacts.defaultRoot), log, now, telemetry, removed: () => db.write(measureAgain, { workspace: undefined }) }))
  const keeper = started.use(new QuotaKeeper({ db, roots, defaults: config.quotas, host: ownName(config.artifacts.defaultRoot), log, now, telemetry }))
  await keeper.start()
  const quotas = openQuotas(db, keeper, config.quotas)
  if (config.mirror !== undefined) started.use(await openMirror(config.mirror, { db, roots, log, now, telemetry, tracing }))
  const hooks = webhookSender(config, now, tracing, config.workspaces ? (id) => db.read(workspaces.nameOf, { id }) : undefined)
  const dispatcher = started.use(new WebhookDispatcher({ ...hooks, db, log, telemetry, concurrency: config.webhooks.concurrency, maxRetries: config.webhooks.maxRetries }))
  await dispatcher.start()
  const accounts = config.accounts && started.use(await openAccounts({ config, db, log, lookups, quotas, now, tracing }))
  for (const notice of accounts?.notices ?? []) log.warn(notice)
  const http = started.use(await startHttpServer({
    routes: allRoutes({ config, db, live, roots, hooks, dispatcher, telemetry, lookups, keeper, quotas, directory, accounts }),
    constantRoutes: [...laterRoutes(), ...(accounts === undefined ? accountsAbsent() : []), ...(directory === undefined ? workspacesAbsent() : [])],
    gate: gateOf({ accounts: accounts?.gate, callerIn: accounts?.callerIn, refused: accounts?.refused, directory, staticPrefix: config.staticPrefix }), log, now, telemetry, tracing, trustedProxies: config.trustedProxies,
    security: { ...config.security, allowedHosts: config.security.allowedHosts ?? [] },
    staticPrefix: config.staticPrefix, ...(directory !== undefined && { prefixLength: (path: string) => workspaceInPath(path)?.length ?? 0 }),
    page: pages(config.artifacts.only ? undefined : config.webRoot, config.security.xFrameOptions, { accounts: config.accounts !== undefined, workspaces: config.workspaces ? config.staticPrefix : undefined }, () => db.warm()),
    bodyLimit: config.limits.bodyBytes, connections: config.limits.connections, accessLog: config.accessLog, slowRequestMs: config.limits.slowRequestMs,
  }, { host: config.host, port: config.port }))

  const stack = started.move()
  return {
    url: http.url, host: http.host, port: http.port,
    setUpUrl: accounts?.setUpToken && `${http.url}/set-up?token=${accounts.setUpToken}`,
    async [Symbol.asyncDispose]() {
      // They never end by themselves, and would keep the rest waiting.
      live.close()
      await stack.disposeAsync()
    },
  }
}

/** Where the experiment that is always there keeps its files. */
const defaultExperimentRoot = ({ artifacts, workspaces: several }: ServerConfig): string =>
  (several ? appendToUri(artifacts.defaultRoot, 'workspaces', defaultWorkspace.name) : artifacts.defaultRoot)

/** Writes everything to another server as well. */
async function openMirror(mirror: NonNullable<ServerConfig['mirror']>, { tracing, ...parts }: Pick<MirrorOptions, 'db' | 'roots' | 'log' | 'now' | 'telemetry'> & { tracing: Tracing | undefined }): Promise<Mirror> {
  const place = await parts.db.read(workspaces.find, { name: mirror.workspace })
  if (place === undefined) throw new ConfigError([{ source: 'CAIRN_MIRROR_WORKSPACE', what: `there is no workspace "${mirror.workspace}".`, fix: 'Start without --mirror-to, make it, and start again; or leave the variable out.' }])
  const outbound = createOutbound({ allowedSchemes: mirror.url.startsWith('http:') ? ['https', 'http'] : ['https'], allowPrivate: mirror.allowPrivate })
  return new Mirror({ ...parts, remote: mirror, workspace: place.id, outbound: tracedOutbound(outbound, tracing, { alone: true }) })
}

/** How webhooks reach the world: where to, under which secrets, how long. */
function webhookSender({ webhooks, dataDir }: ServerConfig, now: () => number, tracing: Tracing | undefined, workspaceName?: (id: number) => Promise<string | undefined>) {
  return {
    ...(workspaceName && { workspaceName }),
    outbound: tracedOutbound(createOutbound({ allowedSchemes: webhooks.allowedSchemes, allowPrivate: webhooks.allowPrivate }), tracing, { alone: true }),
    secrets: openSecretBox({ key: webhooks.secretKey, keyFile: join(dataDir, 'webhook-secret.key') }),
    timeoutMs: webhooks.timeoutMs,
    now,
  }
}
