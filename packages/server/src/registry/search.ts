import {
  decodePageToken, encodePageToken, invalid, invalidPageToken, limits, parseModelVersionFilter, parseModelVersionOrder, parseRegisteredModelFilter,
  parseRegisteredModelOrder, splitPromptClauses, wrongType, type Int64, type ModelVersion, type RegisteredModel,
} from '@cairn/protocol'
import type { Reader, Value } from '../platform/db/index.ts'
import { toRegisteredModel } from './models-store.ts'
import { findModels, findVersions, type SortKey, type VisibleModels } from './search-store.ts'
import { toModelVersions } from './versions-store.ts'

interface Search {
  filter?: string | undefined
  max_results?: Int64 | undefined
  order_by?: string[] | undefined
  page_token?: string | undefined
  visible?: VisibleModels | undefined
  workspace: number
}

/** What a row says for each key of an order. */
type Sortable = { name: string; last_updated_time: number; version?: number; creation_time: number }
const valueOf = (row: Sortable, key: string): Value => {
  switch (key) {
    case 'name': return row.name
    case 'version_number': return row.version!
    case 'creation_timestamp': return row.creation_time
    default: return row.last_updated_time
  }
}

export async function searchModels(tx: Reader, search: Search): Promise<{ registered_models?: RegisteredModel[]; next_page_token?: string }> {
  const { default: usual, max } = limits.page.registeredModels
  const limit = Number(search.max_results ?? usual)
  if (limit > max) throw wrongType('max_results', String(search.max_results))
  const { prompts, clauses } = splitPromptClauses(parseRegisteredModelFilter(search.filter))
  const order = completed(parseRegisteredModelOrder(search.order_by), [{ key: 'name', ascending: true }])
  const after = readToken(search.page_token, order)
  // MLflow answers an empty page here.
  if (limit < 1) return {}
  const rows = await findModels(tx, { clauses, prompts, order, after, limit: limit + 1, visible: search.visible, workspace: search.workspace })
  const page: RegisteredModel[] = []
  for (const row of rows.slice(0, limit)) page.push(await toRegisteredModel(tx, row, 'search'))
  return { ...(page.length > 0 && { registered_models: page }), ...nextToken(rows, limit, order) }
}

export async function searchVersions(tx: Reader, search: Search): Promise<{ model_versions?: ModelVersion[]; next_page_token?: string }> {
  const { default: usual, max } = limits.page.modelVersions
  const limit = Number(search.max_results ?? usual)
  if (limit > max) throw wrongType('max_results', String(search.max_results))
  if (limit < 1) throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${limit}`)
  const { prompts, clauses } = splitPromptClauses(parseModelVersionFilter(search.filter))
  const asked = parseModelVersionOrder(search.order_by)
  const order = completed(asked.length > 0 ? asked : [{ key: 'last_updated_timestamp', ascending: false }], [
    { key: 'name', ascending: true }, { key: 'version_number', ascending: false },
  ])
  const rows = await findVersions(tx, { clauses, prompts, order, after: readToken(search.page_token, order), limit: limit + 1, visible: search.visible, workspace: search.workspace })
  const page = await toModelVersions(tx, rows.slice(0, limit), false)
  return { ...(page.length > 0 && { model_versions: page }), ...nextToken(rows, limit, order) }
}

/** An order that leaves no two rows equal. */
const completed = (asked: readonly SortKey[], ties: readonly SortKey[]): SortKey[] =>
  [...asked.map(({ key, ascending }) => ({ key, ascending })), ...ties.filter((tie) => !asked.some(({ key }) => key === tie.key))]

const spelled = (order: readonly SortKey[]): string => order.map(({ key, ascending }) => `${ascending ? '' : '-'}${key}`).join(',')

/** Pages go on behind the last row, so that they do not shift when models come and go. */
function nextToken(rows: readonly Sortable[], limit: number, order: readonly SortKey[]): { next_page_token?: string } {
  const last = rows[limit - 1]
  if (rows.length <= limit || last === undefined) return {}
  return { next_page_token: encodePageToken({ order: spelled(order), after: order.map(({ key }) => valueOf(last, key)) }) }
}

function readToken(token: string | undefined, order: readonly SortKey[]): Value[] | undefined {
  const state = decodePageToken(token)
  if (state === undefined) return undefined
  const { after } = state
  const fits = Array.isArray(after) && after.length === order.length && state['order'] === spelled(order) &&
    order.every(({ key }, index) => key === 'name' ? typeof after[index] === 'string' : Number.isSafeInteger(after[index]))
  if (!fits) throw invalidPageToken(state)
  return after as Value[]
}
