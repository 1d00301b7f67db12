import type { Order } from '@cairn/protocol'
import type { Reader, Value } from '../../platform/db/index.ts'
import { attributeColumn, sql, tableOf, type Sql } from './predicates.ts'

/** One column of the sort key. No column is ever null, so that a page can go on after any row. */
export interface Term {
  readonly column: Sql
  readonly descending: boolean
  /** Compared by bytes where the database would use a locale. */
  readonly text: boolean
}

/**
 * An order key as columns: first whether the run has the value (0), it is NaN (1) or missing (2),
 * which sorts ascending in both directions; then the value, for text its indexed head and its rest.
 */
export function orderTerms(order: Order, keyId: number | undefined): Term[] {
  const descending = !order.ascending
  if (order.type === 'attribute') {
    const column = attributeColumn(order.key)
    const text = order.key !== 'start_time' && order.key !== 'end_time'
    if (order.key !== 'end_time') return [{ column: sql(column), descending, text }]
    return [
      { column: sql(`CASE WHEN ${column} IS NULL THEN 1 ELSE 0 END`), descending: false, text: false },
      { column: sql(`COALESCE(${column}, 0)`), descending, text: false },
    ]
  }
  // A key that nobody logged orders nothing.
  if (keyId === undefined) return []
  const from = `FROM ${tableOf(order)} x WHERE x.run_id = r.id AND x.key_id = ?`
  if (order.type === 'metric') {
    return [
      { column: sql(`COALESCE((SELECT x.is_nan ${from}), 2)`, [keyId]), descending: false, text: false },
      { column: sql(`COALESCE((SELECT CASE WHEN x.is_nan = 1 THEN 0 ELSE x.value END ${from}), 0)`, [keyId]), descending, text: false },
    ]
  }
  return [
    { column: sql(`COALESCE((SELECT 0 ${from}), 1)`, [keyId]), descending: false, text: false },
    { column: sql(`COALESCE((SELECT x.value ${from}), '')`, [keyId]), descending, text: true },
    { column: sql(`COALESCE((SELECT x.rest ${from}), '')`, [keyId]), descending, text: true },
  ]
}

/** What every order ends in: newest first, then by id. */
export const tieBreak: readonly Term[] = [
  { column: sql('r.start_time'), descending: true, text: false },
  { column: sql('r.run_id'), descending: false, text: true },
]

export function orderBy(tx: Reader, terms: readonly Term[], names: readonly string[]): string {
  return terms.flatMap(({ column, descending, text }, index) => {
    // A column that has decided already would only keep SQLite from the index that gives the order.
    const again = column.params.length === 0 && terms.findIndex((other) => other.column.text === column.text) < index
    return again ? [] : [`${text ? tx.dialect.bytewise(names[index]!) : names[index]!}${descending ? ' DESC' : ' ASC'}`]
  }).join(', ')
}

/** The rows that come after `values` in the order of `terms`. */
export function after(tx: Reader, terms: readonly Term[], values: readonly Value[]): Sql {
  // a > x OR (a = x AND (b > y OR (b = y AND …)))
  let text = ''
  const params: Value[] = []
  for (let index = terms.length - 1; index >= 0; index -= 1) {
    const { column, descending, text: isText } = terms[index]!
    const shown = isText ? tx.dialect.bytewise(column.text) : column.text
    const beyond = `${shown} ${descending ? '<' : '>'} ?`
    if (text === '') {
      text = beyond
      params.unshift(...column.params, values[index]!)
    } else {
      text = `(${beyond} OR (${column.text} = ? AND ${text}))`
      params.unshift(...column.params, values[index]!, ...column.params, values[index]!)
    }
  }
  return sql(text, params)
}

export function compareValues(terms: readonly Term[], a: readonly Value[], b: readonly Value[]): number {
  for (let index = 0; index < terms.length; index += 1) {
    const x = a[index]!
    const y = b[index]!
    if (x === y) continue
    const order = terms[index]!.text ? compareBytes(x as string, y as string) : x < y ? -1 : x > y ? 1 : 0
    if (order !== 0) return terms[index]!.descending ? -order : order
  }
  return 0
}

/** UTF-8 order, which differs from JavaScript's only where surrogate pairs meet U+E000 to U+FFFF. */
function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  return /[\ud800-\uffff]/.test(a + b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : 1
}
