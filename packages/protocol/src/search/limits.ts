import { invalid } from '../errors.ts'

/**
 * What one search may ask for. MLflow has none of these bounds but the last two (they are
 * sqlparse's own, and their message is MLflow's); a list of 100,000 items holds its server for a
 * minute.
 */
export const searchLimits = {
  /** Characters of a filter string or of one order_by item. */
  filterLength: 100_000,
  clauses: 200,
  listItems: 1000,
  orderByItems: 20,
  pageTokenLength: 300_000,
  /** Tokens, blanks included. */
  tokens: 10_000,
  /** Brackets within brackets. */
  depth: 100,
} as const

export function checkFilterLength(text: string): void {
  if (text.length > searchLimits.filterLength) {
    throw invalid(`Invalid filter: it has ${text.length} characters, the limit is ${searchLimits.filterLength}.`)
  }
}

export function checkClauseCount(count: number): void {
  if (count > searchLimits.clauses) {
    throw invalid(`Invalid filter: it has ${count} clauses, the limit is ${searchLimits.clauses}.`)
  }
}

export function checkListLength(count: number): void {
  if (count > searchLimits.listItems) {
    throw invalid(`Invalid filter: a list has more than ${searchLimits.listItems} items, which is the limit.`)
  }
}

export function checkOrderLength(orderBy: readonly unknown[]): void {
  if (orderBy.length > searchLimits.orderByItems) {
    throw invalid(`Invalid order_by: it has ${orderBy.length} keys, the limit is ${searchLimits.orderByItems}.`)
  }
}

export function checkOrderItemLength(item: string): void {
  if (item.length > searchLimits.filterLength) {
    throw invalid(`Invalid order_by: a key has ${item.length} characters, the limit is ${searchLimits.filterLength}.`)
  }
}
