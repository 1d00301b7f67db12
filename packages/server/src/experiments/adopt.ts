import type { Writer } from '../platform/db/index.ts'
import * as store from './experiments-store.ts'
import type { ExperimentRow, TagRow } from './experiments-store.ts'

export interface AdoptedExperiment extends Omit<ExperimentRow, 'id' | 'artifact_location'> {
  /** Kept where it is free. */
  readonly wantedId: number | undefined
  readonly tags: readonly TagRow[]
  /** Where an experiment with this id keeps its artifacts. */
  locate(id: number): string
}

/**
 * Takes in an experiment as it was elsewhere. One that has this name in its workspace already is the same experiment:
 * it stays as it is and gets the tags that it lacks, which are counted.
 */
export async function adoptExperiment(tx: Writer, { wantedId, tags, locate, ...row }: AdoptedExperiment): Promise<{ row: ExperimentRow; existed: boolean; tagged: number }> {
  const known = await store.findExperimentByName(tx, row.workspace_id, row.name)
  const adopted = known ?? { ...row, id: await freeId(tx, wantedId), artifact_location: '' }
  const whole = known ?? { ...adopted, artifact_location: locate(adopted.id) }
  if (known === undefined) await store.insertExperiment(tx, whole)
  let tagged = 0
  for (const { key, value } of tags) {
    if (await store.findTag(tx, whole.id, key) !== undefined) continue
    await store.upsertTag(tx, whole.id, key, value)
    tagged += 1
  }
  return { row: whole, existed: known !== undefined, tagged }
}

async function freeId(tx: Writer, wanted: number | undefined): Promise<number> {
  if (wanted === undefined || await store.findExperiment(tx, wanted) !== undefined) return store.takeExperimentId(tx)
  await store.reserveExperimentId(tx, wanted)
  return wanted
}
