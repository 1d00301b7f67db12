import type { RunChange } from '@cairn/protocol'

export interface Extra {
  readonly key?: string
  readonly value?: string
  readonly experiment_id?: string
}

/** One thing for some runs. */
export interface Step extends Extra {
  readonly ids: readonly string[]
  readonly change: RunChange
}

/** What a run was before. */
export interface Before {
  readonly run_id: string
  readonly experiment_id: string
  readonly archived: boolean
  /** Of the tag that is changed; null where it had none. */
  readonly tag: string | null
}

export const opposite: Readonly<Partial<Record<RunChange, RunChange>>> = { delete: 'restore', restore: 'delete' }

/** The steps by which runs become again what they were. */
export function wayBack({ ids, change, key = '' }: Step, before: readonly Before[]): Step[] {
  const back = opposite[change]
  if (back !== undefined) return [{ ids, change: back }]
  const by = <T>(of: (run: Before) => T, step: (value: T, ids: string[]) => Step): Step[] => [...Map.groupBy(before, of)].map(([value, runs]) => step(value, runs.map(({ run_id }) => run_id)))
  switch (change) {
    case 'move': return by(({ experiment_id }) => experiment_id, (experiment_id, own) => ({ ids: own, change: 'move', experiment_id }))
    case 'archive': case 'unarchive': return by(({ archived }) => archived, (archived, own): Step => ({ ids: own, change: archived ? 'archive' : 'unarchive' })).filter((step) => step.change !== change)
    default: return by(({ tag }) => tag, (value, own): Step => (value === null ? { ids: own, change: 'delete_tag', key } : { ids: own, change: 'set_tag', key, value })).filter((step) => step.change === 'set_tag' || change === 'set_tag')
  }
}
