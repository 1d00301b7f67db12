import type { ForeignDatabase } from '../platform/db/index.ts'
import type { MlflowSchema } from './mlflow-schema-store.ts'
import { noTotals, type Totals } from './source.ts'

/** Counts what is there by the database's own means, so that the report does not rest on what was read. */
export async function countTotals(db: ForeignDatabase, schema: MlflowSchema): Promise<Totals> {
  const totals = noTotals()
  const experiments = `(SELECT experiment_id FROM experiments ${schema.ofWorkspace('experiments', 'WHERE')})`
  const runs = `(SELECT run_uuid FROM runs WHERE experiment_id IN ${experiments})`
  const models = `(SELECT model_id FROM logged_models WHERE experiment_id IN ${experiments})`
  const workspace = schema.otherWorkspaces ? "WHERE workspace = 'default'" : ''
  const kept = "(v.current_stage IS NULL OR v.current_stage <> 'Deleted_Internal')"
  const counts: readonly (readonly [thing: keyof Totals, table: string, from: string])[] = [
    ['experiments', 'experiments', `experiments WHERE experiment_id IN ${experiments}`],
    ['experiment tags', 'experiment_tags', `experiment_tags WHERE experiment_id IN ${experiments}`],
    ['runs', 'runs', `runs WHERE experiment_id IN ${experiments}`],
    ['params', 'params', `params WHERE run_uuid IN ${runs}`],
    ['tags', 'tags', `tags WHERE run_uuid IN ${runs}`],
    ['metrics', 'metrics', `(SELECT DISTINCT run_uuid, key FROM metrics WHERE run_uuid IN ${runs}) AS distinct_metrics`],
    ['metric points', 'metrics', `metrics WHERE run_uuid IN ${runs}`],
    ['dataset inputs', 'inputs', `inputs WHERE source_type = 'DATASET' AND destination_type = 'RUN' AND destination_id IN ${runs}`],
    ['model inputs', 'inputs', `inputs WHERE source_type = 'RUN_INPUT' AND source_id IN ${runs}`],
    ['model outputs', 'inputs', `inputs WHERE source_type = 'RUN_OUTPUT' AND source_id IN ${runs}`],
    ['logged models', 'logged_models', `logged_models WHERE experiment_id IN ${experiments}`],
    ['logged model params', 'logged_model_params', `logged_model_params WHERE model_id IN ${models}`],
    ['logged model tags', 'logged_model_tags', `logged_model_tags WHERE model_id IN ${models}`],
    ['logged model metrics', 'logged_model_metrics', `logged_model_metrics WHERE model_id IN ${models}`],
    ['registered models', 'registered_models', `registered_models ${workspace}`],
    ['registered model tags', 'registered_model_tags', `registered_model_tags ${workspace}`],
    ['model versions', 'model_versions', `model_versions v WHERE ${kept} ${schema.otherWorkspaces ? "AND v.workspace = 'default'" : ''}`],
    // MLflow keeps the tags of a version that it deletes.
    ['model version tags', 'model_version_tags', `model_version_tags t JOIN model_versions v ON v.name = t.name AND v.version = t.version
      ${schema.otherWorkspaces ? "AND v.workspace = t.workspace AND v.workspace = 'default'" : ''} WHERE ${kept}`],
    ['aliases', 'registered_model_aliases', `registered_model_aliases ${workspace}`],
  ]
  for (const [thing, table, from] of counts) {
    if (schema.has(table)) totals[thing] = Number((await db.rows<[number]>(`SELECT COUNT(*) FROM ${from}`))[0]![0])
  }
  return totals
}
