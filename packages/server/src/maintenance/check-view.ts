import { checkMetrics, storedRuns } from '../metrics/index.ts'
import type { Reader } from '../platform/db/index.ts'

export interface CheckReport {
  readonly runs: number
  readonly points: number
  /** A sentence each; none where all is well. */
  readonly problems: readonly string[]
}

/** What must not be: rows that belong to something that is not there. */
const dangling: readonly (readonly [what: string, table: string, column: string, owner: string, key: string])[] = [
  ['runs of experiments', 'runs', 'experiment_id', 'experiments', 'id'], ['params of runs', 'params', 'run_id', 'runs', 'id'], ['tags of runs', 'tags', 'run_id', 'runs', 'id'],
  ['names of params', 'params', 'key_id', 'keys', 'id'], ['names of tags', 'tags', 'key_id', 'keys', 'id'],
  ['tags of experiments', 'experiment_tags', 'experiment_id', 'experiments', 'id'], ['datasets of inputs', 'dataset_inputs', 'dataset', 'datasets', 'id'],
  ['inputs of runs', 'dataset_inputs', 'run', 'runs', 'id'], ['logged models of experiments', 'logged_models', 'experiment_id', 'experiments', 'id'],
  ['versions of models', 'model_versions', 'model_id', 'registered_models', 'model_id'], ['aliases of models', 'registered_model_aliases', 'model_id', 'registered_models', 'model_id'],
]

const runsAtOnce = 500

/** Reads everything that one part of the database says of another, and every metric point. */
export async function checkDatabase(tx: Reader, progress: (runs: number, points: number) => void, signal: AbortSignal): Promise<CheckReport> {
  const problems: string[] = []
  for (const [what, table, column, owner, key] of dangling) {
    const [[count]] = await tx.rows<[number]>(`SELECT COUNT(*) FROM ${table} WHERE ${column} NOT IN (SELECT ${key} FROM ${owner})`) as [[number]]
    if (count > 0) problems.push(`${what}: ${count} are not there.`)
  }
  let runs = 0
  let points = 0
  for (let after = -1; ;) {
    const some = await storedRuns(tx, after, runsAtOnce)
    if (some.length === 0) return { runs, points, problems }
    for (const number of some) {
      signal.throwIfAborted()
      const [run] = await tx.rows<[string]>('SELECT run_id FROM runs WHERE id = ?', [number])
      if (run === undefined) problems.push(`There are metrics of a run that is not there (number ${number}).`)
      const found = await checkMetrics(tx, number)
      problems.push(...found.problems.map((problem) => `run ${run?.[0] ?? number}: ${problem}`))
      runs += 1
      points += found.points
      progress(runs, points)
    }
    after = some.at(-1)!
  }
}
