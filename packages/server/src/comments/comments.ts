import { CairnError, decodePageToken, encodePageToken, invalid, invalidPageToken, notFound, type Comment, type RequestOf } from '@cairn/protocol'
import type * as api from '@cairn/protocol'
import { recordChange, type Author as Auditor } from '../audit/index.ts'
import { read, write, type AnyOperation, type Reader, type Writer } from '../platform/db/index.ts'
import { findRun, runNotFound } from '../runs/index.ts'
import {
  countComments as countRows, countOpen, forgetDeleted, insertComment, selectAuthors, selectComment, selectComments, selectMentions, setMentions, updateCommentRow, type CommentRow,
} from './comments-store.ts'
import { mentionsIn } from './mentions.ts'
import { namedBy, placeOf, targetOf, type Named, type Target } from './target.ts'

const longestText = 20_000
const mostOfTarget = 10_000
const mostPanels = 2000
const keptDeletedMs = 30 * 86_400_000
const page = { usual: 200, most: 1000 } as const

export interface Author {
  readonly name: string
  readonly now: number
  /** Whether the name is an account's, which the rights were asked of; otherwise it is what somebody called themselves. */
  readonly known: boolean
  readonly workspace: Auditor['workspace']
}
type Authored<E> = Omit<RequestOf<E>, 'by'> & { readonly author: Author }
export interface Said { comment: Comment }

function toComment(row: CommentRow, target: Target | undefined): Comment {
  const gone = row.deleted_time !== null
  return {
    comment_id: String(row.comment_id), text: gone ? '' : row.text, author: gone ? '' : row.author, mentions: gone ? [] : JSON.parse(row.mentions) as string[], creation_timestamp: row.creation_time, ...target,
    ...(row.thread_id !== null && { reply_to: String(row.thread_id) }), ...(row.edited_time !== null && !gone && { edited_timestamp: row.edited_time }),
    ...(row.resolved_time !== null && { resolved_timestamp: row.resolved_time, resolved_by: row.resolved_by ?? '' }), ...(gone && { deleted: true }),
  }
}

/** That something was said, changed, settled or deleted; not the words: whoever deletes a comment wants them gone. */
const record = (tx: Writer, { name, now, workspace }: Author, { comment_id, target, author }: Pick<CommentRow, 'comment_id' | 'target' | 'author'>, action: string): Promise<number> =>
  recordChange(tx, { principal: name, now, workspace }, {
    entity: 'comment', uid: `comment:${comment_id}`, name: String(comment_id), action, item: target, ...(author !== name && { before: { author } }),
  })

const commentNumber = (id: string): number => (/^\d{1,15}$/.test(id) ? Number(id) : -1)

async function requireComment(tx: Reader, id: string): Promise<CommentRow> {
  const row = await selectComment(tx, commentNumber(id))
  if (row === undefined) throw notFound(`There is no comment ${id.slice(0, 40)}. It may have been deleted.`)
  return row
}

function checkText(text: string): string {
  const clean = text.trim()
  if (clean === '' || clean.length > longestText) throw invalid(`A comment has 1 to ${longestText} characters, got ${clean.length}.`)
  return clean
}

export const createComment = write('comments.create', async (tx, input: Authored<typeof api.createComment> & { workspace: number }): Promise<Said> => {
  const { author: { name, now } } = input
  const target = await targetOf(tx, input)
  const text = checkText(input.text)
  if (await countRows(tx, target) >= mostOfTarget) throw invalid(`There are ${mostOfTarget} comments on this already.`)
  const answered = input.reply_to ? await requireComment(tx, input.reply_to) : undefined
  if (answered !== undefined && answered.target !== target) throw invalid(`The comment ${answered.comment_id} is about something else. Answer it there.`)
  // One level: who answers an answer answers in the same thread.
  const thread_id = answered === undefined ? null : answered.thread_id ?? answered.comment_id
  const mentions = mentionsIn(text)
  const row = { target, thread_id, text, author: name, mentions: JSON.stringify(mentions), creation_time: now }
  const comment_id = await insertComment(tx, row)
  await setMentions(tx, comment_id, mentions)
  await record(tx, input.author, { ...row, comment_id }, 'create')
  return { comment: toComment({ ...row, comment_id, edited_time: null, resolved_time: null, resolved_by: null, deleted_time: null }, await namedBy(tx, target)) }
})

export const updateComment = write('comments.update', async (tx, input: Authored<typeof api.updateComment>): Promise<Said> => {
  const { author: { name, now, known } } = input
  const old = await requireComment(tx, input.comment_id)
  if (old.deleted_time !== null && input.deleted !== false) throw notFound(`There is no comment ${input.comment_id}. It may have been deleted.`)
  if (!known && (input.text !== undefined || input.deleted !== undefined)) checkOwn(old, name)
  if (input.resolved !== undefined && old.thread_id !== null) throw invalid('An answer is settled with the comment that it answers.')
  const text = input.text === undefined ? old.text : checkText(input.text)
  const mentions = mentionsIn(text)
  const row: CommentRow = {
    ...old, text, mentions: JSON.stringify(mentions), edited_time: text === old.text ? old.edited_time : now, deleted_time: null,
    ...(input.resolved !== undefined && { resolved_time: input.resolved ? now : null, resolved_by: input.resolved ? name : null }),
  }
  await updateCommentRow(tx, row)
  if (text !== old.text) await setMentions(tx, row.comment_id, mentions)
  for (const [action, happened] of [['restore', old.deleted_time !== null], ['update', text !== old.text], [input.resolved ? 'resolve' : 'reopen', input.resolved !== undefined]] as const) {
    if (happened) await record(tx, input.author, row, action)
  }
  return { comment: toComment(row, await namedBy(tx, row.target)) }
})

export const deleteComment = write('comments.delete', async (tx, { comment_id, author }: Authored<typeof api.deleteComment>): Promise<Said> => {
  const { name, now, known } = author
  const row = await requireComment(tx, comment_id)
  if (row.deleted_time !== null) throw notFound(`There is no comment ${comment_id}. It may have been deleted.`)
  if (!known) checkOwn(row, name)
  await forgetDeleted(tx, now - keptDeletedMs)
  await updateCommentRow(tx, { ...row, deleted_time: now })
  await record(tx, author, row, 'delete')
  return { comment: toComment({ ...row, deleted_time: now }, await namedBy(tx, row.target)) }
})

/** No secret is kept by this: it keeps people from changing each other's words by accident. */
function checkOwn({ author }: CommentRow, name: string): void {
  if (author !== name) throw new CairnError('PERMISSION_DENIED', `This comment is ${author}'s. Only they change it.`)
}

export const listComments = read('comments.list', async (tx, request: RequestOf<typeof api.listComments> & { workspace: number }) => {
  const limit = request.max_results ?? page.usual
  if (limit < 1 || limit > page.most) throw invalid(`max_results must be between 1 and ${page.most}.`)
  const token = decodePageToken(request.page_token)
  const before = token?.['before']
  if (token !== undefined && !Number.isSafeInteger(before)) throw invalidPageToken(token)
  const target = await targetOf(tx, request)
  const rows = await selectComments(tx, { target, before: before as number | undefined, limit: limit + 1 })
  const named = await namedBy(tx, target)
  const comments = rows.slice(0, limit).map((row) => toComment(row, named))
  return { comments, ...(rows.length > limit && { next_page_token: encodePageToken({ before: Number(comments.at(-1)!.comment_id) }) }) }
})

export const countComments = read('comments.counts', async (tx, { experiment_id, run_id }: RequestOf<typeof api.countComments>) => {
  if (!experiment_id === !run_id) throw invalid('Say whose panels are counted: experiment_id or run_id.')
  if (experiment_id && !/^\d{1,19}$/.test(experiment_id)) throw invalid(`'${experiment_id.slice(0, 40)}' is no id of an experiment: it must be a number.`)
  if (run_id && await findRun(tx, run_id) === undefined) throw runNotFound(run_id)
  const of = experiment_id ? `panel ${experiment_id}` : `run-panel ${run_id}`
  const start = `${of} `
  // "!" is the character after the blank.
  const rows = await countOpen(tx, start, `${of}!`, mostPanels)
  return { panels: rows.map(({ target, count }) => ({ panel: target.slice(start.length), count })) }
})

/** A mention with what the right to see it depends on. */
export interface Mention {
  readonly comment: Comment
  /** The experiment of the run or the panel. */
  readonly experiment_id: string | undefined
  /** Of the model, where it is about one of its versions. */
  readonly workspace: number | undefined
}

export const listMentions = read('comments.mentions', async (tx, { name, before, limit }: { name: string; before: number | undefined; limit: number }): Promise<Mention[]> => {
  const found: Mention[] = []
  for (const row of await selectMentions(tx, { name, before, limit })) {
    const named = await namedBy(tx, row.target)
    const run = named !== undefined && 'run_id' in named ? await findRun(tx, named.run_id) : undefined
    const experiment_id = run !== undefined ? String(run.experiment_id) : named !== undefined && 'experiment_id' in named ? named.experiment_id : undefined
    found.push({ comment: { ...toComment(row, named), ...(run !== undefined && { run_name: run.name }) }, experiment_id, workspace: await placeOf(tx, row.target) })
  }
  return found
})

export const listAuthors = read('comments.authors', async (tx, { text, limit }: { text: string; limit: number }) => selectAuthors(tx, text, limit))

/** What the rights to a comment depend on; undefined where there is none. */
export const commentFacts = read('comments.facts', async (tx, { comment_id }: { comment_id: string }): Promise<{ target: Omit<Named, 'workspace'>; workspace: number | undefined; author: string } | undefined> => {
  const row = await selectComment(tx, commentNumber(comment_id))
  const target = row && await namedBy(tx, row.target)
  return row && target && { target, workspace: await placeOf(tx, row.target), author: row.author }
})

export const commentOperations: AnyOperation[] = [createComment, updateComment, deleteComment, listComments, countComments, listMentions, listAuthors, commentFacts]
