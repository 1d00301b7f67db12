import { countPoints } from '../metrics/index.ts'
import { inLists, type Reader, type Value } from '../platform/db/index.ts'
import { noTotals, type Totals } from './source.ts'

/** What an import has to do with, by the names that things have on both sides. */
export interface Brought {
  /** In which its experiments and registered models are. */
  readonly workspace: number
  readonly experiments: readonly number[]
  readonly runs: readonly number[]
  readonly loggedModels: readonly string[]
  readonly versions: readonly { readonly name: string; readonly versions: readonly number[] }[]
}

/** Counts what stands here of some experiments, runs and models. */
export async function countBrought(tx: Reader, brought: Brought): Promise<Totals> {
  const totals = noTotals()
  const add = async (thing: keyof Totals, sql: string, values: readonly Value[]): Promise<void> => {
    for (const list of countingLists(values)) totals[thing] += Number((await tx.rows<[number]>(`${sql} IN ${list.sql}`, list.params))[0]![0])
  }
  await add('experiments', 'SELECT COUNT(*) FROM experiments WHERE id', brought.experiments)
  await add('experiment tags', 'SELECT COUNT(*) FROM experiment_tags WHERE experiment_id', brought.experiments)
  await add('runs', 'SELECT COUNT(*) FROM runs WHERE id', brought.runs)
  await add('params', 'SELECT COUNT(*) FROM params WHERE run_id', brought.runs)
  await add('tags', 'SELECT COUNT(*) FROM tags WHERE run_id', brought.runs)
  await add('dataset inputs', 'SELECT COUNT(*) FROM dataset_inputs WHERE run', brought.runs)
  await add('model inputs', 'SELECT COUNT(*) FROM model_inputs WHERE run', brought.runs)
  await add('model outputs', 'SELECT COUNT(*) FROM model_outputs WHERE run', brought.runs)
  for (const run of brought.runs) {
    const { metrics, points } = await countPoints(tx, run)
    totals.metrics += metrics
    totals['metric points'] += points
  }
  const inWorkspace = `m.experiment_id IN (SELECT id FROM experiments WHERE workspace_id = ${Number(brought.workspace)}) AND m.model_id`
  await add('logged models', `SELECT COUNT(*) FROM logged_models m WHERE ${inWorkspace}`, brought.loggedModels)
  for (const part of ['params', 'tags', 'metrics'] as const) {
    await add(`logged model ${part}`, `SELECT COUNT(*) FROM logged_model_${part} p JOIN logged_models m ON m.id = p.model WHERE ${inWorkspace}`, brought.loggedModels)
  }
  for (const { name, versions } of brought.versions) await addModel(tx, totals, brought.workspace, name, versions)
  return totals
}

async function addModel(tx: Reader, totals: Totals, workspace: number, name: string, versions: readonly number[]): Promise<void> {
  const model = await tx.one<{ model_id: number }>('SELECT model_id FROM registered_models WHERE workspace_id = ? AND name = ?', [workspace, name])
  if (model === undefined) return
  const count = async (from: string, params: readonly Value[]): Promise<number> => Number((await tx.rows<[number]>(`SELECT COUNT(*) FROM ${from}`, params))[0]![0])
  totals['registered models'] += 1
  totals['registered model tags'] += await count('registered_model_tags WHERE model_id = ?', [model.model_id])
  totals.aliases += await count('registered_model_aliases WHERE model_id = ?', [model.model_id])
  for (const list of countingLists(versions)) {
    totals['model versions'] += await count(`model_versions WHERE model_id = ? AND version IN ${list.sql}`, [model.model_id, ...list.params])
    totals['model version tags'] += await count(`model_version_tags WHERE model_id = ? AND version IN ${list.sql}`, [model.model_id, ...list.params])
  }
}

const countingLists = (values: readonly Value[]) => inLists([...new Set(values)])
