import { endpoint } from './endpoint.ts'
import { CairnError } from './errors.ts'
import { answer, Empty, Int64, List, message, Str, type Static } from './schema.ts'

/** What may be limited in a workspace or over all of a team's. What was deleted counts until it is removed for good. */
export const quotaKinds = ['runs', 'experiments', 'points', 'artifact_bytes', 'registered_models'] as const
export type QuotaKind = (typeof quotaKinds)[number]

/** How people say it. */
export const quotaWords: Readonly<Record<QuotaKind, string>> = {
  runs: 'runs', experiments: 'experiments', points: 'metric points', artifact_bytes: 'bytes of artifacts', registered_models: 'registered models',
}

const amounts = { runs: Int64, experiments: Int64, points: Int64, artifact_bytes: Int64, registered_models: Int64 }

/** Of one workspace: its limits, and how much of them is used. */
export const Quota = answer({
  workspace: Str,
  /** Absent for what is not limited. */
  limits: answer({}, amounts),
  /** As it is stored now; bytes of artifacts are there where they are limited and have been measured. */
  usage: answer({}, amounts),
})
export type Quota = Static<typeof Quota>

/** Of one team: what all its workspaces (`<team>--<repo>`) hold and may hold together. */
export const TeamQuota = answer({
  team: Str,
  /** Their names, by name. */
  workspaces: List(Str),
  limits: answer({}, amounts),
  usage: answer({}, amounts),
})
export type TeamQuota = Static<typeof TeamQuota>

const group = 'quotas'
const api = 'cairn'

export const listQuotas = endpoint({
  name: 'listQuotas', method: 'GET', api, path: '/quotas', group,
  summary: 'Limits and usage of the workspaces that the caller may see, by name, and of the teams all of whose workspaces the caller may see.',
  request: Empty, response: answer({ quotas: List(Quota), teams: List(TeamQuota) }),
})

export const setQuotas = endpoint({
  name: 'setQuotas', method: 'PATCH', api, path: '/quotas/{workspace_name}', group,
  summary: 'Sets limits of a workspace; -1 takes one away, so that the server\'s own (`--quota`) holds. What is there already stays.',
  request: message({ workspace_name: Str }, amounts), response: answer({ quota: Quota }),
})

export const setTeamQuotas = endpoint({
  name: 'setTeamQuotas', method: 'PATCH', api, path: '/teams/{name}/quotas', group,
  summary: 'Sets limits on what all workspaces of a team hold together; -1 takes one away, so that the server\'s own (`--team-quota`) holds. What is there already stays.',
  request: message({ name: Str }, amounts), response: answer({ quota: TeamQuota }),
})

export const quotaEndpoints = [listQuotas, setQuotas, setTeamQuotas] as const

/**
 * What a request is told that would go beyond a limit. MLflow's code for it has the status 429, which its
 * client tries again for four minutes; nothing that waits would help here, so the status is one that is final.
 */
export const quotaExceeded = (message: string): CairnError => new CairnError('RESOURCE_EXHAUSTED', message, {}, 403)

const thousands: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }
const binary: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/** A limit as people write it: 5000, 100k, 1G; for bytes k, M, G and T are powers of 1024. Undefined for what is none. */
export function parseQuota(kind: QuotaKind, text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)$/i.exec(text.trim())
  if (match === null) return undefined
  const value = Math.round(Number(match[1]) * (kind === 'artifact_bytes' ? binary : thousands)[match[2]!.toLowerCase()]!)
  return Number.isSafeInteger(value) ? value : undefined
}

/** `runs=100k,artifact_bytes=500G`; the word that is none where it cannot be read. */
export function parseQuotas(text: string): Partial<Record<QuotaKind, number>> | { readonly wrong: string } {
  const limits: Partial<Record<QuotaKind, number>> = {}
  for (const part of text.split(',').map((one) => one.trim()).filter((one) => one !== '')) {
    const [name, amount = ''] = part.split('=', 2)
    const kind = quotaKinds.find((one) => one === name)
    const most = kind && parseQuota(kind, amount)
    if (kind === undefined || most === undefined) return { wrong: part }
    limits[kind] = most
  }
  return limits
}
