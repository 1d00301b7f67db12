import { CairnError, invalid, limits, notFound, tags as meaning, type Experiment, type LifecycleStage, parseRetention, retentionTag } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { checkExpected, checkKeyName, checkLength, lengthOf } from '../names/index.ts'
import type { Awaitable, Reader, Writer } from '../platform/db/index.ts'
import { grantToCreator } from '../users/index.ts'
import { defaultWorkspace, type Place } from '../workspaces/index.ts'
import { appendToUri } from './artifact-location.ts'
import { parseExperimentId } from './experiment-id.ts'
import * as store from './experiments-store.ts'
import type { ExperimentRow, TagRow } from './experiments-store.ts'
import { checkTraceTag } from './trace-tags.ts'

/** What a client asks for when it creates an experiment, checked. */
export interface NewExperiment {
  readonly name: string
  /** Undefined for `<root>/<id>`. */
  readonly artifact_location: string | undefined
  readonly root: string
  readonly tags: readonly TagRow[]
  readonly workspace: Place
  readonly now: number
  /** For the audit trail; undefined for what the server makes itself. */
  readonly principal: string
  /** Who may manage it; undefined without accounts. */
  readonly owner?: number | undefined
}

/** Marks all runs of an experiment; the slice of runs gives it. */
export type SetLifecycleOfRuns = (tx: Writer, experimentId: number, stage: LifecycleStage, now: number) => Awaitable<unknown>

const defaultExperiment = { id: 0, name: 'Default' } as const
const maxCustomViews = 50

export function checkName(name: string): void {
  if (name === '') throw invalid(`Invalid experiment name: ''`)
  if (lengthOf(name) > limits.experimentNameLength) throw invalid(`'name' exceeds the maximum length of ${limits.experimentNameLength} characters`)
}

export function checkTag({ key, value }: TagRow): void {
  checkKeyName(key)
  checkLength('key', key, limits.keyLength)
  checkLength('value', value, limits.experimentTagValueLength)
  checkTraceTag(key, value)
  if (key === retentionTag && parseRetention(value) === undefined) throw invalid(`Invalid value for tag '${retentionTag}'. Give deleted=30d (an age of a minute or more), or deleted=never.`)
}

export function checkNewTags(tags: readonly TagRow[]): void {
  const keys = new Set<string>()
  for (const tag of tags) {
    checkTag(tag)
    // MLflow says that the experiment already exists.
    if (keys.has(tag.key)) throw invalid(`Duplicate tag keys have been submitted: '${tag.key}'. Please ensure the request contains only one value per tag key.`)
    keys.add(tag.key)
  }
}

const isCustomView = ({ key }: TagRow): boolean => key.startsWith(meaning.customViewPrefix)

export function checkCustomViews(tags: readonly TagRow[]): void {
  if (tags.filter(isCustomView).length > maxCustomViews) throw tooManyCustomViews('')
}

const tooManyCustomViews = (of: string): Error =>
  invalid(`Unable to create another custom view${of}; the maximum number of custom views per experiment is ${maxCustomViews}. Delete an existing custom view before creating a new one.`)

export async function createExperiment(tx: Writer, { name, artifact_location, root, tags, now, owner, principal, workspace }: NewExperiment): Promise<string> {
  if (await store.findExperimentByName(tx, workspace.id, name) !== undefined) throw taken(name)
  const id = await store.takeExperimentId(tx)
  const inserted = await store.insertExperiment(tx, {
    id, name, artifact_location: artifact_location ?? appendToUri(root, String(id)), lifecycle_stage: 'active', creation_time: now, last_update_time: now,
    workspace_id: workspace.id,
  })
  if (!inserted) throw taken(name)
  for (const { key, value } of tags) await store.upsertTag(tx, id, key, value)
  await grantToCreator(tx, owner, 'experiment', String(id), workspace.name)
  await recordChange(tx, { principal, now, workspace }, { ...audited({ id, name }), action: 'create' })
  return String(id)
}

/** What the audit trail calls an experiment. */
const audited = ({ id, name }: { id: number; name: string }) => ({ entity: 'experiment', uid: `experiment:${id}`, name }) as const

const taken = (name: string): Error => new CairnError('RESOURCE_ALREADY_EXISTS', `Experiment(name=${name}) already exists.`)

/** Id 0, which clients use when nobody names an experiment. Made once, when a database is new. */
export async function createDefaultExperiment(tx: Writer, { root, now }: { root: string; now: number }): Promise<void> {
  if (await store.hasExperiments(tx)) return
  await store.insertExperiment(tx, {
    ...defaultExperiment, artifact_location: appendToUri(root, '0'), lifecycle_stage: 'active', creation_time: now, last_update_time: now,
    workspace_id: defaultWorkspace.id,
  })
}

/** The experiment with this id, also a deleted one. */
export async function experimentOf(tx: Reader, experimentId: string): Promise<ExperimentRow> {
  const row = await store.findExperiment(tx, parseExperimentId(experimentId))
  if (row === undefined) throw missing(experimentId)
  return row
}

/** The experiment with this id, in which something is about to be made or changed. */
export async function requireActiveExperiment(tx: Reader, experimentId: string): Promise<ExperimentRow> {
  const row = await experimentOf(tx, experimentId)
  if (row.lifecycle_stage !== 'active') {
    throw invalid(`The experiment ${row.id} must be in the 'active' state. Current state is ${row.lifecycle_stage}.`)
  }
  return row
}

const missing = (experimentId: string): Error => notFound(`No Experiment with id=${experimentId} exists`)

/** `before`: what it is called for everybody else, where it has stepped aside within this transaction. */
export async function renameExperiment(tx: Writer, experimentId: string, name: string, author: Author, before?: string): Promise<void> {
  const row = await experimentOf(tx, experimentId)
  if (row.lifecycle_stage !== 'active') throw new CairnError('INVALID_STATE', 'Cannot rename a non-active experiment.')
  const holder = await store.findExperimentByName(tx, row.workspace_id, name)
  // MLflow shows its database's words under the same code.
  if (holder !== undefined && holder.id !== row.id) throw new CairnError('BAD_REQUEST', `Experiment(name=${name}) already exists.`)
  await store.renameExperiment(tx, row.id, name, author.now)
  if (row.name !== name) await recordChange(tx, author, { ...audited({ id: row.id, name }), action: 'rename', before: before ?? row.name, after: name })
}

/** Deletes an active experiment, or brings a deleted one back, and all its runs with it. */
export async function setExperimentStage(tx: Writer, experimentId: string, stage: LifecycleStage, author: Author, setRuns: SetLifecycleOfRuns): Promise<void> {
  const row = await experimentOf(tx, experimentId)
  if (row.lifecycle_stage === stage) throw missing(experimentId)
  await store.setLifecycleStage(tx, row.id, stage, author.now)
  await setRuns(tx, row.id, stage, author.now)
  await recordChange(tx, author, { ...audited(row), action: stage === 'deleted' ? 'delete' : 'restore' })
}

/** `expected`: what the tag must be so far. */
export async function setExperimentTag(tx: Writer, experimentId: string, tag: TagRow, author: Author, expected?: string): Promise<void> {
  if (isCustomView(tag)) await checkRoomForCustomView(tx, experimentId, tag.key)
  checkTag(tag)
  const row = await requireActiveExperiment(tx, experimentId)
  const before = (await store.findTag(tx, row.id, tag.key))?.value
  if (expected !== undefined) checkExpected(expected, before, `Tag '${tag.key}' of experiment ${experimentId}`)
  if (before === tag.value) return
  await store.upsertTag(tx, row.id, tag.key, tag.value)
  await recordChange(tx, author, { ...audited(row), action: 'set_tag', item: tag.key, before, after: tag.value })
}

/** One that is there already may always be changed. */
async function checkRoomForCustomView(tx: Reader, experimentId: string, key: string): Promise<void> {
  const { id } = await experimentOf(tx, experimentId)
  if (await store.findTag(tx, id, key) !== undefined) return
  if (await store.countTagsWithPrefix(tx, id, meaning.customViewPrefix) >= maxCustomViews) throw tooManyCustomViews(` for experiment ${id}`)
}

export async function deleteExperimentTag(tx: Writer, experimentId: string, key: string, author: Author): Promise<void> {
  const row = await requireActiveExperiment(tx, experimentId)
  const tag = await store.findTag(tx, row.id, key)
  if (tag === undefined) throw notFound(`No tag with name: ${key} in experiment with id ${experimentId}`)
  await store.deleteTag(tx, row.id, key)
  await recordChange(tx, author, { ...audited(row), action: 'delete_tag', item: key, before: tag.value })
}

export const getExperiment = async (tx: Reader, experimentId: string, workspace: string = defaultWorkspace.name): Promise<Experiment> =>
  (await withTags(tx, [await experimentOf(tx, experimentId)], workspace))[0]!

/** Those of these that there are, in their order. */
export async function experimentsWithTags(tx: Reader, ids: readonly number[], workspace: string): Promise<Experiment[]> {
  const found = await store.findExperiments(tx, ids)
  return withTags(tx, ids.flatMap((id) => found.get(id) ?? []), workspace)
}

export async function getExperimentByName(tx: Reader, name: string, workspace: Place): Promise<Experiment> {
  const row = await store.findExperimentByName(tx, workspace.id, name)
  if (row === undefined) throw notFound(`Could not find experiment with name '${name}'`)
  return (await withTags(tx, [row], workspace.name))[0]!
}

/** Experiments as they are sent: fields in protobuf's order, nothing that is empty. */
export async function withTags(tx: Reader, rows: readonly ExperimentRow[], workspace: string): Promise<Experiment[]> {
  const tags = await store.tagsOf(tx, rows.map(({ id }) => id))
  return rows.map((row) => ({
    experiment_id: String(row.id),
    name: row.name,
    artifact_location: row.artifact_location,
    lifecycle_stage: row.lifecycle_stage,
    last_update_time: row.last_update_time,
    creation_time: row.creation_time,
    ...(tags.has(row.id) && { tags: tags.get(row.id)! }),
    workspace,
  }))
}
