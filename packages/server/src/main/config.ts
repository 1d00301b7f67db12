import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseQuotas, parseRetention, quotaKinds, type QuotaKind, type Retention } from '@cairn/protocol'
import type { DatabaseLocation } from '../platform/db/index.ts'
import type { ConnectionLimits } from '../platform/http/index.ts'
import type { StorageSettings } from '../platform/files/index.ts'
import type { TracingSettings } from '../platform/tracing/index.ts'
import { mirrorConfig, type MirrorConfig } from './mirror-config.ts'
import { oidcConfig, type OidcConfig } from './oidc-config.ts'
import { foreignFlags, settings } from './settings.ts'
import { reader, type SettingProblem } from './settings-reader.ts'
import { artifactStores, bucketUri, storageSettings } from './storage-config.ts'
import { tracingSettings } from './tracing-config.ts'

export { foreignFlags, settings, type Setting } from './settings.ts'

/** Everything that the server is told, made once by `readConfig`. Locations are absolute. */
export interface ServerConfig {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Holds what has no place of its own. */
  readonly dataDir: string
  /** Where the server was started; relative artifact locations are resolved against it, as in MLflow. */
  readonly workingDirectory: string
  readonly database: DatabaseLocation
  readonly artifacts: {
    /** Whether the artifact proxy (`mlflow-artifacts:`) answers. */
    readonly serve: boolean
    /** Nothing but the artifact proxy answers. */
    readonly only: boolean
    /** The folder or the bucket (`s3://bucket/prefix`) behind the proxy. */
    readonly destination: string
    /** Where new experiments keep artifacts: `mlflow-artifacts:/…`, a folder, or a URI that clients reach. */
    readonly defaultRoot: string
    /** More folders and buckets whose artifacts are served. */
    readonly more: readonly string[]
    readonly storage: StorageSettings
    /** How long a URL for downloading from the storage itself holds, where the request does not say it. */
    readonly downloadUrlSeconds: number
  }
  readonly security: {
    /** Patterns (`*`) for the Host header; undefined for localhost and private addresses. */
    readonly allowedHosts: readonly string[] | undefined
    /** Origins besides localhost; `*` for any. */
    readonly corsAllowedOrigins: readonly string[]
    readonly xFrameOptions: 'SAMEORIGIN' | 'DENY' | 'NONE'
    readonly disabled: boolean
  }
  /** Undefined where everybody who reaches the server may do everything. */
  readonly accounts: {
    /** MLflow's file for its auth app. */
    readonly file: string | undefined
    /** Of the first admin, where the environment says it; "" says that there is none, whatever the file says. */
    readonly adminUsername: string | undefined
    readonly adminPassword: string | undefined
    /** Undefined where people sign in by password alone. */
    readonly oidc: OidcConfig | undefined
  } | undefined
  /** When what was deleted is removed for good, where no tag of its experiment says it; undefined for never. */
  readonly retention: Retention | undefined
  readonly retentionIntervalMs: number
  /** Where everything is written as well. */
  readonly mirror: MirrorConfig | undefined
  /** Limits of workspaces and of teams that have none of their own. */
  readonly quotas: { readonly workspaces: Partial<Record<QuotaKind, number>>; readonly teams: Partial<Record<QuotaKind, number>> }
  /** Whether the server has workspaces besides the one that is always there. */
  readonly workspaces: boolean
  readonly trustedProxies: readonly string[]
  /** "" or `/something`. */
  readonly staticPrefix: string
  readonly limits: {
    readonly bodyBytes: number
    /** Infinity where no limit was set. */
    readonly uploadBytes: number
    readonly connections: ConnectionLimits
    readonly slowRequestMs: number
    /** Largest `max_results` of a search for runs or experiments. */
    readonly maxResults: number
    readonly artifactLocationLength: number
    readonly graphqlRootFields: number
    readonly graphqlAliases: number
  }
  /** Cut long params and tags instead of refusing them. */
  readonly truncateLongValues: boolean
  readonly webhooks: {
    readonly secretKey: string | undefined
    readonly allowedSchemes: readonly string[]
    readonly allowPrivate: boolean
    readonly timeoutMs: number
    readonly maxRetries: number
    readonly concurrency: number
  }
  readonly sourceValidationRegex: RegExp | undefined
  /** Schemes with a host of their own that artifact locations and model sources may have. */
  readonly allowedArtifactSchemes: readonly string[]
  /** Undefined where no collector is told what the server does. */
  readonly tracing: TracingSettings | undefined
  readonly accessLog: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** The built web page, if there is one. */
  readonly webRoot: string | undefined
  /** An SQLite file with all tables and nothing in them, which a new database may start as. */
  readonly emptyDatabase: string | undefined
  /** What the person who starts the server should be told, a sentence each. */
  readonly notices: readonly string[]
}

export interface ConfigInput {
  /** Flags by name without dashes; `boolean` settings as booleans. */
  readonly flags?: Readonly<Record<string, string | boolean | undefined>>
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What relative locations are resolved against. */
  readonly cwd: string
  readonly webRoot?: string | undefined
  readonly emptyDatabase?: string | undefined
}

/** Everything that is wrong with what the server was told, at once. */
export class ConfigError extends Error {
  readonly problems: readonly SettingProblem[]

  constructor(problems: readonly SettingProblem[]) {
    super(problems.map(({ source, what, fix }) => `${source}: ${what}\n  ${fix}`).join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Flags win over the environment, the environment over defaults. Pure: looks at nothing but its
 * input, so it cannot tell whether a file exists.
 *
 *     readConfig({ flags: { port: '0' }, env: process.env, cwd: process.cwd() })
 */
export function readConfig(input: ConfigInput): ServerConfig {
  const read = reader(settings, input.flags ?? {}, input.env ?? {})
  const notices = foreign(input.flags ?? {}, input.env ?? {}, read.problem)
  if (read.text('workers') !== undefined) {
    read.integer('workers', 1, 1, 1024)
    notices.push('--workers has no effect: one Cairn process uses threads where they help.')
  }
  const dataDir = resolve(input.cwd, read.text('data-dir') ?? 'cairn-data')
  const databaseUri = read.text('backend-store-uri')
  const database: DatabaseLocation = databaseUri !== undefined && isPostgres(databaseUri)
    ? { kind: 'postgres', uri: postgresUri(databaseUri, read) }
    : { kind: 'sqlite', path: databaseUri === undefined ? join(dataDir, 'cairn.db') : sqlitePath(databaseUri, input.cwd, read) }
  const registryUri = read.text('registry-store-uri')
  if (registryUri !== undefined && registryUri !== databaseUri) {
    read.problem('registry-store-uri', 'the registry lives in the same database as the runs.', 'Leave it out, or give it the same value as --backend-store-uri.')
  }

  const serve = read.boolean('serve-artifacts', true)
  const only = read.boolean('artifacts-only', false)
  if (only && !serve) read.problem('artifacts-only', 'it contradicts --no-serve-artifacts.', 'Leave one of the two out.')
  const destination = artifactPlace('artifacts-destination', input.cwd, read) ?? join(dataDir, 'artifacts')
  const defaultRoot = artifactRoot(input.cwd, read) ?? (serve ? 'mlflow-artifacts:/' : destination)

  const disabled = read.boolean('disable-security-middleware', false)
  const allowedHosts = read.list('allowed-hosts')
  const corsAllowedOrigins = read.list('cors-allowed-origins') ?? []
  if (disabled) notices.push('WARNING: the Host and Origin checks are off; any web page that you visit can reach this server.')
  else {
    if (allowedHosts?.includes('*')) notices.push('WARNING: any Host is accepted, which leaves the server open to DNS rebinding.')
    if (corsAllowedOrigins.includes('*')) notices.push('WARNING: any web page may call this server.')
  }

  const dev = read.boolean('dev', false)
  const config: ServerConfig = {
    host: read.text('host') ?? '127.0.0.1',
    port: read.integer('port', 5000, 0, 65_535),
    dataDir,
    workingDirectory: input.cwd,
    database,
    artifacts: { serve, only, destination, defaultRoot, more: artifactStores(read), storage: storageSettings(read), downloadUrlSeconds: read.integer('presigned-download-ttl', 300, 1, 604_800) },
    security: {
      allowedHosts,
      corsAllowedOrigins,
      xFrameOptions: read.word('x-frame-options', { SAMEORIGIN: 'SAMEORIGIN', DENY: 'DENY', NONE: 'NONE' }, 'SAMEORIGIN'),
      disabled,
    },
    accounts: accounts(read),
    retention: retention(read),
    retentionIntervalMs: read.integer('retention-interval', 3600, 1, 86_400 * 7) * 1000,
    mirror: mirrorConfig(read),
    quotas: { workspaces: quotas(read, 'quota'), teams: quotas(read, 'team-quota') },
    workspaces: workspaces(read),
    trustedProxies: read.list('trusted-proxies') ?? [],
    staticPrefix: staticPrefix(read),
    limits: {
      bodyBytes: read.bytes('max-body-bytes', 32 * 2 ** 20),
      uploadBytes: read.bytes('max-upload-bytes', Infinity),
      connections: connectionLimits(read),
      slowRequestMs: read.integer('slow-request-seconds', 30, 1, 3600) * 1000,
      maxResults: read.integer('max-results', 50_000, 1, 1_000_000),
      artifactLocationLength: read.integer('artifact-location-max-length', 2048, 1, 65_536),
      graphqlRootFields: read.integer('graphql-max-root-fields', 10, 1, 1000),
      graphqlAliases: read.integer('graphql-max-aliases', 10, 0, 1000),
    },
    truncateLongValues: read.boolean('truncate-long-values', true),
    webhooks: {
      secretKey: read.text('webhook-secret-key'),
      allowedSchemes: (read.list('webhook-allowed-schemes') ?? ['https']).map((scheme) => scheme.toLowerCase()),
      allowPrivate: read.boolean('webhook-allow-private', false),
      timeoutMs: read.integer('webhook-timeout', 30, 1, 3600) * 1000,
      maxRetries: read.integer('webhook-max-retries', 3, 0, 100),
      concurrency: read.integer('webhook-max-workers', 10, 1, 1000),
    },
    sourceValidationRegex: regex(read),
    allowedArtifactSchemes: read.list('allowed-artifact-schemes') ?? [],
    tracing: tracingSettings(read, notices),
    accessLog: read.boolean('access-log', false),
    logLevel: dev ? 'debug' : read.word('logging-level', {
      NOTSET: 'debug', DEBUG: 'debug', INFO: 'info', WARN: 'warn', WARNING: 'warn', ERROR: 'error', CRITICAL: 'error',
    } as const, 'info'),
    webRoot: input.webRoot, emptyDatabase: input.emptyDatabase,
    notices,
  }
  if (read.problems.length > 0) throw new ConfigError(read.problems)
  return config
}

type Read = ReturnType<typeof reader>

function accounts(read: Read): ServerConfig['accounts'] {
  const app = read.text('app-name')
  if (app === undefined) return undefined
  // To start without the accounts that were asked for would leave the server open to everybody.
  if (app !== 'basic-auth') read.problem('app-name', `Cairn has no app "${app}".`, 'Give basic-auth for a server with accounts, or leave it out.')
  return { file: read.text('auth-config-path'), adminUsername: read.text('auth-admin-username'), adminPassword: read.text('auth-admin-password'), oidc: oidcConfig(read) }
}

function retention(read: Read): Retention | undefined {
  const text = read.text('retention')
  const rule = text === undefined ? undefined : parseRetention(text)
  if (text !== undefined && text !== '' && rule === undefined) read.problem('retention', `"${text}" is no rule.`, 'Give deleted=30d (an age of a minute or more), or deleted=never.')
  return rule
}

function connectionLimits(read: Read): ConnectionLimits {
  const most = read.integer('max-connections', 20_000, 1, 1_000_000)
  return { most, mostOfClient: read.integer('max-connections-per-client', Math.ceil(most / 2), 1, 1_000_000) }
}

function quotas(read: Read, flag: 'quota' | 'team-quota'): Partial<Record<QuotaKind, number>> {
  const limits = parseQuotas(read.text(flag) ?? '')
  if (!('wrong' in limits)) return limits
  read.problem(flag, `"${limits.wrong}" is no limit.`, `Give runs=100k,artifact_bytes=500G; there are ${quotaKinds.join(', ')}.`)
  return {}
}

/** A flag wins over the variable, in both directions. */
function workspaces(read: Read): boolean {
  const off = read.boolean('disable-workspaces', false)
  if (!off) return read.boolean('enable-workspaces', false)
  if (read.given('enable-workspaces')) read.problem('disable-workspaces', 'it contradicts --enable-workspaces.', 'Leave one of the two out.')
  return false
}

function foreign(flags: NonNullable<ConfigInput['flags']>, env: NonNullable<ConfigInput['env']>, problem: Read['problem']): string[] {
  const notices: string[] = []
  for (const [name, { refuse, reason, env: variable }] of Object.entries(foreignFlags)) {
    // A variable may be there for other programs, so it stops nothing.
    if (variable !== undefined && env[variable]) notices.push(`${variable} has no effect: ${reason}`)
    if (flags[name] === undefined || flags[name] === false) continue
    if (refuse) problem(name, reason, 'Leave it out.')
    else notices.push(`--${name} has no effect: ${reason}`)
  }
  return notices
}

const isPostgres = (uri: string): boolean => /^postgres(?:ql)?(?:\+\w+)?:/i.test(uri)

/** Without SQLAlchemy's driver behind the scheme. */
function postgresUri(uri: string, read: Read): string {
  const plain = uri.replace(/^postgres(?:ql)?(?:\+\w+)?:/i, 'postgresql:')
  if (!URL.canParse(plain) || new URL(plain).pathname.length < 2) read.problem('backend-store-uri', 'it names no database.', 'Give postgresql://user:password@host:5432/database.')
  return plain
}

function sqlitePath(uri: string, cwd: string, read: Read): string {
  const fail = (what: string, fix = 'Give sqlite:///relative.db, sqlite:////absolute.db or postgresql://user@host/database.'): string => {
    read.problem('backend-store-uri', what, fix)
    return ''
  }
  const match = /^sqlite(?:\+pysqlite)?:\/\/(.*)$/s.exec(uri)
  if (!match) {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase()
    if (scheme !== undefined && scheme !== 'file') return fail(`"${scheme}" is no database that Cairn knows.`)
    return fail('a folder of files is no database; Cairn keeps runs in SQLite or PostgreSQL.')
  }
  const path = match[1]!
  if (path === '' || path === '/' || path === '/:memory:') return fail('a database in memory would lose what it acknowledged.')
  if (!path.startsWith('/')) return fail(`"${uri}" has two slashes where three are needed.`)
  if (/[?#\0]/.test(path)) return fail('parameters after the file name are not supported.')
  return resolve(cwd, path.slice(1))
}

function artifactPlace(name: string, cwd: string, read: Read): string | undefined {
  const value = read.text(name)
  return value !== undefined && /^(?:s3|gs|wasbs|abfss):/i.test(value) ? bucketUri(name, value, read) : localFolder(name, cwd, read)
}

function localFolder(name: string, cwd: string, read: Read): string | undefined {
  const value = read.text(name)
  if (value === undefined) return undefined
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(value)?.[1]?.toLowerCase()
  if (scheme === undefined) return resolve(cwd, value)
  if (scheme === 'file') {
    try {
      const path = fileURLToPath(value)
      if (isAbsolute(path)) return path
    } catch {
      // falls through to the problem below
    }
    read.problem(name, `"${value}" names no folder of this machine.`, 'Give a path, or file:///absolute/path.')
  } else read.problem(name, `Cairn cannot keep artifacts in "${scheme}:".`, 'Give a folder, s3://bucket/prefix, gs://bucket/prefix or wasbs://container@account.blob.core.windows.net/prefix.')
  return ''
}

function artifactRoot(cwd: string, read: Read): string | undefined {
  const value = read.text('default-artifact-root')
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(value ?? '')?.[1]?.toLowerCase()
  // Storage of another kind is only a text to the server: clients reach it by themselves.
  return scheme === undefined || scheme === 'file' ? localFolder('default-artifact-root', cwd, read) : value
}

function staticPrefix(read: Read): string {
  const value = read.text('static-prefix') ?? ''
  if (value !== '' && !/^(?:\/[A-Za-z0-9._~-]+)+$/.test(value)) {
    read.problem('static-prefix', `"${value}" is no path to put in front of every other.`, 'It begins with "/", does not end in "/", and holds letters, digits and . _ ~ - only: /mlflow')
  }
  return value
}

function regex(read: Read): RegExp | undefined {
  const value = read.text('source-validation-regex')
  if (value === undefined) return undefined
  try {
    return new RegExp(value)
  } catch (error) {
    read.problem('source-validation-regex', `not a regular expression: ${(error as Error).message}.`, 'Correct it; without it every source would pass.')
    return undefined
  }
}
