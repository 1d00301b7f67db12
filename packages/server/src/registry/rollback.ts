import { CairnError, invalid, notFound } from '@cairn/protocol'
import { changesWithin, findChange, recordChange, type Author, type RecordedChange } from '../audit/index.ts'
import type { Writer } from '../platform/db/index.ts'
import { announceAlias } from './aliases.ts'
import { auditedModel, auditedVersion } from './audited.ts'
import { requireModel } from './models.ts'
import { aliasVersion, deleteAliasRow, touchModel, upsertAlias, type ModelName } from './models-store.ts'
import { checkAlias } from './names.ts'
import { requireVersion } from './versions.ts'
import { moveVersion, selectVersion } from './versions-store.ts'

/** Changes of an alias, by their names in the audit. */
export const aliasActions = ['set_alias', 'delete_alias', 'rollback_alias']
const stageActions = ['transition_stage', 'archive', 'rollback_stage']

/**
 * An alias goes back to where it pointed before its last change, or before the change of the given
 * entry. A rollback is a change like others: a second one undoes the first.
 */
export async function rollbackAliasTo(tx: Writer, input: ModelName & { alias: string; entry_id?: string | undefined; author: Author }) {
  const { author, alias, name } = input
  checkAlias(alias)
  const model = await requireModel(tx, input)
  const change = await findChange(tx, { uid: model.uid, actions: aliasActions, item: alias, ...entry(input.entry_id) })
  if (change === undefined) throw nothingToUndo(`alias ${alias} of model ${name}`, input.entry_id)
  const current = await aliasVersion(tx, model, alias)
  const target = (change.before as { version: string } | undefined)?.version
  if (target === undefined) await deleteAliasRow(tx, model, alias)
  else {
    if (!await selectVersion(tx, model, Number(target))) throw new CairnError('RESOURCE_CONFLICT', `The alias pointed at version ${target} of model ${name}, which was deleted since. Point the alias elsewhere, or name an earlier entry of the audit log to undo.`)
    await upsertAlias(tx, model, alias, Number(target))
  }
  const entryId = await recordChange(tx, author, {
    ...auditedModel(model), action: 'rollback_alias', item: alias,
    ...(current !== undefined && { before: { version: String(current) } }), ...(target !== undefined && { after: { version: target } }),
  })
  await announceAlias(tx, model, { alias, ...(target !== undefined && { version: target }) }, author.now)
  return { name, alias, ...(target !== undefined && { version: target }), entry_id: String(entryId) }
}

/**
 * A version goes back to the stage that it had before its last transition, or before the one of the
 * given entry. Versions that the transition archived come back, unless somebody moved them since.
 */
export async function rollbackStageTo(tx: Writer, input: ModelName & { version: string; entry_id?: string | undefined; author: Author }) {
  const { author, name } = input
  const { model, row } = await requireVersion(tx, input, input.version)
  const change = await findChange(tx, { uid: model.uid, actions: stageActions, version: row.version, ...entry(input.entry_id) })
  if (change === undefined) throw nothingToUndo(`stage of version ${row.version} of model ${name}`, input.entry_id)
  const stage = stageOf(change.before)
  await moveVersion(tx, row, stage, author.now)
  await touchModel(tx, model, author.now)
  const entryId = await recordChange(tx, author, { ...auditedVersion(model, row.version), action: 'rollback_stage', before: { stage: row.stage }, after: { stage } })
  const restored: string[] = []
  for (const part of await changesWithin(tx, change.entry_id)) {
    const other = await undoPart(tx, part, { model_id: row.model_id, now: author.now })
    if (other === undefined) continue
    await recordChange(tx, author, { ...auditedVersion(model, other), action: 'rollback_stage', before: part.after, after: part.before, partOf: entryId })
    restored.push(String(other))
  }
  return { name, version: String(row.version), stage, restored_versions: restored, entry_id: String(entryId) }

  async function undoPart(at: Writer, part: RecordedChange, { model_id, now }: { model_id: number; now: number }): Promise<number | undefined> {
    const other = part.version === null ? undefined : await selectVersion(at, model, part.version)
    if (!other || other.stage !== stageOf(part.after)) return undefined
    await moveVersion(at, { model_id, version: other.version }, stageOf(part.before), now)
    return other.version
  }
}

const stageOf = (state: unknown): string => (state as { stage: string }).stage

function entry(text: string | undefined): { entryId?: number } {
  if (text === undefined || text === '') return {}
  if (!/^\d{1,15}$/.test(text)) throw invalid(`Parameter 'entry_id' must be an integer, got '${text}'.`)
  return { entryId: Number(text) }
}

const nothingToUndo = (what: string, entryId: string | undefined): CairnError =>
  notFound(entryId ? `Entry ${entryId} is no change of the ${what}.` : `There is no change of the ${what} to undo.`)
