import { endpoint } from './endpoint.ts'
import { ProfileColumn } from './profiles.ts'
import { answer, Bool, Double, Enum, Int32, Int64, List, message, Str, type Static } from './schema.ts'

/**
 * `none`: nothing was counted, or there is nothing to compare it with. `few`: too few rows to say
 * anything. `steady`, `possible` and `drifted` are said of a column, and of a version by its worst.
 */
export const driftStates = ['none', 'few', 'steady', 'possible', 'drifted'] as const
export type DriftState = (typeof driftStates)[number]

/** From which distance on a column has possibly and has surely drifted, and with fewer than how many rows nothing is said. */
export interface DriftPolicy {
  readonly possible: number
  readonly drifted: number
  readonly min_rows: number
}
export const driftDefaults: DriftPolicy = { possible: 0.1, drifted: 0.2, min_rows: 500 }

/** Tag of a registered model that says by what its drift is judged. */
export const driftTag = 'cairn.drift'

/** Reads what the tag says, `possible=0.15,drifted=0.3,min_rows=2000`, each part optional; of every other text why it cannot be read, a sentence. */
export function parseDriftPolicy(text: string): { readonly policy: Partial<DriftPolicy> } | { readonly problem: string } {
  const policy: { -readonly [name in keyof DriftPolicy]?: number } = {}
  const quoted = (part: string): string => `“${part.length > 60 ? `${part.slice(0, 60)}…` : part}”`
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, name = '', value = ''] = /^(\S*?)\s*=\s*(.*)$/s.exec(part) ?? []
    if (name === '') return { problem: text.trim() === '' ? 'It is empty.' : `${quoted(part)} is not of the form name=number.` }
    if (name !== 'possible' && name !== 'drifted' && name !== 'min_rows') return { problem: `${quoted(name)} is none of possible, drifted and min_rows.` }
    if (!/^\d+(?:\.\d+)?$/.test(value)) return { problem: `${name} is ${quoted(value)}, which is no number such as 0.2.` }
    policy[name] = Number(value)
  }
  const { possible, drifted, min_rows } = { ...driftDefaults, ...policy }
  if (isDriftPolicy({ possible, drifted, min_rows })) return { policy }
  return { problem: `With what is usual for the rest it says possible=${possible}, drifted=${drifted}, min_rows=${min_rows}; ${driftPolicyRule}.` }
}

export const driftPolicyRule = 'possible and drifted are distances above 0 and at most 1, possible not above drifted, and min_rows is a whole number of at least 1'

export const isDriftPolicy = ({ possible, drifted, min_rows }: DriftPolicy): boolean => possible > 0 && possible <= drifted && drifted <= 1 && Number.isInteger(min_rows) && min_rows >= 1

export const ColumnDrift = answer({
  name: Str,
  type: Enum(['number', 'boolean', 'text']),
  state: Enum(driftStates),
  /** Jensen–Shannon distance to base 2, less what chance gives: 0 to 1. */
  distance: Double,
  /** Counts as in `ProfileColumn`, of the profile and of what was served. */
  reference: List(Int64),
  served: List(Int64),
}, { edges: List(Double), min: Double, max: Double, categories: List(Str) })
export type ColumnDrift = Static<typeof ColumnDrift>

/** How far what an endpoint is asked of a version is from the version's profile. */
export const VersionDrift = answer({
  endpoint: Str,
  version: Str,
  state: Enum(driftStates),
  /** Rows that were counted, of the last hour, or of longer where that has too few. */
  rows: Int64,
  /** Requests in the same time that were not counted: beyond some rate, a sample is. */
  skipped: Int64,
  /** What it was judged by. */
  possible: Double,
  drifted: Double,
  min_rows: Int32,
  /** How many columns are possible or drifted. */
  moved: Int32,
  /** The farthest first. */
  columns: List(ColumnDrift),
}, {
  /** Milliseconds since the epoch: when the first and the last of these rows were counted, to five minutes. */
  since_timestamp: Int64,
  until_timestamp: Int64,
  /** What it is compared with: as in `VersionProfile`. */
  reference: answer({ source: Enum(['data', 'served']), rows: Int64, creation_timestamp: Int64, created_by: Str }, { of: Str }),
})
export type VersionDrift = Static<typeof VersionDrift>

/** What a serving process counted of a version since it last said so. */
export const ServedRows = message({ version: Str }, {
  /** The profile on which it was counted. */
  profile_uid: Str,
  /** When the five minutes began that the counting began in, in milliseconds since the epoch. */
  since: Int64,
  /** Grows with each report of the process: one that is said twice counts once. */
  seq: Int64,
  rows: Int64,
  skipped: Int64,
  /** Of all columns of the profile, one after the other. */
  counts: List(Int64),
  /** Where there is no profile: one of the first rows. */
  first: List(ProfileColumn),
})
export type ServedRows = Static<typeof ServedRows>

const judged = { possible: Double, drifted: Double, min_rows: Int32, max_columns: Int32 }
const drift = answer({ versions: List(VersionDrift) }, {
  /** Why the model’s tag cairn.drift cannot be read, so that it counts for nothing. */
  tag_problem: Str,
})

export const reportServedRows = endpoint({
  name: 'reportServedRows', method: 'POST', api: 'cairn', path: '/endpoints/{name}/rows', group: 'endpoints',
  summary: 'What a serving process counted of its inputs. The answer names the profile that each version has now, if any, and whether it was made of the rows that were sent as the first.',
  request: message({ name: Str, server_id: Str, versions: List(ServedRows) }),
  response: answer({ versions: List(answer({ version: Str }, { profile_uid: Str, learned: Bool })) }),
})

export const getEndpointDrift = endpoint({
  name: 'getEndpointDrift', method: 'GET', api: 'cairn', path: '/endpoints/{name}/drift', group: 'endpoints',
  summary: 'How far what an endpoint is asked is from the profiles of the versions that answer. By the distances that are given, else those of the model’s tag cairn.drift, else 0.1 and 0.2; of at least min_rows, default 500. max_columns bounds the columns that are told of each, the farthest first.',
  request: message({ name: Str }, judged),
  response: drift,
})

export const getModelDrift = endpoint({
  name: 'getModelDrift', method: 'GET', api: 'cairn', path: '/registered-models/drift', group: 'endpoints',
  summary: 'The same for all endpoints of a model, or for one of its versions.',
  request: message({ name: Str }, { version: Str, ...judged }),
  response: drift,
})

export const driftEndpoints = [reportServedRows, getEndpointDrift, getModelDrift] as const
