import { endpoint } from './endpoint.ts'
import { ViewType } from './experiments.ts'
import { GroupMember } from './run-table.ts'
import { answer, Any, Bool, Enum, Int32, Int64, List, message, Str, type Static } from './schema.ts'

/**
 * Chosen fields of all runs of a filter, column by column: what charts over runs (scatter, parallel
 * coordinates, histograms) are drawn from. A table asks for windows instead; see `run-table.ts`.
 */

export const fieldKinds = ['metric', 'param', 'tag', 'attribute'] as const
export type FieldKind = (typeof fieldKinds)[number]

/** Attributes that can be asked for: `start_time` and `end_time` in milliseconds since the epoch, `duration` in milliseconds. */
export const fieldAttributes = ['run_name', 'user_id', 'status', 'start_time', 'end_time', 'duration'] as const
export type FieldAttribute = (typeof fieldAttributes)[number]

export const RunField = message({ kind: Enum(fieldKinds), key: Str })
export type RunField = Static<typeof RunField>

/** One of the two, in the order of the runs. */
const FieldColumn = answer({}, {
  /** Of metrics and of times: a number, `"NaN"`, or null for a run that has none. */
  numbers: List(Any),
  /** Of the others: the different values (cut after 200 characters, then ending in `…`), and which of them each run has; -1 for none. */
  texts: List(Str),
  at: List(Int32),
})
export interface FieldColumn {
  readonly numbers?: readonly (number | 'NaN' | null)[]
  readonly texts?: readonly string[]
  readonly at?: readonly number[]
}

export const fieldLimits = { fields: 50, runs: 100_000 } as const

export const listRunFields = endpoint({
  name: 'listRunFields', method: 'POST', api: 'cairn', path: '/runs/fields', group: 'runs',
  summary: 'Chosen metrics, params, tags and attributes of all runs of a filter as columns, the newest run first, and how many runs there are.',
  request: message({ experiment_ids: List(Str), fields: List(RunField) }, {
    filter: Str,
    run_view_type: ViewType,
    /** Runs with the tag `cairn.archived` too; default false. */
    archived: Bool,
    member_of: GroupMember,
    members_of: List(GroupMember),
    /** Runs that are answered, the newest; 1 to 100,000, default 10,000. */
    max_results: Int32,
  }),
  response: answer({ run_ids: List(Str), columns: List(FieldColumn), total: Int64 }),
})

export const runFieldEndpoints = [listRunFields] as const
