import type { Reader, Value, Writer } from '../platform/db/index.ts'

export interface CommentRow {
  readonly comment_id: number
  readonly target: string
  /** The comment that this one answers. */
  readonly thread_id: number | null
  readonly text: string
  readonly author: string
  /** JSON. */
  readonly mentions: string
  readonly creation_time: number
  readonly edited_time: number | null
  readonly resolved_time: number | null
  readonly resolved_by: string | null
  readonly deleted_time: number | null
}

const names = ['comment_id', 'target', 'thread_id', 'text', 'author', 'mentions', 'creation_time', 'edited_time', 'resolved_time', 'resolved_by', 'deleted_time'] as const
const columns = names.map((name) => `c.${name}`).join(', ')
/** Shown although it is deleted, as the place that its answers belong to. */
const answered = 'EXISTS (SELECT 1 FROM comments a WHERE a.thread_id = c.comment_id AND a.deleted_time IS NULL)'

export const selectComment = async (tx: Reader, id: number): Promise<CommentRow | undefined> =>
  await tx.one<CommentRow>(`SELECT ${columns} FROM comments c WHERE c.comment_id = ?`, [id])

/** The newest first, those before the given one. */
export async function selectComments(tx: Reader, of: { readonly target: string; readonly before: number | undefined; readonly limit: number }): Promise<CommentRow[]> {
  const params: Value[] = [of.target, ...(of.before === undefined ? [] : [of.before]), of.limit]
  return await tx.all<CommentRow>(
    `SELECT ${columns} FROM comments c WHERE c.target = ? ${of.before === undefined ? '' : 'AND c.comment_id < ?'} AND (c.deleted_time IS NULL OR ${answered}) ORDER BY c.comment_id DESC LIMIT ?`, params)
}

/** Of all targets that begin so, how many comments are neither deleted nor settled. */
export async function countOpen(tx: Reader, from: string, to: string, limit: number): Promise<{ target: string; count: number }[]> {
  const target = tx.dialect.bytewise('c.target')
  return await tx.all<{ target: string; count: number }>(
    `SELECT c.target AS target, count(*) AS count FROM comments c LEFT JOIN comments t ON t.comment_id = c.thread_id
      WHERE ${target} >= ? AND ${target} < ? AND c.deleted_time IS NULL AND c.resolved_time IS NULL AND (c.thread_id IS NULL OR t.resolved_time IS NULL)
      GROUP BY c.target ORDER BY ${target} LIMIT ?`, [from, to, limit])
}

/** Comments in which somebody is mentioned, the newest first. */
export async function selectMentions(tx: Reader, of: { readonly name: string; readonly before: number | undefined; readonly limit: number }): Promise<CommentRow[]> {
  const params: Value[] = [of.name, ...(of.before === undefined ? [] : [of.before]), of.limit]
  return await tx.all<CommentRow>(
    `SELECT ${columns} FROM comment_mentions m JOIN comments c ON c.comment_id = m.comment_id WHERE m.name = ? ${of.before === undefined ? '' : 'AND m.comment_id < ?'} AND c.deleted_time IS NULL
      ORDER BY m.comment_id DESC LIMIT ?`, params)
}

export async function insertComment(tx: Writer, row: Pick<CommentRow, 'target' | 'thread_id' | 'text' | 'author' | 'mentions' | 'creation_time'>): Promise<number> {
  const made = await tx.one<{ comment_id: number }>(
    'INSERT INTO comments (target, thread_id, text, author, mentions, creation_time) VALUES (?, ?, ?, ?, ?, ?) RETURNING comment_id',
    [row.target, row.thread_id, row.text, row.author, row.mentions, row.creation_time],
  )
  return made!.comment_id
}

export const updateCommentRow = async (tx: Writer, row: CommentRow): Promise<number> => await tx.run(
  'UPDATE comments SET text = ?, mentions = ?, edited_time = ?, resolved_time = ?, resolved_by = ?, deleted_time = ? WHERE comment_id = ?',
  [row.text, row.mentions, row.edited_time, row.resolved_time, row.resolved_by, row.deleted_time, row.comment_id],
)

export async function setMentions(tx: Writer, commentId: number, mentioned: readonly string[]): Promise<void> {
  await tx.run('DELETE FROM comment_mentions WHERE comment_id = ?', [commentId])
  for (const name of mentioned) await tx.run('INSERT INTO comment_mentions (name, comment_id) VALUES (?, ?)', [name, commentId])
}

export async function countComments(tx: Reader, target: string): Promise<number> {
  return (await tx.one<{ count: number }>('SELECT count(*) AS count FROM comments WHERE target = ?', [target]))!.count
}

/** Who has commented anything, with this in their name, whatever the case. */
export async function selectAuthors(tx: Reader, text: string, limit: number): Promise<string[]> {
  const author = tx.dialect.bytewise('author')
  const rows = await tx.all<{ author: string }>(`SELECT DISTINCT ${author} AS author FROM comments WHERE ${tx.dialect.ilike('author')} ORDER BY 1 LIMIT ?`, [`%${text}%`, limit])
  return rows.map((row) => row.author)
}

/** What somebody said who is gone is theirs still; nobody of that name is meant by what was said to them. */
export async function leaveComments(tx: Writer, author: string, departed: string): Promise<void> {
  await tx.run('UPDATE comments SET author = ? WHERE author = ?', [departed, author])
  await tx.run('DELETE FROM comment_mentions WHERE name = ?', [author])
}

/** What was deleted so long ago that nobody brings it back; not what answers hang on. */
export async function forgetDeleted(tx: Writer, before: number): Promise<void> {
  const gone = 'SELECT c.comment_id FROM comments c WHERE c.deleted_time < ? AND NOT EXISTS (SELECT 1 FROM comments a WHERE a.thread_id = c.comment_id)'
  await tx.run(`DELETE FROM comment_mentions WHERE comment_id IN (${gone})`, [before])
  await tx.run(`DELETE FROM comments WHERE comment_id IN (${gone})`, [before])
}

/** Some of what is commented, by the table's names, and what of it is gone: a run, an experiment's panel, a version. */
export async function targetsOfNothing(tx: Reader, after: string): Promise<{ readonly targets: string[]; readonly next: string | undefined }> {
  const target = tx.dialect.bytewise('target')
  const rows = await tx.rows<[string]>(`SELECT DISTINCT ${target} FROM comments WHERE ${target} > ? ORDER BY 1 LIMIT 200`, [after])
  const targets: string[] = []
  for (const [one] of rows) if (await isGone(tx, one)) targets.push(one)
  return { targets, next: rows.at(-1)?.[0] }
}

/** Looks once more before it removes. Answers how many comments there were. */
export async function forgetTargets(tx: Writer, targets: readonly string[]): Promise<number> {
  let count = 0
  for (const target of targets) {
    if (!await isGone(tx, target)) continue
    count += await countComments(tx, target)
    await forgetComments(tx, { is: target })
  }
  return count
}

async function isGone(tx: Reader, target: string): Promise<boolean> {
  const [kind, id = '', rest = ''] = target.split(' ', 3)
  if (kind === 'run' || kind === 'run-panel') return await tx.one('SELECT id FROM runs WHERE run_id = ?', [id]) === undefined
  if (kind === 'panel') return await tx.one('SELECT id FROM experiments WHERE id = ?', [Number(id)]) === undefined
  if (kind !== 'version') return false
  return await tx.one('SELECT v.version FROM model_versions v JOIN registered_models m ON m.model_id = v.model_id WHERE m.uid = ? AND v.version = ?', [id, Number(rest)]) === undefined
}

/** All comments of what is gone for good: `run ID`, or all panels of an experiment or a run, `panel ID `, `run-panel ID `. */
export async function forgetComments(tx: Writer, target: { readonly is: string } | { readonly begins: string }): Promise<void> {
  const [where, value] = 'is' in target ? ['target = ?', [target.is]] : [`${tx.dialect.bytewise('target')} >= ? AND ${tx.dialect.bytewise('target')} < ?`, [target.begins, `${target.begins.slice(0, -1)}!`]]
  await tx.run(`DELETE FROM comment_mentions WHERE comment_id IN (SELECT comment_id FROM comments WHERE ${where})`, value)
  await tx.run(`DELETE FROM comments WHERE ${where}`, value)
}
