import type { QuotaKind } from '@cairn/protocol'
import { pointsByExperiment } from '../metrics/index.ts'
import type { Reader } from '../platform/db/index.ts'

export type CountedKind = Exclude<QuotaKind, 'artifact_bytes'>
export type Usage = Record<CountedKind, number>

const nothing = (): Usage => ({ runs: 0, experiments: 0, points: 0, registered_models: 0 })

/** What each workspace holds now, also what is deleted and not removed yet. Walks indexes of all of it: for a reader thread. */
export async function usageByWorkspace(tx: Reader, kinds: readonly CountedKind[]): Promise<Map<number, Usage>> {
  const found = new Map<number, Usage>()
  const add = (workspace: number, kind: CountedKind, count: number): void => {
    const usage = found.get(workspace) ?? nothing()
    usage[kind] += count
    found.set(workspace, usage)
  }
  const experiments = new Map<number, number>(await tx.rows<[number, number]>('SELECT id, workspace_id FROM experiments ORDER BY id'))
  const ofExperiments = (kind: CountedKind, counts: Iterable<readonly [number, number]>): void => {
    for (const [experiment, count] of counts) {
      const workspace = experiments.get(experiment)
      if (workspace !== undefined) add(workspace, kind, count)
    }
  }
  if (kinds.includes('experiments')) for (const workspace of experiments.values()) add(workspace, 'experiments', 1)
  if (kinds.includes('registered_models')) for (const [workspace, count] of await tx.rows<[number, number]>('SELECT workspace_id, COUNT(*) FROM registered_models GROUP BY workspace_id')) add(workspace, 'registered_models', count)
  if (kinds.includes('runs')) ofExperiments('runs', await tx.rows<[number, number]>('SELECT experiment_id, COUNT(*) FROM runs GROUP BY experiment_id'))
  if (kinds.includes('points')) ofExperiments('points', await pointsByExperiment(tx))
  return found
}

/** Where the experiments of a workspace keep artifacts. */
export const placesOfWorkspace = async (tx: Reader, workspace: number): Promise<string[]> =>
  (await tx.rows<[string]>('SELECT artifact_location FROM experiments WHERE workspace_id = ? ORDER BY id', [workspace])).map(([location]) => location)

/** The number of a team that users are in; undefined where there is none of this name. */
export const teamNumber = async (tx: Reader, team: string): Promise<number | undefined> => (await tx.one<{ id: number }>('SELECT id FROM teams WHERE name = ?', [team]))?.id
