import { asciiJson, invalid, parseRunFilter, parseRunOrder, tableLimits, type RequestOf, type searchRuns as searchRunsEndpoint } from '@cairn/protocol'
import { parseExperimentId } from '../experiments/index.ts'
import { read, type Reader } from '../platform/db/index.ts'
import { joinJson, markedAsJson, runsAsJson, type Mark } from './run-json-view.ts'
import { findRun, findRunKeys } from './runs-store.ts'
import { runNotFound } from './runs.ts'
import { decodeCursor, encodeCursor } from './search/cursor.ts'
import { findRuns, sortColumns } from './search/plan.ts'

/** The JSON text of the answer, as bytes. */
export const getRun = read('runs.get', async (tx: Reader, input: { run_id: string }): Promise<Uint8Array> => {
  const row = await findRun(tx, input.run_id)
  if (row === undefined) throw runNotFound(input.run_id)
  return joinJson('{"run":', await runsAsJson(tx, [row.id]), '}')
})

/** The same: whole runs in the order asked for. */
export const getRuns = read('runs.getMany', async (tx: Reader, { run_ids }: { run_ids: readonly string[] }): Promise<Uint8Array> => {
  if (run_ids.length > tableLimits.ids) throw invalid(`At most ${tableLimits.ids} runs are read at once, got ${run_ids.length}.`)
  const keys = await findRunKeys(tx, run_ids)
  const ids = run_ids.map((runId) => {
    const key = keys.get(runId)
    if (key === undefined) throw runNotFound(runId)
    return key.id
  })
  return joinJson('{"runs":[', await runsAsJson(tx, ids), ']}')
})

export const runArtifactUri = read('runs.artifactUri', async (tx: Reader, input: { run_id: string }): Promise<string> => {
  const row = await findRun(tx, input.run_id)
  if (row === undefined) throw runNotFound(input.run_id)
  return row.artifact_uri
})

/** The experiments of runs, deleted ones too, by the runs' ids; without those that there are not. */
export const runExperiments = read('runs.experiments', async (tx: Reader, input: { run_ids: readonly string[] }): Promise<Record<string, string>> =>
  Object.fromEntries([...await findRunKeys(tx, input.run_ids)].map(([runId, { experimentId }]) => [runId, String(experimentId)])))

/** Undefined where there is no such run. */
export const runHasEnded = read('runs.hasEnded', async (tx: Reader, input: { run_id: string }): Promise<boolean | undefined> => (await findRunKeys(tx, [input.run_id])).get(input.run_id)?.ended)

export type SearchInput = RequestOf<typeof searchRunsEndpoint> & { readonly most: number }

const stages = { ACTIVE_ONLY: [0], DELETED_ONLY: [1], ALL: [0, 1] } as const

/** A page of whole runs, as the bytes of MLflow's answer: they are sent on without another copy. */
export const searchRuns = read('runs.search', async (tx: Reader, input: SearchInput): Promise<Uint8Array> => {
  const page = await findPage(tx, input)
  const runs = await markedAsJson(tx, page.marks)
  const next = page.next === undefined ? '' : `"next_page_token":${JSON.stringify(page.next)}`
  return runs.length === 0 ? joinJson(`{${next}}`, [], '') : joinJson('{"runs":[', runs, `]${next === '' ? '' : `,${next}`}}`)
}, ({ max_results = Infinity }) => max_results <= shortPage)

/** Most of such a page is kept (`run-json-view.ts`); to make all of it anew takes two milliseconds. */
const shortPage = 100

async function findPage(tx: Reader, input: SearchInput): Promise<{ marks: Mark[]; next: string | undefined }> {
  const limit = checkMaxResults(input.max_results, input.most)
  const clauses = parseRunFilter(input.filter)
  const order = parseRunOrder(input.order_by)
  const experimentIds = [...new Set((input.experiment_ids ?? []).map(parseExperimentId))]
  const query = { experimentIds, deleted: stages[input.run_view_type ?? 'ACTIVE_ONLY'], clauses, order }
  const after = decodeCursor(input.page_token, await sortColumns(tx, order), order)
  const found = await findRuns(tx, { ...query, limit: limit + 1, after })
  const more = found.length > limit
  const shown = more ? found.slice(0, limit) : found
  return { marks: shown.map(({ id, key, texts, status }): Mark => [id, key.at(-1) as string, texts, status]), next: more ? encodeCursor(shown.at(-1)!.key, order) : undefined }
}

/** Default 1000, from 1 to `most`, with MLflow's words for both ends. */
function checkMaxResults(value: number | undefined, most: number): number {
  const limit = value ?? 1000
  if (limit > most) throw invalid(`Invalid value ${asciiJson(limit)} for parameter 'max_results' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.`)
  if (limit < 1) throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`)
  return limit
}
