import type { Clause, ClauseType, Order } from './clause.ts'
import { parseRunFilter, parseRunOrder } from './runs.ts'

const prefixes: Record<ClauseType, string> = { metric: 'metrics', param: 'params', tag: 'tags', attribute: 'attributes', dataset: 'datasets' }

/**
 * A filter for runs that reads back as these clauses, or undefined if the grammar cannot say one
 * of them: text that holds both kinds of quotes or ends in a backslash, for instance.
 */
export function printRunFilter(clauses: readonly Clause[]): string | undefined {
  const printed = clauses.map(printClause)
  return printed.includes(undefined) ? undefined : printed.join(' AND ')
}

function printClause(clause: Clause): string | undefined {
  for (const key of spellings(clause.type, clause.key)) {
    for (const value of values(clause.value)) {
      const text = value === '' ? `${key} ${clause.op}` : `${key} ${clause.op} ${value}`
      // A quote that nothing behind it closes may end a text early, so there must be quotes behind.
      const followed = () => parseRunFilter(`${text} AND tags.a = '' AND tags.a = ""`)
      if (reads(followed, ([read, ...more]) => more.length === 2 && read !== undefined && isSame(read, clause))) return text
    }
  }
  return undefined
}

/**
 * A filter for versions of models (or endpoints' of them) by the exact name of their model. Texts of the
 * grammar have no escapes; its lists are Python's, and do.
 */
export const printExactName = (name: string): string => (/['\\]/.test(name) ? `name IN (${JSON.stringify(name)})` : `name = '${name}'`)

/** The order_by key that reads back as this, or undefined if the grammar has none. */
export function printRunOrder(order: Order): string | undefined {
  return spellings(order.type, order.key)
    .map((key) => `${key} ${order.ascending ? 'ASC' : 'DESC'}`)
    .find((text) => reads(() => parseRunOrder([text]), ([read]) =>
      read !== undefined && read.type === order.type && read.key === order.key && read.ascending === order.ascending))
}

/** Plain where it may be, else in backticks, else in quotes. */
function spellings(type: ClauseType, key: string): string[] {
  return [...(/^[a-z_]\w*$/i.test(key) ? [key] : []), `\`${key}\``, `"${key}"`].map((spelling) => `${prefixes[type]}.${spelling}`)
}

function values(value: Clause['value']): string[] {
  if (value === null) return ['']
  if (typeof value === 'number') return [String(value).replace('e+', 'e')]
  if (typeof value === 'string') return [`'${value}'`, `"${value}"`]
  // Lists are Python's, and so can escape.
  return [`(${value.map((item) => `'${item.replace(/[\\'\n\r]/g, (char) => listEscapes[char]!)}'`).join(', ')})`]
}

const listEscapes: Record<string, string> = { '\\': '\\\\', "'": "\\'", '\n': '\\n', '\r': '\\r' }

function reads<T>(read: () => T, isRight: (value: T) => boolean): boolean {
  try {
    return isRight(read())
  } catch {
    return false
  }
}

const isSame = (a: Clause, b: Clause): boolean =>
  a.type === b.type && a.key === b.key && a.op === b.op && JSON.stringify(a.value) === JSON.stringify(b.value)
