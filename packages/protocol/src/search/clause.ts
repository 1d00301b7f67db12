/** What a clause of a filter speaks of. */
export type ClauseType = 'metric' | 'param' | 'tag' | 'attribute' | 'dataset'

export type ClauseOp =
  | '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL'

/** One condition of a filter. All conditions of a filter must hold. */
export interface Clause {
  type: ClauseType
  /** Unquoted; an attribute's canonical name (`start_time`, never `created`). */
  key: string
  op: ClauseOp
  /** A number for metrics and numeric attributes, strings behind IN, null behind IS, else a string. */
  value: string | number | string[] | null
  /** Where the clause begins in the text, in UTF-16 units. */
  at: number
}

/** One key of an order. */
export interface Order {
  type: Exclude<ClauseType, 'dataset'>
  key: string
  ascending: boolean
}
