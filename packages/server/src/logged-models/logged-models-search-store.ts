import { invalid, parseLoggedModelFilter, parseLoggedModelOrder, type Clause, type LoggedModelDataset, type LoggedModelOrder, type LoggedModelOrderBy } from '@cairn/protocol'
import { inLists, keysetSql, orderSql, type KeysetColumn, type Reader, type Value } from '../platform/db/index.ts'
import { modelColumns, type LoggedModelRow } from './logged-models-store.ts'
import { searchedStatus, statuses } from './status.ts'

export interface LoggedModelSearch {
  readonly experiment_ids: readonly number[]
  readonly filter: string
  /** Only measurements on one of these count; empty for all. A digest of "" or none stands for any. */
  readonly datasets: readonly LoggedModelDataset[]
  readonly order_by: readonly LoggedModelOrderBy[]
  readonly limit: number
  /** The keys of the last model before this page. */
  readonly after: readonly Value[] | undefined
}

export interface LoggedModelPage {
  readonly rows: LoggedModelRow[]
  /** The keys to continue after; undefined on the last page. */
  readonly next: Value[] | undefined
}

interface Sql {
  readonly text: string
  readonly params: readonly Value[]
}

const sql = (text: string, params: readonly Value[] = []): Sql => ({ text, params })

/** Models of the experiments that satisfy the filter, one page of them. */
export async function searchModels(tx: Reader, search: LoggedModelSearch): Promise<LoggedModelPage> {
  const experiments = [...inLists([...new Set(search.experiment_ids)])]
  const clauses = parseLoggedModelFilter(search.filter)
  const keys = orderKeys(parseLoggedModelOrder(search.order_by))
  if (experiments.length === 0) return { rows: [], next: undefined }
  const dataset = datasetCondition(search.datasets)
  const conditions = [
    sql(`(${experiments.map((list) => `l.experiment_id IN ${list.sql}`).join(' OR ')})`, experiments.flatMap(({ params }) => params)),
    sql('l.deleted = 0'),
    ...clauses.map((clause) => condition(tx, clause, dataset)),
    // Without a clause on metrics, a model must have been measured on one of the datasets at all.
    ...(dataset !== undefined && !clauses.some(({ type }) => type === 'metric') ? [measured(dataset)] : []),
  ]
  // The keys get names, so that one that is a subquery is computed once for all that asks for it.
  const order = keys.map(({ descending }, index): KeysetColumn => ({ sql: `o${index}`, descending }))
  const named = keys.map(({ text }, index) => `${text} AS o${index}`)
  const from = search.after === undefined ? undefined : keysetSql(order, search.after)
  const rows = await tx.all<LoggedModelRow & Record<string, Value>>(
    `SELECT * FROM (
      SELECT ${modelColumns.map((column) => `l.${column}`).join(', ')}, ${named.join(', ')}
      FROM logged_models l WHERE ${conditions.map(({ text }) => text).join(' AND ')}
    ) found ${from === undefined ? '' : `WHERE ${from.sql}`} ORDER BY ${orderSql(order)} LIMIT ?`,
    [...keys.flatMap(({ params }) => params), ...conditions.flatMap(({ params }) => params), ...from?.params ?? [], search.limit + 1],
  )
  if (rows.length <= search.limit) return { rows, next: undefined }
  rows.pop()
  return { rows, next: keys.map((_, index) => rows.at(-1)![`o${index}`]!) }
}

/** How many keys continue a search in this order. */
export const countKeys = (orderBy: readonly LoggedModelOrderBy[]): number => orderKeys(parseLoggedModelOrder(orderBy)).length

interface OrderKey extends Sql {
  readonly descending: boolean
}

/** What is never null in a row, as the keys of an order must be. */
function orderKeys(order: readonly LoggedModelOrder[]): OrderKey[] {
  const keys = order.flatMap((one): OrderKey[] => {
    const descending = !one.ascending
    if (one.type === 'metric') {
      // Models without the metric come last, those that were last measured as NaN before them.
      return [
        { ...latest('x.is_nan', one, 2), descending: false },
        { ...latest('x.value', one, 0), descending },
      ]
    }
    if (one.key === 'status_message') {
      return [
        { ...sql('CASE WHEN l.status_message IS NULL THEN 1 ELSE 0 END'), descending: false },
        { ...sql("COALESCE(l.status_message, '')"), descending },
      ]
    }
    if (one.key === 'status') return [{ ...sql(`CASE l.status ${statuses.map((name, number) => `WHEN '${name}' THEN ${number}`).join(' ')} END`), descending }]
    if (one.key === 'lifecycle_stage') return []
    return [{ ...sql(`l.${one.key}`), descending }]
  })
  const has = (key: string): boolean => order.some((one) => one.type === 'attribute' && one.key === key)
  if (!has('creation_timestamp')) keys.push({ ...sql('l.creation_timestamp'), descending: true })
  if (!has('model_id')) keys.push({ ...sql('l.model_id'), descending: false })
  return keys
}

/** Of a model's latest measurement of a metric, perhaps on one dataset only; `none` where there is none. */
function latest(column: string, { key, dataset_name: name = '', dataset_digest: digest = '' }: LoggedModelOrder, none: number): Sql {
  return sql(
    `COALESCE((SELECT ${column} FROM logged_model_metrics x WHERE x.model = l.id AND x.key = ?
      ${name === '' ? '' : 'AND x.dataset_name = ?'} ${digest === '' ? '' : 'AND x.dataset_digest = ?'}
      ORDER BY x.timestamp DESC, x.step DESC, x.run_id ASC, x.dataset_name, x.dataset_digest, x.is_nan, x.value LIMIT 1), ${none})`,
    [key, ...(name === '' ? [] : [name]), ...(digest === '' ? [] : [digest])],
  )
}

function datasetCondition(datasets: readonly LoggedModelDataset[]): Sql | undefined {
  if (datasets.length === 0) return undefined
  const each = datasets.map(({ dataset_name: name = '', dataset_digest: digest = '' }) => {
    if (name === '') throw invalid('`dataset_name` in the `datasets` clause must be specified.')
    return digest === '' ? sql('x.dataset_name = ?', [name]) : sql('(x.dataset_name = ? AND x.dataset_digest = ?)', [name, digest])
  })
  return sql(`(${each.map(({ text }) => text).join(' OR ')})`, each.flatMap(({ params }) => params))
}

const measured = ({ text, params }: Sql): Sql =>
  sql(`EXISTS (SELECT 1 FROM logged_model_metrics x WHERE x.model = l.id AND ${text})`, params)

function condition(tx: Reader, clause: Clause, dataset: Sql | undefined): Sql {
  const { type, key, op, value } = clause
  if (type === 'metric') {
    const number = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value as number))
    // A number differs from every NaN, and nothing else can be said of one.
    const compared = op === '!=' ? '(x.is_nan = 1 OR x.value <> ?)' : `x.is_nan = 0 AND x.value ${op} ?`
    return measured(sql(`x.key = ? AND ${compared}${dataset === undefined ? '' : ` AND ${dataset.text}`}`, [key, number, ...dataset?.params ?? []]))
  }
  if (type === 'param' || type === 'tag') {
    const compared = textCondition(tx, 'x.value', op, value as string | string[])
    return sql(`EXISTS (SELECT 1 FROM logged_model_${type}s x WHERE x.model = l.id AND x.key = ? AND ${compared.text})`, [key, ...compared.params])
  }
  switch (key) {
    case 'creation_timestamp': case 'last_updated_timestamp': return sql(`l.${key} ${op} ?`, [value as number])
    case 'experiment_id': return textCondition(tx, 'CAST(l.experiment_id AS TEXT)', op, value as string | string[])
    // A deleted model is never found.
    case 'lifecycle_stage': return textCondition(tx, "'active'", op, value as string | string[])
    case 'status': return textCondition(tx, 'l.status', op, Array.isArray(value) ? value.map(searchedStatus) : op === '=' || op === '!=' ? searchedStatus(value as string) : value as string)
    default: return textCondition(tx, `l.${key}`, op, value as string | string[])
  }
}

function textCondition(tx: Reader, column: string, op: string, value: string | string[]): Sql {
  if (Array.isArray(value)) return sql(`${column} ${op} (${value.map(() => '?').join(', ')})`, value)
  if (op !== 'LIKE' && op !== 'ILIKE') return sql(`${column} ${op} ?`, [value])
  // SQLite refuses patterns over 50,000 bytes.
  if (value.length > 10_000) throw invalid('A LIKE pattern can have at most 10000 characters.')
  return sql(op === 'LIKE' ? tx.dialect.like(column) : tx.dialect.ilike(column), [value])
}
