import type { Comment } from '@cairn/protocol'
import type { Interest } from '../../app/interest.ts'
import { href } from '../../app/router.ts'

/** What is commented. */
export type CommentTarget =
  | { readonly run_id: string; readonly panel?: string }
  | { readonly experiment_id: string; readonly panel: string }
  | { readonly name: string; readonly version: string }

export const targetKey = ({ run_id, experiment_id, panel, name, version }: Partial<Record<'run_id' | 'experiment_id' | 'panel' | 'name' | 'version', string>>): string =>
  (run_id !== undefined ? (panel === undefined ? `run ${run_id}` : `run-panel ${run_id} ${panel}`) : panel !== undefined ? `panel ${experiment_id} ${panel}` : `version ${name} ${version}`)

/** What to follow to hear of its comments. */
export const interestIn = (target: CommentTarget): Interest => ({
  types: ['comment'], ...('run_id' in target ? { runIds: [target.run_id] } : 'experiment_id' in target ? { experimentIds: [target.experiment_id] } : {}),
})

/** Where the comment is seen beside what it is about. */
export function hrefOfComment({ comment_id, run_id, experiment_id, panel, name, version }: Comment): string {
  const here = `comments=${comment_id}`
  if (name !== undefined) return `${href.version(name, version!)}?${here}`
  if (panel === undefined) return `${href.run(run_id!)}?${here}`
  const query = new URLSearchParams({ ...(run_id === undefined && { view: 'charts' }), find: `^${panel.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, on: panel })
  return `${run_id === undefined ? href.experiment(experiment_id!) : href.run(run_id, 'charts')}?${query.toString()}&${here}`
}

/** The comment that the address leads to; "" for none. */
export const linkedComment = (): string => new URLSearchParams(location.search).get('comments') ?? ''
export const linkedPanel = (): string => new URLSearchParams(location.search).get('on') ?? ''
