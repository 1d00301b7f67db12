import type { Param, RunTag } from '@cairn/protocol'
import { deletePoints } from '../metrics/index.ts'
import { forgetInputs, logInputs, logOutputs } from '../datasets/index.ts'
import type { DatasetInput, Int64 } from '@cairn/protocol'
import type { Writer } from '../platform/db/index.ts'
import { deleteTexts, findRun, insertParams, insertTags, putWholeRun, type RunKey, type WholeRunRow } from './runs-store.ts'

export interface AdoptedRun {
  readonly row: WholeRunRow
  readonly params: readonly Param[]
  readonly tags: readonly RunTag[]
  readonly datasets: readonly DatasetInput[]
  readonly model_inputs: readonly string[]
  readonly model_outputs: readonly { readonly model_id: string; readonly step: Int64 }[]
}

/**
 * Takes in a run as it was elsewhere, all but its points, in the place of one with the same id: what
 * that had, points too, is forgotten.
 */
export async function adoptRun(tx: Writer, { row, params, tags, datasets, model_inputs, model_outputs }: AdoptedRun): Promise<RunKey> {
  const known = await findRun(tx, row.run_id)
  if (known !== undefined) {
    await deletePoints(tx, known.id)
    await deleteTexts(tx, known)
    await forgetInputs(tx, known.id)
  }
  const run = { id: await putWholeRun(tx, row), experimentId: row.experiment_id, startTime: row.start_time }
  await insertTags(tx, [[run, tags]])
  await insertParams(tx, run, params)
  await logInputs(tx, run, datasets, model_inputs.map((model_id) => ({ model_id })))
  await logOutputs(tx, run, model_outputs.map(({ model_id, step }) => ({ model_id, step })))
  return run
}
