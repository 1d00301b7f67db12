import { CairnError, notFound, tags as knownTags, type RegisteredModel } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import type { Reader, Writer } from '../platform/db/index.ts'
import { checkExpected, pythonString } from '../names/index.ts'
import { forgetModelGrants, grantToCreator, renameModelGrants } from '../users/index.ts'
import { enqueueEvent } from '../webhooks/index.ts'
import type { Place } from '../workspaces/index.ts'
import { auditedModel } from './audited.ts'
import { recordModelGone } from './gone.ts'
import {
  deleteModelRows, deleteModelTagRow, describeModel, insertModel, modelTag, renameModel, selectModel, toRegisteredModel,
  upsertModelTag, type ModelName, type ModelRow,
} from './models-store.ts'
import { checkDescription, checkModelName, checkTag, saysPrompt, tagsByKey } from './names.ts'

export async function requireModel(tx: Reader, at: ModelName): Promise<ModelRow> {
  checkModelName(at.name)
  const model = await selectModel(tx, at)
  if (model === undefined) throw notFound(`Registered Model with name=${at.name} not found`)
  return model
}

/** Prompts are registered models with a tag. */
export const isPrompt = async (tx: Reader, model: ModelRow): Promise<boolean> =>
  (await modelTag(tx, model, knownTags.isPrompt))?.toLowerCase() === 'true'

/** Tags that say what a prompt is, rather than something about it. */
const promptMarks: readonly string[] = [knownTags.isPrompt, knownTags.promptType]

interface NewModel extends ModelName {
  uid: string
  description?: string | undefined
  tags?: { key?: string; value?: string }[] | undefined
  author: Author & { readonly workspace: Place }
  /** Who may manage it; undefined without accounts. */
  owner?: number | undefined
}

export async function createModel(tx: Writer, input: NewModel): Promise<RegisteredModel> {
  const { author, name, description = '' } = input
  checkModelName(name)
  checkDescription(description)
  const tags = tagsByKey(input.tags)
  for (const [key, value] of tags) checkTag({ key, value })
  const taken = await selectModel(tx, input)
  if (taken) throw await nameIsTaken(tx, taken, tags.has(knownTags.isPrompt))
  const model = await insertModel(tx, { uid: input.uid, name, creation_time: author.now, last_updated_time: author.now, description, workspace_id: input.workspace })
  for (const [key, value] of tags) await upsertModelTag(tx, model, key, value)
  await grantToCreator(tx, input.owner, saysPrompt(tags) ? 'prompt' : 'registered_model', name, author.workspace.name)
  await recordChange(tx, author, { ...auditedModel(model), action: 'create', after: { description, tags: Object.fromEntries(tags) } })
  if (saysPrompt(tags)) {
    const shown = Object.fromEntries([...tags].filter(([key]) => !promptMarks.includes(key)))
    await enqueueEvent(tx, input.workspace, 'PROMPT', 'CREATED', { name, tags: shown, description }, author.now)
  } else await enqueueEvent(tx, input.workspace, 'REGISTERED_MODEL', 'CREATED', { name, tags: Object.fromEntries(tags), description }, author.now)
  return toRegisteredModel(tx, model)
}

async function nameIsTaken(tx: Reader, model: ModelRow, wantsPrompt: boolean): Promise<CairnError> {
  const kind = (prompt: boolean): string => prompt ? 'Prompt' : 'Registered Model'
  const holder = kind((await modelTag(tx, model, knownTags.isPrompt)) !== undefined)
  const wanted = kind(wantsPrompt)
  return new CairnError('RESOURCE_ALREADY_EXISTS', holder === wanted
    ? `${wanted} (name=${model.name}) already exists.`
    : `Tried to create a ${wanted.toLowerCase()} with name ${pythonString(model.name)}, but the name is already taken by a ${holder.toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`)
}

export const getModel = async (tx: Reader, input: ModelName): Promise<RegisteredModel> => toRegisteredModel(tx, await requireModel(tx, input))

export async function updateModel(tx: Writer, input: ModelName & { description?: string | undefined; expected?: string | undefined; author: Author }): Promise<RegisteredModel> {
  const { author, description = '', expected } = input
  const model = await requireModel(tx, input)
  checkDescription(description)
  if (expected !== undefined) checkExpected(expected, model.description, `The description of model ${model.name}`)
  await describeModel(tx, model, description, author.now)
  if ((model.description ?? '') !== description) {
    await recordChange(tx, author, { ...auditedModel(model), action: 'update', before: { description: model.description ?? '' }, after: { description } })
  }
  return getModel(tx, input)
}

export async function renameRegistered(tx: Writer, input: ModelName & { new_name: string; author: Author & { readonly workspace: Place } }): Promise<RegisteredModel> {
  const { author, new_name } = input
  checkModelName(new_name, 'new_name')
  const model = await requireModel(tx, input)
  const holder = await selectModel(tx, { workspace: input.workspace, name: new_name })
  if (holder && holder.model_id !== model.model_id) throw new CairnError('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${new_name}) already exists.`)
  await renameModel(tx, model, new_name, author.now)
  await renameModelGrants(tx, author.workspace.name, model.name, new_name)
  // Under the new name: whoever asks for the history of either name finds the other by the uid.
  if (new_name !== model.name) await recordChange(tx, author, { ...auditedModel(model), name: new_name, action: 'rename', before: { name: model.name }, after: { name: new_name } })
  return getModel(tx, { workspace: input.workspace, name: new_name })
}

export async function deleteModel(tx: Writer, input: ModelName & { author: Author & { readonly workspace: Place } }): Promise<Record<string, never>> {
  const model = await requireModel(tx, input)
  await recordModelGone(tx, input.author, model)
  await deleteModelRows(tx, model)
  await forgetModelGrants(tx, input.author.workspace.name, model.name)
  return {}
}

export async function setModelTag(tx: Writer, input: ModelName & { key: string; value?: string | undefined; author: Author }): Promise<Record<string, never>> {
  const { author, name, key, value = '' } = input
  checkModelName(name)
  checkTag({ key, value })
  const model = await requireModel(tx, input)
  const before = await modelTag(tx, model, key)
  await upsertModelTag(tx, model, key, value)
  if (before !== value) await recordChange(tx, author, { ...auditedModel(model), action: 'set_tag', item: key, before, after: value })
  if (await isPrompt(tx, model)) await enqueueEvent(tx, input.workspace, 'PROMPT_TAG', 'SET', { name, key, value }, author.now)
  return {}
}

export async function deleteModelTag(tx: Writer, input: ModelName & { key: string; author: Author }): Promise<Record<string, never>> {
  const { author, name, key } = input
  checkModelName(name)
  checkTag({ key, value: '' })
  const model = await requireModel(tx, input)
  const before = await modelTag(tx, model, key)
  if (before !== undefined) {
    await deleteModelTagRow(tx, model, key)
    await recordChange(tx, author, { ...auditedModel(model), action: 'delete_tag', item: key, before })
  }
  if (await isPrompt(tx, model)) await enqueueEvent(tx, input.workspace, 'PROMPT_TAG', 'DELETED', { name, key }, author.now)
  return {}
}
