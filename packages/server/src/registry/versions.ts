import { invalid, limits, notFound, tags as knownTags, type ModelVersion } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { appendToUri } from '../experiments/index.ts'
import { checkExpected, checkLength } from '../names/index.ts'
import type { Awaitable, Reader, Writer } from '../platform/db/index.ts'
import { enqueueEvent } from '../webhooks/index.ts'
import { requireAliasVersion } from './aliases.ts'
import { auditedModel, auditedVersion } from './audited.ts'
import { versionsBeforeTheyGo } from './gone.ts'
import { isPrompt, requireModel } from './models.ts'
import { selectModel, touchModel, type ModelName, type ModelRow } from './models-store.ts'
import { canonicalStage, checkDescription, checkModelName, checkTag, checkVersionTag, saysPrompt, tagsByKey, versionNumber } from './names.ts'
import { resolveSource, type SourceLookups, type VersionLookups } from './source.ts'
import {
  deleteVersionRows, deleteVersionTagRow, describeVersion, highestInStage, highestVersion, insertVersion, latestOfEachStage, moveVersion, selectVersion,
  toModelVersion, toModelVersions, upsertVersionTag, versionsInStage, versionTag, type VersionRow,
} from './versions-store.ts'

/** What the registry needs of the slices below it, handed in by whoever puts the slices together. */
export interface RegistryLookups extends SourceLookups {
  /** Writes down with a logged model that a version was registered from it (tag `mlflow.modelVersions`). */
  noteRegistration(tx: Writer, modelId: string, name: string, version: string): Awaitable<void>
}

export async function requireVersion(tx: Reader, at: ModelName, version: string): Promise<{ model: ModelRow; row: VersionRow }> {
  const { name } = at
  checkModelName(name)
  const number = versionNumber(version)
  const model = await selectModel(tx, at)
  const row = model && await selectVersion(tx, model, number)
  if (!model || !row) throw notFound(`Model Version (name=${name}, version=${number}) not found`)
  return { model, row }
}

interface NewVersion extends ModelName {
  source: string
  run_id?: string | undefined
  model_id?: string | undefined
  run_link?: string | undefined
  description?: string | undefined
  tags?: { key?: string; value?: string }[] | undefined
  author: Author
}

export const createVersion = (lookups: RegistryLookups) => async (tx: Writer, input: NewVersion): Promise<ModelVersion> => {
  const { author, name, description = '', run_link = '' } = input
  const tags = tagsByKey(input.tags)
  const prompt = saysPrompt(tags)
  const origin = prompt
    ? { source: input.source, storage_location: input.source, run_id: input.run_id ?? '', logged_model_id: null }
    : await resolveSource(tx, { ...lookups, version: versionForCopy(input.workspace) }, input)
  checkModelName(name)
  for (const [key, value] of tags) checkVersionTag({ key, value })
  checkDescription(description)
  checkLength('source', origin.source, limits.modelSourceLength)
  checkLength('run_link', run_link, limits.modelSourceLength)
  const model = await requireModel(tx, input)
  const version = await insertVersion(tx, model, { creation_time: author.now, description, run_link, ...origin })
  const row = (await selectVersion(tx, model, version))!
  for (const [key, value] of tags) await upsertVersionTag(tx, row, key, value)
  if (origin.logged_model_id !== null && await lookups.loggedModel(tx, origin.logged_model_id)) {
    await lookups.noteRegistration(tx, origin.logged_model_id, name, String(version))
  }
  const { source, run_id, logged_model_id } = origin
  await recordChange(tx, author, { ...auditedVersion(model, version), action: 'create', after: { source, run_id, model_id: logged_model_id, description, tags: Object.fromEntries(tags) } })
  await announceVersion(tx, input.workspace, prompt, { name, version: String(version), source, run_id: run_id || null }, tags, description || null, author.now)
  return toModelVersion(tx, row)
}

async function announceVersion(tx: Writer, workspace: number, prompt: boolean, version: { name: string; version: string; source: string; run_id: string | null }, tags: ReadonlyMap<string, string>, description: string | null, now: number): Promise<void> {
  if (!prompt) return enqueueEvent(tx, workspace, 'MODEL_VERSION', 'CREATED', { ...version, tags: Object.fromEntries(tags), description }, now)
  const hidden: readonly string[] = [knownTags.promptText, knownTags.isPrompt, knownTags.promptType]
  const shown = Object.fromEntries([...tags].filter(([key]) => !hidden.includes(key)))
  return enqueueEvent(tx, workspace, 'PROMPT_VERSION', 'CREATED', {
    name: version.name, version: version.version, template: tags.get(knownTags.promptText) ?? null, tags: shown, description,
  }, now)
}

/** A copy has its original in the same workspace. */
const versionForCopy = (workspace: number): VersionLookups['version'] => async (tx, reference, source) => {
  const at = { workspace, name: reference.name }
  const model = await requireModel(tx, at)
  if (await isPrompt(tx, model)) throw invalid(`Invalid model version source: '${source}'. Prompt versions cannot be used as model version sources.`)
  if (reference.version !== undefined) return (await requireVersion(tx, at, String(reference.version))).row
  if (reference.alias !== undefined) return requireAliasVersion(tx, model, reference.alias)
  const stage = reference.stage === undefined ? undefined : canonicalStage(reference.stage)
  const row = await (stage === undefined ? highestVersion(tx, model) : highestInStage(tx, model, stage))
  if (row === undefined) throw notFound(`No versions of model with name '${reference.name}'${stage === undefined ? '' : ` and stage '${reference.stage}'`} found`)
  return row
}

export const getVersion = async (tx: Reader, input: ModelName & { version: string }): Promise<ModelVersion> =>
  toModelVersion(tx, (await requireVersion(tx, input, input.version)).row)

export const getDownloadUri = async (tx: Reader, input: { workspace: number; name?: string | undefined; version?: string | undefined }): Promise<{ artifact_uri: string }> =>
  ({ artifact_uri: (await requireVersion(tx, { workspace: input.workspace, name: input.name ?? '' }, input.version ?? '')).row.storage_location })

/** Where the files of a version are, with `runs:/…` followed to the run's artifacts. */
export const getArtifactUri = (lookups: SourceLookups) => async (tx: Reader, input: ModelName & { version: string }): Promise<string> => {
  const { artifact_uri: uri } = await getDownloadUri(tx, input)
  const within = /^runs:\/+([^/]+)(?:\/(.*))?$/s.exec(uri)
  if (!within) return uri
  const root = await lookups.runArtifactRoot(tx, within[1]!)
  if (root === undefined) throw notFound(`Run with id=${within[1]} not found`)
  return within[2] ? appendToUri(root, within[2]) : root
}

export async function updateVersion(tx: Writer, input: ModelName & { version: string; description?: string | undefined; expected?: string | undefined; author: Author }): Promise<ModelVersion> {
  const { author, description, expected } = input
  const { model, row } = await requireVersion(tx, input, input.version)
  checkDescription(description)
  if (expected !== undefined) checkExpected(expected, row.description, `The description of version ${row.version} of model ${model.name}`)
  await describeVersion(tx, row, description ?? null, author.now)
  if (row.description !== (description ?? null)) {
    await recordChange(tx, author, { ...auditedVersion(model, row.version), action: 'update', before: { description: row.description }, after: { description: description ?? null } })
  }
  return getVersion(tx, input)
}

const activeStages: readonly string[] = ['Staging', 'Production']

interface Transition extends ModelName {
  version: string
  stage: string
  archive_existing_versions?: boolean | undefined
  author: Author
}

export async function transitionStage(tx: Writer, input: Transition): Promise<ModelVersion> {
  const { author } = input
  const stage = canonicalStage(input.stage)
  if (input.archive_existing_versions && !activeStages.includes(stage)) {
    throw invalid(`Model version transition cannot archive existing model versions because '${input.stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`)
  }
  const { model, row } = await requireVersion(tx, input, input.version)
  await moveVersion(tx, row, stage, author.now)
  await touchModel(tx, model, author.now)
  const archived = input.archive_existing_versions ? await versionsInStage(tx, row, stage) : []
  if (row.stage !== stage || archived.length > 0) {
    const entry = await recordChange(tx, author, { ...auditedVersion(model, row.version), action: 'transition_stage', before: { stage: row.stage }, after: { stage } })
    for (const version of archived) {
      await moveVersion(tx, { model_id: row.model_id, version }, 'Archived', author.now)
      await recordChange(tx, author, { ...auditedVersion(model, version), action: 'archive', before: { stage }, after: { stage: 'Archived' }, partOf: entry })
    }
  }
  return getVersion(tx, input)
}

export async function deleteVersion(tx: Writer, input: ModelName & { version: string; author: Author }): Promise<Record<string, never>> {
  const { author } = input
  const { model, row } = await requireVersion(tx, input, input.version)
  const { before } = (await versionsBeforeTheyGo(tx, [row]))[0]!
  await deleteVersionRows(tx, row)
  await touchModel(tx, model, author.now)
  const entry = await recordChange(tx, author, { ...auditedVersion(model, row.version), action: 'delete', before })
  for (const alias of before.aliases) {
    await recordChange(tx, author, { ...auditedModel(model), action: 'delete_alias', item: alias, before: { version: String(row.version) }, partOf: entry })
  }
  return {}
}

export async function setVersionTag(tx: Writer, input: ModelName & { version: string; key: string; value?: string | undefined; author: Author }): Promise<Record<string, never>> {
  const { author, name, version, key, value = '' } = input
  checkModelName(name)
  versionNumber(version)
  checkVersionTag({ key, value })
  const { model, row } = await requireVersion(tx, input, version)
  const before = await versionTag(tx, row, key)
  await upsertVersionTag(tx, row, key, value)
  if (before !== value) await recordChange(tx, author, { ...auditedVersion(model, row.version), action: 'set_tag', item: key, before, after: value })
  await enqueueEvent(tx, input.workspace, await isPrompt(tx, model) ? 'PROMPT_VERSION_TAG' : 'MODEL_VERSION_TAG', 'SET', { name, version, key, value }, author.now)
  return {}
}

export async function deleteVersionTag(tx: Writer, input: ModelName & { version: string; key: string; author: Author }): Promise<Record<string, never>> {
  const { author, name, version, key } = input
  checkModelName(name)
  versionNumber(version)
  checkTag({ key, value: '' })
  const { model, row } = await requireVersion(tx, input, version)
  const before = await versionTag(tx, row, key)
  if (before !== undefined) {
    await deleteVersionTagRow(tx, row, key)
    await recordChange(tx, author, { ...auditedVersion(model, row.version), action: 'delete_tag', item: key, before })
  }
  await enqueueEvent(tx, input.workspace, await isPrompt(tx, model) ? 'PROMPT_VERSION_TAG' : 'MODEL_VERSION_TAG', 'DELETED', { name, version, key }, author.now)
  return {}
}

export async function getLatest(tx: Reader, input: ModelName & { stages?: string[] | undefined }): Promise<{ model_versions?: ModelVersion[] }> {
  const model = await requireModel(tx, input)
  const wanted = new Set<string>((input.stages ?? []).map(canonicalStage))
  const rows = (await latestOfEachStage(tx, model)).filter(({ stage }) => wanted.size === 0 || wanted.has(stage))
  return rows.length > 0 ? { model_versions: await toModelVersions(tx, rows, true) } : {}
}
