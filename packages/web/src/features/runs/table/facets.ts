import { searchKey, usualColumns, type Column, type Keys } from '../columns.ts'
import { clausesOf, kindOf, plainKey } from './complete.ts'

/** A value in quotes; undefined for one that has both kinds, which the grammar cannot say. */
export const quoted = (value: string): string | undefined => (!value.includes("'") ? `'${value}'` : !value.includes('"') ? `"${value}"` : undefined)

/** The condition that a param or tag has this value, or is not there (null). */
export function clauseOf(column: Column, value: string | null): string | undefined {
  if (value === null) return `${searchKey(column)} IS NULL`
  const text = quoted(value)
  return text === undefined ? undefined : `${searchKey(column)} = ${text}`
}

const clause = /^\s*((?:[\w.]*\.)?(?:`[^`]*`|"[^"]*"|[\w./-]+)|\w+)\s*(!=|<=|>=|=|<|>|(?:NOT\s+)?(?:LIKE|ILIKE|IN)\b|IS\s+(?:NOT\s+)?NULL\b)/i

/** Whether a condition is about this key. */
function isAbout(text: string, { kind, key }: Column): boolean {
  const name = clause.exec(text)?.[1]
  return name !== undefined && kindOf(name) === kind && plainKey(name) === key
}

const join = (clauses: readonly string[]): string => clauses.map((one) => one.trim()).filter((one) => one !== '').join(' and ')
const parts = (filter: string): string[] => clausesOf(filter).map(({ text }) => text)

/** The filter without what it says of a key: what could be chosen of the key instead is counted by this. */
export const withoutKey = (filter: string, column: Column): string => join(parts(filter).filter((one) => !isAbout(one, column)))

/** The filter with this condition instead of all others of its key; without it where it is there already. */
export const toggledClause = (filter: string, column: Column, wanted: string): string => toggledClauses(filter, column, [wanted])

export const withoutClause = (filter: string, unwanted: string): string => join(parts(filter).filter((one) => plain(one) !== plain(unwanted)))
export const addedClause = (filter: string, wanted: string): string => (hasClause(filter, wanted) ? filter : join([...parts(filter), wanted]))

/** Written with or without spaces and backquotes it is the same condition. */
const plain = (text: string): string => text.trim().replace(/\s*(!=|<=|>=|=|<|>)\s*/, '$1').replaceAll('`', '')
export const hasClause = (filter: string, wanted: string): boolean => parts(filter).some((one) => plain(one) === plain(wanted))

/** The conditions that a metric lies from one bound up to another, which it does not reach. */
export const rangeClauses = (column: Column, from: number, to: number): readonly string[] => [`${searchKey(column)} >= ${written(from)}`, `${searchKey(column)} < ${written(to)}`]
/** The grammar knows no `-1e-7`. */
export const written = (value: number): string => (/e/.test(String(value)) ? value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 100 }) : String(value))

/** The filter with these conditions instead of all others of their key; without them where all are there already. */
export function toggledClauses(filter: string, column: Column, wanted: readonly string[]): string {
  return wanted.every((one) => hasClause(filter, one)) ? wanted.reduce(withoutClause, filter) : join([...parts(filter).filter((one) => !isAbout(one, column)), ...wanted])
}

/** Metrics that can be chosen by range, those that say most first. */
export const rangedMetrics = (keys: Keys): Column[] => {
  const first = usualColumns(keys).filter(({ kind }) => kind === 'metric')
  const known = new Set(first.map(({ key }) => key))
  return [...first, ...keys.metrics.filter(({ key }) => !known.has(key)).map(({ key }): Column => ({ kind: 'metric', key }))]
}

/** Keys whose values are few enough to be chosen from: params and tags that are not the same in all runs, those of most runs first. */
export function facetsOf({ params, tags }: Keys): Column[] {
  return [...params.filter(({ varies }) => varies === true).map((one) => ({ kind: 'param' as const, ...one })), ...tags.filter(({ key, varies }) => varies === true && !key.startsWith('mlflow.')).map((one) => ({ kind: 'tag' as const, ...one }))]
    .sort((a, b) => b.runs - a.runs || (a.key < b.key ? -1 : 1)).map(({ kind, key }) => ({ kind, key }))
}
