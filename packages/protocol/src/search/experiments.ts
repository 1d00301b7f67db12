import { invalid } from '../errors.ts'
import type { Clause, Order } from './clause.ts'
import {
  isList, isNullTest, isNumber, isOneOf, isText, numberOf, numericOps, plainOps, readFilter, splitIdentifier, textOps, toClause, unquoteKey,
  unquoteValue, type Draft,
} from './filter.ts'
import { checkOrderLength } from './limits.ts'
import { parseList } from './list.ts'
import type { Node } from './nodes.ts'
import { parseOrderItem } from './order.ts'
import { reprFloat, reprSet } from './python.ts'
import { textOf, type RawClause } from './statement.ts'

export const experimentAttributes = ['creation_time', 'experiment_id', 'last_update_time', 'name'] as const
const isNumericKey = (key: string): boolean => key === 'creation_time' || key === 'last_update_time'

interface ExperimentDraft extends Draft {
  isFloat: boolean
}

/**
 * The conditions of a filter for experiments: attributes (`name`, `experiment_id`, `creation_time`,
 * `last_update_time`) and tags. As in MLflow, LIKE and IN must be upper case here.
 *
 * @throws INVALID_PARAMETER_VALUE in MLflow's words.
 * @example parseExperimentFilter("name LIKE 'churn%' AND tags.team = 'nlp'")
 */
export function parseExperimentFilter(text: string | null | undefined): Clause[] {
  return readFilter(text, false, readClause).map(checkClause)
}

function readClause({ left, op, right, at }: RawClause, text: string): ExperimentDraft {
  const { type, key } = readAttributeOrTag(textOf(text, left), experimentAttributes)
  if (right !== undefined) return { type, key, op, value: readValue(type, key, right, text), isFloat: right.type === 'Number.Float', at }
  if (type !== 'tag') throw invalid(`IS NULL / IS NOT NULL is only supported for tags, not for attribute '${key}'`)
  return { type, key, op, value: null, isFloat: false, at }
}

/** Also what orders of model versions are read by. */
export function readAttributeOrTag(identifier: string, validAttributes: readonly string[]): { type: 'attribute' | 'tag'; key: string } {
  const [entity, rawKey] = splitIdentifier(identifier)
  const type = entityType(entity)
  const key = unquoteKey(rawKey)
  if (type === 'attribute' && !validAttributes.includes(key)) throw invalidAttribute(key, validAttributes)
  return { type, key }
}

export const invalidAttribute = (key: string, valid: readonly string[]): Error =>
  invalid(`Invalid attribute key '${key}' specified. Valid keys are '${reprSet(valid)}'`)

export function entityType(entity: string | undefined): 'attribute' | 'tag' {
  if (entity === undefined || entity === 'attribute') return 'attribute'
  if (entity === 'tag' || entity === 'tags') return 'tag'
  throw invalid(`Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`)
}

function readValue(type: 'attribute' | 'tag', key: string, node: Node, text: string): string | number | string[] {
  const shown = textOf(text, node)
  if (type === 'attribute' && isNumericKey(key)) {
    if (!isNumber(node)) throw invalid(`Expected numeric value type for numeric attribute: ${key}. Found ${shown}`)
    return numberOf(shown)
  }
  if (isText(node)) return unquoteValue(shown)
  if (type === 'tag') throw invalid(`Expected a quoted string value for tag (e.g. 'my-value'). Got value ${shown}`)
  if (!isList(node)) throw invalid(`Expected a quoted string value for attributes. Got value ${shown}`)
  if (key !== 'experiment_id') throw invalid("Only ['experiment_id'] attributes support comparison with a list of quoted string values.")
  return parseList(shown)
}

function checkClause(draft: ExperimentDraft): Clause {
  const { type, key, op, value, isFloat } = draft
  if (type === 'tag') {
    if (isNullTest(op)) return { type, key, op: op as 'IS NULL', value, at: draft.at }
    if (!isOneOf(plainOps, op)) throw invalid(`Invalid comparator for tag: ${op}`)
    return toClause(draft, op)
  }
  if (key === 'experiment_id') {
    if (!isOneOf(['=', '!=', 'IN', 'NOT IN'], op)) throw invalid(`Invalid comparator for experiment_id: ${op}`)
    return toClause({ ...draft, value: Array.isArray(value) ? value.map(experimentId) : experimentId(value as string) }, op)
  }
  if (isNumericKey(key)) {
    if (!isOneOf(numericOps, op)) throw invalid(`Invalid comparator '${op}' not one of '${reprSet(textOps)}`)
    if (isFloat) throw invalid(`Invalid value for numeric attribute '${key}': '${reprFloat(value as number)}'`)
    return toClause(draft, op)
  }
  if (!isOneOf(textOps, op)) throw invalid(`Invalid comparator '${op}' not one of '${reprSet(textOps)}'`)
  return toClause(draft, op)
}

/** An id as decimal digits, however Python's `int()` lets it be written. */
function experimentId(id: string): string {
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`)
  return String(BigInt(id.replaceAll('_', '').trim().replace('+', '')))
}

/**
 * The keys of an order for experiments, most significant first. Without any, the server orders by
 * `creation_time` descending and `experiment_id` ascending; behind given ones, by `experiment_id`
 * descending.
 */
export function parseExperimentOrder(orderBy: readonly string[] | null | undefined): Order[] {
  const items = orderBy ?? []
  checkOrderLength(items)
  return items.map((item) => {
    const { field, ascending } = parseOrderItem(item)
    const { type, key } = readAttributeOrTag(field, experimentAttributes)
    if (type === 'tag') throw invalid('Invalid order_by entity: tag')
    return { type, key, ascending }
  })
}
