import { readFile } from 'node:fs/promises'
import { CairnError, permissionEndpoints, roleEndpoints, signInEndpoints, teamEndpoints, tokenEndpoints, userEndpoints, type Endpoint } from '@cairn/protocol'
import { adminRoutes } from '../admin/index.ts'
import type { ArtifactRoots } from '../artifacts/index.ts'
import { Denials, guarded, hearing, rights, type AllLookups } from '../guard/index.ts'
import type { Hearing } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import type { Gate, Log, Principal, Route } from '../platform/http/index.ts'
import { createOutbound, tracedOutbound } from '../platform/outbound/index.ts'
import type { Tracing } from '../platform/tracing/index.ts'
import type { Quotas } from '../quotas/index.ts'
import { Accounts, accountsGate, AuthFileProblem, createProvider, firstAdmin, oidcRoutes, readAuthFile, signInPages, signInRoutes } from '../sign-in/index.ts'
import { accessOf, grantOperations, Passwords, roleOperations, teamRoutes, userRoutes } from '../users/index.ts'
import { defaultWorkspace, workspaceOf } from '../workspaces/index.ts'
import { ConfigError, type ServerConfig } from './config.ts'
import type { CallerIn, Refused } from './gate.ts'
import { users } from './slices.ts'

/** What a server with accounts has besides. */
export interface AccountsParts extends AsyncDisposable {
  readonly gate: Gate
  readonly hearing: Hearing
  /** The caller in another workspace. */
  readonly callerIn: CallerIn
  readonly refused: Refused
  /** The workspaces that somebody may see, by name; undefined for all. */
  visibleWorkspaces(principal: Principal): Promise<ReadonlySet<string> | undefined>
  /** What is known of what people may do is old. */
  changed(): void
  /** What the one-time link of a new server holds, if nobody can sign in yet. */
  readonly setUpToken: string | undefined
  readonly notices: readonly string[]
  /** Names of people that hold a text and may read what is commented. */
  people(text: string, target: { readonly run_id?: string | undefined; readonly experiment_id?: string | undefined; readonly name?: string | undefined }, limit: number, principal: Principal): Promise<string[]>
  /** Routes for users, roles, grants and tokens. */
  readonly routes: readonly Route[]
  /** All routes, each behind the check of what it needs. */
  guard(routes: readonly Route[], roots: ArtifactRoots): Route[]
}

export async function openAccounts({ config, db, log, lookups, quotas, now, tracing }: { config: ServerConfig; db: Database; log: Log; lookups: AllLookups; quotas: Quotas; now(): number; tracing: Tracing | undefined }): Promise<AccountsParts> {
  const settings = await readSettings(config.accounts!)
  const passwords = new Passwords()
  const denials = new Denials(db, log)
  const noteFailure = ({ user, address, why }: { user: string; address: string; why: string }): void => denials.note({ principal: user, now: now(), endpoint: 'signIn', input: { address, why } })
  // With workspaces what nobody granted is nobody's, as in MLflow; one setting opens the one that is always there.
  const absentLevel = config.workspaces ? (workspace: string) => (settings.defaultWorkspaceOpen && workspace === defaultWorkspace.name ? settings.defaultLevel : 'NO_PERMISSIONS' as const) : undefined
  const accounts = new Accounts({
    db, users, passwords, defaultLevel: settings.defaultLevel, ...(absentLevel !== undefined && { absentLevel }), log, now,
    failed: noteFailure, renewed: () => lookups.forget(),
  })
  const { oidc } = config.accounts!
  const provider = oidc && createProvider(oidc, tracedOutbound(createOutbound({ allowedSchemes: oidc.issuer.startsWith('http:') ? ['https', 'http'] : ['https'], allowPrivate: oidc.allowPrivate || oidc.issuer.startsWith('http:') }), tracing, { alone: false }))
  const setUpToken = await firstAdmin({ db, users, passwords, now }, { username: settings.adminUsername, password: settings.adminPassword }).catch((error: unknown) => { throw asConfigError(error) })
  const changed = (): void => accounts.changed()
  return {
    setUpToken, notices: settings.notices, changed,
    callerIn: (caller, workspace) => accounts.callerIn(caller, workspace),
    refused: ({ principal, workspace, endpoint }) => denials.note({ principal, endpoint, input: { workspace }, now: now() }),
    async visibleWorkspaces(principal) {
      const access = accessOf(principal)
      if (access === undefined || access.isAdmin) return undefined
      const seen = new Set(await db.read(roleOperations.workspacesOfUser, { user_id: access.userId }))
      return settings.defaultWorkspaceOpen ? seen.add(defaultWorkspace.name) : seen
    },
    gate: accountsGate(accounts, { open: isOpen, trustedProxies: config.trustedProxies, staticPrefix: config.staticPrefix, elsewhere: oidc?.label }),
    hearing: ({ principal, headers, address, signal }) => {
      const access = accessOf(principal)
      return access === undefined ? () => false : hearing(accounts.follow(headers, address, access, signal))
    },
    async people(text, { run_id, experiment_id, name }, limit, principal) {
      const workspace = workspaceOf(principal)
      const here = lookups.in(workspace.id)
      const kind = name === undefined || name === '' ? undefined : await here.kindOf(name)
      const id = name || experiment_id || (await here.runExperiments([run_id ?? '']))[0]
      if (id === undefined) return []
      return db.scan(grantOperations.readers, { text, id, limit, type: kind === undefined ? 'experiment' : kind.prompt ? 'prompt' : 'registered_model', default: settings.defaultLevel, absent: absentLevel?.(workspace.name), workspace: workspace.name })
    },
    routes: [
      ...userRoutes({
        db, operations: users, passwords, defaultLevel: settings.defaultLevel, ...(absentLevel !== undefined && { absentLevel }), changed,
        confirm: async (password, { principal, address }) => await accounts.checkPassword(principal.name, password, address) !== undefined,
      }),
      ...teamRoutes({ db, changed }),
      ...signInRoutes({ db, changed }),
      ...signInPages({ db, accounts, users, passwords, elsewhere: oidc?.label }),
      ...adminRoutes({ db, users, passwords, changed, quotas }),
      ...oidcRoutes({
        db, accounts, provider, label: oidc?.label, adminGroup: oidc?.adminGroup, allowedGroups: oidc?.allowedGroups, linkUsers: oidc?.linkUsers ?? false, publicUrl: oidc?.publicUrl, failed: noteFailure,
      }),
    ],
    guard: (routes, roots) => guarded(routes.map((route) => followed(route, () => {
      changed()
      lookups.forget()
    })), {
      denials, lookups, current: (access) => accounts.current(access), accessIn: (access, workspace) => accounts.accessIn(access, workspace),
      places: { roots, destination: config.artifacts.destination },
    }),
    [Symbol.asyncDispose]: () => denials[Symbol.asyncDispose](),
  }
}

/** Endpoints that take rights along without being about them: what is granted on a model goes with its name, and a run's experiment decides over it. */
const takesRights: ReadonlySet<string> = new Set(['deleteRegisteredModel', 'renameRegisteredModel', 'changeRuns'])

/** What such a change takes away counts from the moment at which it is answered. */
function followed(route: Route, then: () => void): Route {
  if (!takesRights.has(route.endpoint.name)) return route
  const answer = route.handle as (input: unknown, context: unknown) => unknown
  return {
    endpoint: route.endpoint,
    handle: (async (input: unknown, context: unknown) => {
      const answered = await answer(input, context)
      then()
      return answered
    }) as Route['handle'],
  }
}

const isOpen = (endpoint: Endpoint): boolean => rights[endpoint.name]?.who === 'anybody'

async function readSettings({ file, adminUsername, adminPassword }: NonNullable<ServerConfig['accounts']>) {
  try {
    const settings = readAuthFile(file === undefined ? undefined : await readFile(file, 'utf8'))
    return { ...settings, adminUsername: adminUsername ?? settings.adminUsername, adminPassword: adminPassword ?? settings.adminPassword }
  } catch (error) {
    throw asConfigError((error as { code?: string }).code === 'ENOENT' ? new AuthFileProblem(`There is no file ${file}.`) : error)
  }
}

const asConfigError = (error: unknown): unknown =>
  error instanceof AuthFileProblem ? new ConfigError([{ source: 'MLFLOW_AUTH_CONFIG_PATH', what: error.message, fix: 'See docs/users.md.' }]) : error

const endpointsOfAccounts: readonly Endpoint[] = [...userEndpoints, ...roleEndpoints, ...permissionEndpoints, ...teamEndpoints, ...tokenEndpoints, ...signInEndpoints]

/** Without accounts their endpoints are not there, as in MLflow; an answer says how they would be. */
export const accountsAbsent = (): Route[] => endpointsOfAccounts.map((endpoint) => ({
  endpoint, handle: () => { throw new CairnError('ENDPOINT_NOT_FOUND', 'This server has no accounts. Start it with --app-name basic-auth to have them.') },
}))
