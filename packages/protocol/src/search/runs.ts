import { invalid } from '../errors.ts'
import type { Clause, ClauseType, Order } from './clause.ts'
import {
  isList, isNumber, isOneOf, isText, keyedOps, numberOf, numericOps, readFilter, splitIdentifier, textOps, toClause, unquoteKey, unquoteValue,
  withoutBackticks, type Draft,
} from './filter.ts'
import { checkOrderLength } from './limits.ts'
import { parseList } from './list.ts'
import { parseOrderItem, refuseDuplicate } from './order.ts'
import { reprSet } from './python.ts'
import { textOf, type RawClause } from './statement.ts'

const entities: Record<string, ClauseType> = {
  metric: 'metric', metrics: 'metric',
  parameter: 'param', parameters: 'param', param: 'param', params: 'param',
  tag: 'tag', tags: 'tag',
  attribute: 'attribute', attributes: 'attribute', attr: 'attribute', run: 'attribute',
  dataset: 'dataset', datasets: 'dataset',
}

/** MLflow's word for a param in messages. */
const shownType = (type: ClauseType): string => (type === 'param' ? 'parameter' : type)

/** The attributes of a run that can be searched for and ordered by. */
export const runAttributes = ['artifact_uri', 'end_time', 'run_id', 'run_name', 'start_time', 'status', 'user_id'] as const
const attributeAliases: Record<string, string> = {
  created: 'start_time', Created: 'start_time', 'run name': 'run_name', 'Run name': 'run_name', 'Run Name': 'run_name',
}
const orderKeys = [...runAttributes, 'created', 'Created']
const filterKeys = [...runAttributes, ...Object.keys(attributeAliases)]
const numericKeys = ['start_time', 'end_time', 'created', 'Created']
const datasetKeys = ['context', 'digest', 'name']

/**
 * The conditions of a filter for runs. An empty or absent filter has none.
 *
 * @throws INVALID_PARAMETER_VALUE in MLflow's words.
 * @example parseRunFilter("metrics.acc > 0.9 and tags.team = 'nlp'")
 */
export function parseRunFilter(text: string | null | undefined): Clause[] {
  return readFilter(text, true, readClause).map(checkOp)
}

function readClause({ left, op, right, at }: RawClause, text: string): Draft {
  const { type, key } = readIdentifier(textOf(text, left), filterKeys)
  if (right !== undefined) return { type, key, op, value: readValue(type, key, right, text), at }
  if (type !== 'tag' && type !== 'param') {
    throw invalid(`IS NULL / IS NOT NULL is only supported for tags and params, not for '${type}' '${key}'`)
  }
  return { type, key, op, value: null, at }
}

function readIdentifier(identifier: string, validAttributes: readonly string[]): { type: ClauseType; key: string } {
  const [entity, rawKey] = splitIdentifier(identifier)
  const name = withoutBackticks(entity ?? 'attribute')
  const type = Object.hasOwn(entities, name) ? entities[name]! : undefined
  if (type === undefined) {
    throw invalid(`Invalid entity type '${name}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']`)
  }
  const key = unquoteKey(rawKey)
  if (type === 'attribute' && !validAttributes.includes(key)) {
    throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '${reprSet(validAttributes)}'`)
  }
  if (type === 'dataset' && !datasetKeys.includes(key)) {
    throw invalid(`Invalid dataset key '${key}' specified. Valid keys are '${reprSet(datasetKeys)}'`)
  }
  return { type, key }
}

function readValue(type: ClauseType, key: string, node: NonNullable<RawClause['right']>, text: string): string | number | string[] {
  const shown = textOf(text, node)
  if (type === 'metric') {
    if (!isNumber(node)) throw invalid(`Expected numeric value type for metric. Found ${shown}`)
    return numberOf(shown)
  }
  if (type === 'attribute' && numericKeys.includes(key)) {
    if (!isNumber(node)) throw invalid(`Expected numeric value type for numeric attribute: ${key}. Found ${shown}`)
    return numberOf(shown)
  }
  if (isText(node)) return unquoteValue(shown)
  if (type === 'param' || type === 'tag') {
    throw invalid(`Expected a quoted string value for ${shownType(type)} (e.g. 'my-value'). Got value ${shown}`)
  }
  if (isList(node)) {
    if (type === 'attribute' && key !== 'run_id') {
      throw invalid("Only ['run_id'] attributes support comparison with a list of quoted string values.")
    }
    return parseList(shown)
  }
  throw invalid(`Expected a quoted string value for ${type === 'dataset' ? 'dataset attributes' : 'attributes'}. Got value ${shown}`)
}

function checkOp(draft: Draft): Clause {
  const { type } = draft
  const op = draft.op.toUpperCase()
  // MLflow translates these aliases for metrics, params and tags too, and so cannot find a metric `created`.
  const key = type === 'attribute' ? attributeAliases[draft.key] ?? draft.key : draft.key
  const isNumeric = type === 'metric' || (type === 'attribute' && numericKeys.includes(key))
  const ops = isNumeric ? numericOps : type === 'param' || type === 'tag' ? keyedOps : textOps
  if (!isOneOf(ops, op)) {
    // MLflow shows the operators of text for numeric attributes, and closes the quote only here and there.
    const shown = type === 'attribute' ? textOps : ops
    const close = type === 'param' || (type === 'attribute' && !isNumeric) ? "'" : ''
    throw invalid(`Invalid comparator '${op}' not one of '${reprSet(shown)}${close}`)
  }
  return toClause({ ...draft, key }, op)
}

/**
 * The keys of an order for runs, most significant first. Behind them, the server orders by
 * `start_time` descending and `run_id`.
 *
 * @throws INVALID_PARAMETER_VALUE in MLflow's words; for a key that stands twice too, where MLflow answers 500.
 * @example parseRunOrder(['metrics.acc DESC', 'params.`learning rate`'])
 */
export function parseRunOrder(orderBy: readonly string[] | null | undefined): Order[] {
  const items = orderBy ?? []
  checkOrderLength(items)
  const seen = new Set<string>()
  return items.map((item) => {
    const { field, ascending } = parseOrderItem(item)
    const { type, key: written } = readIdentifier(field, orderKeys)
    if (type === 'dataset') throw invalid("Invalid identifier type 'dataset'")
    const key = type === 'attribute' ? attributeAliases[written] ?? written : written
    refuseDuplicate(seen, `${type}.${key}`, items)
    return { type, key, ascending }
  })
}
