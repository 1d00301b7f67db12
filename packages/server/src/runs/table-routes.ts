import { archivedTag, changeRuns as changeRunsEndpoint, getRuns as getRunsEndpoint, groupRuns, invalid, listKeyValues, listMetricRanges, listRunFields, listTableKeys, listTableRows, openRun as openRunEndpoint, openRunTable, type View } from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { compressedJson, jsonReply, Reply, route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf } from '../users/index.ts'
import { authorOf, workspaceOf } from '../workspaces/index.ts'
import { changeRuns } from './change.ts'
import { runFields } from './fields-view.ts'
import { openRun } from './open-run.ts'
import { openTable } from './open-table.ts'
import { getRuns } from './read.ts'
import { groups } from './table-groups-view.ts'
import { keyValues, tableKeys } from './table-keys-view.ts'
import { metricRanges } from './table-ranges-view.ts'
import { tableWindow } from './table-view.ts'
import { unseenIn } from './unseen.ts'
import { checkTag, type LogLimits } from './validation.ts'

/** What pages of runs begin with besides runs: of slices above this one. */
export interface OpeningParts {
  /** After this event a page that reads now can follow; undefined where it cannot. */
  position(): string | undefined
  views(experimentIds: readonly string[], by: string | undefined, context: Context): Promise<View[]>
  /** Comments of an experiment's panels. */
  panels(experimentId: string): Promise<{ panel: string; count: number }[]>
}

export interface TableDependencies {
  readonly db: Database
  readonly live?: LiveSink | undefined
  readonly limits: LogLimits
  /** Absent where there is nothing above. */
  readonly opening?: OpeningParts
}

/** What tables of runs ask for, and what is done to many runs at once. */
export function runTableRoutes({ db, live, limits, opening }: TableDependencies): Route[] {
  return [
    route(getRunsEndpoint, async ({ run_ids }) => jsonReply(await db.scan(getRuns, { run_ids: [...new Set(run_ids)] }))),
    route(openRunEndpoint, async (input, { principal }) => {
      const body = await db.scan(openRun, { ...input, workspace: workspaceOf(principal).name, position: opening?.position() })
      return input.format === 'binary' ? new Reply({ headers: { 'content-type': 'application/octet-stream' }, body }) : jsonReply(body)
    }),
    route(listTableRows, async (input, context) => compressedJson(context, await db.scan(tableWindow, input))),
    route(openRunTable, async ({ by, ...input }, context) => {
      const position = opening?.position()
      const access = accessOf(context.principal)
      const told = input.experiment_ids.filter((id) => access === undefined || access.canRead('experiment', id))
      const [opened, views, panels] = await Promise.all([
        db.scan(openTable, { ...input, told, workspace: workspaceOf(context.principal).name }), opening?.views(input.experiment_ids, by, context) ?? [],
        told.length === 1 ? opening?.panels(told[0]!) ?? [] : [],
      ])
      return compressedJson(context, { ...opened, views, panels, ...(position !== undefined && { position }) })
    }),
    route(listTableKeys, async (input, context) => compressedJson(context, await db.scan(tableKeys, input))),
    route(listKeyValues, async (input, context) => compressedJson(context, await db.scan(keyValues, input))),
    route(listRunFields, async (input, context) => compressedJson(context, await db.scan(runFields, input))),
    route(groupRuns, async (input, context) => compressedJson(context, await db.scan(groups, input))),
    route(listMetricRanges, async (input, context) => compressedJson(context, await db.scan(metricRanges, input))),
    route(changeRunsEndpoint, async (input, context) => {
      const { change, key, value } = input
      if ((change === 'set_tag' || change === 'delete_tag') && !key) throw invalid(`The change '${change}' needs the key of a tag.`)
      if (change === 'move' && !input.experiment_id) throw invalid("The change 'move' needs the experiment_id to move to.")
      const tag = change === 'set_tag' ? checkTag({ key: key!, value: value ?? '' }, '', limits) : undefined
      const { changed, leftOut } = await db.write(changeRuns, { ...input, tag, author: authorOf(context), unseen: unseenIn(input) })
      for (const { info, from } of changed) {
        const { run_id, experiment_id } = info
        const removed = change === 'delete_tag' ? key! : change === 'unarchive' ? archivedTag : undefined
        const set = change === 'archive' ? { key: archivedTag, value: 'true' } : tag
        if (set !== undefined || removed !== undefined) live?.publish({ type: 'tags', experiment_id, run_id, ...(set !== undefined && { tags: [set] }), ...(removed !== undefined && { removed: [removed] }) })
        else live?.publish({ type: 'run', experiment_id, run_id, info })
        // Where it was, it is no more.
        if (from !== experiment_id) live?.publish({ type: 'run', experiment_id: from, run_id, info })
      }
      return { changed: changed.length, ...(leftOut.length > 0 && { left_out: leftOut }) }
    }),
  ]
}
