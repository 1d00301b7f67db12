import { checkLoggedModelPageToken, decodePageToken, encodePageToken, invalid, invalidPageToken, limits, type LoggedModel, type LoggedModelDataset, type LoggedModelOrderBy } from '@cairn/protocol'
import { parseExperimentId } from '../experiments/index.ts'
import type { Reader, Value } from '../platform/db/index.ts'
import { countKeys, searchModels } from './logged-models-search-store.ts'
import { toLoggedModels } from './logged-models.ts'

/** One key of an order, with nothing left out. */
export interface OrderKey {
  readonly field_name: string
  readonly ascending: boolean
  readonly dataset_name: string | null
  readonly dataset_digest: string | null
}

export interface SearchInput {
  readonly experiment_ids: readonly string[]
  readonly filter: string
  readonly datasets: readonly LoggedModelDataset[]
  readonly order_by: readonly OrderKey[]
  readonly max_results: number | bigint
  /** The most that `max_results` may be. */
  readonly most: number
  readonly page_token: string
}

export interface SearchOutput {
  readonly models?: LoggedModel[]
  readonly next_page_token?: string
}

/** Both are bound into one statement, of which SQLite takes 32,766 values. */
const bounds = { experiment_ids: 10_000, datasets: 100 } as const

/** One page of logged models. */
export async function searchPage(tx: Reader, input: SearchInput): Promise<SearchOutput> {
  const { max_results: wanted, most, experiment_ids, filter, order_by } = input
  if (wanted < 0) throw invalid(`Invalid value ${wanted} for parameter 'max_results' supplied. It must be a positive integer`)
  if (wanted > most) throw invalid(`Invalid value ${wanted} for parameter 'max_results' supplied. It must be at most ${most}`)
  for (const name of ['experiment_ids', 'datasets'] as const) {
    if (input[name].length > bounds[name]) throw invalid(`A search for logged models takes at most ${bounds[name]} ${name}. Got ${input[name].length}.`)
  }
  const page = await searchModels(tx, {
    ...input, experiment_ids: experiment_ids.map(parseExperimentId), order_by: order_by.map(withoutNulls), limit: Number(wanted) || limits.page.loggedModels.default, after: afterOf(input),
  })
  if (page.rows.length === 0) return {}
  const models = await toLoggedModels(tx, page.rows)
  if (page.next === undefined) return { models }
  return { models, next_page_token: encodePageToken({ experiment_ids, filter_string: filter, order_by, after: page.next }) }
}

/** The keys in a page token, which holds only for the search that it was made for. */
function afterOf({ page_token: token, experiment_ids, filter, order_by }: SearchInput): Value[] | undefined {
  const content = decodePageToken(token)
  if (content === undefined) return undefined
  checkLoggedModelPageToken(content, { experiment_ids, filter_string: filter, order_by })
  const { after } = content
  if (!Array.isArray(after) || after.length !== countKeys(order_by.map(withoutNulls)) || !after.every((key) => typeof key === 'string' || typeof key === 'number')) {
    throw invalidPageToken(content)
  }
  return after as Value[]
}

const withoutNulls = ({ field_name, ascending, dataset_name, dataset_digest }: OrderKey): LoggedModelOrderBy =>
  ({ field_name, ascending, dataset_name: dataset_name ?? '', dataset_digest: dataset_digest ?? '' })
