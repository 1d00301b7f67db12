import { invalid, type ResourceType } from '@cairn/protocol'
import { proxiedPath, resolveLocation, type ArtifactRoots } from '../artifacts/index.ts'
import { defaultWorkspace, type Place } from '../workspaces/index.ts'
import type { Access, Action, Requirement } from '../users/index.ts'
import type { AllLookups, Lookups } from './lookups.ts'

/**
 * Whose a file is. Experiments keep their artifacts below a location of their own, `<root>/<id>` by
 * default; the experiment with the longest location in front of a path owns it. Below it MLflow's
 * folders tell the tier: `<run>/artifacts`, `models/<id>`, `traces/<id>`.
 */
export interface FilePlaces {
  readonly roots: ArtifactRoots
  /** The folder or bucket behind the proxy. */
  readonly destination: string
}

interface Owner {
  /** More than one where several experiments were given one location. */
  readonly experiments: readonly string[]
  /** Below the location. */
  readonly rest: readonly string[]
}

/** A path below the proxy, with `/` between its parts, as the resolver of names leaves it. */
export async function ownerOf(path: string, places: FilePlaces, lookups: Lookups): Promise<Owner | undefined> {
  const parts = path.split('/').filter((part) => part !== '')
  const { found, deepest } = await experimentsAround(parts, places, lookups)
  if (found.length > 0) return { experiments: found.map(({ id }) => String(id)), rest: parts.slice(deepest) }
  // The folder of an experiment that is not there (any more), or not yet.
  const own = parts[0] === 'workspaces' ? parts.slice(2) : parts
  return isId(own[0]) ? { experiments: [own[0]], rest: own.slice(1) } : undefined
}

/** The experiments whose location is the longest one in front of a path, and how many of its parts that has. */
async function experimentsAround(parts: readonly string[], places: FilePlaces, lookups: Pick<Lookups, 'experimentsAt'>): Promise<{ found: { readonly id: number }[]; deepest: number }> {
  const candidates: { location: string; depth: number }[] = []
  for (let depth = 0; depth <= parts.length; depth += 1) {
    const below = parts.slice(0, depth).join('/')
    for (const location of spellings(below, places)) candidates.push({ location, depth })
  }
  const found = await lookups.experimentsAt(candidates.map(({ location }) => location))
  const depths = new Map(candidates.map(({ location, depth }) => [location, depth]))
  const deepest = Math.max(-1, ...found.map(({ artifact_location }) => depths.get(artifact_location)!))
  return { found: found.filter(({ artifact_location }) => depths.get(artifact_location) === deepest), deepest }
}

const isId = (text: string | undefined): text is string => text !== undefined && /^(?:0|[1-9]\d{0,15})$/.test(text)

function spellings(below: string, { destination }: FilePlaces): string[] {
  const ends = below === '' ? ['/'] : [`/${below}`, `/${below}/`]
  const bare = destination.replace(/\/+$/, '')
  return [...ends.flatMap((end) => [`mlflow-artifacts:${end}`, `mlflow-artifacts://${end}`]), ...(below === '' ? [bare, `${bare}/`] : [`${bare}/${below}`, `${bare}/${below}/`])]
}

/**
 * A path below the proxy as a workspace means it, as in MLflow: below `workspaces/<name>`, but for
 * what was there before workspaces. What an experiment keeps is found by the experiment, wherever it
 * lies; undefined for what belongs to one of another workspace.
 */
export async function pathIn(workspace: Place, path: string, action: Action, places: FilePlaces, lookups: AllLookups): Promise<string | undefined> {
  const parts = proxiedPath(path).split('/').filter((part) => part !== '')
  const owned = async (of: readonly string[]): Promise<boolean | undefined> => {
    const { found } = await experimentsAround(of, places, lookups)
    return found.length === 0 ? undefined : await allHere(found.map(({ id }) => String(id)), workspace, lookups)
  }
  const whose = await owned(parts)
  if (whose === true) return path
  const scoped = belowWorkspace(workspace, path, parts)
  const whole = proxiedPath(scoped)
  if ((scoped === path ? whose : await owned(whole.split('/'))) === false) return undefined
  if (action === 'manage') {
    if (whole === '') return undefined
    const folders = [...new Set(spellings(whole, places).map((location) => `${location.replace(/\/+$/, '')}/`))]
    if (!await allHere((await lookups.experimentsBelow(folders, mostBelow)).map(String), workspace, lookups)) return undefined
  }
  return scoped
}

async function allHere(experiments: readonly string[], workspace: Place, lookups: AllLookups): Promise<boolean> {
  return (await lookups.workspaces(experiments)).every((one) => one === undefined || one === workspace.id)
}

function belowWorkspace({ name }: Place, path: string, parts: readonly string[]): string {
  const isDefault = name === defaultWorkspace.name
  if (parts[0] === 'workspaces') {
    if (parts[1] === undefined) throw invalid("Artifact paths prefixed with 'workspaces/' must include a workspace name.")
    if (parts[1] !== name) throw invalid(`Artifact path targets workspace '${parts[1]}' but the workspace specified in the request is '${name}'.`)
    return path
  }
  if (isDefault) return path
  return parts.length === 0 ? `workspaces/${name}` : `workspaces/${name}/${path}`
}

/** The experiments that own what a version of a model would show. */
export async function ownersOfSource(uri: string, host: string | undefined, places: FilePlaces, lookups: AllLookups): Promise<string[]> {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(uri) || /^(?:runs|models):/i.test(uri)) return []
  const place = placeOf(uri, places, host)
  if (place !== undefined && place.store === places.roots.proxied) return (await experimentsAround(place.path.split('/').filter((part) => part !== ''), places, lookups)).found.map(({ id }) => String(id))
  return ownersOfUri(uri, lookups)
}

const folders: Readonly<Record<string, ResourceType>> = { models: 'logged_model', traces: 'trace' }

/** The tiers that an action on a path below an experiment touches; deleting takes everything below it along. */
function tiersOf(rest: readonly string[], action: Action): ResourceType[] {
  const [first, second] = rest
  const recursive = action === 'manage'
  if (first === undefined) return recursive ? ['run', 'trace', 'logged_model'] : []
  const folder = Object.hasOwn(folders, first) ? folders[first] : undefined
  if (folder !== undefined) return [folder]
  if (second === 'artifacts' || /^[0-9a-f]{32}$/.test(first)) return ['run']
  return recursive ? ['run'] : []
}

function fileRequirements({ experiments, rest }: Owner, action: Action): Requirement[] {
  const tiers = tiersOf(rest, action)
  return experiments.flatMap((id): Requirement[] => (tiers.length === 0
    ? [{ type: 'experiment', id, action }]
    : [{ type: 'experiment', id, action: 'read' }, ...tiers.map((type): Requirement => ({ type, id: '*', action, otherwise: [{ type: 'experiment', id }] }))]))
}

/** Whether somebody may read, write or delete a path below the proxy. */
export async function mayTouch(path: string, action: Action, access: Access, places: FilePlaces, lookups: Lookups): Promise<boolean> {
  const owner = await ownerOf(path, places, lookups)
  // A folder that is deleted may hold whole experiments.
  if (action === 'manage' && (path === '' || !await managesBelow(spellings(path, places), access, lookups))) return false
  if (owner !== undefined) return access.may(fileRequirements(owner, action))
  // What belongs to no experiment: by the default.
  return action !== 'manage' && access.mayElsewhere(action)
}

const mostBelow = 1000

/** Whether somebody manages every experiment that keeps its files below a folder, given in all its spellings. */
async function managesBelow(locations: readonly string[], access: Access, lookups: Lookups): Promise<boolean> {
  const folders = [...new Set(locations.map((location) => `${location.replace(/\/+$/, '')}/`))]
  const below = await lookups.experimentsBelow(folders, mostBelow)
  return below.length < mostBelow && access.may(below.map((id) => ({ type: 'experiment', id: String(id), action: 'manage' })))
}

/**
 * Whether somebody may give a new experiment this location. A location inside of another
 * experiment's would make its files one's own, and so would the folder of an experiment to come, or
 * one that others lie in.
 */
export async function mayKeepAt(uri: string, host: string | undefined, access: Access, places: FilePlaces, lookups: Lookups): Promise<boolean> {
  const place = placeOf(uri, places, host)
  // What names no place behind our proxy is of no use; what names a place elsewhere is not ours to protect.
  if (place === undefined) return !/^mlflow-artifacts:\/(?!\/)/i.test(uri)
  // Of a place that is served, only a spelling that nobody needs is as long.
  if (uri.length > longestUri) return false
  if (place.store === places.roots.proxied) {
    // Other spellings of a place would not be found again.
    if (!spellings(place.path, places).includes(uri)) return false
    if (place.path === '' || !await managesBelow(spellings(place.path, places), access, lookups)) return false
    const owner = await ownerOf(place.path, places, lookups)
    return owner === undefined ? true : access.may(owner.experiments.map((id) => ({ type: 'experiment', id, action: 'manage' })))
  }
  const owners = await ownersOfUri(uri, lookups)
  return access.may(owners.map((id) => ({ type: 'experiment', id, action: 'manage' }))) && managesBelow([uri], access, lookups)
}

/** Whether somebody may register what lies there as a model version: whoever may read the version may read it then. */
export async function mayRegister(uri: string, host: string | undefined, access: Access, places: FilePlaces, lookups: Lookups): Promise<boolean> {
  if (!/^(?:s3|gs|wasbs?|abfss?):/i.test(uri)) return true
  const place = placeOf(uri, places, host)
  if (place === undefined) return true
  if (place.store === places.roots.proxied) return mayTouch(place.path, 'read', access, places, lookups)
  const owners = await ownersOfUri(uri, lookups)
  return owners.length > 0 && access.may(owners.map((id) => ({ type: 'experiment', id, action: 'read' })))
}

function placeOf(uri: string, { roots }: FilePlaces, host: string | undefined) {
  try {
    return resolveLocation(uri, roots, host)
  } catch {
    // Storage that this server does not serve is the client's affair.
    return undefined
  }
}

/** Every front of one is looked for, so what is compared is bounded: a place has at most 1024 bytes below its root, and sources that are longer are refused. */
const longestUri = 8192

/** The experiments whose location is the longest one in front of a URI. */
async function ownersOfUri(uri: string, lookups: Pick<Lookups, 'experimentsAt'>): Promise<string[]> {
  if (uri.length > longestUri) return []
  const bare = uri.replace(/\/+$/, '')
  const fronts: string[] = []
  for (let at = bare.length; at > 0; at = bare.lastIndexOf('/', at - 1)) fronts.push(bare.slice(0, at), `${bare.slice(0, at)}/`)
  const found = await lookups.experimentsAt(fronts)
  const longest = Math.max(0, ...found.map(({ artifact_location }) => artifact_location.replace(/\/+$/, '').length))
  return found.filter(({ artifact_location }) => artifact_location.replace(/\/+$/, '').length === longest).map(({ id }) => String(id))
}
