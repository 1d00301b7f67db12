import * as api from '@cairn/protocol'
import { generateName, newId } from '../names/index.ts'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Route } from '../platform/http/index.ts'
import { authorOf } from '../workspaces/index.ts'
import { checkNewModel, checkParams, checkTags } from './logged-models.ts'
import type { KeyValue } from './logged-models-store.ts'
import * as operations from './operations.ts'
import type { OrderKey } from './search.ts'

export interface LoggedModelDeps {
  readonly db: Database
  /** Largest `max_results` of a search. */
  readonly maxResults: number
  readonly live?: LiveSink | undefined
}

/** Everything about logged models but their files, which the slice of artifacts serves. */
export function loggedModelRoutes({ db, maxResults, live }: LoggedModelDeps): Route[] {
  const tell = (experiment_id: string, model_id: string, change: string): void =>
    live?.publish({ type: 'logged-model', experiment_id, model_id, change })

  return [
    route(api.createLoggedModel, async ({ experiment_id, name = '', model_type = '', source_run_id = '', params, tags }, context) => {
      const wanted = { name: name === '' ? generateName() : name, model_type, source_run_id, params: pairs(params), tags: pairs(tags) }
      checkNewModel(wanted)
      const model = await db.write(operations.createModel, {
        ...wanted, experiment_id, model_id: `m-${newId(context.now())}`, now: context.now(),
      })
      tell(model.info.experiment_id, model.info.model_id, 'created')
      return { model }
    }),
    route(api.getLoggedModel, async ({ model_id, allow_deleted = false }) => ({ model: await db.read(operations.getModel, { model_id, allow_deleted }) })),
    route(api.finalizeLoggedModel, async ({ model_id, status }, context) => {
      const model = await db.write(operations.finalizeModel, { model_id, status, author: authorOf(context) })
      tell(model.info.experiment_id, model_id, 'status')
      return { model }
    }),
    route(api.deleteLoggedModel, async ({ model_id }, context) => {
      const { experiment_id } = await db.write(operations.deleteModel, { model_id, author: authorOf(context) })
      tell(experiment_id, model_id, 'deleted')
      return {}
    }),
    route(api.setLoggedModelTags, async ({ model_id, tags }, context) => {
      const set = pairs(tags)
      checkTags(set)
      const { experiment_id } = await db.write(operations.setTags, { model_id, tags: set, author: authorOf(context) })
      tell(experiment_id, model_id, 'tags')
      return {}
    }),
    route(api.deleteLoggedModelTag, async ({ model_id, tag_key: key }, context) => {
      const { experiment_id } = await db.write(operations.deleteTag, { model_id, key, author: authorOf(context) })
      tell(experiment_id, model_id, 'tags')
      return {}
    }),
    route(api.logLoggedModelParams, async ({ model_id, params }) => {
      const logged = pairs(params)
      checkParams(logged)
      const { experiment_id } = await db.write(operations.logParams, { model_id, params: logged })
      tell(experiment_id, model_id, 'params')
      return {}
    }),
    route(api.searchLoggedModels, ({ experiment_ids, filter = '', datasets = [], order_by = [], max_results = 0, page_token = '' }) =>
      db.scan(operations.searchModels, { experiment_ids, filter, datasets, order_by: order_by.map(orderKey), max_results, most: maxResults, page_token })),
  ]
}

/** An absent text is "", as protobuf has it. */
const pairs = (given: readonly { key?: string; value?: string }[] = []): KeyValue[] => given.map(({ key = '', value = '' }) => ({ key, value }))

/** With what was left out filled in, as MLflow shows it when a page token belongs to another order. */
const orderKey = ({ field_name = '', ascending = true, dataset_name, dataset_digest }: api.LoggedModelOrderBy): OrderKey =>
  ({ field_name, ascending, dataset_name: dataset_name || null, dataset_digest: dataset_digest || null })
