import * as api from '@cairn/protocol'
import { invalid, type RequestOf } from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf } from '../users/index.ts'
import { authorOf, workspaceOf, type Place } from '../workspaces/index.ts'
import { checkArtifactLocation, type ArtifactLocationRules } from './artifact-location.ts'
import { checkCustomViews, checkName, checkNewTags } from './experiments.ts'
import type { ExperimentOperations } from './operations.ts'

export interface ExperimentDeps {
  readonly db: Database
  readonly operations: ExperimentOperations
  readonly artifactLocations: ArtifactLocationRules
  /** Where a workspace keeps artifacts; absent where there are none. */
  rootOf?(workspace: Place): string
  /** Largest `max_results` of a search. */
  readonly maxResults: number
  readonly live?: LiveSink | undefined
}

export function experimentRoutes(deps: ExperimentDeps): Route[] {
  const { db, operations, live } = deps
  /** Tells live pages what became of an experiment, once it is durable. */
  const tell = (experimentId: string, change: string, fields: { readonly name?: string; readonly key?: string; readonly value?: string } = {}): void =>
    live?.publish({ type: 'experiment', experiment_id: experimentId, change, ...fields })

  const search = ({ filter, order_by, view_type, max_results, page_token }: RequestOf<typeof api.searchExperiments>, { principal }: Context) => db.scan(operations.search, {
    filter: filter ?? '', order_by: order_by ?? [], view_type: view_type ?? 'ACTIVE_ONLY',
    max_results: max_results ?? 0, most: deps.maxResults, page_token: page_token ?? '', visible: accessOf(principal)?.visible('experiment'),
    workspace: workspaceOf(principal).id, workspaceName: workspaceOf(principal).name,
  })

  return [
    route(api.createExperiment, async ({ name, artifact_location, tags = [] }, context) => {
      const wanted = tags.map(({ key = '', value = '' }) => ({ key, value }))
      checkCustomViews(wanted)
      const location = artifact_location === undefined || artifact_location === '' ? undefined : checkArtifactLocation(artifact_location, deps.artifactLocations)
      if (location !== undefined && deps.rootOf !== undefined) throw invalid('artifact_location cannot be specified when workspaces are enabled')
      checkName(name)
      checkNewTags(wanted)
      const experiment_id = await db.write(operations.create, {
        name, artifact_location: location, root: deps.rootOf?.(workspaceOf(context.principal)) ?? deps.artifactLocations.root, tags: wanted,
        ...authorOf(context), owner: accessOf(context.principal)?.userId,
      })
      tell(experiment_id, 'created', { name })
      return { experiment_id }
    }),
    route(api.searchExperiments, search),
    route(api.searchExperimentsGet, search),
    route(api.getExperiment, async ({ experiment_id }, { principal }) => ({ experiment: await db.read(operations.get, { experiment_id, workspaceName: workspaceOf(principal).name }) })),
    route(api.getExperimentByName, async ({ experiment_name }, { principal }) => ({ experiment: await db.read(operations.getByName, { experiment_name, workspace: workspaceOf(principal) }) })),
    route(api.deleteExperiment, async ({ experiment_id }, context) => {
      await db.write(operations.setStage, { experiment_id, stage: 'deleted', author: authorOf(context) })
      tell(experiment_id, 'deleted')
      return {}
    }),
    route(api.restoreExperiment, async ({ experiment_id }, context) => {
      await db.write(operations.setStage, { experiment_id, stage: 'active', author: authorOf(context) })
      tell(experiment_id, 'restored')
      return {}
    }),
    route(api.updateExperiment, async ({ experiment_id, new_name }, context) => {
      checkName(new_name)
      await db.write(operations.rename, { experiment_id, new_name, author: authorOf(context) })
      tell(experiment_id, 'renamed', { name: new_name })
      return {}
    }),
    route(api.setExperimentTag, async ({ experiment_id, key, value = '', expected }, context) => {
      await db.write(operations.setTag, { experiment_id, key, value, expected, author: authorOf(context) })
      tell(experiment_id, 'tag-set', { key, value })
      return {}
    }),
    route(api.deleteExperimentTag, async ({ experiment_id, key }, context) => {
      await db.write(operations.deleteTag, { experiment_id, key, author: authorOf(context) })
      tell(experiment_id, 'tag-deleted', { key })
      return {}
    }),
    route(api.changeExperiments, async ({ changes }, context) => {
      const { told, ...answer } = await db.write(operations.change, { changes, author: authorOf(context) })
      for (const { experiment_id, change, ...fields } of told) tell(experiment_id, change, fields)
      return answer
    }),
  ]
}
