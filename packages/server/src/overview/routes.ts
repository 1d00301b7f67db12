import { getHome, listExperimentOverview } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf, allows } from '../users/index.ts'
import { workspaceOf } from '../workspaces/index.ts'
import { experimentWindow, type Seen } from './experiments.ts'
import { home } from './home.ts'

export const overviewRoutes = ({ db }: { readonly db: Database }): Route[] => [
  route(listExperimentOverview, (input, context) => db.scan(experimentWindow, { ...input, ...seenBy(context), now: context.now() })),
  route(getHome, (input, context) => db.scan(home, { ...input, ...seenBy(context), models: accessOf(context.principal)?.visible('registered_model'), now: context.now() })),
]

/** What is granted on runs, where something is, decides over all of them. */
function seenBy({ principal }: Context): Seen {
  const access = accessOf(principal)
  const onRuns = access?.granted('run', '*')
  return { workspace: workspaceOf(principal).id, visible: access?.visible('experiment'), runs: onRuns === undefined || allows(onRuns, 'read') }
}
