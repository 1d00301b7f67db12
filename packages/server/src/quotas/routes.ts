import * as api from '@cairn/protocol'
import { invalid, quotaKinds, type Quota } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Principal, type Route } from '../platform/http/index.ts'
import { authorOf, missingWorkspace } from '../workspaces/index.ts'
import type { QuotaKeeper } from './keeper.ts'
import { readQuotas, readUsage, setLimits, toQuota } from './quotas.ts'
import type { Limits } from './quotas-store.ts'

export interface QuotaDeps {
  readonly quotas: Quotas
  /** Which of the workspaces somebody may see, by name; undefined for all. */
  visible(principal: Principal): Promise<ReadonlySet<string> | undefined>
}

/** Limits and usage of every workspace, by name, and the way to set them. */
export interface Quotas {
  all(): Promise<Quota[]>
  set(workspace: string, limits: Limits, context: Pick<Context, 'principal' | 'now'>): Promise<void>
}

export function openQuotas(db: Database, keeper: Pick<QuotaKeeper, 'changed'>, defaults: Limits): Quotas {
  return {
    async all() {
      const [{ names, limits, measured }, usage] = await Promise.all([
        db.read(readQuotas, null), db.scan(readUsage, { kinds: ['runs', 'experiments', 'points', 'registered_models'] }),
      ])
      return [...names].map(([id, name]) => toQuota(name, { ...defaults, ...limits.get(id) }, usage.get(id), measured.get(id)))
    },
    async set(name, limits, context) {
      const { names } = await db.read(readQuotas, null)
      const [id] = [...names].find(([, one]) => one === name) ?? []
      if (id === undefined) throw missingWorkspace(name)
      if (Object.keys(limits).length === 0) throw invalid(`Say what is limited: ${quotaKinds.join(', ')}.`)
      await db.write(setLimits, { workspace: { id, name }, limits, author: authorOf(context) })
      await keeper.changed()
    },
  }
}

export function quotaRoutes({ quotas, visible }: QuotaDeps): Route[] {
  return [
    route(api.listQuotas, async (_input, { principal }) => {
      const seen = await visible(principal)
      return { quotas: (await quotas.all()).filter(({ workspace }) => seen === undefined || seen.has(workspace)) }
    }),
    route(api.setQuotas, async ({ workspace_name: name, ...given }, context) => {
      await quotas.set(name, Object.fromEntries(quotaKinds.flatMap((kind) => (given[kind] === undefined ? [] : [[kind, Number(given[kind])]]))), context)
      return { quota: (await quotas.all()).find(({ workspace }) => workspace === name)! }
    }),
  ]
}
