import * as api from '@cairn/protocol'
import { invalid, quotaKinds, type Quota, type QuotaKind, type TeamQuota } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Principal, type Route } from '../platform/http/index.ts'
import { authorOf, missingWorkspace } from '../workspaces/index.ts'
import type { QuotaKeeper } from './keeper.ts'
import { readQuotas, readUsage, setLimits, setTeamLimits, toQuotas, type Defaults } from './quotas.ts'
import type { Limits } from './quotas-store.ts'

export interface QuotaDeps {
  readonly quotas: Quotas
  /** Which of the workspaces somebody may see, by name; undefined for all. */
  visible(principal: Principal): Promise<ReadonlySet<string> | undefined>
}

/** Limits and usage of every workspace and team, by name, and the way to set them. */
export interface Quotas {
  all(): Promise<{ readonly quotas: readonly Quota[]; readonly teams: readonly TeamQuota[] }>
  set(workspace: string, limits: Limits, context: Pick<Context, 'principal' | 'now'>): Promise<void>
  setTeam(team: string, limits: Limits, context: Pick<Context, 'principal' | 'now'>): Promise<void>
}

export function openQuotas(db: Database, keeper: Pick<QuotaKeeper, 'changed'>, defaults: Defaults): Quotas {
  return {
    async all() {
      const [known, usage] = await Promise.all([
        db.read(readQuotas, null), db.scan(readUsage, { kinds: ['runs', 'experiments', 'points', 'registered_models'] }),
      ])
      return toQuotas(known, usage, defaults)
    },
    async set(name, limits, context) {
      const { names } = await db.read(readQuotas, null)
      const [id] = [...names].find(([, one]) => one === name) ?? []
      if (id === undefined) throw missingWorkspace(name)
      await db.write(setLimits, { workspace: { id, name }, limits: some(limits), author: authorOf(context) })
      await keeper.changed()
    },
    async setTeam(team, limits, context) {
      await db.write(setTeamLimits, { team, limits: some(limits), author: authorOf(context) })
      await keeper.changed()
    },
  }
}

function some(limits: Limits): Limits {
  if (Object.keys(limits).length === 0) throw invalid(`Say what is limited: ${quotaKinds.join(', ')}.`)
  return limits
}

const asLimits = (given: Partial<Record<QuotaKind, number | bigint>>): Limits =>
  Object.fromEntries(quotaKinds.flatMap((kind) => (given[kind] === undefined ? [] : [[kind, Number(given[kind])]])))

export function quotaRoutes({ quotas, visible }: QuotaDeps): Route[] {
  return [
    route(api.listQuotas, async (_input, { principal }) => {
      const [seen, all] = await Promise.all([visible(principal), quotas.all()])
      if (seen === undefined) return { quotas: [...all.quotas], teams: [...all.teams] }
      return {
        quotas: all.quotas.filter(({ workspace }) => seen.has(workspace)),
        // A sum would tell of what somebody may not see.
        teams: all.teams.filter(({ workspaces }) => workspaces.length > 0 && workspaces.every((name) => seen.has(name))),
      }
    }),
    route(api.setQuotas, async ({ workspace_name: name, ...given }, context) => {
      await quotas.set(name, asLimits(given), context)
      return { quota: (await quotas.all()).quotas.find(({ workspace }) => workspace === name)! }
    }),
    route(api.setTeamQuotas, async ({ name, ...given }, context) => {
      await quotas.setTeam(name, asLimits(given), context)
      return { quota: (await quotas.all()).teams.find(({ team }) => team === name)
        // The last limit of a team without workspaces was taken away.
        ?? { team: name, workspaces: [], limits: {}, usage: {} } }
    }),
  ]
}
