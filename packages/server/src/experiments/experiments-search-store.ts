import { invalid, parseExperimentFilter, parseExperimentOrder, type Clause } from '@cairn/protocol'
import { keysetSql, orderSql, type KeysetColumn, type Reader, type Value } from '../platform/db/index.ts'
import { visibleSql, type Visibility } from '../users/index.ts'
import { parseExperimentId } from './experiment-id.ts'
import type { ExperimentRow } from './experiments-store.ts'

export interface ExperimentSearch {
  readonly filter: string
  readonly order_by: readonly string[]
  readonly view_type: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'
  readonly workspace: number
  readonly limit: number
  /** The keys of the last row before this page. */
  readonly after: readonly Value[] | undefined
  /** What the caller may see; undefined for all. */
  readonly visible?: Visibility | undefined
}

export interface ExperimentPage {
  readonly rows: ExperimentRow[]
  /** The keys to continue after; undefined on the last page. */
  readonly next: Value[] | undefined
}

interface Condition {
  readonly sql: string
  readonly params: readonly Value[]
}

const columns: Readonly<Record<string, string>> = {
  name: 'name', experiment_id: 'id', creation_time: 'creation_time', last_update_time: 'last_update_time',
}

export async function searchExperiments(tx: Reader, search: ExperimentSearch): Promise<ExperimentPage> {
  const order = orderOf(tx, search.order_by)
  const visible = visibleSql(search.visible, 'CAST(e.id AS TEXT)')
  const conditions = [
    { sql: 'e.workspace_id = ?', params: [search.workspace] },
    ...(search.view_type === 'ALL' ? [] : [{ sql: 'e.lifecycle_stage = ?', params: [search.view_type === 'ACTIVE_ONLY' ? 'active' : 'deleted'] }]),
    ...parseExperimentFilter(search.filter).map((clause) => conditionOf(tx, clause)),
    ...(visible === undefined ? [] : [visible]),
    ...(search.after === undefined ? [] : [keysetSql(order, search.after)]),
  ]
  const where = `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`
  const rows = await tx.all<ExperimentRow>(
    `SELECT e.id, e.name, e.artifact_location, e.lifecycle_stage, e.creation_time, e.last_update_time, e.workspace_id
    FROM experiments e ${where} ORDER BY ${orderSql(order)} LIMIT ?`,
    [...conditions.flatMap(({ params }) => params), search.limit + 1],
  )
  if (rows.length <= search.limit) return { rows, next: undefined }
  rows.pop()
  return { rows, next: order.map(({ column }) => rows.at(-1)![column as keyof ExperimentRow]) }
}

/** How many values continue a search in this order. */
export const keysOf = (orderBy: readonly string[]): number => wantedOrder(orderBy).length

function wantedOrder(orderBy: readonly string[]): { column: string; descending: boolean }[] {
  const wanted = parseExperimentOrder(orderBy.length === 0 ? ['creation_time DESC', 'experiment_id ASC'] : orderBy)
    .map(({ key, ascending }) => ({ column: columns[key]!, descending: !ascending }))
  return wanted.some(({ column }) => column === 'id') ? wanted : [...wanted, { column: 'id', descending: true }]
}

const orderOf = (tx: Reader, orderBy: readonly string[]): (KeysetColumn & { column: string })[] =>
  wantedOrder(orderBy).map(({ column, descending }) => ({
    column, descending, sql: column === 'name' ? tx.dialect.bytewise('e.name') : `e.${column}`,
  }))

function conditionOf(tx: Reader, { type, key, op, value }: Clause): Condition {
  if (type === 'tag') {
    const exists = 'EXISTS (SELECT 1 FROM experiment_tags t WHERE t.experiment_id = e.id AND t.key = ?'
    if (op === 'IS NULL') return { sql: `NOT ${exists})`, params: [key] }
    if (op === 'IS NOT NULL') return { sql: `${exists})`, params: [key] }
    // `!=` finds only experiments that have the tag, as in MLflow.
    const { sql, params } = comparison(tx, 't.value', op, value as string)
    return { sql: `${exists} AND ${sql})`, params: [key, ...params] }
  }
  if (key === 'experiment_id') {
    const ids = (Array.isArray(value) ? value : [value as string]).map(parseExperimentId)
    return { sql: `e.id ${op === '=' || op === 'IN' ? 'IN' : 'NOT IN'} (${ids.map(() => '?').join(', ')})`, params: ids }
  }
  if (key === 'name') return comparison(tx, tx.dialect.bytewise('e.name'), op, value as string)
  return { sql: `e.${columns[key]!} ${op} ?`, params: [clampToInt64(value as number)] }
}

function comparison(tx: Reader, column: string, op: string, value: string): Condition {
  // SQLite refuses patterns over 50,000 bytes.
  if ((op === 'LIKE' || op === 'ILIKE') && value.length > 10_000) throw invalid('A LIKE pattern can have at most 10000 characters.')
  const sql = op === 'LIKE' ? tx.dialect.like(column) : op === 'ILIKE' ? tx.dialect.ilike(column) : `${column} ${op} ?`
  return { sql, params: [value] }
}

/** Times are 64-bit integers; a number beyond them compares like the last of them. */
const clampToInt64 = (value: number): number => Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value))
