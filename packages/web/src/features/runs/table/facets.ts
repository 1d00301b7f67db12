import { searchKey, type Column, type Keys } from '../columns.ts'
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
export function toggledClause(filter: string, column: Column, wanted: string): string {
  return hasClause(filter, wanted) ? withoutClause(filter, wanted) : join([...parts(filter).filter((one) => !isAbout(one, column)), wanted])
}

export const withoutClause = (filter: string, unwanted: string): string => join(parts(filter).filter((one) => plain(one) !== plain(unwanted)))
export const addedClause = (filter: string, wanted: string): string => (hasClause(filter, wanted) ? filter : join([...parts(filter), wanted]))

/** Written with or without spaces and backquotes it is the same condition. */
const plain = (text: string): string => text.trim().replace(/\s*(!=|<=|>=|=|<|>)\s*/, '$1').replaceAll('`', '')
export const hasClause = (filter: string, wanted: string): boolean => parts(filter).some((one) => plain(one) === plain(wanted))

/** Keys whose values are few enough to be chosen from: params and tags that are not the same in all runs, those of most runs first. */
export function facetsOf({ params, tags }: Keys): Column[] {
  return [...params.filter(({ varies }) => varies === true).map((one) => ({ kind: 'param' as const, ...one })), ...tags.filter(({ key, varies }) => varies === true && !key.startsWith('mlflow.')).map((one) => ({ kind: 'tag' as const, ...one }))]
    .sort((a, b) => b.runs - a.runs || (a.key < b.key ? -1 : 1)).map(({ kind, key }) => ({ kind, key }))
}
