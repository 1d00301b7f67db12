import type { Clause, Order } from '@cairn/protocol'
import { findKey } from '../../keys/index.ts'
import { together, type Reader, type Value } from '../../platform/db/index.ts'
import { orderTerms, tieBreak, type Term } from './order.ts'
import { bindKeys, sql, type BoundClause, type Sql } from './predicates.ts'

export interface RunQuery {
  readonly experimentIds: readonly number[]
  /** Which lifecycle stages: active (0), deleted (1). */
  readonly deleted: readonly (0 | 1)[]
  readonly clauses: readonly Clause[]
  readonly order: readonly Order[]
  readonly limit: number
  /** Sort key of the row to go on after. */
  readonly after?: readonly Value[] | undefined
  /** Rows to leave out, counted from where the result or `after` begins. */
  readonly skip?: number | undefined
  /** More conditions on the run `r`, for what the grammar cannot say. */
  readonly besides?: readonly Sql[] | undefined
}

/** Where the planner changes its mind, in rows; tests set them low to reach every way with little data. */
export interface Tuning {
  readonly few: number
  readonly probe: number
  readonly countLimit: number
  /** Different values of a param or tag up to which a LIKE is tried on them instead of on every row. */
  readonly values: number
  /** How many pages of runs a clause must have for them to be sorted before they are checked (`sorted.ts`). */
  readonly pages: number
  /** How long the way that a query took is taken again without looking for a better one, in milliseconds. */
  readonly rememberMs: number
}

export const tuned: Tuning = { few: 500, probe: 1000, countLimit: 20_000, values: 300, pages: 4, rememberMs: 10_000 }

export type BoundOrder = Order & { readonly keyId: number | undefined }

/** A query whose keys are ids. */
export interface Search {
  readonly tx: Reader
  readonly query: RunQuery
  readonly tuning: Tuning
  readonly clauses: readonly BoundClause[]
  readonly terms: readonly Term[]
  readonly first: BoundOrder | undefined
}

/** Newest or oldest first, which is also the order of runs with one param or tag in its index. */
export const byStart = ({ first }: Pick<Search, 'first'>): boolean => first === undefined || (first.type === 'attribute' && first.key === 'start_time')

export async function bindSearch(tx: Reader, query: RunQuery, tuning: Tuning): Promise<Search> {
  const [order, clauses] = await Promise.all([bindOrder(tx, query.order), bindKeys(tx, query.clauses, findKey)])
  return { tx, query, tuning, clauses, terms: termsOf(order), first: order[0] }
}

/** Keys that nobody logged order nothing and are left out. */
export async function bindOrder(tx: Reader, order: readonly Order[]): Promise<BoundOrder[]> {
  const bound = await together(tx, order, async (item) => ({ ...item, keyId: item.type === 'attribute' ? undefined : await findKey(tx, item.key) }))
  return bound.filter(({ type, keyId }) => type === 'attribute' || keyId !== undefined)
}

export const termsOf = (order: readonly BoundOrder[]): Term[] => [...order.flatMap((item) => orderTerms(item, item.keyId)), ...tieBreak]

/**
 * How many of an experiment's runs are counted, and for how long that is believed: at least so long, and the longer
 * the more there are. To count 100,000 took 12 of the 15 ms of a search; with fewer the walk that begins
 * too early finds out what it costs.
 */
const sizeLimit = 20_000
const sizeMs = 60_000
const sizeMsEach = 36

/** About how many active runs an experiment has: for estimates only. */
export async function sizeOf(tx: Reader, experimentId: number): Promise<number> {
  const known = tx.cache('experiment-sizes', () => new Map<number, { readonly size: number; readonly at: number }>())
  const kept = known.get(experimentId)
  if (kept !== undefined && performance.now() - kept.at < Math.max(sizeMs, kept.size * sizeMsEach)) return kept.size
  const [row] = await tx.rows<[number]>('SELECT COUNT(*) FROM (SELECT 1 FROM runs r WHERE r.experiment_id = ? AND r.deleted = 0 LIMIT ?) counted', [experimentId, sizeLimit])
  if (known.size >= 10_000) known.clear()
  known.set(experimentId, { size: row![0], at: performance.now() })
  return row![0]
}

/** Joins the run of a row that holds something of it. */
export const runOf = (tx: Reader, row: string): string => tx.dialect.lookUp('runs', 'r', 'id', `${row}.run_id`)

/** The sort key of runs that have a value under the order's first key, where `o` is the row that holds it. */
export function valueTerms({ first, terms }: Search): (Term | Value)[] {
  const descending = !first!.ascending
  if (first!.type === 'metric') return [0, { column: sql('o.value'), descending, text: false }, ...terms.slice(2)]
  // The index holds the head of a value; the rest only decides between equal heads.
  return [0, { column: sql('o.value'), descending, text: true }, { column: sql("COALESCE(o.rest, '')"), descending, text: true }, ...terms.slice(3)]
}

export const stageOf = (query: RunQuery): Sql[] => [...(query.deleted.length === 1 ? [sql(inStage(query.deleted[0]!))] : []), ...query.besides ?? []]

/**
 * Written out: SQLite compares a parameter with the conditions of partial indexes, for which it
 * plans the statement anew each time that it is bound.
 */
export const inStage = (deleted: 0 | 1): string => `r.deleted = ${deleted === 1 ? 1 : 0}`
