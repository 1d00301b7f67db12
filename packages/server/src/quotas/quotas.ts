import { invalid, notFound, quotaKinds, teamOfWorkspace, type Quota, type QuotaKind, type TeamQuota } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write, type AnyOperation } from '../platform/db/index.ts'
import { askForMeasure, insertChange, lastChange, putLimit, putMeasured, putTeamLimit, selectLimits, selectMeasured, selectNames, selectTeamLimits, type Limits, type Measured } from './quotas-store.ts'
import { placesOfWorkspace, teamNumber, usageByWorkspace, type CountedKind, type Usage } from './usage-view.ts'

export interface Known {
  /** Of all workspaces, by number. */
  readonly names: Map<number, string>
  readonly limits: Map<number, Limits>
  readonly teamLimits: Map<string, Limits>
  readonly measured: Map<number, Measured>
}

/** Names, limits and measured bytes of all workspaces, and limits of teams. */
export const readQuotas = read('quotas.read', async (tx): Promise<Known> =>
  ({ names: await selectNames(tx), limits: await selectLimits(tx), teamLimits: await selectTeamLimits(tx), measured: await selectMeasured(tx) }))

/** The numbers of the workspaces of each team, by its name. */
export function teamsAmong(names: ReadonlyMap<number, string>): Map<string, number[]> {
  const teams = new Map<string, number[]>()
  for (const [id, name] of names) {
    const team = teamOfWorkspace(name)
    if (team !== undefined) teams.set(team, [...teams.get(team) ?? [], id])
  }
  return teams
}

export const readUsage = read('quotas.usage', (tx, { kinds }: { kinds: readonly CountedKind[] }): Promise<Map<number, Usage>> => usageByWorkspace(tx, kinds))

/** Limits as they are after a request, and those of them that it changes. -1 takes a limit away. */
function changedLimits(before: Limits, asked: Limits): { after: Limits; put: [QuotaKind, number | undefined][] } {
  const after = { ...before }
  const put: [QuotaKind, number | undefined][] = []
  for (const kind of quotaKinds) {
    const most = asked[kind]
    if (most === undefined) continue
    if (!Number.isSafeInteger(most) || most < -1) throw invalid(`A limit is a whole number from 0 on, or -1 for none; got ${most} for ${kind}.`)
    put.push([kind, most === -1 ? undefined : most])
    if (most === -1) delete after[kind]
    else after[kind] = most
  }
  return { after, put }
}

export const setLimits = write('quotas.set', async (tx, { workspace, limits, author }: { workspace: { id: number; name: string }; limits: Limits; author: Author }): Promise<void> => {
  const before = (await selectLimits(tx)).get(workspace.id) ?? {}
  const { after, put } = changedLimits(before, limits)
  for (const [kind, most] of put) await putLimit(tx, workspace.id, kind, most)
  await recordChange(tx, author, { entity: 'workspace', uid: `workspace:${workspace.id}`, name: workspace.name, action: 'set_quotas', before, after })
})

/** Of a team that has members, workspaces, or both. */
export const setTeamLimits = write('quotas.setTeam', async (tx, { team, limits, author }: { team: string; limits: Limits; author: Author }): Promise<void> => {
  const number = await teamNumber(tx, team)
  const before = (await selectTeamLimits(tx)).get(team)
  if (number === undefined && before === undefined && !teamsAmong(await selectNames(tx)).has(team)) throw notFound(`There is no team '${team}' and no workspace of one (${team}--…).`)
  if (teamOfWorkspace(`${team}--x`) !== team) throw invalid(`A team '${team}' has no workspaces to be limited: their names (TEAM--REPO) are of a-z, 0-9 and -.`)
  const { after, put } = changedLimits(before ?? {}, limits)
  for (const [kind, most] of put) await putTeamLimit(tx, team, kind, most)
  await recordChange(tx, author, { entity: 'team', uid: number === undefined ? `team-name:${team}` : `team:${number}`, name: team, action: 'set_quotas', before: before ?? {}, after })
})

/** A file was stored. */
export const noteStored = write('quotas.stored', async (tx, { workspace, bytes }: { workspace: number; bytes: number }): Promise<void> => { await insertChange(tx, workspace, bytes) })

/** What is stored may be less than is known: files were deleted or replaced. Undefined for every workspace. */
export const measureAgain = write('quotas.measureAgain', async (tx, { workspace }: { workspace: number | undefined }): Promise<void> => { await askForMeasure(tx, workspace) })

/** Where a workspace's files are, and the last change that a measure which begins now sees. */
export const toMeasure = read('quotas.toMeasure', async (tx, { workspace }: { workspace: number }) => ({ places: await placesOfWorkspace(tx, workspace), upTo: await lastChange(tx) }))

export const noteMeasured = write('quotas.measured', async (tx, { workspace, upTo, ...measured }: Measured & { workspace: number; upTo: number }): Promise<void> => { await putMeasured(tx, workspace, measured, upTo) })

export const quotaOperations: AnyOperation[] = [readQuotas, readUsage, setLimits, setTeamLimits, noteStored, measureAgain, toMeasure, noteMeasured]

export interface Defaults {
  /** For workspaces that have none of their own. */
  readonly workspaces: Limits
  /** For teams that have none of their own. */
  readonly teams: Limits
}

const countedKinds = ['runs', 'experiments', 'points', 'registered_models'] as const

/** All of it as clients are told it. */
export function toQuotas({ names, limits, teamLimits, measured }: Known, usage: ReadonlyMap<number, Usage>, defaults: Defaults): { quotas: Quota[]; teams: TeamQuota[] } {
  const bytesOf = (ids: readonly number[]): { artifact_bytes?: number } => {
    const known = ids.flatMap((id) => measured.get(id)?.bytes ?? [])
    return known.length === 0 ? {} : { artifact_bytes: known.reduce((sum, bytes) => sum + bytes) }
  }
  const usedIn = (ids: readonly number[], withBytes: boolean) => ({
    ...Object.fromEntries(countedKinds.map((kind) => [kind, ids.reduce((sum, id) => sum + (usage.get(id)?.[kind] ?? 0), 0)])) as Usage, ...(withBytes && bytesOf(ids)),
  })
  const byTeam = teamsAmong(names)
  const limitsOf = (team: string): Limits => ({ ...defaults.teams, ...teamLimits.get(team) })
  return {
    quotas: [...names].map(([id, name]) => {
      const own = { ...defaults.workspaces, ...limits.get(id) }
      const team = teamOfWorkspace(name)
      return { workspace: name, limits: own, usage: usedIn([id], own.artifact_bytes !== undefined || (team !== undefined && limitsOf(team).artifact_bytes !== undefined)) }
    }),
    teams: [...new Set([...byTeam.keys(), ...teamLimits.keys()])].sort().map((team) => {
      const ids = byTeam.get(team) ?? []
      const own = limitsOf(team)
      return { team, workspaces: ids.map((id) => names.get(id)!).sort(), limits: own, usage: usedIn(ids, own.artifact_bytes !== undefined) }
    }),
  }
}
