import { invalid, tableLimits, type RequestOf, type TableKey, type TableKeys, type listKeyValues, type listTableKeys } from '@cairn/protocol'
import { parseExperimentId } from '../experiments/index.ts'
import { findKey } from '../keys/index.ts'
import { read, type Reader, type Value } from '../platform/db/index.ts'
import { joinText } from './long-text.ts'

/** Runs of a key are counted up to this: it is for choosing columns, and must not grow with the runs. */
const countedRuns = 200

const numbers = (ids: readonly string[]): number[] => [...new Set(ids.map(parseExperimentId))]

interface Known {
  runs: number
  least: string | undefined
  most: string | undefined
}

/**
 * Names by a walk over the first columns of the index that searches use: it jumps from key to key, so
 * that it costs by the number of names and not of rows.
 */
async function keysOf(tx: Reader, table: 'latest_metrics' | 'params' | 'tags', experiments: readonly number[]): Promise<TableKey[]> {
  const known = new Map<string, Known>()
  const texts = table !== 'latest_metrics'
  for (const experiment of experiments) {
    const at = `FROM ${table} x WHERE x.experiment_id = ? AND x.key_id = w.id`
    // The value that a metric has is its run's own; of texts, the first and the last one say whether there are two.
    const rows = await tx.rows<[string, number, string | null, string | null]>(
      `WITH RECURSIVE w(id) AS (
         SELECT MIN(key_id) FROM ${table} WHERE experiment_id = ?
         UNION ALL SELECT (SELECT MIN(y.key_id) FROM ${table} y WHERE y.experiment_id = ? AND y.key_id > w.id) FROM w WHERE w.id IS NOT NULL)
       SELECT k.name, (SELECT COUNT(*) FROM (SELECT 1 ${at} LIMIT ${countedRuns}) counted),
         ${texts ? `(SELECT MIN(x.value) ${at}), (SELECT MAX(x.value) ${at})` : 'NULL, NULL'}
       FROM w JOIN keys k ON k.id = w.id LIMIT ${tableLimits.keys}`,
      [experiment, experiment, ...Array<Value>(texts ? 3 : 1).fill(experiment)])
    for (const [name, runs, least, most] of rows) {
      const before = known.get(name)
      if (before === undefined) known.set(name, { runs, least: least ?? undefined, most: most ?? undefined })
      else {
        before.runs += runs
        if (least !== null && before.least! > least) before.least = least
        if (most !== null && before.most! < most) before.most = most
      }
    }
  }
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { runs, least, most }]) => ({ key, runs, ...(texts && { varies: least !== most, sample: most ?? '' }) }))
}

/** Metrics whose last values are not the same in all runs that have them; by steps into the index of values, whatever the number of runs. */
async function varyingMetrics(tx: Reader, experiments: readonly number[]): Promise<ReadonlySet<string>> {
  const known = new Map<string, string>()
  const varying = new Set<string>()
  for (const experiment of experiments) {
    const at = 'FROM latest_metrics x WHERE x.experiment_id = ? AND x.key_id = w.id AND x.is_nan'
    const rows = await tx.rows<[string, number | null, number | null, number | null]>(
      `WITH RECURSIVE w(id) AS (
         SELECT MIN(key_id) FROM latest_metrics WHERE experiment_id = ?
         UNION ALL SELECT (SELECT MIN(y.key_id) FROM latest_metrics y WHERE y.experiment_id = ? AND y.key_id > w.id) FROM w WHERE w.id IS NOT NULL)
       SELECT k.name, (SELECT MIN(x.value) ${at} = 0), (SELECT MAX(x.value) ${at} = 0), (SELECT MAX(x.is_nan) ${at} = 1)
       FROM w JOIN keys k ON k.id = w.id LIMIT ${tableLimits.keys}`, [experiment, experiment, experiment, experiment, experiment])
    for (const [name, least, most, nan] of rows) {
      const value = nan === null ? String(most) : 'NaN'
      if (least !== most || (nan !== null && least !== null) || (known.has(name) && known.get(name) !== value)) varying.add(name)
      known.set(name, value)
    }
  }
  return varying
}

export const tableKeys = read('runs.tableKeys', async (tx: Reader, { experiment_ids, metric_values: withValues = false }: RequestOf<typeof listTableKeys>): Promise<TableKeys> => {
  const experiments = numbers(experiment_ids)
  const metrics = await keysOf(tx, 'latest_metrics', experiments)
  const varying = withValues ? await varyingMetrics(tx, experiments) : undefined
  return { metrics: varying === undefined ? metrics : metrics.map((one) => ({ ...one, varies: varying.has(one.key) })), params: await keysOf(tx, 'params', experiments), tags: await keysOf(tx, 'tags', experiments) }
})

export const keyValues = read('runs.keyValues', async (tx: Reader, { experiment_ids, kind, key, prefix = '', max_results: limit = 20 }: RequestOf<typeof listKeyValues>): Promise<{ values: string[] }> => {
  if (limit < 1 || limit > 100) throw invalid(`max_results must be between 1 and 100. Got ${limit}.`)
  const keyId = await findKey(tx, key)
  const found = new Set<string>()
  if (keyId === undefined) return { values: [] }
  const table = kind === 'param' ? 'params' : 'tags'
  const order = tx.dialect.bytewise('x.value')
  for (const experiment of numbers(experiment_ids)) {
    let last: string | undefined
    // From one value to the next: a value that a hundred thousand runs share is read once.
    for (let step = 0; step < limit; step += 1) {
      const [row] = await tx.rows<[string, string | null]>(
        `SELECT x.value, x.rest FROM ${table} x WHERE x.experiment_id = ? AND x.key_id = ? AND ${order} ${last === undefined ? '>=' : '>'} ? ORDER BY ${order} LIMIT 1`,
        [experiment, keyId, last ?? prefix])
      if (row === undefined || !row[0].startsWith(prefix.slice(0, row[0].length))) break
      last = row[0]
      const value = joinText(row[0], row[1])
      if (value.startsWith(prefix)) found.add(value)
    }
  }
  return { values: [...found].sort().slice(0, limit) }
})
