import { invalid } from '../errors.ts'
import type { Clause, Order } from './clause.ts'
import { entityType, invalidAttribute, readAttributeOrTag } from './experiments.ts'
import {
  isList, isNullTest, isNumber, isOneOf, isText, numberOf, numericOps, plainOps, readFilter, splitIdentifier, textOps, toClause, unquoteKey,
  unquoteValue, type Draft,
} from './filter.ts'
import { checkOrderLength } from './limits.ts'
import { parseList } from './list.ts'
import type { Node } from './nodes.ts'
import { parseOrderItem, refuseDuplicate } from './order.ts'
import { reprFloat, reprSet, reprString } from './python.ts'
import { textOf, type RawClause } from './statement.ts'

interface Grammar {
  attributes: readonly string[]
  /** Sorted. */
  listed: readonly string[]
  /** The one attribute that holds a number. */
  numeric?: string
}

const models: Grammar = { attributes: ['name'], listed: ['name'] }
const versions: Grammar = { attributes: ['name', 'run_id', 'source_path', 'version_number'], listed: ['name', 'run_id'], numeric: 'version_number' }

/**
 * The conditions of a filter for registered models: `name` and tags. See `splitPromptClauses` for
 * the tag that tells prompts from models.
 *
 * @throws INVALID_PARAMETER_VALUE in MLflow's words.
 * @example parseRegisteredModelFilter("name ILIKE '%churn%' AND tags.stage = 'x'")
 */
export const parseRegisteredModelFilter = (text: string | null | undefined): Clause[] => parseFilter(text, models)

/** The conditions of a filter for model versions: `name`, `run_id`, `source_path`, `version_number` and tags. */
export const parseModelVersionFilter = (text: string | null | undefined): Clause[] => parseFilter(text, versions)

const parseFilter = (filter: string | null | undefined, grammar: Grammar): Clause[] =>
  readFilter(filter, false, (clause, text) => readClause(clause, text, grammar)).map((draft) => checkClause(draft, grammar))

interface RegistryDraft extends Draft {
  isFloat: boolean
}

function readClause({ left, op: written, right, at }: RawClause, text: string, grammar: Grammar): RegistryDraft {
  const [entity, rawKey] = splitIdentifier(textOf(text, left))
  const type = entityType(entity)
  // Attributes may not be quoted: MLflow looks before it takes the quotes away.
  if (type === 'attribute' && !grammar.attributes.includes(rawKey)) throw invalidAttribute(rawKey, grammar.attributes)
  const key = unquoteKey(rawKey)
  const op = written.toUpperCase()
  const value = right === undefined ? null : readValue(type, key, right, text, grammar)
  return { type, key, op, value, isFloat: right?.type === 'Number.Float', at }
}

function readValue(type: 'attribute' | 'tag', key: string, node: Node, text: string, { listed, numeric }: Grammar): string | number | string[] {
  const shown = textOf(text, node)
  if (isText(node)) return unquoteValue(shown)
  if (type === 'tag') throw invalid(`Expected a quoted string value for tag (e.g. 'my-value'). Got value ${shown}`)
  if (isList(node)) {
    if (!listed.includes(key)) {
      throw invalid(`Only [${listed.map(reprString).join(', ')}] attributes support comparison with a list of quoted string values.`)
    }
    return parseList(shown)
  }
  if (numeric !== undefined && isNumber(node)) {
    if (key === numeric) return numberOf(shown)
    throw invalid(`Only the '${reprSet([numeric, 'creation_timestamp', 'last_updated_timestamp'])}' attributes support comparison with numeric values.`)
  }
  throw invalid(`Expected a quoted string value or a list of quoted string values for attributes. Got value ${shown}`)
}

function checkClause(draft: RegistryDraft, { numeric }: Grammar): Clause {
  const { type, key, op } = draft
  // MLflow reads IS NULL and then fails over it (500).
  if (isNullTest(op)) throw invalid(`Invalid comparator for ${type}: ${op}`)
  if (type === 'tag') {
    if (!isOneOf(plainOps, op)) throw invalid(`Invalid comparator for tag: ${op}`)
    return toClause(draft, op)
  }
  if (key === numeric) {
    if (!isOneOf(numericOps, op)) throw invalid(`Invalid comparator for attribute ${key}: ${op}`)
    return toClause({ ...draft, value: integer(draft) }, op)
  }
  if (!isOneOf(textOps, op)) throw invalid(`Invalid comparator for attribute: ${op}`)
  return toClause(draft, op)
}

/** A number, also as text; not a fraction. */
function integer({ key, value, isFloat }: RegistryDraft): number {
  const refused = (shown: string): Error => invalid(`Invalid value for numeric attribute '${key}': ${shown}`)
  if (typeof value === 'number') {
    if (isFloat) throw refused(reprFloat(value))
    return value
  }
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(value as string)) throw refused(reprString(value as string))
  return Number((value as string).replaceAll('_', ''))
}

const promptTag = 'mlflow.prompt.is_prompt'

/**
 * Prompts are registered models with a tag. A filter finds them only if its first clause about that
 * tag asks for them; else they are hidden, and its clauses about the tag count for nothing, so that
 * `!= 'true'`, which every listing of MLflow's client sends, does find models without the tag.
 */
export function splitPromptClauses(clauses: readonly Clause[]): { prompts: boolean; clauses: Clause[] } {
  const isPromptClause = ({ type, key }: Clause): boolean => type === 'tag' && key === promptTag
  const first = clauses.find(isPromptClause)
  const wanted = typeof first?.value === 'string' ? first.value.toLowerCase() : undefined
  const prompts = (first?.op === '=' && wanted === 'true') || (first?.op === '!=' && wanted === 'false')
  return { prompts, clauses: prompts ? [...clauses] : clauses.filter((clause) => !isPromptClause(clause)) }
}

/** The keys of an order for registered models, `name` and `last_updated_timestamp` (also `timestamp`). Behind them, by `name`. */
export function parseRegisteredModelOrder(orderBy: readonly string[] | null | undefined): Order[] {
  const items = orderBy ?? []
  checkOrderLength(items)
  const seen = new Set<string>()
  return items.map((item) => {
    const { field, ascending } = parseOrderItem(item)
    if (!['name', 'timestamp', 'last_updated_timestamp'].includes(field)) {
      throw invalid(`Invalid order by key '${field}' specified. Valid keys are '${reprSet(['name', 'timestamp'])}'`)
    }
    const key = field === 'timestamp' ? 'last_updated_timestamp' : field
    refuseDuplicate(seen, key, items)
    return { type: 'attribute', key, ascending }
  })
}

const versionOrderKeys = ['creation_timestamp', 'last_updated_timestamp', 'name', 'version_number']

/**
 * The keys of an order for model versions. Without any, the server orders by
 * `last_updated_timestamp` descending; behind them, by `name` and by `version_number` descending.
 */
export function parseModelVersionOrder(orderBy: readonly string[] | null | undefined): Order[] {
  const items = orderBy ?? []
  checkOrderLength(items)
  const seen = new Set<string>()
  return items.map((item) => {
    const { field, ascending } = parseOrderItem(item)
    // MLflow does not look at the entity, and takes `tags.name` for `name`.
    const { key } = readAttributeOrTag(field, versionOrderKeys)
    if (!versionOrderKeys.includes(key)) throw invalid(`Invalid order by key '${key}' specified. Valid keys are ${reprSet(versionOrderKeys)}`)
    refuseDuplicate(seen, key, items)
    return { type: 'attribute', key, ascending }
  })
}
