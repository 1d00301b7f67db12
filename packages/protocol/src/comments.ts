import { endpoint } from './endpoint.ts'
import { answer, Bool, Empty, Int32, Int64, List, message, Str, type Static } from './schema.ts'

/** What is commented: a run; a panel of charts of an experiment or of a run, by its title; or a version of a registered model. */
const target = { run_id: Str, experiment_id: Str, panel: Str, name: Str, version: Str }

/** What somebody wrote about a run, a panel or a model version. */
export const Comment = answer({
  comment_id: Str,
  /** Markdown, with `@name` or `@[name with blanks]` for whoever is meant; empty once it is deleted. */
  text: Str,
  author: Str,
  /** Who is mentioned, as it was written. */
  mentions: List(Str),
  /** Milliseconds since the epoch. */
  creation_timestamp: Int64,
}, {
  ...target,
  /** What the run is called; only in a list of mentions. */
  run_name: Str,
  /** The comment that this one answers. */
  reply_to: Str,
  edited_timestamp: Int64,
  /** Where it is settled, and by whom; answers are settled with what they answer. */
  resolved_timestamp: Int64,
  resolved_by: Str,
  /** It is shown as a place because it was answered. */
  deleted: Bool,
})
export type Comment = Static<typeof Comment>

const group = 'comments'
const api = 'cairn'
const said = answer({ comment: Comment })
/** Who asks, on a server without accounts: the name that the browser keeps. With accounts it counts for nothing. */
const by = { by: Str }

export const createComment = endpoint({
  name: 'createComment', method: 'POST', api, path: '/comments', group,
  summary: 'Comments a run (run_id), a panel (experiment_id or run_id, and panel) or a version (name and version), or answers a comment of it. Whoever may read the one may write the other.',
  request: message({ text: Str }, { ...target, reply_to: Str, ...by }),
  response: said,
})

export const listComments = endpoint({
  name: 'listComments', method: 'GET', api, path: '/comments', group,
  summary: 'Comments of one thing, the newest first; max_results 1 to 1,000, default 200.',
  request: message({}, { ...target, max_results: Int32, page_token: Str }),
  response: answer({ comments: List(Comment) }, { next_page_token: Str }),
})

export const countComments = endpoint({
  name: 'countComments', method: 'GET', api, path: '/comments/counts', group,
  summary: 'How many comments the panels of an experiment (experiment_id) or of a run (run_id) have that are not settled; panels without any are left out.',
  request: message({}, { experiment_id: Str, run_id: Str }),
  response: answer({ panels: List(answer({ panel: Str, count: Int32 })) }),
})

export const listMentions = endpoint({
  name: 'listMentions', method: 'GET', api, path: '/comments/mentions', group,
  summary: 'Comments that mention the caller, the newest first; max_results 1 to 200, default 50.',
  request: message({}, { max_results: Int32, ...by }),
  response: answer({ comments: List(Comment) }),
})

export const listPeople = endpoint({
  name: 'listPeople', method: 'GET', api, path: '/comments/people', group,
  summary: 'Names with a text in them, of people who may read the thing that is commented; without accounts, of people who have commented. At most 8.',
  request: message({}, { ...target, text: Str }),
  response: answer({ names: List(Str) }),
})

export const updateComment = endpoint({
  name: 'updateComment', method: 'PATCH', api, path: '/comments/{comment_id}', group,
  summary: 'Changes the text of one\'s own comment, brings it back (deleted: false), or settles a thread or takes it up again (resolved), which is for everybody who may comment.',
  request: message({ comment_id: Str }, { text: Str, resolved: Bool, deleted: Bool, ...by }),
  response: said,
})

export const deleteComment = endpoint({
  name: 'deleteComment', method: 'DELETE', api, path: '/comments/{comment_id}', group,
  summary: 'Deletes one\'s own comment, or anybody\'s on what one may manage. It can be brought back for 30 days.',
  request: message({ comment_id: Str }, by),
  response: Empty,
})

export const commentEndpoints = [createComment, listComments, countComments, listMentions, listPeople, updateComment, deleteComment] as const
