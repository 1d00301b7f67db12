import type { Int64, Param, RunTag } from '@cairn/protocol'
import { forgetInputs } from '../datasets/index.ts'
import { internKeys } from '../keys/index.ts'
import { deletePoints } from '../metrics/index.ts'
import { inLists, insertMany, insertNumbered, insertRows, type Reader, type Value, type Writer } from '../platform/db/index.ts'
import { joinText, splitText } from './long-text.ts'

export interface RunRow {
  readonly id: number
  readonly run_id: string
  readonly experiment_id: number
  readonly name: string
  readonly user_id: string
  readonly status: string
  readonly start_time: number | bigint
  readonly end_time: number | bigint | null
  readonly deleted: number
  readonly artifact_uri: string
}

const columns = 'id, run_id, experiment_id, name, user_id, status, start_time, end_time, deleted, artifact_uri'

export async function findRun(tx: Reader, runId: string): Promise<RunRow | undefined> {
  return tx.one<RunRow>(`SELECT ${columns} FROM runs WHERE run_id = ?`, [runId])
}

/** By their ids; those that are not there are missing. */
export async function findRunRows(tx: Reader, runIds: readonly string[]): Promise<Map<string, RunRow>> {
  const found = new Map<string, RunRow>()
  for (const list of inLists(runIds)) {
    for (const run of await tx.all<RunRow>(`SELECT ${columns} FROM runs WHERE run_id IN ${list.sql}`, list.params)) found.set(run.run_id, run)
  }
  return found
}

export interface WholeRunRow extends Omit<RunRow, 'id'> {
  readonly deleted_time: number | bigint | null
}

/** A run with all that it has become; answers its number, which one that is there already keeps. */
export async function putWholeRun(tx: Writer, run: WholeRunRow): Promise<number> {
  const rows = await tx.rows<[number]>(
    `INSERT INTO runs (run_id, experiment_id, name, user_id, status, start_time, end_time, deleted, deleted_time, artifact_uri) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (run_id) DO UPDATE SET experiment_id = excluded.experiment_id, name = excluded.name, user_id = excluded.user_id, status = excluded.status,
       start_time = excluded.start_time, end_time = excluded.end_time, deleted = excluded.deleted, deleted_time = excluded.deleted_time, artifact_uri = excluded.artifact_uri, texts = runs.texts + 1
     RETURNING id`,
    [run.run_id, run.experiment_id, run.name, run.user_id, run.status, run.start_time, run.end_time, run.deleted, run.deleted_time, run.artifact_uri],
  )
  return rows[0]![0]
}

/** Forgets the params and tags of a run. */
export async function deleteTexts(tx: Writer, run: Pick<RunKey, 'id'>): Promise<void> {
  await tx.run('DELETE FROM params WHERE run_id = ?', [run.id])
  await tx.run('DELETE FROM tags WHERE run_id = ?', [run.id])
  await countChange(tx, run)
}

export async function findRunKey(tx: Reader, runId: string): Promise<LoggedRun | undefined> {
  const rows = await tx.rows<KeyRow>(`SELECT ${keyColumns} FROM runs WHERE run_id = ?`, [runId])
  return rows[0] === undefined ? undefined : toKey(rows[0])
}

type KeyRow = [runId: string, id: number, experimentId: number, startTime: Int64, deleted: number, status: string]

const keyColumns = 'run_id, id, experiment_id, start_time, deleted, status'

const toKey = ([, id, experimentId, startTime, deleted, status]: KeyRow): LoggedRun => ({ id, experimentId, startTime, deleted, ended: hasEnded(status) })

export const hasEnded = (status: string): boolean => status !== 'RUNNING' && status !== 'SCHEDULED'

export async function findRunKeys(tx: Reader, runIds: readonly string[]): Promise<Map<string, LoggedRun>> {
  const found = new Map<string, LoggedRun>()
  for (const list of inLists(runIds)) {
    const rows = await tx.rows<KeyRow>(`SELECT ${keyColumns} FROM runs WHERE run_id IN ${list.sql}`, list.params)
    for (const row of rows) found.set(row[0], toKey(row))
  }
  return found
}

export function insertRuns(tx: Writer, runs: readonly Omit<RunRow, 'id' | 'deleted' | 'end_time'>[]): Promise<number[]> {
  return insertNumbered(tx, newRunRows, runs.map((run) => [run.run_id, run.experiment_id, run.name, run.user_id, run.status, run.start_time, run.artifact_uri]))
}

const newRunRows = insertRows('runs (run_id, experiment_id, name, user_id, status, start_time, artifact_uri)', 7)

/** What may change of a run's own row. */
export interface RunChange {
  readonly status?: string
  readonly end_time?: number | bigint
  readonly name?: string
}

export async function changeRun(tx: Writer, id: number, change: RunChange): Promise<void> {
  const sets: string[] = []
  const params: Value[] = []
  for (const [column, value] of Object.entries(change)) {
    if (value === undefined) continue
    sets.push(`${column} = ?`)
    params.push(value)
  }
  if (sets.length > 0) await tx.run(`UPDATE runs SET ${sets.join(', ')}, texts = texts + 1 WHERE id = ?`, [...params, id])
}

export async function renameRun(tx: Writer, id: number, name: string): Promise<void> {
  await tx.run('UPDATE runs SET name = ?, texts = texts + 1 WHERE id = ?', [name, id])
}

export async function setRunDeleted(tx: Writer, id: number, deletedTime: number | null): Promise<void> {
  await tx.run('UPDATE runs SET deleted = ?, deleted_time = ?, texts = texts + 1 WHERE id = ?', [deletedTime === null ? 0 : 1, deletedTime, id])
}

export async function setExperimentRunsDeleted(tx: Writer, experimentId: number, deletedTime: number | null): Promise<void> {
  await tx.run('UPDATE runs SET deleted = ?, deleted_time = ?, texts = texts + 1 WHERE experiment_id = ? AND deleted <> ?',
    [deletedTime === null ? 0 : 1, deletedTime, experimentId, deletedTime === null ? 0 : 1])
}

/** What each param and tag keeps of its run. */
export interface RunKey {
  readonly id: number
  readonly experimentId: number
  readonly startTime: Int64
}

export const keyOf = ({ id, experiment_id, start_time }: Pick<RunRow, 'id' | 'experiment_id' | 'start_time'>): RunKey => ({ id, experimentId: experiment_id, startTime: start_time })

/** What logging needs to know of a run. */
export interface LoggedRun extends RunKey {
  readonly deleted: number
  /** Its status says so; points may come all the same. */
  readonly ended: boolean
}

/** Whoever keeps the run's text shall make it anew; see `run-json-view.ts`. */
export const countChange = (tx: Writer, run: Pick<RunKey, 'id'>) => tx.run('UPDATE runs SET texts = texts + 1 WHERE id = ?', [run.id])

const textColumns = 'run_id, key_id, value, long, rest, experiment_id, start_time'

export async function upsertTags(tx: Writer, run: RunKey, tags: readonly RunTag[]): Promise<void> {
  if (tags.length === 0) return
  await countChange(tx, run)
  const keys = await internKeys(tx, tags.map((tag) => tag.key))
  for (let index = 0; index < tags.length; index += 1) {
    const [head, long, rest] = splitText(tags[index]!.value ?? '')
    await tx.run(
      `INSERT INTO tags (${textColumns}) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (run_id, key_id) DO UPDATE SET value = excluded.value, long = excluded.long, rest = excluded.rest`,
      [run.id, keys[index]!, head, long, rest, run.experimentId, run.startTime],
    )
  }
}

/** The tags of runs that were just made: they have none yet, and nobody keeps them. */
export async function insertTags(tx: Writer, runs: readonly (readonly [run: RunKey, tags: readonly RunTag[]])[]): Promise<void> {
  const rows: Value[][] = []
  for (const [run, tags] of runs) {
    const keys = await internKeys(tx, tags.map((tag) => tag.key))
    for (const [index, tag] of tags.entries()) rows.push([run.id, keys[index]!, ...splitText(tag.value ?? ''), run.experimentId, run.startTime])
  }
  await insertMany(tx, newTagRows, rows)
}

const newTagRows = insertRows(`tags (${textColumns})`, 7)

export async function findTag(tx: Writer, run: RunKey, key: string): Promise<string | undefined> {
  return findText(tx, 'tags', run, key)
}

export async function removeTag(tx: Writer, run: RunKey, key: string): Promise<boolean> {
  const [id] = await internKeys(tx, [key])
  const removed = await tx.run('DELETE FROM tags WHERE run_id = ? AND key_id = ?', [run.id, id!]) > 0
  if (removed) await countChange(tx, run)
  return removed
}

export async function findParam(tx: Writer, run: RunKey, key: string): Promise<string | undefined> {
  return findText(tx, 'params', run, key)
}

export async function insertParams(tx: Writer, run: RunKey, params: readonly Param[]): Promise<void> {
  if (params.length === 0) return
  await countChange(tx, run)
  const keys = await internKeys(tx, params.map((param) => param.key))
  for (let index = 0; index < params.length; index += 1) {
    const [head, long, rest] = splitText(params[index]!.value ?? '')
    await tx.run(`INSERT INTO params (${textColumns}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      [run.id, keys[index]!, head, long, rest, run.experimentId, run.startTime])
  }
}

async function findText(tx: Writer, table: 'params' | 'tags', run: RunKey, key: string): Promise<string | undefined> {
  const [id] = await internKeys(tx, [key])
  const rows = await tx.rows<[string, string | null]>(`SELECT value, rest FROM ${table} WHERE run_id = ? AND key_id = ?`, [run.id, id!])
  return rows[0] === undefined ? undefined : joinText(rows[0][0], rows[0][1])
}

/** Everything of a run but its files; for permanent removal. */
export async function deleteRunRows(tx: Writer, id: number): Promise<void> {
  await deletePoints(tx, id)
  await deleteTexts(tx, { id })
  await forgetInputs(tx, id)
  await tx.run('DELETE FROM runs WHERE id = ?', [id])
}
