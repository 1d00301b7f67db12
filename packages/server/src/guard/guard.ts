import { CairnError } from '@cairn/protocol'
import type { Context, Route } from '../platform/http/index.ts'
import { accessOf, type Access } from '../users/index.ts'
import { workspaceOf } from '../workspaces/index.ts'
import { meets, type Checks, type Input } from './check.ts'
import type { AllLookups } from './lookups.ts'
import type { Denials } from './denials.ts'
import type { Right, Verdict } from './right.ts'
import { rights } from './rights.ts'
import { special } from './special.ts'

export interface GuardDeps extends Omit<Checks, 'lookups'> {
  readonly lookups: AllLookups
  readonly denials: Denials
  /** What somebody may do now, whatever is kept: asked before a refusal. */
  current(access: Access): Promise<Access | undefined>
}

/** Every route must say what it needs: one that does not would be open to everybody who has signed in. */
export function checkRights(routes: readonly Route[]): void {
  const silent = routes.map(({ endpoint }) => endpoint.name).filter((name) => !Object.hasOwn(rights, name))
  if (silent.length > 0) throw new Error(`These endpoints do not say in guard/rights.ts what a caller needs: ${silent.join(', ')}.`)
}

/** The routes, each behind the check of what it needs. Only a server with accounts has them. */
export const guarded = (routes: readonly Route[], deps: GuardDeps): Route[] => {
  checkRights(routes)
  return routes.map((route) => {
    const right = rights[route.endpoint.name]!
    return right.who === 'anybody' ? route : { endpoint: route.endpoint, handle: behind(route, right, deps) as Route['handle'] }
  })
}

function behind({ endpoint, handle }: Route, right: Exclude<Right, { who: 'anybody' }>, deps: GuardDeps) {
  const answer = handle as (input: Input, context: Context) => unknown
  const pass = (verdict: Verdict, input: Input, context: Context): unknown => answer(typeof verdict === 'object' ? verdict.input : input, context)
  return (input: Input, context: Context): unknown => {
    const access = accessOf(context.principal)
    if (access === undefined) throw denied()
    if (access.isAdmin) return answer(input, context)
    const first = decide(right, input, access, context, deps)
    return first === true ? answer(input, context) : decided(first, input, access, context)
  }

  async function decided(first: Verdict | Promise<Verdict>, input: Input, access: Access, context: Context): Promise<unknown> {
    const verdict = await first
    if (verdict !== false) return pass(verdict, input, context)
    // Something may have been granted since, perhaps by another server.
    const now = await deps.current(access)
    const again = now !== undefined && await decide(right, input, now, context, deps)
    if (again !== false) return pass(again, input, context)
    deps.denials.note({ endpoint: endpoint.name, input, principal: context.principal.name, now: context.now() })
    throw denied()
  }
}

/** Where the request is; what is elsewhere is not there. */
const checksIn = ({ principal }: Context, deps: GuardDeps): Checks => ({ ...deps, lookups: deps.lookups.in(workspaceOf(principal).id) })

const denied = (): CairnError => new CairnError('PERMISSION_DENIED', 'Permission denied')

function decide(right: Exclude<Right, { who: 'anybody' }>, input: Input, access: Access, context: Context, deps: GuardDeps): Verdict | Promise<Verdict> {
  switch (right.who) {
    case 'signed-in': return access.scope === undefined || ((right.changes !== true || access.scope.level !== 'read') && ((right.changes ?? right.whole) !== true || access.scope.only === undefined))
    case 'admin': return access.isAdmin
    case 'watcher': return access.watches
    case 'workspace-admin': return access.managesWorkspace
    case 'teams-admin': return access.managesTeams
    case 'reader': return narrowed(right, input, access)
    case 'needs': return meets(right.needs, input, access, checksIn(context, deps))
    case 'special': return special(right, input, access, context, checksIn(context, deps))
  }
}

/** Of the experiments that a search names, those that its caller may read; so that pages stay full. */
function narrowed({ narrows, tier, filtersRuns, orRefuse }: Extract<Right, { who: 'reader' }>, input: Input, access: Access): Verdict {
  // A filter by runs would tell of runs whatever its answers leave out.
  if (filtersRuns !== undefined && access.granted('run', '*') === 'DENY' && String(input['filter'] ?? '').includes(filtersRuns)) return false
  const ids = narrows === undefined ? undefined : input[narrows]
  if (!Array.isArray(ids)) return true
  const forbidden = tier !== undefined && access.granted(tier, '*') === 'DENY'
  const readable = forbidden ? [] : ids.filter((id) => typeof id === 'string' && access.canRead('experiment', id))
  if (readable.length === ids.length) return true
  return readable.length === 0 && orRefuse === true ? false : { input: { ...input, [narrows!]: readable } }
}
