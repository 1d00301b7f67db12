import { isLike, lowerAscii, type Clause } from '@cairn/protocol'
import { together } from '../../platform/db/index.ts'
import { keptValues, lastValues, type KeyValues } from './memory.ts'
import { likeConditions, predicate, sql, tableOf, valueCondition, type BoundClause, type Sql } from './predicates.ts'
import { byStart, runOf, stageOf, type Search } from './query.ts'
import type { WalkSource } from './select.ts'

/** A clause whose runs are looked up, instead of looking at runs in order and checking it. */
export interface Driver {
  readonly clause: BoundClause
  /** What rows `d` of its table satisfy it, as conditions that never hold together. */
  readonly values: readonly Sql[]
  /** Whether the index has the rows of each in the order of the search, so that a page needs no more of them than it has runs. */
  readonly inOrder?: boolean
  /** How many runs it has to look at, where they were counted. */
  readonly rows?: number
}

/** Scanning an index entry against looking a run up and checking it. */
const scanCost = 0.2

const byPattern = (clause: Clause): boolean => clause.op === 'LIKE' || clause.op === 'ILIKE'

export const byRunId = (search: Search): Driver | undefined => {
  const clause = search.clauses.find(({ type, key, op }) => type === 'attribute' && key === 'run_id' && (op === '=' || op === 'IN'))
  return clause === undefined ? undefined : { clause, values: [] }
}

/** Clauses that an index answers. */
const able = (search: Search): BoundClause[] => search.clauses.filter((clause) => clause.keyId !== undefined
  && (clause.type === 'metric' ? clause.op !== '!=' : (clause.type === 'param' || clause.type === 'tag') && (clause.op === '=' || byPattern(clause))))

/** The clause that the order is walked by: the index has the runs with one value of a param or tag by their start. */
export function driverInOrder(search: Search): Driver | undefined {
  const clause = byStart(search) ? able(search).find(({ type, op }) => type !== 'metric' && op === '=') : undefined
  return clause && { clause, values: [valueCondition(search.tx, clause, 'd')], inOrder: true }
}

/** Whether there is anything to choose from. */
export function canDrive(search: Search): boolean {
  const inOrder = driverInOrder(search)?.clause
  return able(search).some((clause) => clause !== inOrder)
}

/** The clause that the fewest runs satisfy, if those are fewer than `limit`; says nothing of LIKE. */
export async function rarest(search: Search, limit: number): Promise<Driver | undefined> {
  return (await rarestCounted(search, limit)).best
}

/** A driver, and the runs that it has to look at: `limit` for none. */
interface Counted {
  readonly best: Driver | undefined
  readonly most: number
}

async function rarestCounted(search: Search, limit: number): Promise<Counted> {
  const { tx } = search
  let [best, most]: [Driver | undefined, number] = [undefined, limit]
  const drivers = able(search).filter((clause) => !byPattern(clause)).map((clause) => ({ clause, values: [valueCondition(tx, clause, 'd')] }))
  await together(tx, drivers, async (driver) => {
    const count = await countRows(search, driver, most)
    if (count < most) [best, most] = [{ ...driver, rows: count }, count]
  })
  return { best, most }
}

/** The clause that costs least to drive by, in runs looked at, if that is less than `limit`. Those without LIKE have `atLeast` rows. */
export async function cheapestDriver(search: Search, limit: number, atLeast = 0): Promise<Driver | undefined> {
  const { tuning } = search
  const likes = able(search).filter(byPattern)
  const bound = Math.min(limit, tuning.countLimit)
  let { best, most }: Counted = bound <= atLeast ? { best: undefined, most: bound } : await rarestCounted(search, bound)
  for (const clause of likes) {
    if (most < tuning.values) continue
    const values = await fewValues(search, clause)
    if (values !== undefined) {
      const count = await countRows(search, values, most)
      if (count < most) [best, most] = [{ ...values, rows: count }, count]
    } else if (limit >= tuning.countLimit) {
      const all = { clause, values: [sql('1 = 1')] }
      const cost = scanCost * await countRows(search, all, most / scanCost)
      if (cost < most) [best, most] = [{ clause, values: likeConditions(search.tx, clause, 'd') }, cost]
    }
  }
  return best
}

/**
 * A LIKE by the different values that satisfy it, where a key has few: the index is asked for one
 * after the other. Undefined when there are many.
 */
async function fewValues(search: Search, clause: BoundClause): Promise<Driver | undefined> {
  const { tx, query, tuning } = search
  if (query.experimentIds.length !== 1) return undefined
  const table = tableOf(clause)
  const of = [query.experimentIds[0]!, clause.keyId!]
  const values = await keptValues(tx, of, table, tuning.values, async () => {
    const where = `FROM ${table} WHERE experiment_id = ? AND key_id = ?`
    const [rows, long] = await Promise.all([tx.rows<[string]>(
      `WITH RECURSIVE different(x) AS (SELECT MIN(value) ${where}
         UNION ALL SELECT (SELECT value ${where} AND value > different.x ORDER BY value LIMIT 1) FROM different WHERE different.x IS NOT NULL)
       SELECT x FROM different WHERE x IS NOT NULL LIMIT ?`, [...of, ...of, tuning.values + 1]), tx.rows(`SELECT 1 ${where} AND long = 1 LIMIT 1`, of)])
    return { values: rows.map(([value]) => value), long: long.length > 0 }
  })
  return values && byValues(search, clause, values)
}

function byValues(search: Search, clause: BoundClause, all: KeyValues): Driver {
  const hits = hitsOf(search, clause, all)
  const [, long] = likeConditions(search.tx, clause, 'd')
  const inOrder = byStart(search) && hits.length <= apartLimit
  const short = inOrder ? hits.map((hit) => sql('d.value = ? AND d.long = 0', [hit]))
    : hits.length === 0 ? [] : [sql(`d.value IN (${hits.map(() => '?').join(', ')}) AND d.long = 0`, hits)]
  // A value whose head alone is indexed is decided by the whole of it.
  return { clause, values: all.long ? [...short, long] : short, inOrder }
}

/** To match a pattern with 200 values takes as long as to read the page. */
function hitsOf({ tx }: Search, { op, value }: BoundClause, all: KeyValues): readonly string[] {
  const lists = tx.cache('run-search-hits', () => new WeakMap<KeyValues, Map<string, readonly string[]>>())
  let known = lists.get(all)
  if (known === undefined) lists.set(all, known = new Map())
  const name = `${op} ${value as string}`
  let hits = known.get(name)
  if (hits === undefined) {
    const fold = op === 'LIKE' ? (text: string) => text : lowerAscii
    const pattern = fold(value as string)
    hits = all.values.filter((one) => isLike(fold(one), pattern))
    if (known.size >= patternsKept) known.clear()
    known.set(name, hits)
  }
  return hits
}

const patternsKept = 20

/** The runs of so many values are merged; those of more are one statement, which sorts them. */
const apartLimit = 8

/** The driver that one clause is, whatever it costs. */
export async function driverOf(search: Search, clause: BoundClause): Promise<Driver> {
  if (!byPattern(clause)) return { clause, values: [valueCondition(search.tx, clause, 'd')] }
  return await fewValues(search, clause) ?? { clause, values: likeConditions(search.tx, clause, 'd') }
}

/** What `driverOf` will most likely answer, where it has to ask the database. */
export function likelyDriver(search: Search, clause: BoundClause): Driver | undefined {
  const { tx, query, tuning } = search
  if (!byPattern(clause) || query.experimentIds.length !== 1) return undefined
  const values = lastValues(tx, [query.experimentIds[0]!, clause.keyId!], tableOf(clause), tuning.values)
  return values && byValues(search, clause, values)
}

/** Rows of a driver that have to be looked at, counted up to `limit`. */
async function countRows({ tx, query, clauses }: Search, { clause, values, inOrder }: Driver, limit: number): Promise<number> {
  let count = 0
  const most = inOrder === true && clauses.length === 1 ? query.limit + (query.skip ?? 0) : Infinity
  await together(tx, query.experimentIds.flatMap((experiment) => values.map((value) => [experiment, value] as const)), async ([experiment, value]) => {
    if (count >= limit) return
    const [row] = await tx.rows<[number]>(
      `SELECT COUNT(*) FROM (SELECT 1 FROM ${tableOf(clause)} d WHERE d.experiment_id = ? AND d.key_id = ? AND ${value.text} LIMIT ?) counted`,
      [experiment, clause.keyId!, ...value.params, Math.min(Math.ceil(limit - count), most)])
    count += row![0]
  })
  return count
}

/** The runs of a driver, checked by the other clauses. */
export function drivenSources(search: Search, driver: Driver): WalkSource[] {
  const { tx, query, clauses, terms } = search
  const others = (id: string): Sql[] => clauses.filter((clause) => clause !== driver.clause).map((clause) => predicate(tx, clause, id))
  if (driver.clause.type === 'attribute') {
    const experiments = query.experimentIds
    // The plus keeps SQLite from walking the experiment instead of looking the ids up.
    const from = sql(`FROM runs r WHERE +r.experiment_id IN (${experiments.map(() => '?').join(', ')})`, experiments)
    return [{ from, conditions: [predicate(tx, driver.clause), ...stageOf(query), ...others('r.id')], terms }]
  }
  const ofIndex = driver.clause.type === 'metric' ? terms : terms.map((term) => (term.column.text === 'r.start_time' ? { ...term, column: sql('d.start_time') } : term))
  return query.experimentIds.flatMap((experiment) => driver.values.map((value) => {
    const [table, where, params] = [tableOf(driver.clause), `WHERE d.experiment_id = ? AND d.key_id = ? AND ${value.text}`, [experiment, driver.clause.keyId!, ...value.params]]
    return {
      from: sql(`FROM ${table} d ${runOf(tx, 'd')} ${where}`, params),
      conditions: [...stageOf(query), ...others('d.run_id')],
      terms: ofIndex,
      index: sql(`FROM ${table} d ${where}`, params),
    }
  }))
}
