import { CairnError, invalid, notFound } from '@cairn/protocol'
import type { Context, Route } from '../platform/http/index.ts'
import { withUnseen } from '../runs/index.ts'
import { workspaceOf, type Place } from '../workspaces/index.ts'
import type { Input } from './check.ts'
import { ownersOfSource, pathIn, type FilePlaces } from './files.ts'
import type { AllLookups } from './lookups.ts'
import type { Need, Right } from './right.ts'
import { rights } from './rights.ts'

/**
 * What keeps requests inside of their workspace, from the same table that says what they need: ids
 * that lie in another workspace are answered as if they were not there. Names are looked up in the
 * workspace by the slices themselves. Only a server with workspaces has this in front of its handlers.
 */
export interface ConfineDeps {
  readonly lookups: AllLookups
  readonly places: FilePlaces
}

/** Searches that name no experiments; each asks the database for rows of its workspace alone. */
const byWorkspace: ReadonlySet<string> = new Set([
  'searchExperiments', 'searchExperimentsGet', 'searchRegisteredModels', 'searchModelVersions', 'listServingEndpoints', 'listViews', 'listExperimentOverview', 'getHome', 'listMentions',
])

/** Every route that shows things from several experiments must say how it stays in its workspace. */
export function checkConfined(routes: readonly Route[]): void {
  const open = routes.map(({ endpoint }) => endpoint.name).filter((name) => {
    const right = rights[name]
    return right?.who === 'reader' && right.narrows === undefined && !byWorkspace.has(name)
  })
  if (open.length > 0) throw new Error(`These endpoints do not say in guard/confine.ts how they stay in their workspace: ${open.join(', ')}.`)
}

/** The routes, each with the resources that it names looked for in the workspace of the request. */
export function confined(routes: readonly Route[], deps: ConfineDeps): Route[] {
  checkConfined(routes)
  return routes.map((route) => {
    const right = rights[route.endpoint.name]
    const check = right && checkOf(right, deps)
    if (check === undefined) return route
    const answer = route.handle as (input: Input, context: Context) => unknown
    return {
      endpoint: route.endpoint,
      handle: ((input: Input, context: Context): unknown => {
        const checked = check(input, workspaceOf(context.principal), context)
        return checked instanceof Promise ? checked.then((safe) => answer(safe, context)) : answer(checked, context)
      }) as Route['handle'],
    }
  })
}

type Check = (input: Input, workspace: Place, context: Context) => Input | Promise<Input>

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string' && one !== '') : text(value) === '' ? [] : [text(value)])

/** What a request names, that could be elsewhere. */
interface Named {
  readonly views: string[]
  readonly comments: string[]
  readonly experiments: string[]
  readonly runs: string[]
  readonly models: string[]
}

function checkOf(right: Right, deps: ConfineDeps): Check | undefined {
  if (right.who === 'reader') return right.narrows === undefined ? undefined : narrowing(right.narrows, deps)
  const needs = right.who === 'needs' ? right.needs : right.who === 'special' ? [...right.needs ?? [], ...ofRule[right.rule]] : []
  const naming = needs.filter(({ on }) => on in named)
  const moreOf = right.who === 'special' && right.rule === 'source' ? sourceCheck(deps) : undefined
  if (naming.length === 0 && moreOf === undefined) return undefined
  const check: Check = (input, workspace, context) => {
    const found: Named = { experiments: [], runs: [], models: [], views: [], comments: [] }
    for (const need of naming) named[need.on]!(need, input, found)
    const checked = insideOnly(found, workspace, deps)
    if (moreOf === undefined) return checked === undefined ? input : checked.then(() => input)
    return Promise.resolve(checked).then(() => moreOf(input, workspace, context)).then(() => input)
  }
  return right.who === 'special' && right.rule === 'change-runs' ? leavingOut(check, deps) : check
}

/** Where runs that are gone may be left out, those that are elsewhere are. */
const leavingOut = (check: Check, { lookups }: ConfineDeps): Check => async (input, workspace, context) => {
  if (input['skip_gone'] !== true) return check(input, workspace, context)
  const ids = texts(input['run_ids'])
  const experiments = await lookups.in(workspace.id).runExperiments(ids)
  await check({ ...input, run_ids: ids.filter((_, at) => experiments[at] !== undefined) }, workspace, context)
  return withUnseen(input, ids.filter((_, at) => experiments[at] === undefined))
}

/** Stands for the experiments that a list of changes names. */
const changed = 'changes[].experiment_id'
const changedBy = (input: Input): string[] => (Array.isArray(input['changes']) ? input['changes'] as Input[] : []).map((change) => text(change['experiment_id']))

/** What the endpoints with rules of their own name besides. */
const ofRule: Readonly<Record<Extract<Right, { who: 'special' }>['rule'], readonly Need[]>> = {
  audit: [], source: [], 'new-location': [], 'experiment-tag': [], 'change-experiments': [{ on: 'experiment', action: 'update', by: changed }],
  live: [{ on: 'run', action: 'read', by: 'run_ids', optional: true }, { on: 'experiment', action: 'read', by: 'experiment_ids' }],
  'presigned-upload': [{ on: 'run', action: 'update', by: 'run_id', optional: true }, { on: 'logged-model', action: 'update', by: 'model_id', optional: true }],
  'change-runs': [{ on: 'run', action: 'update', by: 'run_ids' }, { on: 'experiment', action: 'update', by: 'experiment_id' }],
}

const experiment = (need: Need, input: Input, { experiments }: Named): void => {
  if ('by' in need) experiments.push(...need.by === changed ? changedBy(input) : texts(input[need.by]))
}
const named: Partial<Record<Need['on'], (need: Need, input: Input, found: Named) => void>> = {
  experiment, 'new-view': (_need, input, { experiments }) => { experiments.push(...texts(input['experiment_ids'])) }, 'whole-experiment': experiment, 'new-in-experiment': experiment,
  run: (need, input, { runs }) => {
    if (need.on !== 'run') return
    const first = texts(input[need.by])
    runs.push(...(first.length > 0 || need.or === undefined ? first : texts(input[need.or])))
  },
  'logged-model': (need, input, { models }) => { if (need.on === 'logged-model') models.push(...texts(input[need.by])) },
  commented: (_need, input, { experiments, runs }) => {
    experiments.push(...texts(input['experiment_id']))
    runs.push(...texts(input['run_id']))
  },
  comment: (need, input, { comments }) => { if (need.on === 'comment') comments.push(...texts(input[need.by])) },
  view: (need, input, { views }) => { if (need.on === 'view') views.push(...texts(input[need.by])) },
  'logged-models-in': (need, input, { models }) => {
    if (need.on !== 'logged-models-in') return
    const list = Array.isArray(input[need.by]) ? input[need.by] as { model_id?: unknown }[] : []
    const ids = new Set<string>()
    for (const { model_id } of list) if (typeof model_id === 'string' && model_id !== '') ids.add(model_id)
    models.push(...ids)
  },
}

/** Throws what would be said if that which is elsewhere were not there; what is nowhere is left to the handler. */
function insideOnly({ experiments, runs, models, views, comments }: Named, workspace: Place, deps: ConfineDeps): undefined | Promise<void> {
  const ofRuns = runs.length === 0 ? [] : deps.lookups.runExperiments(runs)
  if (models.length > 0 || views.length > 0 || comments.length > 0 || ofRuns instanceof Promise) return slowly(ofRuns)
  return refuse([...experiments, ...ofRuns])

  async function slowly(waited: readonly (string | undefined)[] | Promise<readonly (string | undefined)[]>): Promise<void> {
    for (const id of views) if (await deps.lookups.in(workspace.id).viewFacts(id) === undefined) throw notFound(`There is no view ${id.slice(0, 40)}. It may have been deleted.`)
    for (const id of comments) if (await deps.lookups.in(workspace.id).commentFacts(id) === undefined) throw notFound(`There is no comment ${id.slice(0, 40)}. It may have been deleted.`)
    const ofModels: (string | undefined)[] = []
    for (const id of models) ofModels.push(await deps.lookups.modelExperiment(id))
    await refuse([...experiments, ...await waited, ...ofModels])
  }
  function refuse(ids: readonly (string | undefined)[]): undefined | Promise<void> {
    const asked = ids.filter((id) => id !== undefined)
    if (asked.length === 0) return undefined
    const judge = (found: readonly (number | undefined)[]): undefined => {
      const foreign = new Set(asked.filter((_, at) => found[at] !== undefined && found[at] !== workspace.id))
      if (foreign.size === 0) return undefined
      const at = ids.findIndex((id) => id !== undefined && foreign.has(id))
      if (at < experiments.length) throw notFound(`No Experiment with id=${experiments[at]} exists`)
      if (at < experiments.length + runs.length) throw notFound(`Run with id=${runs[at - experiments.length]} not found`)
      throw notFound(`Logged model with ID '${models[at - experiments.length - runs.length]}' not found.`)
    }
    const found = deps.lookups.workspaces(asked)
    return found instanceof Promise ? found.then(judge) : judge(found)
  }
}

/** Of the experiments that a search names, those that are here. Where none is left it searches one that is nowhere. */
const narrowing = (field: string, { lookups }: ConfineDeps): Check => (input, workspace) => {
  const ids = texts(input[field])
  if (ids.length === 0) return input
  const cut = (found: readonly (number | undefined)[]): Input => {
    const here = ids.filter((_, at) => found[at] === undefined || found[at] === workspace.id)
    return here.length === ids.length ? input : { ...input, [field]: here.length === 0 ? [nowhere] : here }
  }
  const found = lookups.workspaces(ids)
  return found instanceof Promise ? found.then(cut) : cut(found)
}

const nowhere = '-1'

/** A version of a model shows what lies at its source, so that must not be another workspace's. */
const sourceCheck = (deps: ConfineDeps) => async (input: Input, workspace: Place, context: Context): Promise<void> => {
  const source = text(input['source'])
  const owners = await ownersOfSource(source, context.host, deps.places, deps.lookups)
  const found = await deps.lookups.workspaces(owners)
  if (found.some((one) => one !== undefined && one !== workspace.id)) throw invalid(`Invalid model version source: '${source}'. It lies in another workspace.`)
}

/** Paths below the artifact proxy, as the workspace means them; in front of what asks for rights on them. */
export function inPlace(routes: readonly Route[], deps: ConfineDeps): Route[] {
  return routes.map((route) => {
    const right = rights[route.endpoint.name]
    const need = right?.who === 'needs' ? right.needs.find(({ on }) => on === 'file') : undefined
    if (need?.on !== 'file') return route
    const answer = route.handle as (input: Input, context: Context) => unknown
    return {
      endpoint: route.endpoint,
      handle: (async (input: Input, context: Context): Promise<unknown> => {
        const path = await pathIn(workspaceOf(context.principal), text(input[need.by]), need.action, deps.places, deps.lookups)
        if (path === undefined) throw new CairnError('RESOURCE_DOES_NOT_EXIST', `There is nothing at '${text(input[need.by]).slice(0, 200)}'.`)
        return answer(path === text(input[need.by]) ? input : { ...input, [need.by]: path }, context)
      }) as Route['handle'],
    }
  })
}
