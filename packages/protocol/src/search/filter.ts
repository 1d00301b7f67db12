import { invalid } from '../errors.ts'
import type { Clause, ClauseOp, ClauseType } from './clause.ts'
import type { Node } from './nodes.ts'
import { checkClauseCount, checkFilterLength } from './limits.ts'
import { reprString } from './python.ts'
import { isAnd, parseStatement, readItems, textOf, type RawClause } from './statement.ts'

/** A clause whose operator is not yet known to fit. */
export interface Draft {
  type: ClauseType
  key: string
  op: string
  value: Clause['value']
  at: number
}

/**
 * The clauses of a filter of any kind but logged models', each read by `read`. `quoteRefused` says
 * how what is not a clause is shown: runs quote it, the others do not.
 */
export function readFilter<T>(text: string | null | undefined, quoteRefused: boolean, read: (clause: RawClause, text: string) => T): T[] {
  if (text === undefined || text === null || text === '') return []
  checkFilterLength(text)
  const parsed = parseStatement(text)
  if (!parsed.ok) {
    if (parsed.why === 'unparsable') throw invalid(`Error on parsing filter '${text}'`)
    if (parsed.why === 'none') throw invalid(`Invalid filter '${text}'. Could not be parsed.`)
    throw invalid(`Search filter contained multiple expression ${reprString(text)}. Provide AND-ed expression list.`)
  }
  const clauses: RawClause[] = []
  const refused: string[] = []
  for (const item of readItems(text, parsed.nodes)) {
    if ('clause' in item) clauses.push(item.clause)
    else if (!isAnd(item.other)) refused.push(textOf(text, item.other))
  }
  if (refused.length > 0) {
    throw invalid(`Invalid clause(s) in filter string: ${refused.map((part) => (quoteRefused ? `'${part}'` : part)).join(', ')}`)
  }
  checkClauseCount(clauses.length)
  return clauses.map((clause) => {
    checkShape(clause, text)
    return read(clause, text)
  })
}

function checkShape({ left, op, parts }: RawClause, text: string): void {
  if (parts !== 3 && !(parts === 2 && isNullTest(op))) throw invalid(`Invalid comparison clause. Expected 3 tokens found ${parts}`)
  if (left.kind !== 'Identifier') throw invalid(`Invalid comparison clause. Expected 'Identifier' found '${textOf(text, left)}'`)
}

/**
 * The clause, if the value suits the operator. MLflow lets a list through behind any operator; its
 * database refuses it (500).
 */
export function toClause({ type, key, value, at }: Draft, op: ClauseOp): Clause {
  if (Array.isArray(value) !== (op === 'IN' || op === 'NOT IN')) {
    throw invalid(`Invalid comparator '${op}' for ${Array.isArray(value) ? 'a list of values' : 'a single value'}.`)
  }
  return { type, key, op, value, at }
}

export const isNullTest = (op: string): boolean => op === 'IS NULL' || op === 'IS NOT NULL'

export const isNumber = (node: Node): boolean => node.type === 'Number.Integer' || node.type === 'Number.Float'
export const isText = (node: Node): boolean => node.type === 'String.Single' || node.kind === 'Identifier'
export const isList = (node: Node): boolean => node.kind === 'Parenthesis'

/** The number that a numeric token writes. Digits of other scripts are not taken, as Python would. */
export function numberOf(shown: string): number {
  const value = Number(shown)
  if (Number.isNaN(value)) throw invalid(`Expected numeric value type. Found ${shown}`)
  return value
}

const isQuotedBy = (text: string, quote: string): boolean => text.length >= 2 && text.startsWith(quote) && text.endsWith(quote)
const trim = (text: string): string => text.slice(1, -1)

/** Takes backticks away. */
export const withoutBackticks = (text: string): string => (isQuotedBy(text, '`') ? trim(text) : text)

/** Takes quotes away, where there are any, and then backticks. Doubled quotes inside stay doubled. */
export function unquoteKey(text: string): string {
  return withoutBackticks(isQuotedBy(text, "'") || isQuotedBy(text, '"') ? trim(text) : text)
}

export function unquoteValue(text: string): string {
  if (isQuotedBy(text, "'") || isQuotedBy(text, '"')) return trim(text)
  throw invalid(`Parameter value is either not quoted or unidentified quote types used for string value ${text}. Use either single or double quotes.`)
}

/** `metrics.a.b` → `['metrics', 'a.b']`; undefined for the first part where there is no point. */
export function splitIdentifier(identifier: string): [entity: string | undefined, key: string] {
  const point = identifier.indexOf('.')
  return point < 0 ? [undefined, identifier] : [identifier.slice(0, point), identifier.slice(point + 1)]
}

export const numericOps = ['!=', '<', '<=', '=', '>', '>='] as const satisfies ClauseOp[]
export const textOps = ['!=', '=', 'ILIKE', 'IN', 'LIKE', 'NOT IN'] as const satisfies ClauseOp[]
export const plainOps = ['!=', '=', 'ILIKE', 'LIKE'] as const satisfies ClauseOp[]
export const keyedOps = ['!=', '=', 'ILIKE', 'IS NOT NULL', 'IS NULL', 'LIKE'] as const satisfies ClauseOp[]

export const isOneOf = <T extends string>(ops: readonly T[], op: string): op is T => (ops as readonly string[]).includes(op)
