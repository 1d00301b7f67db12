import { decodePageToken, encodePageToken, invalid, invalidPageToken, type Experiment } from '@cairn/protocol'
import type { Reader, Value } from '../platform/db/index.ts'
import { keysOf, searchExperiments, type ExperimentSearch } from './experiments-search-store.ts'
import { withTags } from './experiments.ts'

export interface SearchInput extends Omit<ExperimentSearch, 'limit' | 'after'> {
  readonly max_results: number | bigint
  /** The most that `max_results` may be. */
  readonly most: number
  readonly page_token: string
  /** As answers name it. */
  readonly workspaceName: string
}

export interface SearchOutput {
  readonly experiments?: Experiment[]
  readonly next_page_token?: string
}

/** One page of experiments. */
export async function searchPage(tx: Reader, input: SearchInput): Promise<SearchOutput> {
  const { max_results: wanted, most } = input
  if (wanted < 1) throw invalid(`Invalid value ${wanted} for parameter 'max_results' supplied. It must be a positive integer`)
  if (wanted > most) throw invalid(`Invalid value ${wanted} for parameter 'max_results' supplied. It must be at most ${most}`)
  const page = await searchExperiments(tx, { ...input, limit: Number(wanted), after: afterOf(input) })
  if (page.rows.length === 0) return {}
  const experiments = await withTags(tx, page.rows, input.workspaceName)
  return page.next === undefined ? { experiments } : { experiments, next_page_token: encodePageToken({ after: page.next, order_by: input.order_by }) }
}

/** The keys in a page token, which hold only for the order that it was made for. */
function afterOf({ page_token: token, order_by: orderBy }: SearchInput): Value[] | undefined {
  const content = decodePageToken(token)
  if (content === undefined) return undefined
  const { after, order_by: madeFor } = content
  const valid = Array.isArray(after) && after.length === keysOf(orderBy) && after.every((key) => typeof key === 'string' || typeof key === 'number')
    && JSON.stringify(madeFor) === JSON.stringify(orderBy)
  if (!valid) throw invalidPageToken(content)
  return after as Value[]
}
