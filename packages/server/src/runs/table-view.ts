import { archivedTag, invalid, parseRunFilter, parseRunOrder, tableLimits, type Int64, type RequestOf, type TableColumn, type TableRow, type listTableRows } from '@cairn/protocol'
import { parseExperimentId } from '../experiments/index.ts'
import { findKey } from '../keys/index.ts'
import { extremesOf } from '../metrics/index.ts'
import { inLists, read, type Reader } from '../platform/db/index.ts'
import { splitText } from './long-text.ts'
import { decodeSkip, encodeSkip, extremeOrder, findByExtreme } from './extreme-order.ts'
import type { RunRow } from './runs-store.ts'
import { decodeCursor, encodeCursor } from './search/cursor.ts'
import { countRuns, findRuns, sortColumns, type RunQuery } from './search/plan.ts'
import { sql, type Sql } from './search/predicates.ts'

type Request = RequestOf<typeof listTableRows>
export type Which = Pick<Request, 'experiment_ids' | 'filter' | 'run_view_type' | 'archived' | 'roots' | 'parent_run_id' | 'member_of' | 'members_of'>

export const parentTag = 'mlflow.parentRunId'
const stages = { ACTIVE_ONLY: [0], DELETED_ONLY: [1], ALL: [0, 1] } as const

/** Which runs a table, its groups and its count speak of. */
export async function whichRuns(tx: Reader, { experiment_ids, filter, run_view_type, archived, roots, parent_run_id, member_of, members_of = [] }: Which): Promise<Omit<RunQuery, 'order' | 'limit'>> {
  const besides: Sql[] = []
  const archivedKey = archived === true ? undefined : await findKey(tx, archivedTag)
  if (archivedKey !== undefined) besides.push(sql('(SELECT 1 FROM tags x WHERE x.run_id = r.id AND x.key_id = ? LIMIT 1) IS NULL', [archivedKey]))
  const parentKey = roots === true || parent_run_id !== undefined ? await findKey(tx, parentTag) : undefined
  if (roots === true && parentKey !== undefined) {
    // Whoever names a parent that is not shown would be seen nowhere.
    besides.push(sql(`(SELECT 1 FROM tags x JOIN runs p ON p.run_id = x.value
      WHERE x.run_id = r.id AND x.key_id = ? AND p.deleted = 0 AND p.experiment_id = r.experiment_id AND p.id <> r.id LIMIT 1) IS NULL`, [parentKey]))
  }
  if (parent_run_id !== undefined) besides.push(parentKey === undefined ? sql('1 = 0') : sql('(SELECT x.value FROM tags x WHERE x.run_id = r.id AND x.key_id = ? LIMIT 1) = ?', [parentKey, parent_run_id]))
  for (const member of member_of === undefined ? members_of : [member_of, ...members_of]) besides.push(await memberOf(tx, member))
  return {
    experimentIds: [...new Set(experiment_ids.map(parseExperimentId))], deleted: stages[run_view_type ?? 'ACTIVE_ONLY'],
    clauses: parseRunFilter(filter), besides,
  }
}

async function memberOf(tx: Reader, { kind, key, value }: NonNullable<Which['member_of']>): Promise<Sql> {
  const keyId = await findKey(tx, key)
  const from = `FROM ${kind === 'param' ? 'params' : 'tags'} x WHERE x.run_id = r.id AND x.key_id = ?`
  if (keyId === undefined) return sql(value === undefined ? '1 = 1' : '1 = 0')
  if (value === undefined) return sql(`(SELECT 1 ${from} LIMIT 1) IS NULL`, [keyId])
  const [head, , rest] = splitText(value)
  return sql(`(SELECT 1 ${from} AND x.value = ? AND COALESCE(x.rest, '') = ? LIMIT 1) = 1`, [keyId, head, rest ?? ''])
}

export interface TableWindow {
  readonly rows: TableRow[]
  readonly total?: number
  readonly next_page_token?: string
}

export const tableWindow = read('runs.tableWindow', async (tx: Reader, input: Request): Promise<TableWindow> => {
  const { max_results: limit = 100, offset: skip = 0, columns = [], count = true } = input
  if (limit < 1 || limit > tableLimits.rows) throw invalid(`max_results must be between 1 and ${tableLimits.rows}. Got ${limit}.`)
  if (skip < 0) throw invalid(`offset must not be negative. Got ${skip}.`)
  if (columns.length > tableLimits.columns) throw invalid(`A window can have at most ${tableLimits.columns} columns. Got ${columns.length}. Ask for those that are shown.`)
  const which = await whichRuns(tx, input)
  const extreme = extremeOrder(input.order_by)
  if (extreme !== undefined) {
    const from = decodeSkip(input.page_token) ?? skip
    const found = await findByExtreme(tx, which, extreme, { skip: from, limit: limit + 1 })
    const rows = await tableRows(tx, found.slice(0, limit).map(({ id }) => id), columns, input)
    return { rows, ...(count && { total: await countRuns(tx, which) }), ...(found.length > limit && { next_page_token: encodeSkip(from + limit) }) }
  }
  const order = parseRunOrder(input.order_by)
  const after = decodeCursor(input.page_token, await sortColumns(tx, order), order)
  const found = await findRuns(tx, { ...which, order, after, skip: after === undefined ? skip : 0, limit: limit + 1 })
  const shown = found.slice(0, limit)
  const rows = await tableRows(tx, shown.map(({ id }) => id), columns, input)
  return {
    rows,
    ...(count && { total: after === undefined && skip === 0 && found.length <= limit ? found.length : await countRuns(tx, which) }),
    ...(found.length > limit && { next_page_token: encodeCursor(shown.at(-1)!.key, order) }),
  }
})

const together = 100

async function tableRows(tx: Reader, ids: readonly number[], columns: readonly TableColumn[], asked: Asked): Promise<TableRow[]> {
  const places = await placesOf(tx, columns)
  const rows: TableRow[] = []
  for (let from = 0; from < ids.length; from += together) rows.push(...await someRows(tx, ids.slice(from, from + together), columns, places, asked))
  return rows
}

/** What is said of rows besides their columns. */
type Asked = Pick<Request, 'whole' | 'archived'>

/** Where the value of a key goes, for each of the three tables. */
type Places = Readonly<Record<'latest_metrics' | 'params' | 'tags', ReadonlyMap<number, number>>>
const tables = { metric: 'latest_metrics', param: 'params', tag: 'tags' } as const

async function placesOf(tx: Reader, columns: readonly TableColumn[]): Promise<Places> {
  const places = { latest_metrics: new Map<number, number>(), params: new Map<number, number>(), tags: new Map<number, number>() }
  for (const [at, { kind, key, of }] of columns.entries()) {
    const id = of !== undefined && kind === 'metric' ? undefined : await findKey(tx, key)
    if (id !== undefined) places[tables[kind]].set(id, at)
  }
  return places
}

/** Puts the lowest or highest of all points where columns ask for it. */
async function setExtremes(tx: Reader, columns: readonly TableColumn[], values: ReadonlyMap<number, (string | number | null)[]>): Promise<void> {
  for (const [at, { kind, key, of }] of columns.entries()) {
    const keyId = of === undefined || kind !== 'metric' ? undefined : await findKey(tx, key)
    if (keyId === undefined) continue
    for (const [run, { low, high }] of await extremesOf(tx, [...values.keys()], keyId)) values.get(run)![at] = of === 'min' ? low : high
  }
}

async function someRows(tx: Reader, ids: readonly number[], columns: readonly TableColumn[], places: Places, { whole = false, archived: withArchived = false }: Asked): Promise<TableRow[]> {
  const width = columns.length
  const [list] = inLists(ids)
  if (list === undefined || ids.length === 0) return []
  const infos = await tx.all<RunRow>(`SELECT id, run_id, experiment_id, name, user_id, status, start_time, end_time, deleted, artifact_uri FROM runs WHERE id IN ${list.sql}`, list.params)
  const running = new Set(infos.filter(({ status }) => status === 'RUNNING').map(({ id }) => id))
  const values = new Map(ids.map((id) => [id, Array.from<string | number | null>({ length: width }).fill(null)]))
  const steps = new Map([...running].map((id) => [id, Array.from<Int64 | null>({ length: width }).fill(null)]))
  for (const keys of inLists([...places.latest_metrics.keys()])) {
    const found = await tx.rows<[number, number, number, number, Int64]>(`SELECT run_id, key_id, value, is_nan, step FROM latest_metrics WHERE run_id IN ${list.sql} AND key_id IN ${keys.sql}`, [...list.params, ...keys.params])
    for (const [run, key, value, isNan, step] of found) {
      values.get(run)![places.latest_metrics.get(key)!] = told(value, isNan)
      if (running.has(run)) steps.get(run)![places.latest_metrics.get(key)!] = step
    }
  }
  for (const table of ['params', 'tags'] as const) {
    for (const keys of inLists([...places[table].keys()])) {
      const found = await tx.rows<[number, number, string, number, string | null]>(`SELECT run_id, key_id, value, long, ${whole ? 'rest' : 'NULL'} FROM ${table} WHERE run_id IN ${list.sql} AND key_id IN ${keys.sql}`, [...list.params, ...keys.params])
      for (const [run, key, head, long, rest] of found) values.get(run)![places[table].get(key)!] = long === 0 ? head : whole ? head + (rest ?? '') : `${head}…`
    }
  }
  await setExtremes(tx, columns, values)
  const { children, parents, archived } = await familyOf(tx, infos, list, withArchived)
  const byId = new Map(infos.map((row): [number, TableRow] => [row.id, {
    run_id: row.run_id, run_name: row.name, experiment_id: String(row.experiment_id), user_id: row.user_id, status: row.status as TableRow['status'],
    start_time: row.start_time, ...(row.end_time !== null && { end_time: row.end_time }), ...(row.deleted !== 0 && { deleted: true }), ...(archived.has(row.id) && { archived: true }),
    ...(parents.has(row.id) && { parent_run_id: parents.get(row.id)! }),
    children: children.get(row.run_id) ?? 0, values: values.get(row.id)!, ...(running.has(row.id) && width > 0 && { steps: steps.get(row.id)! }),
  }]))
  return ids.map((id) => byId.get(id)!)
}

/** What is not finite by its name: the largest double stands for infinity in the table of latest values. */
const told = (value: number, isNan: number): number | string => (isNan === 1 ? 'NaN' : value === Number.MAX_VALUE ? 'Infinity' : value === -Number.MAX_VALUE ? '-Infinity' : value)

interface Family {
  readonly children: ReadonlyMap<string, number>
  readonly parents: ReadonlyMap<number, string>
  readonly archived: ReadonlySet<number>
}

async function familyOf(tx: Reader, rows: readonly RunRow[], list: { readonly sql: string; readonly params: readonly number[] }, withArchived: boolean): Promise<Family> {
  const children = new Map<string, number>()
  const [parentKey, archivedKey] = [await findKey(tx, parentTag), await findKey(tx, archivedTag)]
  const marks = parentKey === undefined && archivedKey === undefined ? []
    : await tx.rows<[number, number, string]>(`SELECT run_id, key_id, value FROM tags WHERE run_id IN ${list.sql} AND key_id IN (?, ?)`, [...list.params, parentKey ?? archivedKey!, archivedKey ?? parentKey!])
  // As many as are told when they are asked for.
  const hidden = withArchived ? undefined : archivedKey
  if (parentKey !== undefined) {
    for (const experiment of new Set(rows.map(({ experiment_id }) => experiment_id))) {
      for (const parents of inLists(rows.filter((row) => row.experiment_id === experiment).map(({ run_id }) => run_id))) {
        const found = await tx.rows<[string, number]>(
          `SELECT x.value, COUNT(*) FROM tags x CROSS JOIN runs c WHERE x.experiment_id = ? AND x.key_id = ? AND x.value IN ${parents.sql} AND c.id = x.run_id AND c.deleted = 0
            ${hidden === undefined ? '' : 'AND NOT EXISTS (SELECT 1 FROM tags a WHERE a.run_id = c.id AND a.key_id = ?)'} GROUP BY x.value`,
          [experiment, parentKey, ...parents.params, ...(hidden === undefined ? [] : [hidden])])
        for (const [parent, count] of found) children.set(parent, count)
      }
    }
  }
  return {
    children,
    parents: new Map(marks.filter(([, key]) => key === parentKey).map(([run, , value]) => [run, value])),
    archived: new Set(marks.filter(([, key]) => key === archivedKey).map(([run]) => run)),
  }
}
