import { tellingFields, usualColumns, type Experiment, type RequestOf, type ResponseOf, type openRunTable } from '@cairn/protocol'
import { experimentsWithTags, parseExperimentId } from '../experiments/index.ts'
import { read, type Reader } from '../platform/db/index.ts'
import { tableKeys } from './table-keys-view.ts'
import { parentTag, tableWindow } from './table-view.ts'

export type Opening = Omit<RequestOf<typeof openRunTable>, 'by'> & {
  /** Those of the experiments that are told themselves, and where they lie. */
  readonly told: readonly string[]
  readonly workspace: string
}
export type Opened = Omit<ResponseOf<typeof openRunTable>, 'views' | 'panels' | 'position'>

/** What a page of runs begins with, of one moment: asked one by one the answers waited for each other four times. */
export const openTable = read('runs.openTable', async (tx: Reader, { told, workspace, tree = false, columns: chosen, drawn = 0, ...input }: Opening): Promise<Opened> => {
  const keys = await tableKeys.run(tx, input)
  const experiments: Experiment[] = await experimentsWithTags(tx, told.map(parseExperimentId), workspace)
  const columns = chosen ?? usualColumns(keys)
  const roots = input.roots === true || (tree && keys.tags.some(({ key }) => key === parentTag))
  const { rows, total = rows.length, next_page_token } = await tableWindow.run(tx, { ...input, columns, ...(roots && { roots }) })
  const fields = drawn > 0 ? tellingFields(keys) : []
  // Without a tree these are as many as those of the table, which are counted already.
  const first = drawn > 0 ? await tableWindow.run(tx, { ...input, columns: fields, max_results: drawn, count: roots }) : { rows: [] }
  return { experiments, keys, columns, rows, total, drawn_columns: fields, drawn: first.rows, drawn_total: first.total ?? total, ...(next_page_token !== undefined && { next_page_token }) }
})
