import type { Int64, Metric } from '@cairn/protocol'
import { inLists, type Reader, type Value, type Writer } from '../platform/db/index.ts'
import type { Status } from './status.ts'

export interface LoggedModelRow {
  readonly id: number
  readonly model_id: string
  readonly experiment_id: number
  readonly name: string
  readonly artifact_location: string
  readonly creation_timestamp: number
  readonly last_updated_timestamp: number
  readonly status: Status
  readonly model_type: string
  readonly source_run_id: string
  readonly status_message: string | null
  readonly deleted: number
}

export interface KeyValue {
  readonly key: string
  readonly value: string
}

/** One measurement of a model, as it is stored: NaN is 0 with `is_nan`, no dataset is "". */
export interface ModelMetricRow {
  readonly key: string
  readonly timestamp: Int64
  readonly step: Int64
  readonly run_id: string
  readonly dataset_name: string
  readonly dataset_digest: string
  readonly value: number
  readonly is_nan: 0 | 1
}

export const modelColumns = [
  'id', 'model_id', 'experiment_id', 'name', 'artifact_location', 'creation_timestamp', 'last_updated_timestamp', 'status', 'model_type',
  'source_run_id', 'status_message', 'deleted',
] as const

export const findModel = (tx: Reader, modelId: string) =>
  tx.one<LoggedModelRow>(`SELECT ${modelColumns.join(', ')} FROM logged_models WHERE model_id = ?`, [modelId])

export async function insertModel(tx: Writer, row: Omit<LoggedModelRow, 'id'>): Promise<LoggedModelRow> {
  const columns = modelColumns.slice(1) as Exclude<typeof modelColumns[number], 'id'>[]
  await tx.run(
    `INSERT INTO logged_models (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    columns.map((column) => row[column]),
  )
  return (await findModel(tx, row.model_id))!
}

export const setStatus = (tx: Writer, id: number, status: Status, now: number) =>
  tx.run('UPDATE logged_models SET status = ?, last_updated_timestamp = ? WHERE id = ?', [status, now, id])

/** What only becomes known when a model is finished. */
export const settle = (tx: Writer, id: number, row: Pick<LoggedModelRow, 'status' | 'status_message' | 'last_updated_timestamp'>) =>
  tx.run('UPDATE logged_models SET status = ?, status_message = ?, last_updated_timestamp = ? WHERE id = ?', [row.status, row.status_message, row.last_updated_timestamp, id])

export const markDeleted = (tx: Writer, id: number, now: number) =>
  tx.run('UPDATE logged_models SET deleted = 1, last_updated_timestamp = ? WHERE id = ?', [now, id])

/** False when the model has this param already. */
export const insertParam = async (tx: Writer, id: number, { key, value }: KeyValue): Promise<boolean> =>
  await tx.run('INSERT INTO logged_model_params (model, key, value) VALUES (?, ?, ?) ON CONFLICT (model, key) DO NOTHING', [id, key, value]) === 1

export const upsertTag = (tx: Writer, id: number, { key, value }: KeyValue) =>
  tx.run('INSERT INTO logged_model_tags (model, key, value) VALUES (?, ?, ?) ON CONFLICT (model, key) DO UPDATE SET value = excluded.value', [id, key, value])

export const findTag = async (tx: Reader, id: number, key: string): Promise<string | undefined> =>
  (await tx.rows<[string]>('SELECT value FROM logged_model_tags WHERE model = ? AND key = ?', [id, key]))[0]?.[0]

/** False when the model has no such tag. */
export const deleteTag = async (tx: Writer, id: number, key: string): Promise<boolean> =>
  await tx.run('DELETE FROM logged_model_tags WHERE model = ? AND key = ?', [id, key]) === 1

/** MLflow stores infinities as the largest doubles, and answers those. */
export const storedMetric = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))

export const insertMetric = (tx: Writer, id: number, row: ModelMetricRow) => tx.run(
  `INSERT INTO logged_model_metrics (model, key, timestamp, step, run_id, dataset_name, dataset_digest, value, is_nan)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  [id, row.key, row.timestamp, row.step, row.run_id, row.dataset_name, row.dataset_digest, row.value, row.is_nan],
)

type MetricTuple = [model: number, key: string, value: number, isNan: number, timestamp: Int64, step: Int64, datasetName: string, datasetDigest: string, runId: string]

/** What belongs to each of some models, by the model's number. */
export interface ModelParts {
  readonly tags: ReadonlyMap<number, KeyValue[]>
  readonly params: ReadonlyMap<number, KeyValue[]>
  readonly metrics: ReadonlyMap<number, Metric[]>
}

export async function partsOf(tx: Reader, models: readonly LoggedModelRow[]): Promise<ModelParts> {
  const modelIds = new Map(models.map(({ id, model_id }) => [id, model_id]))
  const ids = [...modelIds.keys()]
  const metrics = await grouped<MetricTuple, Metric>(
    tx, ids, 'SELECT model, key, value, is_nan, timestamp, step, dataset_name, dataset_digest, run_id FROM logged_model_metrics',
    'model, key, timestamp, step, run_id, dataset_name, dataset_digest, value',
    ([model, key, value, isNan, timestamp, step, dataset_name, dataset_digest, run_id]) => ({
      // JSON has no NaN; protobuf writes it as text.
      key, value: isNan === 1 ? 'NaN' as unknown as number : value, timestamp, step,
      ...(dataset_name !== '' && { dataset_name }), ...(dataset_digest !== '' && { dataset_digest }),
      model_id: modelIds.get(model)!, run_id,
    }),
  )
  const pairs = (kind: 'tags' | 'params') => grouped<[number, string, string], KeyValue>(
    tx, ids, `SELECT model, key, value FROM logged_model_${kind}`, 'model, key', ([, key, value]) => ({ key, value }))
  return { tags: await pairs('tags'), params: await pairs('params'), metrics }
}

async function grouped<Row extends [number, ...Value[]], T>(tx: Reader, ids: readonly number[], select: string, order: string, make: (row: Row) => T): Promise<Map<number, T[]>> {
  const groups = new Map<number, T[]>()
  for (const list of inLists(ids)) {
    for (const row of await tx.rows<Row>(`${select} WHERE model IN ${list.sql} ORDER BY ${order}`, list.params)) {
      const own = groups.get(row[0])
      if (own === undefined) groups.set(row[0], [make(row)])
      else own.push(make(row))
    }
  }
  return groups
}

/** Everything of a model but its files; for permanent removal. */
export async function deleteLoggedModelRows(tx: Writer, id: number): Promise<void> {
  for (const part of ['params', 'tags', 'metrics']) await tx.run(`DELETE FROM logged_model_${part} WHERE model = ?`, [id])
  await tx.run('DELETE FROM logged_models WHERE id = ?', [id])
}
