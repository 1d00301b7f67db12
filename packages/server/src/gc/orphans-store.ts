import { countComments, forgetTargets, targetsOfNothing } from '../comments/index.ts'
import { forgetUnusedDatasets, unusedDatasets } from '../datasets/index.ts'
import { forgetUnusedKeys, unusedKeys } from '../keys/index.ts'
import { inLists, othersWrite, read, write } from '../platform/db/index.ts'
import { forgetViewsOfNothing, viewsOfNothing } from '../views/index.ts'

/** Rows that belong to something that is gone: what they are, where they stand, whose they would be. */
const owned = [
  ['metric points', 'metric_segments', 'run_id', 'runs', 'id'], ['metric points', 'metric_chunks', 'run_id', 'runs', 'id'], ['counts of metric points', 'metric_counts', 'run_id', 'runs', 'id'], ['latest metrics', 'latest_metrics', 'run_id', 'runs', 'id'],
  ['params', 'params', 'run_id', 'runs', 'id'], ['tags', 'tags', 'run_id', 'runs', 'id'],
  ['inputs and outputs', 'dataset_inputs', 'run', 'runs', 'id'], ['inputs and outputs', 'model_inputs', 'run', 'runs', 'id'], ['inputs and outputs', 'model_outputs', 'run', 'runs', 'id'],
  ['tags of inputs', 'input_tags', 'input', 'dataset_inputs', 'id'], ['tags of experiments', 'experiment_tags', 'experiment_id', 'experiments', 'id'],
  ['parts of logged models', 'logged_model_params', 'model', 'logged_models', 'id'], ['parts of logged models', 'logged_model_tags', 'model', 'logged_models', 'id'],
  ['parts of logged models', 'logged_model_metrics', 'model', 'logged_models', 'id'],
  ['parts of registered models', 'registered_model_tags', 'model_id', 'registered_models', 'model_id'], ['parts of registered models', 'registered_model_aliases', 'model_id', 'registered_models', 'model_id'],
  ['parts of registered models', 'model_version_profiles', 'model_id', 'registered_models', 'model_id'], ['counts of what endpoints were asked', 'endpoint_windows', 'endpoint_id', 'serving_endpoints', 'endpoint_id'],
  ['marks of imports', 'imported_runs', 'run', 'runs', 'id'], ['marks of imports', 'imported_experiments', 'experiment_id', 'experiments', 'id'],
] as const

/** Numbers of the places where such rows may stand. */
export const orphanPlaces: readonly number[] = owned.keys().toArray()
export const orphanKind = (place: number): string => owned[place]![0]

/** Found by a reader, which holds nobody up; some at a time, by the number of what they would belong to. */
export const findOrphans = read('gc.findOrphans', async (tx, { place, after }: { place: number; after: number }): Promise<[owner: number, rows: number][]> => {
  const [, table, column, owner, key] = owned[place]!
  return tx.rows<[number, number]>(`SELECT ${column}, COUNT(*) FROM ${table} WHERE ${column} > ? AND ${column} NOT IN (SELECT ${key} FROM ${owner}) GROUP BY ${column} ORDER BY ${column} LIMIT 64`, [after])
})

/** Looks once more before it removes. */
export const removeOrphans = write('gc.removeOrphans', async (tx, { place, owners }: { place: number; owners: readonly number[] }): Promise<number> => {
  const [, table, column, owner, key] = owned[place]!
  let count = 0
  for (const list of inLists(owners)) count += await tx.run(`DELETE FROM ${table} WHERE ${column} IN ${list.sql} AND ${column} NOT IN (SELECT ${key} FROM ${owner})`, list.params)
  return count
})

export const findViews = read('gc.findViews', (tx, { after }: { after: number }) => viewsOfNothing(tx, after))
export const removeViews = write('gc.removeViews', (tx, { views }: { views: readonly number[] }) => forgetViewsOfNothing(tx, views))
export const findCommented = read('gc.findCommented', async (tx, { after }: { after: string }) => {
  const { targets, next } = await targetsOfNothing(tx, after)
  let count = 0
  for (const target of targets) count += await countComments(tx, target)
  return { targets, count, next }
})
export const removeCommented = write('gc.removeCommented', (tx, { targets }: { targets: readonly string[] }) => forgetTargets(tx, targets))

export const countUnusedDatasets = read('gc.countUnusedDatasets', (tx) => unusedDatasets(tx))
export const removeUnusedDatasets = write('gc.removeUnusedDatasets', (tx) => forgetUnusedDatasets(tx, {}))

export const countUnusedKeys = read('gc.countUnusedKeys', (tx) => unusedKeys(tx))
/** Only while no server works, for they keep the numbers of names in memory: undefined where one does. */
export const removeUnusedKeys = write('gc.removeUnusedKeys', async (tx) => (await othersWrite(tx) ? undefined : await forgetUnusedKeys(tx)))
