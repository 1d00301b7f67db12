import type { LifecycleStage } from '@cairn/protocol'
import type { Author } from '../audit/index.ts'
import { read, write } from '../platform/db/index.ts'
import { changeExperiments, type ChangeInput } from './change.ts'
import * as rules from './experiments.ts'
import { experimentsAt, experimentsBelow, findExperimentByName, findExperiments } from './experiments-store.ts'
import { searchPage } from './search.ts'
import type { Place } from '../workspaces/index.ts'

/**
 * What this slice does in the database. Deleting an experiment deletes its runs, and the slice of
 * runs stands above this one, so whoever puts the slices together hands in how.
 */
export const experimentOperations = (setLifecycleOfRuns: rules.SetLifecycleOfRuns) => ({
  createDefault: write('experiments.createDefault', rules.createDefaultExperiment),
  create: write('experiments.create', rules.createExperiment),
  get: read('experiments.get', (tx, input: { experiment_id: string; workspaceName: string }) => rules.getExperiment(tx, input.experiment_id, input.workspaceName)),
  getByName: read('experiments.getByName', (tx, input: { experiment_name: string; workspace: Place }) => rules.getExperimentByName(tx, input.experiment_name, input.workspace)),
  search: read('experiments.search', searchPage),
  /** The id of the experiment of this name; undefined where there is none. */
  idOf: read('experiments.idOf', async (tx, input: { workspace: number; name: string }): Promise<string | undefined> => {
    const row = await findExperimentByName(tx, input.workspace, input.name)
    return row && String(row.id)
  }),
  /** In which workspaces experiments are, by their ids; those that are not there are left out. */
  workspacesOf: read('experiments.workspacesOf', async (tx, input: { experiment_ids: readonly string[] }): Promise<Record<string, number>> => {
    const ids = input.experiment_ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number)
    return Object.fromEntries([...await findExperiments(tx, ids)].map(([id, { workspace_id }]) => [String(id), workspace_id]))
  }),
  /** Whose artifacts lie at these places. */
  at: read('experiments.at', async (tx, input: { locations: readonly string[] }) => (await experimentsAt(tx, input.locations)).map((row) => ({ ...row }))),
  /** Whose artifacts lie below these folders. */
  below: read('experiments.below', (tx, input: { folders: readonly string[]; limit: number }) => experimentsBelow(tx, input.folders, input.limit)),
  rename: write('experiments.rename', (tx, input: { experiment_id: string; new_name: string; author: Author }) =>
    rules.renameExperiment(tx, input.experiment_id, input.new_name, input.author)),
  setStage: write('experiments.setStage', (tx, input: { experiment_id: string; stage: LifecycleStage; author: Author }) =>
    rules.setExperimentStage(tx, input.experiment_id, input.stage, input.author, setLifecycleOfRuns)),
  setTag: write('experiments.setTag', (tx, input: { experiment_id: string; key: string; value: string; expected?: string | undefined; author: Author }) =>
    rules.setExperimentTag(tx, input.experiment_id, { key: input.key, value: input.value }, input.author, input.expected)),
  deleteTag: write('experiments.deleteTag', (tx, input: { experiment_id: string; key: string; author: Author }) =>
    rules.deleteExperimentTag(tx, input.experiment_id, input.key, input.author)),
  change: write('experiments.change', (tx, input: ChangeInput) => changeExperiments(tx, input, setLifecycleOfRuns)),
})

export type ExperimentOperations = ReturnType<typeof experimentOperations>
