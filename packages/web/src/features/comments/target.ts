import type { Comment } from '@cairn/protocol'
import type { Interest } from '../../app/interest.ts'
import { href } from '../../app/router.ts'

/** What is commented. */
export type CommentTarget =
  | { readonly run_id: string }
  | { readonly experiment_id: string; readonly panel: string }
  | { readonly name: string; readonly version: string }

export const targetKey = (target: CommentTarget): string => ('run_id' in target ? `run ${target.run_id}` : 'panel' in target ? `panel ${target.experiment_id} ${target.panel}` : `version ${target.name} ${target.version}`)

/** What to follow to hear of its comments. */
export const interestIn = (target: CommentTarget): Interest => ({
  types: ['comment'], ...('run_id' in target ? { runIds: [target.run_id] } : 'panel' in target ? { experimentIds: [target.experiment_id] } : {}),
})

/** Where the comment is seen beside what it is about. */
export function hrefOfComment({ comment_id, run_id, experiment_id, panel, name, version }: Comment): string {
  const here = `comments=${comment_id}`
  if (run_id !== undefined) return `${href.run(run_id)}?${here}`
  if (name !== undefined) return `${href.version(name, version!)}?${here}`
  const query = new URLSearchParams({ view: 'charts', find: `^${panel!.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, on: panel! })
  return `${href.experiment(experiment_id!)}?${query.toString()}&${here}`
}

/** The comment that the address leads to; "" for none. */
export const linkedComment = (): string => new URLSearchParams(location.search).get('comments') ?? ''
export const linkedPanel = (): string => new URLSearchParams(location.search).get('on') ?? ''
