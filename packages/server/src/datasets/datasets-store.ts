import { limits, tags as meaning, type DatasetSummary, type LoggedDatasetInput, type RunInputs, type RunOutputs } from '@cairn/protocol'
import { inLists, type Reader, type Value, type Writer } from '../platform/db/index.ts'

export interface DatasetRow {
  readonly name: string
  readonly digest: string
  readonly source_type: string
  readonly source: string
  readonly schema: string | null
  readonly profile: string | null
}

/** The dataset of this name and digest; what was stored with it first stays. */
export async function ensureDataset(tx: Writer, experimentId: number, row: DatasetRow): Promise<number> {
  const find = 'SELECT id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?'
  const identity = [experimentId, row.name, row.digest]
  const known = await tx.one<{ id: number }>(find, identity)
  if (known !== undefined) return known.id
  await tx.run(
    `INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (experiment_id, name, digest) DO NOTHING`,
    [...identity, row.source_type, row.source, row.schema, row.profile],
  )
  return (await tx.one<{ id: number }>(find, identity))!.id
}

/** Links a run with a dataset. The first link stays, with its tags. */
export async function linkDataset(tx: Writer, run: number, dataset: number, tags: ReadonlyMap<string, string>): Promise<void> {
  const linked = await tx.run('INSERT INTO dataset_inputs (run, dataset) VALUES (?, ?) ON CONFLICT (run, dataset) DO NOTHING', [run, dataset])
  if (linked === 0 || tags.size === 0) return
  const input = await tx.one<{ id: number }>('SELECT id FROM dataset_inputs WHERE run = ? AND dataset = ?', [run, dataset])
  for (const [name, value] of tags) await tx.run('INSERT INTO input_tags (input, name, value) VALUES (?, ?, ?)', [input!.id, name, value])
}

export const linkModelInput = (tx: Writer, run: number, modelId: string) =>
  tx.run('INSERT INTO model_inputs (run, model_id) VALUES (?, ?) ON CONFLICT (run, model_id) DO NOTHING', [run, modelId])

export const linkModelOutput = (tx: Writer, run: number, modelId: string, step: Value) =>
  tx.run('INSERT INTO model_outputs (run, model_id, step) VALUES (?, ?, ?) ON CONFLICT (run, model_id) DO NOTHING', [run, modelId, step])

/** Forgets what a run read and made; the datasets stay, for other runs may have read them. */
export async function forgetInputs(tx: Writer, run: number): Promise<void> {
  await tx.run('DELETE FROM input_tags WHERE input IN (SELECT id FROM dataset_inputs WHERE run = ?)', [run])
  for (const table of ['dataset_inputs', 'model_inputs', 'model_outputs']) await tx.run(`DELETE FROM ${table} WHERE run = ?`, [run])
}

type InputRow = [run: number, id: number, name: string, digest: string, sourceType: string, source: string, schema: string | null, profile: string | null]

/**
 * What runs read, by the run's number; runs that read nothing are not in the map. Datasets come in
 * the order in which they were logged, models by id.
 */
export async function inputsOf(tx: Reader, runs: readonly number[]): Promise<Map<number, RunInputs>> {
  const found = new Map<number, RunInputs>()
  for (const list of inLists(runs)) {
    const [inputs, models] = await Promise.all([
      tx.rows<InputRow>(
        `SELECT i.run, i.id, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
        FROM dataset_inputs i JOIN datasets d ON d.id = i.dataset WHERE i.run IN ${list.sql} ORDER BY i.run, i.id`, list.params,
      ),
      tx.rows<[number, string]>(`SELECT run, model_id FROM model_inputs WHERE run IN ${list.sql} ORDER BY run, model_id`, list.params),
    ])
    const tags = await inputTags(tx, inputs.map(([, id]) => id))
    for (const [run, id, name, digest, source_type, source, schema, profile] of inputs) {
      const input: LoggedDatasetInput = {
        ...(tags.has(id) && { tags: tags.get(id)! }),
        dataset: { name, digest, source_type, source, ...(schema && { schema }), ...(profile && { profile }) },
      }
      const own = entry(found, run)
      if (own.dataset_inputs === undefined) own.dataset_inputs = [input]
      else own.dataset_inputs.push(input)
    }
    for (const [run, model_id] of models) {
      const own = entry(found, run)
      if (own.model_inputs === undefined) own.model_inputs = [{ model_id }]
      else own.model_inputs.push({ model_id })
    }
  }
  return found
}

/** The models that runs made, by the run's number; runs that made none are not in the map. */
export async function outputsOf(tx: Reader, runs: readonly number[]): Promise<Map<number, RunOutputs>> {
  const found = new Map<number, RunOutputs>()
  for (const list of inLists(runs)) {
    const rows = await tx.rows<[number, string, number]>(`SELECT run, model_id, step FROM model_outputs WHERE run IN ${list.sql} ORDER BY run, model_id`, list.params)
    for (const [run, model_id, step] of rows) {
      const own = entry(found, run)
      if (own.model_outputs === undefined) own.model_outputs = [{ model_id, step }]
      else own.model_outputs.push({ model_id, step })
    }
  }
  return found
}

function entry<T extends object>(map: Map<number, T>, key: number): T {
  let value = map.get(key)
  if (value === undefined) map.set(key, value = {} as T)
  return value
}

async function inputTags(tx: Reader, inputs: readonly number[]): Promise<Map<number, { key: string; value: string }[]>> {
  const tags = new Map<number, { key: string; value: string }[]>()
  for (const list of inLists(inputs)) {
    const rows = await tx.rows<[number, string, string]>(`SELECT input, name, value FROM input_tags WHERE input IN ${list.sql} ORDER BY input, name`, list.params)
    for (const [input, key, value] of rows) {
      const own = tags.get(input)
      if (own === undefined) tags.set(input, [{ key, value }])
      else own.push({ key, value })
    }
  }
  return tags
}

/** Which datasets the runs of some experiments read, and for what. */
export async function datasetSummaries(tx: Reader, experimentIds: readonly number[]): Promise<DatasetSummary[]> {
  const [list] = inLists([...new Set(experimentIds)])
  const rows = await tx.rows<[number, string, string, string | null]>(
    `SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value
    FROM datasets d JOIN dataset_inputs i ON i.dataset = d.id LEFT JOIN input_tags t ON t.input = i.id AND t.name = ?
    WHERE d.experiment_id IN ${list!.sql}
    ORDER BY d.experiment_id, d.name, d.digest, t.value NULLS FIRST LIMIT ?`,
    [meaning.datasetContext, ...list!.params, limits.searchDatasetsRows],
  )
  return rows.map(([experimentId, name, digest, context]) => ({
    experiment_id: String(experimentId), name, digest, ...(context && { context }),
  }))
}

const unused = 'NOT EXISTS (SELECT 1 FROM dataset_inputs i WHERE i.dataset = datasets.id)'

/** How many datasets no run reads any more. */
export const unusedDatasets = async (tx: Reader): Promise<number> => (await tx.rows<[number]>(`SELECT COUNT(*) FROM datasets WHERE ${unused}`))[0]![0]

/** Forgets the datasets that no run reads any more, of one experiment or of all. */
export const forgetUnusedDatasets = (tx: Writer, { experimentId }: { experimentId?: number }) => (experimentId === undefined
  ? tx.run(`DELETE FROM datasets WHERE ${unused}`) : tx.run(`DELETE FROM datasets WHERE experiment_id = ? AND ${unused}`, [experimentId]))
