import { endpoint } from './endpoint.ts'
import { answer, Double, Empty, Enum, Int64, List, message, Str, type Static } from './schema.ts'

/**
 * How the values of one column are spread, as counts in parts that stay as they are: what several
 * processes and hours counted on the same parts can be added up.
 *
 * `number`, and `boolean` as 0 and 1: missing, below `min`, one part more than there are `edges` (an
 * edge belongs to the part above it), above `max`. `text`: missing, each of the `categories`, all others.
 */
export const ProfileColumn = message({ name: Str, type: Enum(['number', 'boolean', 'text']), counts: List(Int64) }, {
  edges: List(Double),
  min: Double,
  max: Double,
  categories: List(Str),
})
export type ProfileColumn = Static<typeof ProfileColumn>

/** How many parts a column is counted in. */
export const partsOf = ({ type, edges = [], categories = [] }: Pick<ProfileColumn, 'type' | 'edges' | 'categories'>): number =>
  (type === 'text' ? categories.length + 2 : edges.length + 4)

/** Rows that a version's inputs are compared with, as counts of each column. */
export const VersionProfile = answer({
  /** Another profile of the same version has another. */
  profile_uid: Str,
  /** `data`: somebody gave it, usually of what the version was trained with. `served`: the first rows that an endpoint was asked. */
  source: Enum(['data', 'served']),
  rows: Int64,
  columns: List(ProfileColumn),
  /** Milliseconds since the epoch. */
  creation_timestamp: Int64,
  created_by: Str,
}, {
  /** The name of the file, or of the endpoint. */
  of: Str,
})
export type VersionProfile = Static<typeof VersionProfile>

const group = 'model-versions'
const path = '/model-versions/profile'
const key = { name: Str, version: Str }

export const setVersionProfile = endpoint({
  name: 'setVersionProfile', method: 'PUT', api: 'cairn', path, group,
  summary: 'Sets what the inputs of a version are compared with; what was counted on another profile is forgotten. At most 512 columns, 64 edges and 64 categories each.',
  request: message({ ...key, rows: Int64, columns: List(ProfileColumn) }, { of: Str }),
  response: answer({ profile: VersionProfile }),
})

export const getVersionProfile = endpoint({
  name: 'getVersionProfile', method: 'GET', api: 'cairn', path, group,
  summary: 'What the inputs of a version are compared with; of a version that was copied from another, that one’s, unless it has its own.',
  request: message(key),
  response: answer({ profile: VersionProfile }),
})

export const deleteVersionProfile = endpoint({
  name: 'deleteVersionProfile', method: 'DELETE', api: 'cairn', path, group,
  summary: 'Forgets it; the next rows that are served become the profile.',
  request: message(key),
  response: Empty,
})

export const profileEndpoints = [setVersionProfile, getVersionProfile, deleteVersionProfile] as const
