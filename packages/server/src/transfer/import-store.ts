import type { Reader, Writer } from '../platform/db/index.ts'

export async function sourceNumber(tx: Writer, identity: string): Promise<number> {
  await tx.run('INSERT INTO import_sources (identity) VALUES (?) ON CONFLICT (identity) DO NOTHING', [identity])
  return (await tx.one<{ id: number }>('SELECT id FROM import_sources WHERE identity = ?', [identity]))!.id
}

export async function importedExperiment(tx: Reader, source: number, sourceId: string): Promise<number | undefined> {
  const rows = await tx.rows<[number]>('SELECT experiment_id FROM imported_experiments WHERE source = ? AND source_experiment = ?', [source, sourceId])
  return rows[0]?.[0]
}

export const noteExperiment = (tx: Writer, source: number, sourceId: string, experimentId: number) => tx.run(
  `INSERT INTO imported_experiments (source, source_experiment, experiment_id) VALUES (?, ?, ?)
  ON CONFLICT (source, source_experiment) DO UPDATE SET experiment_id = excluded.experiment_id`, [source, sourceId, experimentId])

export interface ImportedRun {
  readonly fingerprint: string
  /** Null while it is not whole. */
  readonly points: number | null
}

export const importedRun = (tx: Reader, run: number) => tx.one<ImportedRun>('SELECT fingerprint, points FROM imported_runs WHERE run = ?', [run])

/** From now on the run is being brought. */
export const beginRun = (tx: Writer, run: number, source: number, fingerprint: string) => tx.run(
  `INSERT INTO imported_runs (run, source, fingerprint, points) VALUES (?, ?, ?, NULL)
  ON CONFLICT (run) DO UPDATE SET source = excluded.source, fingerprint = excluded.fingerprint, points = NULL`, [run, source, fingerprint])

export const finishRun = (tx: Writer, run: number, points: number) => tx.run('UPDATE imported_runs SET points = ? WHERE run = ?', [points, run])

/** For a run that was removed for good. */
export const forgetImportedRun = (tx: Writer, run: number) => tx.run('DELETE FROM imported_runs WHERE run = ?', [run])

/** For an experiment that was removed for good: the next import makes it again. */
export const forgetImportedExperiment = (tx: Writer, experimentId: number) => tx.run('DELETE FROM imported_experiments WHERE experiment_id = ?', [experimentId])
