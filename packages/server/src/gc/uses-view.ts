import { read } from '../platform/db/index.ts'

/** What has its files at a place: `run:<id>`, `model:<id>`, `experiment:<id>`. */
export type OwnedPlace = [owner: string, uri: string]

const lastCharacters = (base: string, rest: string): string => `rtrim(${base}, '/') || ${rest}`

/**
 * Places that do not follow from ids: of experiments, and of runs and models that are not where their
 * experiment would put them (moved, brought from elsewhere). All others lie at
 * `<experiment>/<run id>/artifacts` or `<experiment>/models/<model id>/artifacts`, which nobody shares.
 */
export const unusualPlaces = read('gc.unusualPlaces', async (tx): Promise<OwnedPlace[]> => [
  ...(await tx.rows<OwnedPlace>("SELECT 'experiment:' || id, artifact_location FROM experiments ORDER BY id")),
  ...(await tx.rows<OwnedPlace>(
    `SELECT 'run:' || r.run_id, r.artifact_uri FROM runs r LEFT JOIN experiments e ON e.id = r.experiment_id
    WHERE e.id IS NULL OR r.artifact_uri <> ${lastCharacters('e.artifact_location', "'/' || r.run_id || '/artifacts'")}`)),
  ...(await tx.rows<OwnedPlace>(
    `SELECT 'model:' || m.model_id, m.artifact_location FROM logged_models m LEFT JOIN experiments e ON e.id = m.experiment_id
    WHERE e.id IS NULL OR m.artifact_location <> ${lastCharacters('e.artifact_location', "'/models/' || m.model_id || '/artifacts'")}`)),
])

/** The places of all runs and models, some thousand at a time: `after` is the last number of the page before. */
export const allPlaces = read('gc.allPlaces', (tx, { kind, after }: { kind: 'run' | 'model'; after: number }) => tx.rows<[number, ...OwnedPlace]>(kind === 'run'
  ? "SELECT id, 'run:' || run_id, artifact_uri FROM runs WHERE id > ? ORDER BY id LIMIT 5000"
  : "SELECT id, 'model:' || model_id, artifact_location FROM logged_models WHERE id > ? ORDER BY id LIMIT 5000", [after]))

export interface VersionPlace {
  readonly name: string
  readonly version: number
  readonly source: string
  readonly storage_location: string
}

/** Versions of registered models that were made or changed since then. */
export const versionPlaces = read('gc.versionPlaces', (tx, { since }: { since: number }) => tx.all<VersionPlace>(
  `SELECT m.name, v.version, v.source, v.storage_location FROM model_versions v JOIN registered_models m ON m.model_id = v.model_id
  WHERE v.last_updated_time >= ? ORDER BY m.name, v.version`, [since]))
