import type { Writer } from '../platform/db/index.ts'
import * as store from './logged-models-store.ts'
import type { KeyValue, LoggedModelRow, ModelMetricRow } from './logged-models-store.ts'

export interface AdoptedLoggedModel {
  readonly row: Omit<LoggedModelRow, 'id'>
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
  /** NaN and infinities as they are. */
  readonly metrics: readonly (Omit<ModelMetricRow, 'is_nan'>)[]
}

/**
 * Takes in a logged model as it was elsewhere. One that is there already gets what it lacks, and its
 * status where it was not finished; nothing of it is replaced.
 */
export async function adoptLoggedModel(tx: Writer, { row, params, tags, metrics }: AdoptedLoggedModel): Promise<void> {
  const known = await store.findModel(tx, row.model_id)
  const { id } = known ?? await store.insertModel(tx, row)
  if (known?.status === 'PENDING') await store.settle(tx, id, row)
  for (const param of params) await store.insertParam(tx, id, param)
  const had = known === undefined ? undefined : (await store.partsOf(tx, [known])).tags.get(id)
  for (const tag of tags) {
    if (!had?.some(({ key }) => key === tag.key)) await store.upsertTag(tx, id, tag)
  }
  for (const metric of metrics) {
    await store.insertMetric(tx, id, { ...metric, value: store.storedMetric(metric.value), is_nan: Number.isNaN(metric.value) ? 1 : 0 })
  }
}
