import type { DatasetInput, ModelInput, ModelOutput } from '@cairn/protocol'
import { read, write, type Awaitable, type Writer } from '../platform/db/index.ts'
import * as rules from './datasets.ts'

/** Both come from the slice of runs, which stands above this one; `changed` is told of each run that reads or made something more. */
export const datasetOperations = (requireActiveRun: rules.RequireActiveRun, changed: (tx: Writer, run: rules.RunKey) => Awaitable<unknown>) => ({
  logInputs: write('datasets.logInputs', async (tx, input: { run_id: string; datasets: readonly DatasetInput[]; models: readonly ModelInput[] }) => {
    const run = await requireActiveRun(tx, input.run_id)
    await rules.logInputs(tx, run, input.datasets, input.models)
    await changed(tx, run)
    return { experiment_id: String(run.experimentId) }
  }),
  logOutputs: write('datasets.logOutputs', async (tx, input: { run_id: string; models: readonly ModelOutput[] }) => {
    const run = await requireActiveRun(tx, input.run_id)
    await rules.logOutputs(tx, run, input.models)
    await changed(tx, run)
    return { experiment_id: String(run.experimentId) }
  }),
  search: read('datasets.search', (tx, input: { experiment_ids: readonly string[] }) => rules.searchDatasets(tx, input.experiment_ids)),
})

export type DatasetOperations = ReturnType<typeof datasetOperations>
