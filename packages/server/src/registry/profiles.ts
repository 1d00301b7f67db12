import { invalid, limits, notFound, partsOf, type ProfileColumn, type RequestOf, type VersionProfile } from '@cairn/protocol'
import type * as api from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import type { Reader, Writer } from '../platform/db/index.ts'
import { auditedVersion } from './audited.ts'
import { selectModel, type ModelName } from './models-store.ts'
import { deleteProfileRow, putProfile, selectProfile } from './profiles-store.ts'
import { referenceIn } from './source.ts'
import { requireVersion } from './versions.ts'
import { selectVersion, type VersionRow } from './versions-store.ts'

type At = ModelName & { readonly version: string }

/** Copies of copies that are looked through. */
const mostCopies = 5

/** The profile of a version; of one that was copied from another, that one's, unless it has its own. */
export async function profileOf(tx: Reader, row: VersionRow, workspace: number): Promise<VersionProfile | undefined> {
  let at: VersionRow | undefined = row
  for (let copies = 0; at !== undefined && copies <= mostCopies; copies += 1) {
    const found = await selectProfile(tx, at)
    if (found !== undefined) return found
    const reference = referenceIn(at.source)
    if (reference === undefined || !('version' in reference)) return undefined
    const model = await selectModel(tx, { workspace, name: reference.name })
    at = model && await selectVersion(tx, model, Number(reference.version))
  }
  return undefined
}

/** @throws INVALID_PARAMETER_VALUE where counts and parts do not belong together */
export function checkColumns(columns: readonly ProfileColumn[], rows: number): ProfileColumn[] {
  const most = limits.profile
  if (!Number.isSafeInteger(rows) || rows < 1) throw invalid(`A profile is of one row or more, got ${rows}.`)
  if (columns.length === 0 || columns.length > most.columns) throw invalid(`A profile has 1 to ${most.columns} columns, got ${columns.length}.`)
  const names = new Set<string>()
  return columns.map((column) => {
    const { name, type, edges = [], min = 0, max = 0, categories = [] } = column
    const wrong = (why: string): Error => invalid(`Column '${name.slice(0, 100)}' of the profile ${why}.`)
    if (names.has(name) || name.length > most.nameLength) throw wrong(names.has(name) ? 'is there twice' : `has a name of more than ${most.nameLength} characters`)
    names.add(name)
    if (edges.length > most.edges || categories.length > most.categories) throw wrong(`has more than ${most.edges} edges or ${most.categories} categories`)
    if (![min, max, ...edges].every(Number.isFinite) || min > max || edges.some((edge, at) => at > 0 && edge <= edges[at - 1]!)) throw wrong('has edges that do not grow, or a range that is none')
    if (new Set(categories).size < categories.length || categories.some((category) => category.length > most.categoryLength)) throw wrong(`has the same category twice, or one of more than ${most.categoryLength} characters`)
    const counts = column.counts.map(Number)
    if (counts.length !== partsOf(column)) throw wrong(`needs ${partsOf(column)} counts for its parts, and has ${counts.length}`)
    if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0) || counts.reduce((sum, count) => sum + count, 0) !== rows) throw wrong(`has counts that do not make its ${rows} rows`)
    return { name, type, counts, ...(type === 'text' ? { categories } : { edges, min, max }) }
  })
}

export async function getProfile(tx: Reader, at: At): Promise<{ profile: VersionProfile }> {
  const { row } = await requireVersion(tx, at, at.version)
  const profile = await profileOf(tx, row, at.workspace)
  if (profile === undefined) throw notFound(`Version ${at.version} of model ${at.name} has no profile of its inputs yet. Make one: cairn models profile ${at.name}/${at.version} --data train.parquet`)
  return { profile }
}

/** What the audit keeps of a profile: not its counts, which may be many. */
const audited = ({ source, rows, columns, of }: VersionProfile) => ({ source, rows: String(rows), columns: columns.length, ...(of !== undefined && { of }) })

export async function setProfile(tx: Writer, input: RequestOf<typeof api.setVersionProfile> & At & { readonly author: Author; readonly uid: string }): Promise<{ profile: VersionProfile }> {
  const { author, uid, of } = input
  const { model, row } = await requireVersion(tx, input, input.version)
  if ((of?.length ?? 0) > limits.profile.ofLength) throw invalid(`What a profile was made of has at most ${limits.profile.ofLength} characters, got ${of!.length}.`)
  const columns = checkColumns(input.columns, Number(input.rows))
  const profile: VersionProfile = { profile_uid: uid, source: 'data', rows: Number(input.rows), columns, creation_timestamp: author.now, created_by: author.principal, ...(of && { of }) }
  const before = await selectProfile(tx, row)
  await putProfile(tx, row, profile)
  await recordChange(tx, author, { ...auditedVersion(model, row.version), action: 'set_profile', ...(before !== undefined && { before: audited(before) }), after: audited(profile) })
  return { profile }
}

export async function deleteProfile(tx: Writer, input: At & { readonly author: Author }): Promise<object> {
  const { model, row } = await requireVersion(tx, input, input.version)
  const before = await selectProfile(tx, row)
  if (before === undefined) throw notFound(`Version ${input.version} of model ${input.name} has no profile of its own.`)
  await deleteProfileRow(tx, row)
  await recordChange(tx, input.author, { ...auditedVersion(model, row.version), action: 'delete_profile', before: audited(before) })
  return {}
}
