import * as api from '@cairn/protocol'
import { invalid, type Comment } from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Principal, type Route } from '../platform/http/index.ts'
import { accessOf, type Access } from '../users/index.ts'
import { defaultWorkspace, workspaceOf } from '../workspaces/index.ts'
import { createComment, countComments, deleteComment, listAuthors, listComments, listMentions, updateComment, type Author, type Mention } from './comments.ts'
import type { Named } from './target.ts'

export interface CommentDeps {
  readonly db: Database
  readonly live?: LiveSink | undefined
  /** With accounts: names of people who may read what is commented. */
  readonly people?: ((text: string, target: Omit<Named, 'workspace'>, limit: number, principal: Principal) => Promise<string[]>) | undefined
  /** The experiment of a run, by which is decided who hears of its comments. */
  experimentOf(runId: string): Promise<string | undefined>
  /** Which of these experiments lie in other workspaces than the request of somebody; absent where there are none. */
  elsewhere?(experimentIds: readonly string[], principal: Principal): Promise<ReadonlySet<string>>
}

const mostNames = 8
const mentions = { usual: 50, most: 200 } as const
const longestName = 100

/** How many comments of each panel of an experiment are not settled. */
export const panelComments = async (db: Database, experiment_id: string): Promise<{ panel: string; count: number }[]> => (await db.scan(countComments, { experiment_id })).panels

export function commentRoutes({ db, live, people, experimentOf, elsewhere }: CommentDeps): Route[] {
  const author = ({ by }: { by?: string | undefined }, context: Context): Author => {
    const { principal } = context
    const known = accessOf(principal) !== undefined
    return { known, name: known ? principal.name : by?.trim().slice(0, longestName) || principal.name, now: context.now(), workspace: workspaceOf(principal) }
  }
  async function told(comment: Comment, change: string, { principal }: Context): Promise<void> {
    if (live === undefined) return
    const { comment_id, run_id, panel, name, version, mentions } = comment
    const experiment_id = comment.experiment_id ?? (run_id === undefined ? undefined : await experimentOf(run_id))
    live.publish({ type: 'comment', comment_id, change, mentions, ...(experiment_id !== undefined && { experiment_id }), ...(run_id !== undefined && { run_id }), ...(panel !== undefined && { panel }), ...(name !== undefined && { name, version: version!, ...(workspaceOf(principal).id !== defaultWorkspace.id && { workspace: workspaceOf(principal).id }) }) })
  }

  return [
    route(api.createComment, async (input, context) => {
      const answer = await db.write(createComment, { ...input, workspace: workspaceOf(context.principal).id, author: author(input, context) })
      await told(answer.comment, 'created', context)
      return answer
    }),
    route(api.listComments, (input, { principal }) => db.scan(listComments, { ...input, workspace: workspaceOf(principal).id })),
    route(api.countComments, (input) => db.scan(countComments, input)),
    route(api.listMentions, async (input, context) => {
      const limit = input.max_results ?? mentions.usual
      if (limit < 1 || limit > mentions.most) throw invalid(`max_results must be between 1 and ${mentions.most}.`)
      const access = accessOf(context.principal)
      const { name } = author(input, context)
      const place = workspaceOf(context.principal)
      const comments: Comment[] = []
      for (let before: number | undefined; ;) {
        const some = await db.scan(listMentions, { name, before, limit: mentions.most })
        const foreign = await elsewhere?.(some.flatMap(({ experiment_id }) => experiment_id ?? []), context.principal)
        const here = ({ experiment_id, workspace }: Mention): boolean => (workspace ?? place.id) === place.id && (experiment_id === undefined || foreign?.has(experiment_id) !== true)
        comments.push(...some.filter((mention) => here(mention) && maySee(access, mention.comment, mention.experiment_id)).map(({ comment }) => comment))
        if (some.length < mentions.most || comments.length >= limit) return { comments: comments.slice(0, limit) }
        before = Number(some.at(-1)!.comment.comment_id)
      }
    }),
    route(api.listPeople, async (input, { principal }) => {
      if (!input.run_id && !input.experiment_id && !input.name) throw invalid('Say what is commented: run_id, or experiment_id, or name.')
      const text = (input.text ?? '').slice(0, longestName)
      return { names: await (people?.(text, input, mostNames, principal) ?? db.scan(listAuthors, { text, limit: mostNames })) }
    }),
    route(api.updateComment, async (input, context) => {
      const answer = await db.write(updateComment, { ...input, author: author(input, context) })
      await told(answer.comment, 'changed', context)
      return answer
    }),
    route(api.deleteComment, async (input, context) => {
      const { comment } = await db.write(deleteComment, { ...input, author: author(input, context) })
      await told(comment, 'deleted', context)
      return {}
    }),
  ]
}

/** Somebody may be mentioned where they may not look. */
function maySee(access: Access | undefined, { name, run_id }: Comment, experiment: string | undefined): boolean {
  if (access === undefined) return true
  if (name !== undefined) return access.canRead('registered_model', name) && access.canRead('prompt', name)
  if (experiment === undefined || !access.canRead('experiment', experiment)) return false
  return run_id === undefined || access.granted('run', '*') !== 'DENY'
}
