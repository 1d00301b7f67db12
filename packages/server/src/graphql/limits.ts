import type { DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql'
import { limits as protocolLimits } from '@cairn/protocol'

export interface QueryLimits {
  readonly rootFields: number
  readonly aliases: number
}

const { depth: maxDepth, selections: maxSelections } = protocolLimits.graphql

/**
 * Why a query is too large to run, in MLflow's words, or undefined. Fragments count where they are
 * spread, so that nothing is hidden in them; what is counted is bounded, so a query that doubles
 * itself with every fragment is refused after `maxSelections`.
 */
export function tooLarge(document: DocumentNode, limits: QueryLimits): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition)
  let rootFields = 0
  let aliases = 0
  let selections = 0
  for (const definition of document.definitions) {
    if (definition.kind !== 'OperationDefinition') continue
    const stack: { set: SelectionSetNode; depth: number }[] = [{ set: definition.selectionSet, depth: 1 }]
    while (stack.length > 0) {
      const { set, depth } = stack.pop()!
      if (depth > maxDepth) return `Query exceeds maximum depth of ${maxDepth}`
      const fields = fieldsOf(set, fragments)
      aliases = Math.max(aliases, fields.filter((field) => field.alias !== undefined).length)
      if (depth === 1) rootFields += fields.length
      selections += fields.length
      if (selections > maxSelections) return `Query exceeds maximum total selections of ${maxSelections}`
      for (const { selectionSet } of fields) if (selectionSet !== undefined) stack.push({ set: selectionSet, depth: depth + 1 })
    }
  }
  if (rootFields > limits.rootFields) return words(limits.rootFields, 'root fields', rootFields, 'MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS')
  if (aliases > limits.aliases) return words(limits.aliases, 'aliases', aliases, 'MLFLOW_SERVER_GRAPHQL_MAX_ALIASES')
  return undefined
}

const words = (most: number, what: string, count: number, variable: string): string =>
  `GraphQL queries should have at most ${most} ${what}, got ${count} ${what}. To increase the limit, set the ${variable} environment variable.`

function fieldsOf(set: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): FieldNode[] {
  const fields: FieldNode[] = []
  const spread = new Set<string>()
  const sets = [set]
  for (let next = sets.pop(); next !== undefined; next = sets.pop()) {
    for (const selection of next.selections) {
      if (selection.kind === 'Field') fields.push(selection)
      else if (selection.kind === 'InlineFragment') sets.push(selection.selectionSet)
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value)
        const fragment = fragments.get(selection.name.value)
        if (fragment !== undefined) sets.push(fragment.selectionSet)
      }
    }
  }
  return fields
}
