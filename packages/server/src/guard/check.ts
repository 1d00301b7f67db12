import { permissionFamilies, teamOfWorkspace, type ResourceType } from '@cairn/protocol'
import { proxiedPath } from '../artifacts/index.ts'
import type { Access, Requirement } from '../users/index.ts'
import { mayTouch, type FilePlaces } from './files.ts'
import type { Lookups, ViewFacts } from './lookups.ts'
import type { Need } from './right.ts'

export type Input = Readonly<Record<string, unknown>>

export interface Checks {
  readonly lookups: Lookups
  readonly places: FilePlaces
  /** What the same user may do in another workspace, by its name. */
  accessIn(access: Access, workspace: string): Promise<Access | undefined>
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : text(value) === '' ? [] : [text(value)])

/** What lies in an experiment is deleted and brought back with it. */
const tiersOfExperiment: readonly ResourceType[] = ['run', 'trace', 'logged_model', 'assessment', 'review_queue', 'scorer', 'scorer_version']

/** Whether somebody meets all needs. What is not there is answered like what is forbidden. */
export async function meets(needs: readonly Need[], input: Input, access: Access, checks: Checks): Promise<boolean> {
  for (const need of needs) if (!await meetsOne(need, input, access, checks)) return false
  return true
}

function meetsOne(need: Need, input: Input, access: Access, checks: Checks): boolean | Promise<boolean> {
  const { lookups, places } = checks
  switch (need.on) {
    case 'experiment': return access.may([{ type: 'experiment', id: text(input[need.by]), action: need.action }])
    case 'experiment-by-name': return lookups.experimentByName(text(input[need.by])).then((id) =>
      // There is nothing to protect, and clients know the answer.
      id === undefined || access.may([{ type: 'experiment', id, action: need.action }]))
    case 'whole-experiment': {
      const id = text(input[need.by])
      return access.may([
        { type: 'experiment', id, action: need.action },
        ...tiersOfExperiment.map((type): Requirement => ({ type, id: '*', action: need.action, otherwise: [{ type: 'experiment', id }] })),
      ])
    }
    case 'run': {
      const first = texts(input[need.by])
      const ids = first.length > 0 || need.or === undefined ? first : texts(input[need.or])
      if (ids.length === 0) return need.optional === true || missingRun(input, need.by)
      const experiments = lookups.runExperiments(ids)
      const decide = (found: readonly (string | undefined)[]): boolean => found.every((id) => mayOnRun(id, need.action, access))
      return experiments instanceof Promise ? experiments.then(decide) : decide(experiments)
    }
    case 'logged-model': return need.optional === true && text(input[need.by]) === '' ? true : loggedModels([text(input[need.by])], need.action, access, lookups)
    case 'logged-models-in': {
      const list = Array.isArray(input[need.by]) ? input[need.by] as { model_id?: unknown }[] : []
      const ids = new Set<string>()
      for (const { model_id } of list) if (typeof model_id === 'string' && model_id !== '') ids.add(model_id)
      return ids.size === 0 ? true : loggedModels([...ids], need.action, access, lookups)
    }
    case 'new-in-experiment': return access.may([
      { type: 'experiment', id: text(input[need.by]), action: 'update' }, { type: need.type, id: '*', action: 'not_denied' },
    ])
    case 'new-experiment': return access.mayCreate('experiment')
    case 'new-model': return access.mayCreate(saysPrompt(input['tags']) ? 'prompt' : 'registered_model', text(input['name']))
    case 'model': case 'version': case 'whole-model': case 'alias': case 'new-version': return model(need, input, access, lookups)
    case 'serving-endpoint': return servingEndpoint(need, input, access, lookups)
    case 'view': return lookups.viewFacts(text(input[need.by])).then((known) => known !== undefined && mayView(known, need.action, input, access))
    case 'new-view': return mayView({ experiment_ids: texts(input['experiment_ids']), shared: false, created_by: access.name }, 'update', input, access)
    case 'commented': return (need.write !== true || access.scope?.level !== 'read') && commented(input, 'read', access, checks)
    case 'comment': return mayChangeComment(need, input, access, checks)
    case 'file': return mayTouch(proxiedPath(text(input[need.by]), need.or === undefined ? undefined : text(input[need.or])), need.action, access, places, lookups)
    case 'user': return access.isAdmin || (text(input[need.by]) === access.name && access.scope === undefined)
    case 'role': return role(need, input, access, checks)
    case 'workspace': return workspace(need, input, access, checks)
    case 'team': return team(need, input, access, lookups)
    case 'granted-resource': return granted(text(input['resource_type']), text(input['resource_id']), access)
    case 'effective-permission': return access.managesWorkspace || (text(input['username']) === access.name && access.scope?.only === undefined)
    case 'family': {
      const family = permissionFamilies.find(({ type }) => type === need.type)!
      return granted(need.type, family.fields.map((field) => text(input[field])).join('/'), access)
    }
  }
}

/** The handler says which parameter is missing. */
const missingRun = (input: Input, by: string): boolean => !(by in input) || Array.isArray(input[by])

const inExperiment = (type: ResourceType, experiment: string, action: Requirement['action']): Requirement[] => [
  { type: 'experiment', id: experiment, action: 'read' }, { type, id: '*', action, otherwise: [{ type: 'experiment', id: experiment }] },
]

/** By the experiment that a run is in; undefined where there is no such run. */
export const mayOnRun = (experiment: string | undefined, action: Requirement['action'], access: Access): boolean => experiment !== undefined && access.may(inExperiment('run', experiment, action))

async function loggedModels(ids: readonly string[], action: Requirement['action'], access: Access, lookups: Lookups): Promise<boolean> {
  for (const id of ids) {
    const experiment = await lookups.modelExperiment(id)
    if (experiment === undefined || !access.may(inExperiment('logged_model', experiment, action))) return false
  }
  return true
}

async function model(need: Extract<Need, { on: 'model' | 'version' | 'whole-model' | 'alias' | 'new-version' }>, input: Input, access: Access, lookups: Lookups): Promise<boolean> {
  const name = text(input[need.by])
  const kind = await lookups.kindOf(name)
  const type = kind?.prompt === true ? 'prompt' : 'registered_model'
  // Of one that is not there MLflow says so to whoever may read by default, and refuses what would change it.
  if (kind === undefined) return (need.on === 'model' || need.on === 'version') && need.action === 'read' && access.may([{ type, id: name, action: 'read' }])
  return access.may(ofModel(need, type, name))
}

/** Of an endpoint that is not there, the handler says so to whoever may read models by default. */
async function servingEndpoint({ action, by }: Extract<Need, { on: 'serving-endpoint' }>, input: Input, access: Access, lookups: Lookups): Promise<boolean> {
  const name = await lookups.modelOfEndpoint(text(input[by]))
  return access.may([{ type: 'registered_model', id: name ?? '', action }])
}

function ofModel(need: Extract<Need, { on: 'model' | 'version' | 'whole-model' | 'alias' | 'new-version' }>, type: 'prompt' | 'registered_model', name: string): Requirement[] {
  const versions: ResourceType = type === 'prompt' ? 'prompt_version' : 'registered_model_version'
  const otherwise = [{ type, id: name }]
  switch (need.on) {
    case 'model': return [{ type, id: name, action: need.action }]
    case 'version': return need.action === 'read'
      ? [{ type, id: name, action: 'read' }, { type: versions, id: '*', action: 'not_denied' }]
      : [{ type, id: name, action: 'read' }, { type: versions, id: '*', action: need.action, otherwise }]
    case 'whole-model': return [{ type, id: name, action: need.action }, { type: versions, id: '*', action: need.action, otherwise }]
    case 'alias': return [{ type, id: name, action: need.action }, { type: versions, id: '*', action: 'read', otherwise }]
    case 'new-version': return [{ type, id: name, action: 'update' }, { type: versions, id: '*', action: 'not_denied' }]
  }
}

async function role(need: Extract<Need, { on: 'role' }>, input: Input, access: Access, checks: Checks): Promise<boolean> {
  if (access.isAdmin) return true
  const workspaces = need.by === 'workspace' ? texts(input['workspace']) : [await checks.lookups.roleWorkspace(input)]
  if (workspaces.length === 0) return false
  // Roles tell what was granted to whom, by the names of things that somebody may not know of: others' are for who manages the workspace.
  const own = need.action === 'read' && need.by !== 'workspace' && access.scope?.only === undefined && await checks.lookups.holdsRole(input, access.userId)
  for (const name of workspaces) {
    const there = name === undefined ? undefined : await accessThere(access, name, checks)
    if (there?.managesWorkspace !== true && !own) return false
  }
  return true
}

const accessThere = (access: Access, workspace: string, checks: Checks): Access | undefined | Promise<Access | undefined> =>
  (workspace === access.workspace ? access : checks.accessIn(access, workspace))

/** To make a workspace is for admins, and for managers of the team whose it will be; to see one, for whoever has anything there. */
async function workspace({ action, by }: Extract<Need, { on: 'workspace' }>, input: Input, access: Access, checks: Checks): Promise<boolean> {
  const name = text(input[by])
  if (action === 'create') {
    const owner = teamOfWorkspace(name)
    if (owner === undefined || access.scope?.only !== undefined || (access.scope !== undefined && access.scope.level !== 'admin')) return false
    return (await checks.lookups.teamMembership(owner, access.userId))?.manager === true
  }
  const there = await accessThere(access, name, checks)
  return action === 'read' ? there?.isPresent === true || there?.may([{ type: 'workspace', id: '*', action: 'read' }]) === true : there?.managesWorkspace === true && name !== 'default'
}

async function team({ action, by }: Extract<Need, { on: 'team' }>, input: Input, access: Access, lookups: Lookups): Promise<boolean> {
  if (access.managesTeams) return true
  if (access.scope !== undefined && (access.scope.only !== undefined || (action === 'manage' && access.scope.level !== 'admin'))) return false
  const member = await lookups.teamMembership(text(input[by]), access.userId)
  return member !== undefined && (action === 'read' || member.manager)
}

/** All that a request names: the handler says that it must be one. */
async function commented(target: Input, action: 'read' | 'manage', access: Access, checks: Checks): Promise<boolean> {
  const named = (['run_id', 'experiment_id', 'name'] as const).filter((field) => text(target[field]) !== '')
  for (const by of named) {
    if (!await meetsOne({ on: by === 'run_id' ? 'run' : by === 'name' ? 'version' : 'experiment', action, by }, target, access, checks)) return false
  }
  return true
}

async function mayChangeComment({ action, by }: Extract<Need, { on: 'comment' }>, input: Input, access: Access, checks: Checks): Promise<boolean> {
  const known = await checks.lookups.commentFacts(text(input[by]))
  if (known === undefined || access.scope?.level === 'read') return false
  const target = known.target as Input
  if (!await commented(target, 'read', access, checks)) return false
  if (known.author === access.name || (action === 'update' && input['text'] === undefined && input['deleted'] === undefined)) return true
  return action === 'delete' && commented(target, 'manage', access, checks)
}

/** What is or becomes shared changes what everybody sees of the experiments. */
function mayView({ experiment_ids, shared, created_by }: ViewFacts, action: 'read' | 'update', input: Input, access: Access): boolean {
  const all = (wanted: 'read' | 'update'): boolean => access.may(experiment_ids.map((id) => ({ type: 'experiment', id, action: wanted })))
  if (experiment_ids.length === 0 || !all('read') || !(shared || created_by === access.name)) return false
  if (action === 'read') return true
  return shared || input['shared'] === true || input['is_default'] === true ? all('update') : access.scope?.level !== 'read'
}

/** Who may manage a resource may grant on it; on all of a type, only an admin of the workspace. */
function granted(type: string, id: string, access: Access): boolean {
  if (access.managesWorkspace) return true
  if (id === '*' || id === '' || access.scope !== undefined) return false
  return access.may([{ type: type as ResourceType, id, action: 'manage' }])
}

const saysPrompt = (tags: unknown): boolean => {
  const last = (Array.isArray(tags) ? tags as { key?: string; value?: string }[] : []).findLast(({ key }) => key === 'mlflow.prompt.is_prompt')
  return last?.value?.toLowerCase() === 'true'
}
