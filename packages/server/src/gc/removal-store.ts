import { recordChange, type Author } from '../audit/index.ts'
import { forgetComments } from '../comments/index.ts'
import { forgetUnusedDatasets } from '../datasets/index.ts'
import { deleteExperimentRows } from '../experiments/index.ts'
import { deleteLoggedModelRows } from '../logged-models/index.ts'
import { read, write, type Writer } from '../platform/db/index.ts'
import { deleteRunRows } from '../runs/index.ts'
import { forgetImportedExperiment, forgetImportedRun } from '../transfer/index.ts'
import { forgetExperimentGrants } from '../users/index.ts'
import { forgetViews } from '../views/index.ts'
import type { Cutoff } from './due-store.ts'

/** Files that are to go: of something whose rows are gone already. */
export interface Removal {
  readonly id: number
  readonly kind: 'run' | 'model'
  /** The id of the run or the logged model. */
  readonly thing: string
  readonly location: string
}

interface Asked {
  readonly cutoff: Cutoff
  readonly author: Author
  /** Whether its files shall go too; else nobody keeps in mind where they are. */
  readonly files: boolean
}

/**
 * Rows go first, in one transaction with a note of where the files are. So nobody can bring back a run
 * whose files are half gone, and a process that is killed between the two leaves a note, not lost files.
 */
async function note(tx: Writer, kind: Removal['kind'], thing: string, location: string, now: number): Promise<Removal> {
  const [[id]] = await tx.rows<[number]>('INSERT INTO removals (kind, thing, location, time) VALUES (?, ?, ?, ?) RETURNING id', [kind, thing, location, now]) as [[number]]
  return { id, kind, thing, location }
}

/** Undefined where the run has been brought back or is gone. */
export const removeRun = write('gc.removeRun', async (tx, { run_id, cutoff, author, files }: Asked & { run_id: string }): Promise<{ removal: Removal | undefined } | undefined> => {
  const run = await tx.one<{ id: number; artifact_uri: string; deleted: number; deleted_time: number | null }>('SELECT id, artifact_uri, deleted, deleted_time FROM runs WHERE run_id = ?', [run_id])
  if (run === undefined || run.deleted === 0 || (cutoff !== null && (run.deleted_time === null || run.deleted_time > cutoff))) return undefined
  await deleteRunRows(tx, run.id)
  await forgetComments(tx, { is: `run ${run_id}` })
  await forgetComments(tx, { begins: `run-panel ${run_id} ` })
  await forgetImportedRun(tx, run.id)
  await recordChange(tx, author, { entity: 'run', uid: `run:${run_id}`, name: run_id, action: 'remove' })
  return { removal: files ? await note(tx, 'run', run_id, run.artifact_uri, author.now) : undefined }
})

/** Undefined where the model is not deleted, or is gone. A deleted experiment takes all its models with it. */
export const removeModel = write('gc.removeModel', async (tx, { model_id, cutoff, author, files }: Asked & { model_id: string }): Promise<{ removal: Removal | undefined } | undefined> => {
  const model = await tx.one<{ id: number; experiment_id: number; artifact_location: string; deleted: number; last_updated_timestamp: number; stage: string; name: string; updated: number }>(
    `SELECT m.id, m.experiment_id, m.artifact_location, m.deleted, m.last_updated_timestamp, e.lifecycle_stage AS stage, e.name, e.last_update_time AS updated
    FROM logged_models m JOIN experiments e ON e.id = m.experiment_id WHERE m.model_id = ?`, [model_id])
  const due = (time: number): boolean => cutoff === null || time <= cutoff
  if (model === undefined || !(model.deleted === 1 && due(model.last_updated_timestamp)) && !(model.stage === 'deleted' && due(model.updated))) return undefined
  await deleteLoggedModelRows(tx, model.id)
  await recordChange(tx, author, { entity: 'experiment', uid: `experiment:${model.experiment_id}`, name: model.name, action: 'remove-logged-model', item: model_id })
  return { removal: files ? await note(tx, 'model', model_id, model.artifact_location, author.now) : undefined }
})

/** False where the experiment has been brought back, or still has runs or models. Its runs and models are removed before it. */
export const removeExperiment = write('gc.removeExperiment', async (tx, { id, cutoff, author }: Omit<Asked, 'files'> & { id: number }): Promise<boolean> => {
  const row = await tx.one<{ name: string; lifecycle_stage: string; last_update_time: number }>('SELECT name, lifecycle_stage, last_update_time FROM experiments WHERE id = ?', [id])
  if (row?.lifecycle_stage !== 'deleted' || (cutoff !== null && row.last_update_time > cutoff)) return false
  for (const table of ['runs', 'logged_models']) {
    if (await tx.one(`SELECT 1 AS one FROM ${table} WHERE experiment_id = ? LIMIT 1`, [id]) !== undefined) return false
  }
  await forgetUnusedDatasets(tx, { experimentId: id })
  await deleteExperimentRows(tx, id)
  // Behind the space that ends the number stands the panel's title.
  await forgetComments(tx, { begins: `panel ${id} ` })
  await forgetViews(tx, id)
  await forgetImportedExperiment(tx, id)
  await forgetExperimentGrants(tx, id)
  await recordChange(tx, author, { entity: 'experiment', uid: `experiment:${id}`, name: row.name, action: 'remove' })
  return true
})

/** Notes of files that nobody has removed yet. */
export const someRemovals = read('gc.someRemovals', (tx, { after }: { after: number }) =>
  tx.all<Removal>('SELECT id, kind, thing, location FROM removals WHERE id > ? ORDER BY id LIMIT 200', [after]))

/** The files are gone, or are somebody else's by now. */
export const endRemoval = write('gc.endRemoval', (tx, { id }: { id: number }) => tx.run('DELETE FROM removals WHERE id = ?', [id]))

/** Whether something was brought in again under the id of what was removed: then its files stay. */
export const isBack = read('gc.isBack', async (tx, { kind, thing }: Pick<Removal, 'kind' | 'thing'>): Promise<boolean> =>
  await tx.one(kind === 'run' ? 'SELECT id FROM runs WHERE run_id = ?' : 'SELECT id FROM logged_models WHERE model_id = ?', [thing]) !== undefined)
