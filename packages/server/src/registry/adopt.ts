import type { VersionProfile } from '@cairn/protocol'
import type { Writer } from '../platform/db/index.ts'
import { aliasVersion, insertModel, modelTag, selectModel, upsertAlias, upsertModelTag, type TagRow } from './models-store.ts'
import { checkColumns } from './profiles.ts'
import { putProfile, selectProfile } from './profiles-store.ts'
import { putWholeVersion, reserveVersions, selectVersion, upsertVersionTag, versionTag, type VersionRow } from './versions-store.ts'

export interface AdoptedModel {
  /** In which it has that name. */
  readonly workspace: number
  /** For one that is new here. */
  readonly uid: string
  readonly name: string
  readonly creation_time: number
  readonly last_updated_time: number
  readonly description: string | null
  readonly tags: readonly TagRow[]
  readonly aliases: readonly { readonly alias: string; readonly version: number }[]
  /** Above every number that a version ever had. */
  readonly next_version: number
  readonly versions: readonly (Omit<VersionRow, 'model_id' | 'name'> & { readonly tags: readonly TagRow[]; readonly profile?: VersionProfile })[]
}

export interface BroughtModel {
  readonly uid: string
  /** Versions whose number another version has here. */
  readonly taken: readonly number[]
  /** What it was given: undefined where all of it was here already. */
  readonly added: { readonly versions: readonly number[]; readonly aliases: readonly string[]; readonly tags: number; readonly profiles?: number } | undefined
}

/**
 * Takes in a registered model with its versions under their numbers. What is there already stays as
 * it is and gets what it lacks. Webhooks do not hear of it: nothing of this happened here.
 */
export async function adoptRegisteredModel(tx: Writer, { workspace, versions, tags, aliases, next_version, ...model }: AdoptedModel): Promise<BroughtModel> {
  const here = await selectModel(tx, { workspace, name: model.name })
  const row = here ?? await insertModel(tx, { ...model, workspace_id: workspace })
  const taken: number[] = []
  const added = { versions: [] as number[], aliases: [] as string[], tags: 0, profiles: 0 }
  for (const { tags: versionTags, profile, ...version } of versions) {
    const known = await selectVersion(tx, row, version.version)
    if (known === undefined) {
      await putWholeVersion(tx, { ...version, model_id: row.model_id })
      added.versions.push(version.version)
    } else if (known.creation_time !== version.creation_time || known.run_id !== version.run_id) {
      taken.push(version.version)
      continue
    }
    const at = { model_id: row.model_id, version: version.version }
    for (const { key, value } of versionTags) {
      if (known !== undefined && await versionTag(tx, known, key) !== undefined) continue
      await upsertVersionTag(tx, at, key, value)
      added.tags += 1
    }
    if (profile !== undefined && await selectProfile(tx, at) === undefined) {
      await putProfile(tx, at, { ...profile, columns: checkColumns(profile.columns, Number(profile.rows)) })
      added.profiles += 1
    }
  }
  for (const { key, value } of tags) {
    if (await modelTag(tx, row, key) !== undefined) continue
    await upsertModelTag(tx, row, key, value)
    added.tags += 1
  }
  for (const { alias, version } of aliases) {
    if (taken.includes(version) || await aliasVersion(tx, row, alias) !== undefined) continue
    await upsertAlias(tx, row, alias, version)
    added.aliases.push(alias)
  }
  await reserveVersions(tx, row, next_version)
  const { profiles, ...usual } = added
  const nothing = here !== undefined && added.versions.length + added.aliases.length + added.tags + profiles === 0
  return { uid: row.uid, taken, added: nothing ? undefined : { ...usual, ...(profiles > 0 && { profiles }) } }
}
