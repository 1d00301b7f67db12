import { inputsOf, outputsOf } from '../datasets/index.ts'
import { keyNames } from '../keys/index.ts'
import { inLists, type Reader } from '../platform/db/index.ts'
import { toJson } from '../platform/http/index.ts'
import { joinText } from './long-text.ts'
import type { RunRow } from './runs-store.ts'
import { toRunInfo } from './runs.ts'

/**
 * Whole runs as the JSON text of MLflow's answers, in the order of `ids`, which are distinct.
 *
 * Two thirds of a page's time are rows on their way out of SQLite (0.3 µs each), and most of them are
 * params and tags, which seldom change. So their text is kept, with the number that the run's row
 * had then: every change to them counts it up in the same transaction.
 */
export async function runsAsJson(tx: Reader, ids: readonly number[]): Promise<string[]> {
  const texts: string[] = []
  for (let from = 0; from < ids.length; from += together) texts.push(...await someAsJson(tx, ids.slice(from, from + together)))
  return texts
}

const together = 100

async function someAsJson(tx: Reader, ids: readonly number[]): Promise<string[]> {
  const [list] = inLists(ids)
  const rows = await tx.all<RunRow & { texts: number }>(
    `SELECT id, run_id, experiment_id, name, user_id, status, start_time, end_time, deleted, artifact_uri, texts FROM runs WHERE id IN ${list!.sql}`, list!.params)
  const metrics = await tx.rows<[number, number, number, number, number | bigint, number | bigint]>(
    `SELECT run_id, key_id, value, is_nan, timestamp, step FROM latest_metrics WHERE run_id IN ${list!.sql} ORDER BY run_id, key_id`, list!.params)
  const names = await keyNames(tx, [metrics], 1)
  const metricsOf = collect(metrics, ([, key, value, isNan, timestamp, step]) =>
    `{"key":${JSON.stringify(names.get(key)!)},"value":${isNan === 1 ? '"NaN"' : value},"timestamp":${timestamp},"step":${step}}`)
  const textsOf = await paramsAndTags(tx, rows)
  const inputs = await inputsOf(tx, ids)
  const outputs = await outputsOf(tx, ids)
  const byId = new Map<number, string>()
  for (const row of rows) {
    const data = [field('metrics', metricsOf.get(row.id)), textsOf.get(row.id)!].filter((text) => text !== '').join(',')
    const read = inputs.get(row.id)
    const made = outputs.get(row.id)
    byId.set(row.id, `{"info":${toJson(toRunInfo(row))},"data":{${data}},"inputs":${read === undefined ? '{}' : toJson(read)},"outputs":${made === undefined ? '{}' : toJson(made)}}`)
  }
  return ids.map((id) => byId.get(id)!)
}

interface Kept {
  /** A run that was removed for good may leave its number to another. */
  readonly run_id: string
  readonly texts: number
  readonly json: string
}

/** Characters kept by each connection that reads. */
const keptLimit = 8_000_000

class KeptTexts {
  readonly #kept = new Map<number, Kept>()
  #size = 0

  get({ id, run_id, texts }: Pick<RunRow, 'id' | 'run_id'> & { readonly texts: number }): string | undefined {
    const kept = this.#kept.get(id)
    if (kept === undefined || kept.texts !== texts || kept.run_id !== run_id) return undefined
    // Last used, last forgotten.
    this.#kept.delete(id)
    this.#kept.set(id, kept)
    return kept.json
  }

  set(id: number, kept: Kept): void {
    this.#size += kept.json.length - (this.#kept.get(id)?.json.length ?? 0)
    this.#kept.delete(id)
    this.#kept.set(id, kept)
    for (const [oldest, { json }] of this.#kept) {
      if (this.#size <= keptLimit) break
      this.#kept.delete(oldest)
      this.#size -= json.length
    }
  }
}

/** `"params":[…],"tags":[…]` of each run; an empty list is an absent field, as protobuf writes it. */
async function paramsAndTags(tx: Reader, rows: readonly { readonly id: number; readonly run_id: string; readonly texts: number }[]): Promise<Map<number, string>> {
  const kept = tx.cache('run-texts', () => new KeptTexts())
  const found = new Map<number, string>()
  const unknown: number[] = []
  for (const row of rows) {
    const json = kept.get(row)
    if (json === undefined) unknown.push(row.id)
    else found.set(row.id, json)
  }
  if (unknown.length === 0) return found
  const [list] = inLists(unknown)
  const params = await readTexts(tx, 'params', list!.sql, list!.params)
  const tags = await readTexts(tx, 'tags', list!.sql, list!.params)
  const names = await keyNames(tx, [params, tags], 1)
  const pair = ([, key, head, rest]: TextRow): string => `{"key":${JSON.stringify(names.get(key)!)},"value":${JSON.stringify(joinText(head, rest))}}`
  const paramsOf = collect(params, pair)
  const tagsOf = collect(tags, pair)
  const missing = new Set(unknown)
  for (const { id, run_id, texts } of rows) {
    if (!missing.has(id)) continue
    const json = [field('params', paramsOf.get(id)), field('tags', tagsOf.get(id))].filter((text) => text !== '').join(',')
    kept.set(id, { run_id, texts, json })
    found.set(id, json)
  }
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
