import type { Clause, Order } from '@cairn/protocol'
import { findKey } from '../../keys/index.ts'
import type { Reader, Value } from '../../platform/db/index.ts'
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
  /** How long the way that a query took is taken again without looking for a better one, in milliseconds. */
  readonly rememberMs: number
}

export const tuned: Tuning = { few: 500, probe: 1000, countLimit: 20_000, values: 300, rememberMs: 10_000 }

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

export async function bindSearch(tx: Reader, query: RunQuery, tuning: Tuning): Promise<Search> {
  const order = await bindOrder(tx, query.order)
  return { tx, query, tuning, clauses: await bindKeys(tx, query.clauses, findKey), terms: termsOf(order), first: order[0] }
}

/** Keys that nobody logged order nothing and are left out. */
export async function bindOrder(tx: Reader, order: readonly Order[]): Promise<BoundOrder[]> {
  const bound: BoundOrder[] = []
  for (const item of order) {
    const keyId = item.type === 'attribute' ? undefined : await findKey(tx, item.key)
    if (item.type === 'attribute' || keyId !== undefined) bound.push({ ...item, keyId })
  }
  return bound
}

export const termsOf = (order: readonly BoundOrder[]): Term[] => [...order.flatMap((item) => orderTerms(item, item.keyId)), ...tieBreak]

export const stageOf = (query: RunQuery): Sql[] => [...(query.deleted.length === 1 ? [sql(inStage(query.deleted[0]!))] : []), ...query.besides ?? []]

/**
 * Written out: SQLite compares a parameter with the conditions of partial indexes, for which it
 * plans the statement anew each time that it is bound.
 */
export const inStage = (deleted: 0 | 1): string => `r.deleted = ${deleted === 1 ? 1 : 0}`
