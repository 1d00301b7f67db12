import * as api from '@cairn/protocol'
import type { RequestOf } from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf } from '../users/index.ts'
import { checkArtifactLocation, type ArtifactLocationRules } from './artifact-location.ts'
import { checkCustomViews, checkName, checkNewTags } from './experiments.ts'
import type { ExperimentOperations } from './operations.ts'

export interface ExperimentDeps {
  readonly db: Database
  readonly operations: ExperimentOperations
  readonly artifactLocations: ArtifactLocationRules
  /** Largest `max_results` of a search. */
  readonly maxResults: number
  readonly live?: LiveSink | undefined
}

const author = (context: Context) => ({ principal: context.principal.name, now: context.now() })

export function experimentRoutes(deps: ExperimentDeps): Route[] {
  const { db, operations, live } = deps
  /** Tells live pages what became of an experiment, once it is durable. */
  const tell = (experimentId: string, change: string, fields: { readonly name?: string; readonly key?: string; readonly value?: string } = {}): void =>
    live?.publish({ type: 'experiment', experiment_id: experimentId, change, ...fields })

  const search = ({ filter, order_by, view_type, max_results, page_token }: RequestOf<typeof api.searchExperiments>, { principal }: Context) => db.scan(operations.search, {
    filter: filter ?? '', order_by: order_by ?? [], view_type: view_type ?? 'ACTIVE_ONLY',
    max_results: max_results ?? 0, most: deps.maxResults, page_token: page_token ?? '', visible: accessOf(principal)?.visible('experiment'),
  })

  return [
    route(api.createExperiment, async ({ name, artifact_location, tags = [] }, context) => {
      const wanted = tags.map(({ key = '', value = '' }) => ({ key, value }))
      checkCustomViews(wanted)
      const location = artifact_location === undefined || artifact_location === '' ? undefined : checkArtifactLocation(artifact_location, deps.artifactLocations)
      checkName(name)
      checkNewTags(wanted)
      const experiment_id = await db.write(operations.create, {
        name, artifact_location: location, root: deps.artifactLocations.root, tags: wanted, now: context.now(), principal: context.principal.name, owner: accessOf(context.principal)?.userId,
      })
      tell(experiment_id, 'created', { name })
      return { experiment_id }
    }),
    route(api.searchExperiments, search),
    route(api.searchExperimentsGet, search),
    route(api.getExperiment, async (input) => ({ experiment: await db.read(operations.get, input) })),
    route(api.getExperimentByName, async (input) => ({ experiment: await db.read(operations.getByName, input) })),
    route(api.deleteExperiment, async ({ experiment_id }, context) => {
      await db.write(operations.setStage, { experiment_id, stage: 'deleted', author: author(context) })
      tell(experiment_id, 'deleted')
      return {}
    }),
    route(api.restoreExperiment, async ({ experiment_id }, context) => {
      await db.write(operations.setStage, { experiment_id, stage: 'active', author: author(context) })
      tell(experiment_id, 'restored')
      return {}
    }),
    route(api.updateExperiment, async ({ experiment_id, new_name }, context) => {
      checkName(new_name)
      await db.write(operations.rename, { experiment_id, new_name, author: author(context) })
      tell(experiment_id, 'renamed', { name: new_name })
      return {}
    }),
    route(api.setExperimentTag, async ({ experiment_id, key, value = '' }) => {
      await db.write(operations.setTag, { experiment_id, key, value })
      tell(experiment_id, 'tag-set', { key, value })
      return {}
    }),
    route(api.deleteExperimentTag, async ({ experiment_id, key }) => {
      await db.write(operations.deleteTag, { experiment_id, key })
      tell(experiment_id, 'tag-deleted', { key })
      return {}
    }),
    route(api.changeExperiments, async ({ changes }, context) => {
      const { told, ...answer } = await db.write(operations.change, { changes, author: author(context) })
      for (const { experiment_id, change, ...fields } of told) tell(experiment_id, change, fields)
      return answer
    }),
  ]
}
