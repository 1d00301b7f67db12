import * as api from '@cairn/protocol'
import { invalid, type RequestOf, type View } from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Principal, type Route } from '../platform/http/index.ts'
import { accessOf } from '../users/index.ts'
import { workspaceOf } from '../workspaces/index.ts'
import { createView, deleteView, getView, listViews, updateView } from './views.ts'

export interface ViewDeps {
  readonly db: Database
  readonly live?: LiveSink | undefined
  /** Which of these experiments lie in other workspaces than the request of somebody; absent where there are none. */
  elsewhere?(experimentIds: readonly string[], principal: Principal): Promise<ReadonlySet<string>>
}

const page = { usual: 200, most: 500 } as const
const longestName = 100

/** Who asks: the account, or on a server without accounts the name that the browser says. */
function whoAsks({ by }: { by?: string | undefined }, { principal }: Context): string {
  return accessOf(principal) === undefined ? by?.trim().slice(0, longestName) || principal.name : principal.name
}

/** Views that somebody may see: shared ones of experiments that they may read, and their own. */
export async function visibleViews({ db, elsewhere }: Pick<ViewDeps, 'db'> & { readonly elsewhere?: ViewDeps['elsewhere'] | undefined }, input: RequestOf<typeof api.listViews>, context: Context): Promise<View[]> {
  const most = input.max_results ?? page.usual
  if (most < 1 || most > page.most) throw invalid(`max_results must be between 1 and ${page.most}.`)
  const access = accessOf(context.principal)
  const owner = whoAsks(input, context)
  const views: View[] = []
  for (let after: { name: string; id: number } | undefined; ;) {
    const some = await db.scan(listViews, { ...input, owner, after, limit: page.most })
    const foreign = await elsewhere?.(some.flatMap(({ experiment_ids }) => experiment_ids), context.principal)
    views.push(...some.filter(({ experiment_ids }) => experiment_ids.every((id) => foreign?.has(id) !== true && (access === undefined || access.canRead('experiment', id)))))
    const last = some.at(-1)
    if (some.length < page.most || views.length >= most) return views.slice(0, most)
    after = { name: last!.name, id: Number(last!.view_id) }
  }
}

export function viewRoutes({ db, live, elsewhere }: ViewDeps): Route[] {
  const author = (input: { by?: string | undefined }, context: Context) => ({ name: whoAsks(input, context), now: context.now(), workspace: workspaceOf(context.principal) })
  function told(view: View, change: string): void {
    // What is somebody's own is nobody else's news.
    if (view.shared) for (const experiment_id of view.experiment_ids) live?.publish({ type: 'view', experiment_id, view_id: view.view_id, change })
  }

  return [
    route(api.createView, async (input, context) => {
      const answer = await db.write(createView, { ...input, author: author(input, context) })
      told(answer.view, 'created')
      return answer
    }),
    route(api.listViews, async (input, context) => ({ views: await visibleViews({ db, elsewhere }, input, context) })),
    route(api.getView, (input) => db.read(getView, input)),
    route(api.updateView, async (input, context) => {
      const answer = await db.write(updateView, { ...input, author: author(input, context) })
      // Who saw it while it was shared hears that it no longer is.
      told(input.shared === false ? { ...answer.view, shared: true } : answer.view, 'changed')
      return answer
    }),
    route(api.deleteView, async (input, context) => {
      const { view } = await db.write(deleteView, { ...input, author: author(input, context) })
      told(view, 'deleted')
      return {}
    }),
  ]
}
