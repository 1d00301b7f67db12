import type { HandedOn } from '../metrics/index.ts'
import type { Reader, Writer } from '../platform/db/index.ts'

export type ThingKind = 'experiment' | 'run' | 'links' | 'model' | 'registered'

export interface Thing {
  readonly kind: ThingKind
  readonly here: string
  readonly there: string
  /** What it looked like. */
  readonly mark: string
  /** JSON: what else has to be known of it. */
  readonly about: string
  /** Why it was refused there, if it was. */
  readonly problem: string | null
}

export async function selectThings(tx: Reader, kind: ThingKind): Promise<Map<string, Thing>> {
  return new Map((await tx.all<Thing>('SELECT kind, here, there, mark, about, problem FROM mirrored_things WHERE kind = ? ORDER BY here', [kind])).map((thing) => [thing.here, thing]))
}

export const selectThing = (tx: Reader, kind: ThingKind, here: string) =>
  tx.one<Thing>('SELECT kind, here, there, mark, about, problem FROM mirrored_things WHERE kind = ? AND here = ?', [kind, here])

export const putThing = (tx: Writer, { kind, here, there, mark, about, problem }: Thing) => tx.run(
  `INSERT INTO mirrored_things (kind, here, there, mark, about, problem) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (kind, here) DO UPDATE SET there = excluded.there, mark = excluded.mark, about = excluded.about, problem = excluded.problem`, [kind, here, there, mark, about, problem])

export const clearRefused = (tx: Writer) => tx.run("UPDATE mirrored_things SET mark = '' WHERE problem IS NOT NULL")

export const deleteThing = (tx: Writer, kind: ThingKind, here: string) => tx.run('DELETE FROM mirrored_things WHERE kind = ? AND here = ?', [kind, here])

const markOfRun = `r.texts || ':' || COALESCE(n.points, 0) || ':' || COALESCE(s.seq, 0) || ':' || (SELECT COUNT(*) FROM dataset_inputs d WHERE d.run = r.id)`

/** Runs of a workspace that look otherwise than when they were sent, by number: with their mark. */
export const changedRuns = (tx: Reader, workspace: number, limit: number) => tx.rows<[number: number, runId: string, mark: string]>(
  `SELECT x.id, x.run_id, x.mark FROM (
    SELECT r.id, r.run_id, ${markOfRun} AS mark FROM runs r JOIN experiments e ON e.id = r.experiment_id
    LEFT JOIN metric_counts n ON n.run_id = r.id LEFT JOIN (SELECT run_id, MAX(seq) AS seq FROM metric_segments GROUP BY run_id) s ON s.run_id = r.id
    WHERE e.workspace_id = ?
  ) x LEFT JOIN mirrored_things m ON m.kind = 'run' AND m.here = x.run_id WHERE m.mark IS NULL OR m.mark <> x.mark ORDER BY x.id LIMIT ?`, [workspace, limit])

/** Runs that read or made other models than was sent. */
export const changedLinks = (tx: Reader, workspace: number, limit: number) => tx.rows<[number: number, runId: string, mark: string]>(
  `SELECT x.id, x.run_id, x.mark FROM (
    SELECT r.id, r.run_id, (SELECT COUNT(*) FROM model_inputs i WHERE i.run = r.id) || ':' || (SELECT COUNT(*) FROM model_outputs o WHERE o.run = r.id) AS mark
    FROM runs r JOIN experiments e ON e.id = r.experiment_id
    WHERE e.workspace_id = ? AND r.id IN (SELECT run FROM model_inputs UNION SELECT run FROM model_outputs)
  ) x LEFT JOIN mirrored_things m ON m.kind = 'links' AND m.here = x.run_id WHERE m.mark IS NULL OR m.mark <> x.mark ORDER BY x.id LIMIT ?`, [workspace, limit])

export async function selectHandedOn(tx: Reader, runId: string): Promise<Map<string, HandedOn>> {
  const rows = await tx.rows<[string, number, number | bigint, number | bigint, string]>('SELECT key, points, step, timestamp, value FROM mirrored_metrics WHERE run_id = ? ORDER BY key', [runId])
  return new Map(rows.map(([key, count, step, timestamp, value]) => [key, { key, count, step, timestamp, value: Number(value) }]))
}

export async function putHandedOn(tx: Writer, runId: string, handedOn: readonly HandedOn[]): Promise<void> {
  for (const { key, count, step, timestamp, value } of handedOn) {
    await tx.run(
      `INSERT INTO mirrored_metrics (run_id, key, points, step, timestamp, value) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (run_id, key) DO UPDATE SET points = excluded.points, step = excluded.step, timestamp = excluded.timestamp, value = excluded.value`,
      [runId, key, count, step, timestamp, String(value)])
  }
}

export const forgetHandedOn = (tx: Writer, runId: string) => tx.run('DELETE FROM mirrored_metrics WHERE run_id = ?', [runId])

export interface ChangedFiles {
  readonly kind: 'run' | 'model'
  readonly here: string
  readonly changed: number
  readonly problem: string | null
}

export const noteFiles = (tx: Writer, kind: ChangedFiles['kind'], here: string) => tx.run(
  `INSERT INTO mirror_files (kind, here, changed, next_time, problem) VALUES (?, ?, 1, 0, NULL)
  ON CONFLICT (kind, here) DO UPDATE SET changed = mirror_files.changed + 1, next_time = 0`, [kind, here])

export const dueFiles = (tx: Reader, now: number, limit: number) =>
  tx.all<ChangedFiles>('SELECT kind, here, changed, problem FROM mirror_files WHERE next_time <= ? ORDER BY kind, here LIMIT ?', [now, limit])

/** Where the files of a run or a model are here; undefined where it is gone. */
export const locationOf = async (tx: Reader, { kind, here }: ChangedFiles): Promise<string | undefined> => (await tx.rows<[string]>(kind === 'run'
  ? 'SELECT artifact_uri FROM runs WHERE run_id = ?' : 'SELECT artifact_location FROM logged_models WHERE model_id = ?', [here]))[0]?.[0]

/** Unless they have changed again since. */
export const endFiles = (tx: Writer, { kind, here, changed }: ChangedFiles) => tx.run('DELETE FROM mirror_files WHERE kind = ? AND here = ? AND changed = ?', [kind, here, changed])

export const putOffFiles = (tx: Writer, { kind, here }: ChangedFiles, nextTime: number, problem: string) =>
  tx.run('UPDATE mirror_files SET next_time = ?, problem = ? WHERE kind = ? AND here = ?', [nextTime, problem, kind, here])

export const countWaiting = async (tx: Reader): Promise<{ files: number; refused: number }> => ({
  files: (await tx.rows<[number]>('SELECT COUNT(*) FROM mirror_files'))[0]![0],
  refused: (await tx.rows<[number]>('SELECT COUNT(*) FROM mirrored_things WHERE problem IS NOT NULL'))[0]![0] + (await tx.rows<[number]>('SELECT COUNT(*) FROM mirror_files WHERE problem IS NOT NULL'))[0]![0],
})

export const someProblems = (tx: Reader) => tx.all<{ kind: string; here: string; problem: string }>(
  `SELECT kind, here, problem FROM mirrored_things WHERE problem IS NOT NULL
  UNION ALL SELECT kind || ' files', here, problem FROM mirror_files WHERE problem IS NOT NULL ORDER BY 1, 2 LIMIT 20`)

export const selectState = (tx: Reader) => tx.one<{ target: string; state: string }>('SELECT target, state FROM mirror_state')

export async function putState(tx: Writer, target: string, state: string): Promise<void> {
  if (await tx.run('UPDATE mirror_state SET target = ?, state = ?', [target, state]) === 0) await tx.run('INSERT INTO mirror_state (target, state) VALUES (?, ?)', [target, state])
}

/** Another server: nothing is there. */
export async function forgetAll(tx: Writer): Promise<void> {
  for (const table of ['mirrored_things', 'mirrored_metrics', 'mirror_files', 'mirror_state']) await tx.run(`DELETE FROM ${table}`)
}
