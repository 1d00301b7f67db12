import { inLists, type Reader, type Value, type Writer } from '../platform/db/index.ts'

export interface ViewRow {
  readonly view_id: number
  readonly experiments: string
  readonly name: string
  readonly state: string
  readonly shared: number
  readonly is_default: number
  readonly created_by: string
  readonly updated_by: string
  readonly creation_time: number
  readonly last_updated_time: number
  readonly deleted_time: number | null
}

const columns = 'view_id, experiments, name, state, shared, is_default, created_by, updated_by, creation_time, last_updated_time, deleted_time'

export const selectView = async (tx: Reader, viewId: number): Promise<ViewRow | undefined> =>
  await tx.one<ViewRow>(`SELECT ${columns} FROM run_views WHERE view_id = ?`, [viewId])

export interface ViewQuery {
  readonly experiments?: string | undefined
  /** Part of the name. */
  readonly name?: string | undefined
  /** Whose own are shown besides the shared. */
  readonly owner: string
  readonly after?: { readonly name: string; readonly id: number } | undefined
  readonly limit: number
}

/** By name. */
export async function selectViews(tx: Reader, { experiments, name, owner, after, limit }: ViewQuery): Promise<ViewRow[]> {
  const byName = tx.dialect.bytewise('name')
  const where = ['deleted_time IS NULL', '(shared = 1 OR created_by = ?)']
  const params: Value[] = [owner]
  const also = (clause: string, ...values: Value[]): void => {
    where.push(clause)
    params.push(...values)
  }
  if (experiments !== undefined) also('experiments = ?', experiments)
  if (name !== undefined) also(tx.dialect.ilike('name'), `%${name}%`)
  if (after !== undefined) also(`(${byName} > ? OR (name = ? AND view_id > ?))`, after.name, after.name, after.id)
  return await tx.all<ViewRow>(`SELECT ${columns} FROM run_views WHERE ${where.join(' AND ')} ORDER BY ${byName}, view_id LIMIT ?`, [...params, limit])
}

export async function insertView(tx: Writer, row: Omit<ViewRow, 'view_id' | 'deleted_time'>): Promise<number> {
  const made = await tx.one<{ view_id: number }>(
    `INSERT INTO run_views (experiments, name, state, shared, is_default, created_by, updated_by, creation_time, last_updated_time)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING view_id`,
    [row.experiments, row.name, row.state, row.shared, row.is_default, row.created_by, row.updated_by, row.creation_time, row.last_updated_time],
  )
  return made!.view_id
}

export const updateViewRow = async (tx: Writer, row: ViewRow): Promise<number> => await tx.run(
  'UPDATE run_views SET name = ?, state = ?, shared = ?, is_default = ?, updated_by = ?, last_updated_time = ?, deleted_time = ? WHERE view_id = ?',
  [row.name, row.state, row.shared, row.is_default, row.updated_by, row.last_updated_time, row.deleted_time, row.view_id],
)

/** One at most is the default, deleted ones included: who is brought back takes nothing from another. */
export const clearDefault = async (tx: Writer, experiments: string, but: number): Promise<number> =>
  await tx.run('UPDATE run_views SET is_default = 0 WHERE experiments = ? AND view_id <> ? AND is_default = 1', [experiments, but])

/** Another view that somebody who looks at this one's list would see under the same name. */
export const sameName = async (tx: Reader, { experiments, name, shared, created_by }: Pick<ViewRow, 'experiments' | 'name' | 'shared' | 'created_by'>, but: number): Promise<ViewRow | undefined> => await tx.one<ViewRow>(
  `SELECT ${columns} FROM run_views WHERE experiments = ? AND name = ? AND deleted_time IS NULL AND view_id <> ? AND shared = ? AND (shared = 1 OR created_by = ?) ORDER BY view_id LIMIT 1`,
  [experiments, name, but, shared, created_by],
)

export async function countViews(tx: Reader, experiments: string): Promise<number> {
  return (await tx.one<{ count: number }>('SELECT count(*) AS count FROM run_views WHERE experiments = ? AND deleted_time IS NULL', [experiments]))!.count
}

/** Views of an experiment that is gone for good, where none of their other experiments is there either. Answers how many. */
export async function forgetViews(tx: Writer, experimentId: number): Promise<number> {
  const rows = await tx.rows<[number, string]>("SELECT view_id, experiments FROM run_views WHERE ',' || experiments || ',' LIKE ? ORDER BY view_id", [`%,${experimentId},%`])
  let count = 0
  for (const [id, experiments] of rows) if (await allGone(tx, experiments)) count += await tx.run('DELETE FROM run_views WHERE view_id = ?', [id])
  return count
}

/** Some of the views of which no experiment is there, by number. */
export async function viewsOfNothing(tx: Reader, after: number): Promise<{ readonly views: number[]; readonly next: number | undefined }> {
  const rows = await tx.rows<[number, string]>('SELECT view_id, experiments FROM run_views WHERE view_id > ? ORDER BY view_id LIMIT 200', [after])
  const views: number[] = []
  for (const [id, experiments] of rows) if (await allGone(tx, experiments)) views.push(id)
  return { views, next: rows.at(-1)?.[0] }
}

/** Looks once more before it removes. */
export async function forgetViewsOfNothing(tx: Writer, views: readonly number[]): Promise<number> {
  let count = 0
  for (const id of views) {
    const row = await selectView(tx, id)
    if (row !== undefined && await allGone(tx, row.experiments)) count += await tx.run('DELETE FROM run_views WHERE view_id = ?', [id])
  }
  return count
}

async function allGone(tx: Reader, experiments: string): Promise<boolean> {
  for (const list of inLists(experiments.split(',').map(Number))) if (await tx.one(`SELECT id FROM experiments WHERE id IN ${list.sql} LIMIT 1`, list.params) !== undefined) return false
  return true
}

/** Somebody is gone: what was shared stays, what was theirs alone is nobody's. */
export async function leaveViews(tx: Writer, owner: string, departed: string): Promise<void> {
  await tx.run('DELETE FROM run_views WHERE created_by = ? AND shared = 0', [owner])
  await tx.run('UPDATE run_views SET created_by = ? WHERE created_by = ?', [departed, owner])
}

export const forgetDeleted = async (tx: Writer, before: number): Promise<number> => await tx.run('DELETE FROM run_views WHERE deleted_time < ?', [before])
