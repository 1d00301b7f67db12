import type { Clause, Order } from '@cairn/protocol'
import { findKey } from '../../keys/index.ts'
import type { Reader, Value } from '../../platform/db/index.ts'
import { orderTerms, tieBreak, type Term } from './order.ts'
import { bindKeys, likeConditions, predicate, sql, tableOf, valueCondition, type BoundClause, type Sql } from './predicates.ts'
import { selectRuns, type Found, type Source } from './select.ts'

/**
 * How a search finds its page. No database knows how rare a clause is, so this decides:
 *
 * 1. A clause that few runs satisfy (counted in its index, at most `few`) drives: its runs are
 *    looked up, checked and sorted.
 * 2. Else the order is walked: the index that the first order key has gives runs in order, each is
 *    checked, and the walk ends when the page is full. A probe of the first candidates tells how
 *    far that will be; when it would be further than all runs of the rarest clause, that one drives.
 * 3. An order that has no index (name, status, end time, …) sorts what the clauses leave.
 *
 * Pages go on from the last row's sort key, so a page costs the same wherever it lies.
 */
export interface RunQuery {
  readonly experimentIds: readonly number[]
  /** Which lifecycle stages: active (0), deleted (1). */
  readonly deleted: readonly (0 | 1)[]
  readonly clauses: readonly Clause[]
  readonly order: readonly Order[]
  readonly limit: number
  /** Sort key of the row to go on after. */
  readonly after?: readonly Value[] | undefined
  /** Rows to leave out, counted from where the result or `after` begins. */
  readonly skip?: number | undefined
  /** More conditions on the run `r`, for what the grammar cannot say. */
  readonly besides?: readonly Sql[] | undefined
}

/** Where the planner changes its mind, in rows; tests set them low to reach every way with little data. */
export interface Tuning {
  readonly few: number
  readonly probe: number
  readonly countLimit: number
}

const tuned: Tuning = { few: 500, probe: 1000, countLimit: 20_000 }
/** Scanning an index entry against looking a run up and checking it. */
const scanCost = 0.2

export async function findRuns(tx: Reader, query: RunQuery, tuning: Tuning = tuned): Promise<Found[]> {
  if (query.experimentIds.length === 0) return []
  const clauses = await bindKeys(tx, query.clauses, findKey)
  const order = await bindOrder(tx, query.order)
  const search: Search = { tx, query, tuning, clauses, terms: termsOf(order), first: order[0] }

  const driver = await chooseDriver(search)
  let skip = query.skip ?? 0
  if (driver !== undefined) return run(search, drivenSources(search, driver), query.limit, query.after, skip)
  let rest = query.limit
  const found: Found[] = []
  for (const stage of walkStages(search)) {
    const from = stageStart(stage, query.after)
    if (from === 'passed') continue
    const rows = await run(search, stage.sources, rest, from, skip)
    found.push(...rows)
    // What the next stage may leave out is what this one had not.
    if (skip > 0) skip = rows.length > 0 ? 0 : skip - await countSources(tx, stage.sources)
    rest -= rows.length
    if (rest <= 0) break
  }
  return found
}

type BoundOrder = Order & { readonly keyId: number | undefined }

/** Keys that nobody logged order nothing and are left out. */
async function bindOrder(tx: Reader, order: readonly Order[]): Promise<BoundOrder[]> {
  const bound: BoundOrder[] = []
  for (const item of order) {
    const keyId = item.type === 'attribute' ? undefined : await findKey(tx, item.key)
    if (item.type === 'attribute' || keyId !== undefined) bound.push({ ...item, keyId })
  }
  return bound
}

const termsOf = (order: readonly BoundOrder[]): Term[] => [...order.flatMap((item) => orderTerms(item, item.keyId)), ...tieBreak]

/** How many columns the sort key of an order has; a page token must have as many. */
export async function sortColumns(tx: Reader, order: readonly Order[]): Promise<number> {
  return termsOf(await bindOrder(tx, order)).length
}

interface Search {
  readonly tx: Reader
  readonly query: RunQuery
  readonly tuning: Tuning
  readonly clauses: readonly BoundClause[]
  readonly terms: readonly Term[]
  readonly first: BoundOrder | undefined
}

const run = (search: Search, sources: readonly Source[], limit: number, from: readonly Value[] | undefined, skip: number): Promise<Found[]> =>
  selectRuns(search.tx, sources, search.terms, from, limit, skip)

/** How many runs a query has in all, whatever its page. */
export async function countRuns(tx: Reader, query: Omit<RunQuery, 'limit' | 'order'>, tuning: Tuning = tuned): Promise<number> {
  return countSources(tx, await allSources(tx, query, tuning))
}

/** All runs of a query in no order, as pieces of SQL from FROM on, with the run as `r`. */
export async function matchingRuns(tx: Reader, query: Omit<RunQuery, 'limit' | 'order'>): Promise<{ readonly from: string; readonly params: readonly Value[] }[]> {
  return (await allSources(tx, query, tuned)).map(({ from, conditions }) => ({
    from: `${from.text}${conditions.map(({ text }) => ` AND ${text}`).join('')}`, params: [...from.params, ...conditions.flatMap(({ params }) => params)],
  }))
}

async function allSources(tx: Reader, query: Omit<RunQuery, 'limit' | 'order'>, tuning: Tuning): Promise<Source[]> {
  if (query.experimentIds.length === 0) return []
  const clauses = await bindKeys(tx, query.clauses, findKey)
  const search: Search = { tx, query: { ...query, order: [], limit: 1 }, tuning, clauses, terms: [], first: undefined }
  let best: { clause: BoundClause; cost: number } | undefined
  for (const clause of clauses) {
    if (clause.keyId === undefined || !drives(clause) || isLike(clause)) continue
    const cost = await countMatches(search, clause, tuning.countLimit)
    if (cost < tuning.countLimit && (best === undefined || cost < best.cost)) best = { clause, cost }
  }
  const byRun = clauses.find((clause) => clause.type === 'attribute' && clause.key === 'run_id' && (clause.op === '=' || clause.op === 'IN'))
  const driver = byRun ?? best?.clause
  return driver === undefined ? runSources(search.query, clauses.map((clause) => predicate(tx, clause)), []) : drivenSources(search, driver)
}

async function countSources(tx: Reader, sources: readonly Source[]): Promise<number> {
  let count = 0
  for (const { from, conditions } of sources) {
    const [row] = await tx.rows<[number]>(`SELECT COUNT(*) ${from.text}${conditions.map(({ text }) => ` AND ${text}`).join('')}`, [...from.params, ...conditions.flatMap(({ params }) => params)])
    count += row![0]
  }
  return count
}

// --- driving by a clause

async function chooseDriver(search: Search): Promise<BoundClause | undefined> {
  const { clauses, tuning } = search
  if (clauses.length === 0) return undefined
  const byRun = clauses.find((clause) => clause.type === 'attribute' && clause.key === 'run_id' && (clause.op === '=' || clause.op === 'IN'))
  if (byRun !== undefined) return byRun
  const able = clauses.filter((clause) => clause.keyId !== undefined && drives(clause))
  let best: { clause: BoundClause; cost: number } | undefined
  for (const clause of able) {
    if (isLike(clause)) continue
    const count = await countMatches(search, clause, tuning.few)
    if (count < tuning.few && (best === undefined || count < best.cost)) best = { clause, cost: count }
  }
  if (best !== undefined) return best.clause
  if (able.length === 0) return undefined
  const walk = await walkCost(search)
  if (walk <= 2 * tuning.probe) return undefined
  for (const clause of able) {
    const cost = isLike(clause)
      ? scanCost * await countMatches(search, { ...clause, op: 'IS NOT NULL', value: null }, tuning.countLimit / scanCost)
      : await countMatches(search, clause, tuning.countLimit)
    if (best === undefined || cost < best.cost) best = { clause, cost }
  }
  return best !== undefined && best.cost < walk ? best.clause : undefined
}

const isLike = (clause: Clause): boolean => clause.op === 'LIKE' || clause.op === 'ILIKE'

const drives = (clause: Clause): boolean =>
  clause.type === 'metric' ? clause.op !== '!=' : (clause.type === 'param' || clause.type === 'tag') && (clause.op === '=' || isLike(clause))

async function countMatches(search: Search, clause: BoundClause, limit: number): Promise<number> {
  let count = 0
  for (const experiment of search.query.experimentIds) {
    const value = clause.op === 'IS NOT NULL' ? sql('1 = 1') : valueCondition(search.tx, clause, 'd')
    const [row] = await search.tx.rows<[number]>(
      `SELECT COUNT(*) FROM (SELECT 1 FROM ${tableOf(clause)} d WHERE d.experiment_id = ? AND d.key_id = ? AND ${value.text} LIMIT ?) counted`,
      [experiment, clause.keyId!, ...value.params, limit - count])
    count += row![0]
    if (count >= limit) break
  }
  return count
}

function drivenSources(search: Search, driver: BoundClause): Source[] {
  const { tx, query, clauses, terms } = search
  const others = (id: string): Sql[] => clauses.filter((clause) => clause !== driver).map((clause) => predicate(tx, clause, id))
  if (driver.type === 'attribute') {
    const experiments = query.experimentIds
    // The plus keeps SQLite from walking the experiment instead of looking the ids up.
    const from = sql(`FROM runs r WHERE +r.experiment_id IN (${experiments.map(() => '?').join(', ')})`, experiments)
    return [{ from, conditions: [predicate(tx, driver), ...stageOf(query), ...others('r.id')], terms }]
  }
  const values = isLike(driver) ? likeConditions(tx, driver, 'd') : [valueCondition(tx, driver, 'd')]
  return query.experimentIds.flatMap((experiment) => values.map((value) => ({
    from: sql(`FROM ${tableOf(driver)} d CROSS JOIN runs r WHERE d.experiment_id = ? AND d.key_id = ? AND ${value.text} AND r.id = d.run_id`,
      [experiment, driver.keyId!, ...value.params]),
    conditions: [...stageOf(query), ...others('d.run_id')],
    terms,
  })))
}

const stageOf = (query: RunQuery): Sql[] => [...(query.deleted.length === 1 ? [sql('r.deleted = ?', [query.deleted[0]!])] : []), ...query.besides ?? []]

// --- walking the order

interface Stage {
  /** What the first column of the sort key is in this stage, if it is the same for all its rows. */
  readonly rank: number | undefined
  readonly sources: readonly Source[]
}

function stageStart(stage: Stage, from: readonly Value[] | undefined): readonly Value[] | undefined | 'passed' {
  if (from === undefined || stage.rank === undefined) return from
  const rank = from[0] as number
  return rank === stage.rank ? from : rank > stage.rank ? 'passed' : undefined
}

/** The order's index as sources; several stages where values, NaN and missing ones lie apart. */
function walkStages(search: Search): Stage[] {
  const { tx, query, clauses, first, terms } = search
  if (first === undefined || first.type === 'attribute') {
    return [{ rank: undefined, sources: runSources(query, clauses.map((clause) => predicate(tx, clause)), terms) }]
  }
  const same = clauses.filter((clause) => clause.type === first.type && clause.key === first.key)
  const others = (id: string): Sql[] => clauses.filter((clause) => !same.includes(clause)).map((clause) => predicate(tx, clause, id))
  const table = tableOf(first)
  const stages: Stage[] = []
  if (same.every((clause) => clause.op !== 'IS NULL')) {
    const direct = same.filter((clause) => clause.op !== 'IS NOT NULL').map((clause) => valueCondition(tx, clause, 'o'))
    const sources = (nan: number | undefined, values: readonly (Term | Value)[]): Source[] => query.experimentIds.map((experiment) => ({
      from: sql(`FROM ${table} o CROSS JOIN runs r WHERE o.experiment_id = ? AND o.key_id = ?${nan === undefined ? '' : ` AND o.is_nan = ${nan}`} AND r.id = o.run_id`,
        [experiment, first.keyId!]),
      conditions: [...direct, ...stageOf(query), ...others('o.run_id')],
      terms: values,
    }))
    const descending = !first.ascending
    if (first.type === 'metric') {
      stages.push({ rank: 0, sources: sources(0, [0, { column: sql('o.value'), descending, text: false }, ...terms.slice(2)]) })
      stages.push({ rank: 1, sources: sources(1, [1, 0, ...terms.slice(2)]) })
    } else {
      // The index holds the head of a value; the rest only decides between equal heads.
      const head: Term = { column: sql('o.value'), descending, text: true }
      const rest: Term = { column: sql("COALESCE(o.rest, '')"), descending, text: true }
      stages.push({ rank: 0, sources: sources(undefined, [0, head, rest, ...terms.slice(3)]) })
    }
  }
  if (same.every((clause) => clause.op === 'IS NULL')) {
    const missing = predicate(tx, { ...first, op: 'IS NULL', value: null, at: 0 })
    const constants = first.type === 'metric' ? [2, 0] : [1, '', '']
    stages.push({ rank: constants[0] as number, sources: runSources(query, [missing, ...others('r.id')], [...constants, ...terms.slice(constants.length)]) })
  }
  return stages
}

function runSources(query: RunQuery, conditions: readonly Sql[], terms: readonly (Term | Value)[]): Source[] {
  return query.experimentIds.flatMap((experiment) => query.deleted.map((deleted) => ({
    from: sql('FROM runs r WHERE r.experiment_id = ? AND r.deleted = ?', [experiment, deleted]), conditions: [...conditions, ...query.besides ?? []], terms,
  })))
}

/** How many candidates a walk will look at before the page is full, by a probe of its beginning. */
async function walkCost(search: Search): Promise<number> {
  const { tx, query, first, tuning } = search
  const walkable = first === undefined || first.type !== 'attribute' || first.key === 'start_time'
  if (!walkable || query.after !== undefined || query.experimentIds.length > 1) return walkable ? tuning.countLimit : Infinity
  const [source] = walkStages(search)[0]?.sources ?? []
  if (source === undefined) return 0
  const [term] = source.terms.filter((item): item is Term => typeof item === 'object' && item !== null && 'column' in item)
  const conditions = source.conditions.map(({ text }) => text).join(' AND ') || '1 = 1'
  const direction = term!.descending ? 'DESC' : 'ASC'
  const [row] = await tx.rows<[number, number]>(
    `SELECT COUNT(*), COALESCE(SUM(hit), 0) FROM (SELECT CASE WHEN ${conditions} THEN 1 ELSE 0 END AS hit ${source.from.text} ORDER BY ${term!.column.text} ${direction} LIMIT ?) probe`,
    [...source.conditions.flatMap(({ params }) => params), ...source.from.params, ...term!.column.params, tuning.probe])
  const [seen, hits] = row!
  const wanted = query.limit + (query.skip ?? 0)
  if (seen < tuning.probe || hits >= wanted) return tuning.probe
  return hits === 0 ? Infinity : wanted / (hits / seen)
}
