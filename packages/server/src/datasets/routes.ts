import { logInputs, logOutputs, searchDatasets } from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Route } from '../platform/http/index.ts'
import { checkDatasetInput, checkRunId, checkSearchedExperiments } from './datasets.ts'
import type { DatasetOperations } from './operations.ts'

export interface DatasetDeps {
  readonly db: Database
  readonly operations: DatasetOperations
  readonly live?: LiveSink | undefined
}

export function datasetRoutes({ db, operations, live }: DatasetDeps): Route[] {
  return [
    route(logInputs, async ({ run_id, datasets = [], models = [] }) => {
      checkRunId(run_id)
      for (const input of datasets) checkDatasetInput(input)
      const { experiment_id } = await db.write(operations.logInputs, { run_id, datasets, models })
      live?.publish({ type: 'inputs', experiment_id, run_id })
      return {}
    }),
    route(logOutputs, async ({ run_id, models }) => {
      const { experiment_id } = await db.write(operations.logOutputs, { run_id, models })
      live?.publish({ type: 'outputs', experiment_id, run_id })
      return {}
    }),
    route(searchDatasets, async ({ experiment_ids = [] }) => {
      checkSearchedExperiments(experiment_ids)
      const dataset_summaries = await db.scan(operations.search, { experiment_ids })
      return dataset_summaries.length === 0 ? {} : { dataset_summaries }
    }),
  ]
}
