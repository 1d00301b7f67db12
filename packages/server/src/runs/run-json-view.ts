import { inputsOf, outputsOf } from '../datasets/index.ts'
import { keyNames } from '../keys/index.ts'
import { inLists, type Reader } from '../platform/db/index.ts'
import { toJson } from '../platform/http/index.ts'
import { joinText } from './long-text.ts'
import { hasEnded, type RunRow } from './runs-store.ts'
import { toRunInfo } from './runs.ts'

/** What tells whether a kept text still holds; `changes` is the row's `texts`, which counts them. */
export type Mark = readonly [id: number, runId: string, changes: number, status: string]

/**
 * Whole runs as the JSON text of MLflow's answers, in the order of `ids`, which are distinct.
 *
 * Two thirds of a page's time are rows on their way out of SQLite (0.3 µs each), and most runs that
 * are looked at have ended. So their text is kept, with the number that the run's row had then: every
 * change counts it up in the same transaction. Of runs that go on, params and tags are kept: points
 * are not counted, as that would be a row more to write for each.
 */
export async function runsAsJson(tx: Reader, ids: readonly number[]): Promise<Uint8Array[]> {
  const texts = new Map<number, Uint8Array>()
  for (const list of inLists(ids)) {
    const marks = await tx.rows<[number, string, number, string]>(`SELECT id, run_id, texts, status FROM runs WHERE id IN ${list.sql}`, list.params)
    const made = await markedAsJson(tx, marks)
    made.forEach((text, at) => texts.set(marks[at]![0], text))
  }
  return ids.map((id) => texts.get(id)!)
}

/** The same of runs whose rows were read already, in this transaction. */
export async function markedAsJson(tx: Reader, marks: readonly Mark[]): Promise<Uint8Array[]> {
  const texts: Uint8Array[] = []
  for (let from = 0; from < marks.length; from += together) texts.push(...await someAsJson(tx, marks.slice(from, from + together)))
  return texts
}

const together = 100
const encoder = new TextEncoder()

/** `before`, the texts with commas between them, `after`: in one buffer that is nobody else's. */
export function joinJson(before: string, texts: readonly Uint8Array[], after: string): Uint8Array {
  const [head, tail] = [encoder.encode(before), encoder.encode(after)]
  const joined = new Uint8Array(texts.reduce((sum, { length }) => sum + length + 1, head.length + tail.length - Math.min(texts.length, 1)))
  joined.set(head)
  let at = head.length
  for (const [index, text] of texts.entries()) {
    if (index > 0) joined[at++] = comma
    joined.set(text, at)
    at += text.length
  }
  joined.set(tail, at)
  return joined
}

const comma = 0x2c

async function someAsJson(tx: Reader, marks: readonly Mark[]): Promise<Uint8Array[]> {
  const kept = tx.cache('run-json', () => new KeptRuns())
  const found = new Map<number, Uint8Array>()
  const wanted: Mark[] = []
  for (const mark of marks) {
    const whole = kept.get(mark, 'whole') as Uint8Array | undefined
    if (whole === undefined) wanted.push(mark)
    else found.set(mark[0], whole)
  }
  if (wanted.length > 0) await make(tx, wanted, kept, found)
  return marks.map(([id]) => found.get(id)!)
}

/** Makes the text of runs, and keeps what may be kept of it. */
async function make(tx: Reader, marks: readonly Mark[], kept: KeptRuns, into: Map<number, Uint8Array>): Promise<void> {
  const ids = marks.map(([id]) => id)
  const [list] = inLists(ids)
  const [rows, metrics, textsOf, inputs, outputs] = await Promise.all([
    tx.all<RunRow>(`SELECT id, run_id, experiment_id, name, user_id, status, start_time, end_time, deleted, artifact_uri FROM runs WHERE id IN ${list!.sql}`, list!.params),
    tx.rows<[number, number, number, number, number | bigint, number | bigint]>(
      `SELECT run_id, key_id, value, is_nan, timestamp, step FROM latest_metrics WHERE run_id IN ${list!.sql} ORDER BY run_id, key_id`, list!.params),
    paramsAndTags(tx, marks, kept), inputsOf(tx, ids), outputsOf(tx, ids),
  ])
  const names = await keyNames(tx, [metrics], 1)
  const metricsOf = collect(metrics, ([, key, value, isNan, timestamp, step]) =>
    `{"key":${JSON.stringify(names.get(key)!)},"value":${isNan === 1 ? '"NaN"' : value},"timestamp":${timestamp},"step":${step}}`)
  const info = new Map(rows.map((row) => [row.id, toJson(toRunInfo(row))]))
  for (const mark of marks) {
    const [id, , , status] = mark
    const data = [field('metrics', metricsOf.get(id)), textsOf.get(id)!].filter((text) => text !== '').join(',')
    const [read, wrote] = [inputs.get(id), outputs.get(id)]
    const json = encoder.encode(`{"info":${info.get(id)!},"data":{${data}},"inputs":${read === undefined ? '{}' : toJson(read)},"outputs":${wrote === undefined ? '{}' : toJson(wrote)}}`)
    into.set(id, json)
    if (hasEnded(status)) kept.set(mark, 'whole', json)
    else kept.set(mark, 'texts', textsOf.get(id)!)
  }
}

/** Characters kept by each connection that reads. */
const keptLimit = 8_000_000

interface Kept {
  readonly runId: string
  readonly changes: number
  readonly part: 'whole' | 'texts'
  /** Of the whole its bytes: a page is then put together without making and encoding one long string. */
  readonly json: Uint8Array | string
}

class KeptRuns {
  readonly #kept = new Map<number, Kept>()
  #size = 0

  get([id, runId, changes]: Mark, part: Kept['part']): Kept['json'] | undefined {
    const kept = this.#kept.get(id)
    // The number of a run that is gone for good may be given again.
    if (kept === undefined || kept.changes !== changes || kept.runId !== runId || kept.part !== part) return undefined
    // Last used, last forgotten.
    this.#kept.delete(id)
    this.#kept.set(id, kept)
    return kept.json
  }

  set([id, runId, changes]: Mark, part: Kept['part'], json: Kept['json']): void {
    this.#size += json.length - (this.#kept.get(id)?.json.length ?? 0)
    this.#kept.delete(id)
    this.#kept.set(id, { runId, changes, part, json })
    for (const [oldest, { json: { length } }] of this.#kept) {
      if (this.#size <= keptLimit) break
      this.#kept.delete(oldest)
      this.#size -= length
    }
  }
}

/** `"params":[…],"tags":[…]` of each run; an empty list is an absent field, as protobuf writes it. */
async function paramsAndTags(tx: Reader, marks: readonly Mark[], kept: KeptRuns): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  const unknown: number[] = []
  for (const mark of marks) {
    const json = kept.get(mark, 'texts') as string | undefined
    if (json === undefined) unknown.push(mark[0])
    else found.set(mark[0], json)
  }
  if (unknown.length === 0) return found
  const [list] = inLists(unknown)
  const [params, tags] = await Promise.all([readTexts(tx, 'params', list!.sql, list!.params), readTexts(tx, 'tags', list!.sql, list!.params)])
  const names = await keyNames(tx, [params, tags], 1)
  const pair = ([, key, head, rest]: TextRow): string => `{"key":${JSON.stringify(names.get(key)!)},"value":${JSON.stringify(joinText(head, rest))}}`
  const paramsOf = collect(params, pair)
  const tagsOf = collect(tags, pair)
  for (const id of unknown) found.set(id, [field('params', paramsOf.get(id)), field('tags', tagsOf.get(id))].filter((text) => text !== '').join(','))
  return found
}

type TextRow = [run: number, key: number, head: string, rest: string | null]

const readTexts = (tx: Reader, table: 'params' | 'tags', list: string, ids: readonly number[]) =>
  tx.rows<TextRow>(`SELECT run_id, key_id, value, rest FROM ${table} WHERE run_id IN ${list} ORDER BY run_id, key_id`, ids)

const field = (name: string, items: string | undefined): string => (items === undefined ? '' : `"${name}":[${items}]`)

/** Joins the texts of each run's rows; rows of one run come together. */
function collect<Row extends [number, ...unknown[]]>(rows: readonly Row[], text: (row: Row) => string): Map<number, string> {
  const into = new Map<number, string>()
  let run = -1
  let items = ''
  for (const row of rows) {
    if (row[0] === run) items += `,${text(row)}`
    else {
      if (run >= 0) into.set(run, items)
      run = row[0]
      items = text(row)
    }
  }
  if (run >= 0) into.set(run, items)
  return into
}
