import { invalid } from '../errors.ts'
import type { Clause, ClauseOp, Order } from './clause.ts'
import { invalidAttribute } from './experiments.ts'
import { isOneOf, toClause } from './filter.ts'
import { checkClauseCount, checkFilterLength, checkOrderLength } from './limits.ts'
import { illFormedList, parseLooseList } from './list.ts'
import { reprString, reprTuple } from './python.ts'
import { parseStatement, readItems, textOf, type RawClause } from './statement.ts'

/** The attributes of a logged model, those that hold times last. */
export const loggedModelAttributes = [
  'artifact_location', 'experiment_id', 'lifecycle_stage', 'model_id', 'model_type', 'name', 'source_run_id', 'status', 'status_message',
  'creation_timestamp', 'last_updated_timestamp',
] as const
const aliases: Record<string, string> = {
  creation_time: 'creation_timestamp', creation_timestamp_ms: 'creation_timestamp', last_updated_timestamp_ms: 'last_updated_timestamp',
}
const isAttribute = (key: string): boolean => (loggedModelAttributes as readonly string[]).includes(key)
const isTime = (key: string): boolean => key === 'creation_timestamp' || key === 'last_updated_timestamp'
const types: Record<string, Order['type']> = { attributes: 'attribute', metrics: 'metric', params: 'param', tags: 'tag' }

const numericOps = ['<', '<=', '>', '>=', '=', '!='] as const satisfies ClauseOp[]
const textOps = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'] as const satisfies ClauseOp[]

/**
 * The conditions of a filter for logged models. Metrics and times take numbers, all else text.
 * MLflow's reader of these filters is another than of all others: values need no quotes, and double
 * quotes belong to the value.
 *
 * @throws INVALID_PARAMETER_VALUE in MLflow's words.
 * @example parseLoggedModelFilter("name = 'clf' AND metrics.acc > 0.9 AND params.depth IN ('3', '4')")
 */
export function parseLoggedModelFilter(text: string | null | undefined): Clause[] {
  if (text === undefined || text === null || text === '') return []
  checkFilterLength(text)
  const parsed = parseStatement(text)
  if (!parsed.ok) {
    throw invalid(`Invalid filter string: ${reprString(text)}. ${parsed.why === 'unparsable' ? 'It is too long or too deep.' : 'Expected a single SQL expression.'}`)
  }
  const items = readItems(text, parsed.nodes)
  checkClauseCount(items.filter((item) => 'clause' in item).length)
  const clauses: Clause[] = []
  for (const item of items) {
    if ('clause' in item) clauses.push(readClause(item.clause, text))
    else if (textOf(text, item.other).trim().toUpperCase() !== 'AND') {
      throw invalid(`Invalid filter string: ${reprString(text)}. Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').`)
    }
  }
  for (const { type, key } of clauses) {
    if (type === 'attribute' && !isAttribute(key)) throw invalidAttribute(key, loggedModelAttributes)
  }
  return clauses
}

function readClause(clause: RawClause, text: string): Clause {
  const { left, right, parts, at } = clause
  if (parts !== 3) throw invalid(`Invalid comparison: ${clause.text}. Expected a comparison with 3 tokens.`)
  const { type, key, shown } = readIdentifier(textOf(text, left))
  const op = clause.op.toUpperCase()
  const isNumeric = type === 'metric' || (type === 'attribute' && isTime(key))
  const ops = isNumeric ? numericOps : textOps
  if (!isOneOf<ClauseOp>(ops, op)) {
    throw invalid(`Invalid comparison operator for ${shown}: ${reprString(op)}. Expected one of ${reprTuple(ops.map(reprString))}.`)
  }
  const value = textOf(text, right!)
  if (isNumeric) return { type, key, op, value: number(value), at }
  if (!value.startsWith('(') || !value.endsWith(')')) return toClause({ type, key, op, value: withoutAround(value, "'"), at }, op)
  if (right!.kind !== 'Parenthesis') throw invalid(illFormedList)
  return toClause({ type, key, op, value: parseLooseList(value), at }, op)
}

function readIdentifier(identifier: string): { type: Order['type']; key: string; shown: string } {
  const [, entity, rawKey] = /^([a-z]+)\.([^\n]+)$/.exec(identifier) ?? []
  if (entity !== undefined && !Object.hasOwn(types, entity)) {
    throw invalid(`Invalid entity type: ${reprString(entity)}. Expected one of ['attributes', 'metrics', 'params', 'tags'].`)
  }
  const type = entity === undefined ? 'attribute' : types[entity]!
  const written = withoutAround(rawKey ?? identifier, '`')
  const key = type === 'attribute' && Object.hasOwn(aliases, written) ? aliases[written]! : written
  // MLflow shows the column's name.
  const column = type === 'attribute' && entity === undefined && isTime(key) ? `${key}_ms` : written
  return { type, key, shown: `${entity ?? 'attributes'}.${column}` }
}

/** The text without any of these characters at its ends. A pattern for it would be quadratic. */
function withoutAround(text: string, char: string): string {
  let start = 0
  let end = text.length
  while (start < end && text[start] === char) start++
  while (end > start && text[end - 1] === char) end--
  return text.slice(start, end)
}

/** A number as Python's `float()` reads it, but not NaN, which nothing could equal. */
function number(text: string): number {
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text)
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity
  if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) throw invalid(`Expected a numeric value. Found ${text}`)
  return Number(text)
}

/** One key of an order for logged models; a metric's rows can be narrowed to a dataset. */
export interface LoggedModelOrder extends Order {
  dataset_name?: string
  dataset_digest?: string
}

/** What a request says of one key. */
export interface LoggedModelOrderInput {
  field_name?: string
  ascending?: boolean
  dataset_name?: string
  dataset_digest?: string
}

/**
 * The keys of an order for logged models. Behind them, the server orders by `creation_timestamp`
 * descending and `model_id`.
 *
 * @throws INVALID_PARAMETER_VALUE in MLflow's words.
 */
export function parseLoggedModelOrder(orderBy: readonly LoggedModelOrderInput[] | null | undefined): LoggedModelOrder[] {
  const items = orderBy ?? []
  checkOrderLength(items)
  return items.map(({ field_name: field = '', ascending = true, dataset_name, dataset_digest }) => {
    const point = field.indexOf('.')
    if (point < 0) {
      const key = Object.hasOwn(aliases, field) ? aliases[field]! : field
      if (!isAttribute(key)) throw invalid(`Invalid order by field name: ${field}`)
      return { type: 'attribute', key, ascending }
    }
    if (field.slice(0, point) !== 'metrics') throw invalid(`Invalid order by field name: ${field}. Only metrics are supported.`)
    return {
      type: 'metric', key: field.slice(point + 1), ascending,
      ...(dataset_name !== undefined && dataset_name !== '' && { dataset_name }),
      ...(dataset_digest !== undefined && dataset_digest !== '' && { dataset_digest }),
    }
  })
}
