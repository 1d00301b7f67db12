import type { Which } from './table/row-store.ts'
import type { TableState } from './table/table-state.ts'
import type { Keys } from './columns.ts'

/** Words that belong to the grammar wherever they stand. */
const ofGrammar = /^(?:and|or|not|in|is|null|like|ilike|between)$/i

/** Whether a filter is nothing but words to be looked for in names of runs. */
export const isName = (filter: string): boolean => filter.trim() !== '' && /^[^=<>!'"`()]+$/.test(filter) && !filter.trim().split(/\s+/).some((word) => ofGrammar.test(word))

/** A filter as the server takes it: words alone are parts of the run's name, all of them in it. */
export const asGrammar = (filter: string): string => (isName(filter) ? filter.trim().split(/\s+/).map((word) => `attributes.run_name ILIKE '%${word}%'`).join(' and ') : filter)

/** Which runs a workspace is about, whether or not in a tree. */
export const whichRuns = (ids: readonly string[], { filter, sort, stage, groups, members }: TableState): Which => ({
  experiment_ids: [...ids], ...(filter !== '' && { filter: asGrammar(filter) }), ...(sort.length > 0 && { order_by: [...sort] }),
  ...(stage === 'deleted' ? { run_view_type: 'DELETED_ONLY' as const, archived: true } : stage === 'archived' && { archived: true }),
  ...(members.length > 0 && { members_of: members.map((value, at) => ({ kind: groups[at]!.kind as 'param' | 'tag', key: groups[at]!.key, ...(value !== null && { value }) })) }),
})

/** Whether children stand below their parents, where there are any. */
export const wantsTree = ({ tree, filter, stage, members }: TableState): boolean => (tree ?? filter === '') && stage !== 'deleted' && members.length === 0
const parentTag = 'mlflow.parentRunId'
export const hasTree = (keys: Keys | undefined): boolean => keys?.tags.some(({ key }) => key === parentTag) ?? false
