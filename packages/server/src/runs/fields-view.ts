import { fieldLimits, invalid, fieldAttributes, type FieldColumn, type Int64, type RequestOf, type FieldAttribute, type RunField, type listRunFields } from '@cairn/protocol'
import { findKey } from '../keys/index.ts'
import { inLists, read, type Reader, type Value } from '../platform/db/index.ts'
import { matchingRuns } from './search/plan.ts'
import { whichRuns } from './table-view.ts'

interface Row {
  readonly id: number
  readonly run_id: string
  readonly name: string
  readonly user_id: string
  readonly status: string
  readonly start_time: Int64
  readonly end_time: Int64 | null
}

export interface FieldsAnswer {
  readonly run_ids: string[]
  readonly columns: FieldColumn[]
  readonly total: number
}

/** Of fewer runs the values are looked up run by run; of more, all values of the key in the experiments are read in one go. */
const fewRuns = 1000

export const runFields = read('runs.fields', async (tx: Reader, input: RequestOf<typeof listRunFields>): Promise<FieldsAnswer> => {
  const { fields, max_results: limit = 10_000 } = input
  if (limit < 1 || limit > fieldLimits.runs) throw invalid(`max_results must be between 1 and ${fieldLimits.runs}. Got ${limit}.`)
  if (fields.length > fieldLimits.fields) throw invalid(`A request can ask for at most ${fieldLimits.fields} fields. Got ${fields.length}. Ask for those that are drawn.`)
  for (const { kind, key } of fields) {
    if (kind === 'attribute' && !fieldAttributes.some((one) => one === key)) throw invalid(`There is no attribute '${key}' of runs. There are ${fieldAttributes.join(', ')}.`)
  }
  const query = await whichRuns(tx, input)
  const rows: Row[] = []
  for (const { from, params } of await matchingRuns(tx, query)) {
    for await (const [id, run_id, name, user_id, status, start_time, end_time] of tx.each<[number, string, string, string, string, Int64, Int64 | null]>(
      `SELECT r.id, r.run_id, r.name, r.user_id, r.status, r.start_time, r.end_time ${from}`, params)) rows.push({ id, run_id, name, user_id, status, start_time, end_time })
  }
  rows.sort((a, b) => Number(b.start_time) - Number(a.start_time) || (a.run_id < b.run_id ? -1 : 1))
  const shown = rows.slice(0, limit)
  const places = new Map(shown.map(({ id }, at) => [id, at]))
  const columns: FieldColumn[] = []
  for (const field of fields) columns.push(field.kind === 'attribute' ? attributeColumn(shown, field.key as FieldAttribute) : await valueColumn(tx, field, places, query.experimentIds))
  return { run_ids: shown.map(({ run_id }) => run_id), columns, total: rows.length }
})

function attributeColumn(rows: readonly Row[], key: FieldAttribute): FieldColumn {
  switch (key) {
    case 'run_name': return textColumn(rows.map(({ name }) => name))
    case 'user_id': return textColumn(rows.map(({ user_id }) => user_id))
    case 'status': return textColumn(rows.map(({ status }) => status))
    case 'start_time': return { numbers: rows.map(({ start_time }) => Number(start_time)) }
    case 'end_time': return { numbers: rows.map(({ end_time }) => (end_time === null ? null : Number(end_time))) }
    case 'duration': return { numbers: rows.map(({ start_time, end_time }) => (end_time === null ? null : Number(end_time) - Number(start_time))) }
  }
}

/** Each text once: ten thousand runs have a handful of optimizers. */
function textColumn(values: readonly (string | null)[]): FieldColumn {
  const known = new Map<string, number>()
  const at = values.map((value) => {
    if (value === null) return -1
    const found = known.get(value)
    if (found !== undefined) return found
    known.set(value, known.size)
    return known.size - 1
  })
  return { texts: [...known.keys()], at }
}

async function valueColumn(tx: Reader, { kind, key }: RunField, places: ReadonlyMap<number, number>, experiments: readonly number[]): Promise<FieldColumn> {
  const metric = kind === 'metric'
  const numbers = Array.from<number | 'NaN' | null>({ length: metric ? places.size : 0 }).fill(null)
  const texts = Array.from<string | null>({ length: metric ? 0 : places.size }).fill(null)
  const keyId = await findKey(tx, key)
  const table = metric ? 'latest_metrics' : kind === 'param' ? 'params' : 'tags'
  for (const { text, params } of keyId === undefined ? [] : scopes(places, experiments)) {
    const found = tx.each<[number, number | string, number]>(`SELECT x.run_id, x.value, x.${metric ? 'is_nan' : 'long'} FROM ${table} x WHERE ${text} AND x.key_id = ?`, [...params, keyId!])
    for await (const [run, value, mark] of found) {
      const place = places.get(run)
      if (place === undefined) continue
      if (metric) numbers[place] = mark === 1 ? 'NaN' : Number(value)
      else texts[place] = mark === 1 ? `${value}…` : String(value)
    }
  }
  return metric ? { numbers } : textColumn(texts)
}

function* scopes(places: ReadonlyMap<number, number>, experiments: readonly number[]): Generator<{ readonly text: string; readonly params: readonly Value[] }> {
  if (places.size < fewRuns) for (const { sql, params } of inLists([...places.keys()])) yield { text: `x.run_id IN ${sql}`, params }
  else for (const { sql, params } of inLists(experiments)) yield { text: `x.experiment_id IN ${sql}`, params }
}
