import type { RegisteredModel } from '@cairn/protocol'
import type { Reader, Writer } from '../platform/db/index.ts'
import type { ModelName, ModelRow, TagRow } from './rows.ts'
import { latestOfEachStage, toModelVersions } from './versions-store.ts'

export type { ModelName, ModelRow, TagRow } from './rows.ts'

export const modelColumns = 'm.model_id, m.uid, m.name, m.creation_time, m.last_updated_time, m.description, m.next_version, m.workspace_id'

export const selectModel = (tx: Reader, { workspace, name }: ModelName) =>
  tx.one<ModelRow>(`SELECT ${modelColumns} FROM registered_models m WHERE m.workspace_id = ? AND m.name = ?`, [workspace, name])

/** `uid` outlives renames. */
export const selectModelByUid = (tx: Reader, uid: string) => tx.one<ModelRow>(`SELECT ${modelColumns} FROM registered_models m WHERE m.uid = ?`, [uid])

export async function insertModel(tx: Writer, row: Omit<ModelRow, 'model_id' | 'next_version'>): Promise<ModelRow> {
  const inserted = await tx.one<{ model_id: number }>(
    'INSERT INTO registered_models (uid, name, creation_time, last_updated_time, description, next_version, workspace_id) VALUES (?, ?, ?, ?, ?, 1, ?) RETURNING model_id',
    [row.uid, row.name, row.creation_time, row.last_updated_time, row.description, row.workspace_id],
  )
  return { ...row, model_id: inserted!.model_id, next_version: 1 }
}

export async function renameModel(tx: Writer, model: ModelRow, name: string, now: number): Promise<void> {
  await tx.run('UPDATE registered_models SET name = ?, last_updated_time = ? WHERE model_id = ?', [name, now, model.model_id])
  await tx.run('UPDATE model_versions SET last_updated_time = ? WHERE model_id = ?', [now, model.model_id])
}

export async function describeModel(tx: Writer, model: ModelRow, description: string, now: number): Promise<void> {
  await tx.run('UPDATE registered_models SET description = ?, last_updated_time = ? WHERE model_id = ?', [description, now, model.model_id])
}

export async function touchModel(tx: Writer, model: ModelRow, now: number): Promise<void> {
  await tx.run('UPDATE registered_models SET last_updated_time = ? WHERE model_id = ?', [now, model.model_id])
}

export async function deleteModelRows(tx: Writer, model: ModelRow): Promise<void> {
  for (const table of ['model_version_profiles', 'model_version_tags', 'model_versions', 'registered_model_aliases', 'registered_model_tags', 'registered_models']) {
    await tx.run(`DELETE FROM ${table} WHERE model_id = ?`, [model.model_id])
  }
}

export const selectModelTags = (tx: Reader, model: ModelRow) =>
  tx.all<TagRow>('SELECT key, value FROM registered_model_tags WHERE model_id = ? ORDER BY key', [model.model_id])

export async function modelTag(tx: Reader, model: ModelRow, key: string): Promise<string | undefined> {
  const row = await tx.one<{ value: string }>('SELECT value FROM registered_model_tags WHERE model_id = ? AND key = ?', [model.model_id, key])
  return row?.value
}

export async function upsertModelTag(tx: Writer, model: ModelRow, key: string, value: string): Promise<void> {
  await tx.run('INSERT INTO registered_model_tags (model_id, key, value) VALUES (?, ?, ?) ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value', [model.model_id, key, value])
}

export async function deleteModelTagRow(tx: Writer, model: ModelRow, key: string): Promise<void> {
  await tx.run('DELETE FROM registered_model_tags WHERE model_id = ? AND key = ?', [model.model_id, key])
}

export interface AliasRow {
  readonly alias: string
  readonly version: number
}

export const selectAliases = (tx: Reader, model: ModelRow) =>
  tx.all<AliasRow>('SELECT alias, version FROM registered_model_aliases WHERE model_id = ? ORDER BY alias', [model.model_id])

export async function aliasVersion(tx: Reader, model: ModelRow, alias: string): Promise<number | undefined> {
  const row = await tx.one<{ version: number }>('SELECT version FROM registered_model_aliases WHERE model_id = ? AND alias = ?', [model.model_id, alias])
  return row?.version
}

export async function upsertAlias(tx: Writer, model: ModelRow, alias: string, version: number): Promise<void> {
  await tx.run(
    'INSERT INTO registered_model_aliases (model_id, alias, version) VALUES (?, ?, ?) ON CONFLICT (model_id, alias) DO UPDATE SET version = excluded.version',
    [model.model_id, alias, version],
  )
}

export async function deleteAliasRow(tx: Writer, model: ModelRow, alias: string): Promise<void> {
  await tx.run('DELETE FROM registered_model_aliases WHERE model_id = ? AND alias = ?', [model.model_id, alias])
}

/**
 * A model as clients see it. MLflow leaves an empty description and the versions' aliases out, and
 * in a search its latest versions come in the order of their stages.
 */
export async function toRegisteredModel(tx: Reader, row: ModelRow, within: 'answer' | 'search' = 'answer'): Promise<RegisteredModel> {
  const tags = await selectModelTags(tx, row)
  const aliases = await selectAliases(tx, row)
  const latest = await toModelVersions(tx, await latestOfEachStage(tx, row), false)
  if (within === 'search') latest.sort((a, b) => (a.current_stage < b.current_stage ? -1 : 1))
  return {
    name: row.name, creation_timestamp: row.creation_time, last_updated_timestamp: row.last_updated_time,
    ...(row.description && { description: row.description }),
    ...(latest.length > 0 && { latest_versions: latest }),
    ...(tags.length > 0 && { tags: tags.map(({ key, value }) => ({ key, value })) }),
    ...(aliases.length > 0 && { aliases: aliases.map(({ alias, version }) => ({ alias, version: String(version) })) }),
  }
}
