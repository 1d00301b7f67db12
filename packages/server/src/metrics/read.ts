import { findKey } from '../keys/index.ts'
import { read, stream, type Database, type Reader } from '../platform/db/index.ts'
import { history } from './history.ts'
import { readToken, renderHistory, renderPoints, writeToken, type HistoryPart, type HistoryPiece } from './history-json.ts'
import { sampleInterval, type StepRange } from './interval.ts'
import { slice } from './points.ts'
import { findRun } from './run-view.ts'
import { renderSeries, type SeriesRequest } from './series-json.ts'

/** Histories up to this many bytes of JSON are answered by one read; longer ones are streamed. */
const firstPieceSize = 256 * 1024

export interface HistoryQuery {
  readonly run_id: string
  readonly metric_key: string
  readonly page_token?: string | undefined
  readonly max_results?: number | undefined
}

/** The beginning of a history's JSON, nearly always all of it. */
export const historyStart = read('metrics.historyStart', async (tx, query: HistoryQuery): Promise<HistoryPiece> => {
  const run = await findRun(tx, query.run_id)
  if (run === undefined) return { bytes: encoder.encode('{}'), rest: undefined }
  const part = {
    runId: run.id, key: query.metric_key, limit: query.max_results,
    after: query.page_token ? readToken(query.page_token) : undefined,
  }
  for await (const piece of renderHistory(tx, part, firstPieceSize)) return piece
  throw new Error('A history has at least one piece.')
})

/** While a snapshot is open the database cannot reuse what has changed since: a slow client must not hold one for long. */
const longestSnapshotMs = 5000

/**
 * The rest of a history. Each piece begins with a byte: 0 when JSON text follows, 1 when the
 * snapshot has been open long enough and the part follows that another stream is to go on with.
 */
export const historyRest = stream('metrics.historyRest', async function* (tx, { part, snapshotMs = longestSnapshotMs }: { part: HistoryPart; snapshotMs?: number }) {
  const end = performance.now() + snapshotMs
  for await (const { bytes, rest } of renderHistory(tx, part)) {
    yield tagged(0, bytes)
    if (rest !== undefined && performance.now() >= end) {
      yield tagged(1, encoder.encode(JSON.stringify({ ...rest, after: writeToken(rest.after!) })))
      return
    }
  }
})

function tagged(tag: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + 1)
  all[0] = tag
  all.set(bytes, 1)
  return all
}

/** The JSON text of a history's rest, from as many snapshots as it takes. */
export async function* streamHistory(db: Database, part: HistoryPart, signal: AbortSignal, snapshotMs?: number): AsyncGenerator<Uint8Array> {
  for (let next: HistoryPart | undefined = part; next !== undefined;) {
    const current: HistoryPart = next
    next = undefined
    for await (const piece of db.stream(historyRest, { part: current, ...(snapshotMs !== undefined && { snapshotMs }) }, signal)) {
      if (piece[0] === 0) yield piece.subarray(1)
      else {
        const rest = JSON.parse(new TextDecoder().decode(piece.subarray(1))) as Omit<HistoryPart, 'after'> & { after: string }
        next = { ...rest, after: readToken(rest.after) }
      }
    }
  }
}

const encoder = new TextEncoder()

/** Collects items of a JSON list and hands out the text in pieces. */
class ListWriter {
  #text = '{"metrics": ['
  #empty = true

  add(items: string): void {
    if (items === '') return
    this.#text += this.#empty ? items : `, ${items}`
    this.#empty = false
  }

  * full(): Generator<Uint8Array> {
    if (this.#text.length >= 65_536) {
      yield encoder.encode(this.#text)
      this.#text = ''
    }
  }

  end(whenEmpty: string): Uint8Array {
    return encoder.encode(this.#empty ? whenEmpty : `${this.#text}]}`)
  }
}

export interface BulkQuery {
  readonly run_ids: readonly string[]
  readonly metric_key: string
  readonly limit: number
}

/** Histories of several runs one after the other, by run id, `limit` points in all. */
async function* renderBulk(tx: Reader, query: BulkQuery): AsyncGenerator<Uint8Array> {
  const keyId = await findKey(tx, query.metric_key)
  const name = JSON.stringify(query.metric_key)
  const list = new ListWriter()
  let left = query.limit
  for (const runId of [...new Set(query.run_ids)].sort()) {
    const run = keyId === undefined || left <= 0 ? undefined : await findRun(tx, runId)
    if (run === undefined) continue
    for await (const block of history(tx, run.id, keyId!)) {
      for (let from = 0; from < block.count && left > 0; from += 512) {
        const part = slice(block, from, Math.min(block.count, from + 512, from + left))
        list.add(renderPoints(part, name, JSON.stringify(runId)))
        left -= part.count
        yield* list.full()
      }
      if (left <= 0) break
    }
  }
  yield list.end('{"metrics": []}')
}

export interface SampleQuery {
  readonly run_ids: readonly string[]
  readonly metric_key: string
  readonly limit: number
  readonly range: StepRange | undefined
}

/** Samples of several runs, in the order of the request. */
async function* renderSamples(tx: Reader, query: SampleQuery): AsyncGenerator<Uint8Array> {
  const keyId = await findKey(tx, query.metric_key)
  const name = JSON.stringify(query.metric_key)
  const list = new ListWriter()
  for (const runId of query.run_ids) {
    const run = keyId === undefined ? undefined : await findRun(tx, runId)
    if (run === undefined) continue
    list.add(renderPoints(await sampleInterval(tx, run.id, keyId!, query.limit, query.range), name, JSON.stringify(runId)))
    yield* list.full()
  }
  yield list.end('{}')
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return all.length === 1 ? all[0]! : new Uint8Array(Buffer.concat(all))
}

export const bulkHistory = read('metrics.bulkHistory', (tx, query: BulkQuery) => collect(renderBulk(tx, query)))
export const bulkHistoryStream = stream('metrics.bulkHistoryStream', (tx, query: BulkQuery) => renderBulk(tx, query))
export const samples = read('metrics.samples', (tx, query: SampleQuery) => collect(renderSamples(tx, query)))
export const samplesStream = stream('metrics.samplesStream', (tx, query: SampleQuery) => renderSamples(tx, query))

export const series = read('metrics.series', (tx, request: SeriesRequest) => collect(renderSeries(tx, request)))
export const seriesStream = stream('metrics.seriesStream', (tx, request: SeriesRequest) => renderSeries(tx, request))
