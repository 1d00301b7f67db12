import { invalid, type Clause } from '@cairn/protocol'
import { together, type Reader, type Value } from '../../platform/db/index.ts'
import { splitText } from '../long-text.ts'

/** A piece of SQL with the values of its `?`. */
export interface Sql {
  readonly text: string
  readonly params: readonly Value[]
}

export const sql = (text: string, params: readonly Value[] = []): Sql => ({ text, params })
export const never = sql('1 = 0')

/** A clause whose key is an id, or undefined when nothing was ever logged under it. */
export interface BoundClause extends Clause {
  readonly keyId: number | undefined
}

export async function bindKeys(tx: Reader, clauses: readonly Clause[], keyId: (tx: Reader, name: string) => Promise<number | undefined>): Promise<BoundClause[]> {
  return together(tx, clauses, async (clause) => {
    const keyed = clause.type === 'metric' || clause.type === 'param' || clause.type === 'tag'
    return { ...clause, keyId: keyed ? await keyId(tx, clause.key) : undefined }
  })
}

/**
 * The condition of one clause on the run `r`. Clauses on metrics, params and tags look up one row
 * by primary key; the LIMIT keeps the database from turning the look-up into a join of its own.
 * `run` names the run's id where it is known before the row of `runs` is read.
 */
export function predicate(tx: Reader, clause: BoundClause, run = 'r.id'): Sql {
  switch (clause.type) {
    case 'metric': case 'param': case 'tag': {
      if (clause.keyId === undefined) return clause.op === 'IS NULL' ? sql('1 = 1') : never
      const table = tableOf(clause)
      const row = `SELECT 1 FROM ${table} x WHERE x.run_id = ${run} AND x.key_id = ?`
      if (clause.op === 'IS NULL') return sql(`(${row} LIMIT 1) IS NULL`, [clause.keyId])
      if (clause.op === 'IS NOT NULL') return sql(`(${row} LIMIT 1) = 1`, [clause.keyId])
      const value = valueCondition(tx, clause, 'x')
      return sql(`(${row} AND ${value.text} LIMIT 1) = 1`, [clause.keyId, ...value.params])
    }
    case 'attribute': return attributeCondition(tx, clause)
    case 'dataset': return datasetCondition(tx, clause)
  }
}

export const tableOf = (clause: { type: string }): 'latest_metrics' | 'params' | 'tags' =>
  (clause.type === 'metric' ? 'latest_metrics' : clause.type === 'param' ? 'params' : 'tags')

/** What the row `alias` of the clause's table must satisfy, besides run and key. */
export function valueCondition(tx: Reader, clause: Clause, alias: string): Sql {
  if (clause.type === 'metric') {
    // A number differs from every NaN, and nothing else can be said of one.
    return clause.op === '!='
      ? sql(`(${alias}.is_nan = 1 OR ${alias}.value <> ?)`, [clause.value as number])
      : sql(`${alias}.is_nan = 0 AND ${alias}.value ${clause.op} ?`, [clause.value as number])
  }
  const text = clause.value as string
  const [head, long, rest] = splitText(text)
  switch (clause.op) {
    case '=': return long === 0
      ? sql(`${alias}.value = ? AND ${alias}.long = 0`, [head])
      : sql(`${alias}.value = ? AND ${alias}.long = 1 AND ${alias}.rest = ?`, [head, rest!])
    case '!=': return long === 0
      ? sql(`(${alias}.value <> ? OR ${alias}.long = 1)`, [head])
      : sql(`(${alias}.value <> ? OR ${alias}.long = 0 OR ${alias}.rest <> ?)`, [head, rest!])
    default: {
      const [short, long_] = likeConditions(tx, clause, alias)
      return sql(`((${short.text}) OR (${long_.text}))`, [...short.params, ...long_.params])
    }
  }
}

/**
 * A LIKE on short values, which the index answers alone, and on those that go on outside of it.
 * As two statements a scan of 100k values takes 12 ms; with OR, which reads every row, 73.
 */
export function likeConditions(tx: Reader, clause: Clause, alias: string): [short: Sql, long: Sql] {
  const pattern = clause.value as string
  checkPattern(pattern)
  const like = (column: string): string => (clause.op === 'LIKE' ? tx.dialect.like(column) : tx.dialect.ilike(column))
  return [
    sql(`${alias}.long = 0 AND ${like(`${alias}.value`)}`, [pattern]),
    sql(`${alias}.long = 1 AND ${like(`(${alias}.value || ${alias}.rest)`)}`, [pattern]),
  ]
}

// SQLite refuses patterns over 50,000 bytes; no value is longer than 8,000 characters.
function checkPattern(pattern: string): void {
  if (pattern.length > 10_000) throw invalid('A LIKE pattern can have at most 10000 characters.')
}

const attributeColumns: Record<string, string> = {
  run_id: 'r.run_id', run_name: 'r.name', user_id: 'r.user_id', status: 'r.status', artifact_uri: 'r.artifact_uri',
  start_time: 'r.start_time', end_time: 'r.end_time',
}

export const attributeColumn = (key: string): string => attributeColumns[key]!

function attributeCondition(tx: Reader, clause: Clause): Sql {
  return textCondition(tx, attributeColumn(clause.key), clause)
}

function textCondition(tx: Reader, column: string, clause: Clause): Sql {
  if (Array.isArray(clause.value)) {
    return sql(`${column} ${clause.op} (${clause.value.map(() => '?').join(', ')})`, clause.value)
  }
  const value = clause.value as string | number
  if (clause.op === 'LIKE' || clause.op === 'ILIKE') {
    checkPattern(value as string)
    return sql(clause.op === 'LIKE' ? tx.dialect.like(column) : tx.dialect.ilike(column), [value])
  }
  return sql(`${column} ${clause.op === '!=' ? '<>' : clause.op} ?`, [value])
}

function datasetCondition(tx: Reader, clause: Clause): Sql {
  if (clause.key === 'context') {
    const value = textCondition(tx, 't.value', clause)
    return sql(`(SELECT 1 FROM dataset_inputs i JOIN input_tags t ON t.input = i.id
      WHERE i.run = r.id AND t.name = 'mlflow.data.context' AND ${value.text} LIMIT 1) = 1`, value.params)
  }
  const value = textCondition(tx, `d.${clause.key}`, clause)
  return sql(`(SELECT 1 FROM dataset_inputs i JOIN datasets d ON d.id = i.dataset WHERE i.run = r.id AND ${value.text} LIMIT 1) = 1`, value.params)
}
