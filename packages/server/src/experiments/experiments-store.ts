import type { LifecycleStage } from '@cairn/protocol'
import type { Reader, Writer } from '../platform/db/index.ts'
import { inLists } from '../platform/db/index.ts'

export interface ExperimentRow {
  readonly id: number
  readonly name: string
  readonly artifact_location: string
  readonly lifecycle_stage: LifecycleStage
  readonly creation_time: number
  readonly last_update_time: number
  readonly workspace_id: number
}

export interface TagRow {
  readonly key: string
  readonly value: string
}

const columns = 'id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace_id'

export const findExperiment = (tx: Reader, id: number) =>
  tx.one<ExperimentRow>(`SELECT ${columns} FROM experiments WHERE id = ?`, [id])

export const findExperimentByName = (tx: Reader, workspace: number, name: string) =>
  tx.one<ExperimentRow>(`SELECT ${columns} FROM experiments WHERE workspace_id = ? AND name = ?`, [workspace, name])

export async function findExperiments(tx: Reader, ids: readonly number[]): Promise<Map<number, ExperimentRow>> {
  const found = new Map<number, ExperimentRow>()
  for (const list of inLists(ids)) {
    const rows = await tx.all<ExperimentRow>(`SELECT ${columns} FROM experiments WHERE id IN ${list.sql}`, list.params)
    for (const row of rows) found.set(row.id, row)
  }
  return found
}

/** Experiments that keep their artifacts at one of these places, or below the default one under their id. */
export async function experimentsAt(tx: Reader, locations: readonly string[]): Promise<{ id: number; artifact_location: string }[]> {
  const found: { id: number; artifact_location: string }[] = []
  for (const list of inLists(locations)) {
    // The index holds the beginning only: PostgreSQL refuses longer entries.
    const starts = list.params.map((location) => location.slice(0, 200))
    found.push(...await tx.all<{ id: number; artifact_location: string }>(
      `SELECT id, artifact_location FROM experiments WHERE substr(artifact_location, 1, 200) IN ${list.sql} AND artifact_location IN ${list.sql} ORDER BY id`, [...starts, ...list.params],
    ))
  }
  return found
}

/** Up to `limit` ids of experiments that keep their artifacts below one of these folders, each ending with a slash. */
export async function experimentsBelow(tx: Reader, folders: readonly string[], limit: number): Promise<number[]> {
  const ids = new Set<number>()
  for (const folder of folders) {
    const start = folder.slice(0, 200)
    // All text that begins so, by its bytes: up to the character after the last one.
    const end = start.slice(0, -1) + String.fromCodePoint(start.codePointAt(start.length - 1)! + 1)
    const rows = await tx.all<{ id: number }>(
      `SELECT id FROM experiments WHERE substr(artifact_location, 1, 200) >= ? AND substr(artifact_location, 1, 200) < ? AND substr(artifact_location, 1, ?) = ? ORDER BY id LIMIT ?`,
      [start, end, folder.length, folder, limit],
    )
    for (const { id } of rows) ids.add(id)
  }
  return [...ids]
}

export const hasExperiments = async (tx: Reader): Promise<boolean> => await tx.one('SELECT id FROM experiments LIMIT 1') !== undefined

export async function takeExperimentId(tx: Writer): Promise<number> {
  await tx.run('UPDATE experiment_ids SET next = next + 1')
  const row = await tx.one<{ next: number }>('SELECT next FROM experiment_ids')
  return row!.next - 1
}

/** Never gives out this id. */
export const reserveExperimentId = (tx: Writer, id: number) => tx.run('UPDATE experiment_ids SET next = ? WHERE next <= ?', [id + 1, id])

/** False when the name is taken. */
export async function insertExperiment(tx: Writer, row: ExperimentRow): Promise<boolean> {
  const inserted = await tx.run(
    `INSERT INTO experiments (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, name) DO NOTHING`,
    [row.id, row.name, row.artifact_location, row.lifecycle_stage, row.creation_time, row.last_update_time, row.workspace_id],
  )
  return inserted === 1
}

export const renameExperiment = (tx: Writer, id: number, name: string, now: number) =>
  tx.run('UPDATE experiments SET name = ?, last_update_time = ? WHERE id = ?', [name, now, id])

export const setLifecycleStage = (tx: Writer, id: number, stage: LifecycleStage, now: number) =>
  tx.run('UPDATE experiments SET lifecycle_stage = ?, last_update_time = ? WHERE id = ?', [stage, now, id])

export const upsertTag = (tx: Writer, id: number, key: string, value: string) =>
  tx.run('INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?) ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value', [id, key, value])

export const deleteTag = (tx: Writer, id: number, key: string) =>
  tx.run('DELETE FROM experiment_tags WHERE experiment_id = ? AND key = ?', [id, key])

export const findTag = (tx: Reader, id: number, key: string) =>
  tx.one<TagRow>('SELECT key, value FROM experiment_tags WHERE experiment_id = ? AND key = ?', [id, key])

export async function countTagsWithPrefix(tx: Reader, id: number, prefix: string): Promise<number> {
  const row = await tx.one<{ count: number }>(
    'SELECT COUNT(*) AS count FROM experiment_tags WHERE experiment_id = ? AND substr(key, 1, ?) = ?', [id, prefix.length, prefix],
  )
  return Number(row!.count)
}

/** Tags by experiment, in the order in which they were first set. */
export async function tagsOf(tx: Reader, ids: readonly number[]): Promise<Map<number, TagRow[]>> {
  const tags = new Map<number, TagRow[]>()
  for (const list of inLists(ids)) {
    const rows = await tx.rows<[number, string, string]>(
      `SELECT experiment_id, key, value FROM experiment_tags WHERE experiment_id IN ${list.sql} ORDER BY experiment_id, id`, list.params,
    )
    for (const [id, key, value] of rows) {
      const own = tags.get(id)
      if (own === undefined) tags.set(id, [{ key, value }])
      else own.push({ key, value })
    }
  }
  return tags
}

/** Everything of an experiment that has no runs and models any more; its id is never given out again. */
export async function deleteExperimentRows(tx: Writer, id: number): Promise<void> {
  await tx.run('DELETE FROM experiment_tags WHERE experiment_id = ?', [id])
  await tx.run('DELETE FROM experiments WHERE id = ?', [id])
}
