import type { Order } from '@cairn/protocol'
import type { Reader, Value } from '../../platform/db/index.ts'
import { byRunId, canDrive, cheapestDriver, driverOf, drivenSources, likelyDriver, rarest, type Driver } from './driver.ts'
import { rememberedWay, rememberWay, type Way } from './memory.ts'
import { predicate, type BoundClause } from './predicates.ts'
import { bindOrder, bindSearch, sizeOf, termsOf, tuned, type RunQuery, type Search, type Tuning } from './query.ts'
import { countSources, selectRuns, type Found, type Source, type WalkSource } from './select.ts'
import { sortedSources } from './sorted.ts'
import { beyond, edgeOf, runSources, stageStart, upTo, walkable, walkStages, type Edge, type Stage } from './walk.ts'

export type { RunQuery, Tuning } from './query.ts'

/**
 * How a search finds its page. No database knows how rare a clause is, so this decides:
 *
 * 1. A clause that few runs satisfy (counted in its index, at most `few`) drives: its runs are
 *    looked up, checked and sorted, or sorted first where they are many (`sorted.ts`).
 * 2. Else the order is walked: the index that the first order key has gives runs in order, each is
 *    checked, and the walk ends when the page is full. By start, it is that of a param or tag which
 *    must have one value, if there is one. It goes in stretches, a short one first. What a stretch
 *    found tells how far the rest of the page will be; when the runs of the rarest clause are fewer,
 *    that one drives after all.
 * 3. An order that has no index (name, status, end time, …) sorts what the clauses leave.
 *
 * What was found out is remembered for some seconds (`memory.ts`). Pages go on from the last row's
 * sort key, so a page costs the same wherever it lies.
 */
export async function findRuns(tx: Reader, query: RunQuery, tuning: Tuning = tuned): Promise<Found[]> {
  if (query.experimentIds.length === 0) return []
  const search = await bindSearch(tx, query, tuning)
  const byId = byRunId(search)
  if (byId !== undefined) return drive(search, byId)
  if (!canDrive(search)) return walk(search)
  const way = rememberedWay(search)
  if (way?.by === 'walk') return walk(search)
  if (way !== undefined && search.clauses[way.by]!.keyId !== undefined) return driveAgain(search, search.clauses[way.by]!, way)
  const { found, by, sorted = false } = await findWay(search)
  rememberWay(search, { by: by === undefined ? 'walk' : search.clauses.indexOf(by.clause), sorted })
  return found
}

interface Outcome {
  readonly found: Found[]
  /** What drove; none where the order was walked. */
  readonly by?: Driver
  /** Whether its runs were sorted before they were checked. */
  readonly sorted?: boolean
}

async function findWay(search: Search): Promise<Outcome> {
  const { tx, query, tuning } = search
  // Of several experiments, or from an offset, a stretch tells nothing.
  const inStretches = walkable(search) && query.experimentIds.length === 1 && (query.skip ?? 0) === 0
  // Where waiting costs most, the first stretch is measured before it is known whether anybody walks it,
  // and spared where the size of the experiment says that it would not be enough.
  const most = inStretches && tx.remote ? Math.max(tuning.few, Math.ceil(Math.sqrt(query.limit * await sizeOf(tx, query.experimentIds[0]!)))) : tuning.few
  const [few, edge] = await Promise.all([rarest(search, most), inStretches && tx.remote ? firstEdge(search) : undefined])
  if (few !== undefined) return driveFirst(search, few)
  if (inStretches) return walkInStretches(search, most, edge)
  const by = await cheapestDriver(search, walkable(search) ? tuning.countLimit : Infinity)
  return by === undefined ? { found: await walk(search) } : driveFirst(search, by)
}

const drive = (search: Search, driver: Driver): Promise<Found[]> => select(search, drivenSources(search, driver), search.query.limit, search.query.after, search.query.skip)

/** A page that is full by the runs that have the order's value; undefined when it is not, or there is no such way. */
async function driveSorted(search: Search, driver: Driver): Promise<Found[] | undefined> {
  const { limit, after, skip } = search.query
  const sources = sortedSources(search, driver)
  const found = sources && await select(search, sources, limit, after, skip)
  return found !== undefined && found.length >= limit ? found : undefined
}

async function driveFirst(search: Search, by: Driver): Promise<Outcome> {
  const { query, tuning } = search
  const found = (by.rows ?? 0) < tuning.pages * query.limit ? undefined : await driveSorted(search, by)
  return { found: found ?? await drive(search, by), by, sorted: found !== undefined }
}

/** Whether the values that a LIKE stands for are still the same is asked together with the page that they give. */
async function driveAgain(search: Search, clause: BoundClause, way: Way): Promise<Found[]> {
  const page = async (driver: Driver): Promise<Found[]> => {
    const found = way.sorted ? await driveSorted(search, driver) : undefined
    if (way.sorted && found === undefined) rememberWay(search, { ...way, sorted: false })
    return found ?? drive(search, driver)
  }
  const likely = likelyDriver(search, clause)
  const [driver, found] = await Promise.all([driverOf(search, clause), likely && page(likely)])
  return found !== undefined && JSON.stringify(driver.values) === JSON.stringify(likely!.values) ? found : page(driver)
}

const select = (search: Search, sources: readonly Source[], limit: number, from?: readonly Value[], skip = 0): Promise<Found[]> =>
  selectRuns(search.tx, sources, search.terms, from, limit, skip)

async function walk(search: Search): Promise<Found[]> {
  const { tx, query } = search
  let skip = query.skip ?? 0
  const found: Found[] = []
  for (const [stage, from] of stagesFrom(search)) {
    const rows = await select(search, stage.sources, query.limit - found.length, from, skip)
    found.push(...rows)
    if (found.length >= query.limit) break
    // What the next stage may leave out is what this one had not.
    if (skip > 0) skip = rows.length > 0 ? 0 : skip - await countSources(tx, stage.sources)
  }
  return found
}

async function walkInStretches(search: Search, atLeast: number, early: Edge | undefined): Promise<Outcome> {
  const { query } = search
  const found: Found[] = []
  for (const [stage, from] of stagesFrom(search)) {
    const wanted = query.limit - found.length
    const source = inOneStretch(stage)
    const outcome = source === undefined ? { rows: await select(search, stage.sources, wanted, from) } : await stretch(search, source, from, wanted, atLeast, early)
    early = undefined
    if ('driver' in outcome) return driveFirst(search, outcome.driver)
    found.push(...outcome.rows)
    if (found.length >= query.limit) break
  }
  return { found }
}

const firstStretch = (tuning: Tuning): number => Math.ceil(tuning.probe / 5)

const inOneStretch = ({ sources }: Stage): WalkSource | undefined => (sources.length === 1 && sources[0]!.index !== undefined ? sources[0] : undefined)

async function firstEdge(search: Search): Promise<Edge | undefined> {
  const [first] = stagesFrom(search)
  const source = first && inOneStretch(first[0])
  return source && edgeOf(search.tx, source, first[1], firstStretch(search.tuning))
}

/** One stage of a walk, or the clause that finds the page with less work. Each clause has `atLeast` rows, unless it is a LIKE. */
async function stretch(search: Search, source: WalkSource, from: readonly Value[] | undefined, wanted: number, atLeast: number, early: Edge | undefined): Promise<{ readonly rows: Found[] } | { readonly driver: Driver }> {
  const { tx, tuning } = search
  const rows: Found[] = []
  let [left, begin, seen] = [source, from, 0]
  // After a short stretch only a clause with little to look up is worth to stop for.
  for (const [count, most] of [[firstStretch(tuning), 2 * tuning.probe], [tuning.probe, tuning.countLimit]] as const) {
    const edge = seen === 0 && early !== undefined ? early : await edgeOf(tx, left, begin, count)
    if (edge === undefined) break
    let ahead = Infinity
    if (!edge.flat) {
      rows.push(...await select(search, [upTo(left, edge.value)], wanted - rows.length, begin))
      if (rows.length >= wanted) return { rows }
      seen += count
      if (rows.length > 0) ahead = (wanted - rows.length) * (seen / rows.length)
    }
    const driver = await cheapestDriver(search, Math.min(ahead, most), atLeast)
    if (driver !== undefined) return { driver }
    if (edge.flat) break
    left = beyond(tx, left, edge.value)
    begin = undefined
  }
  rows.push(...await select(search, [left], wanted - rows.length, begin))
  return { rows }
}

function stagesFrom(search: Search): [Stage, readonly Value[] | undefined][] {
  return walkStages(search).flatMap((stage): [Stage, readonly Value[] | undefined][] => {
    const from = stageStart(stage, search.query.after)
    return from === 'passed' ? [] : [[stage, from]]
  })
}

/** How many columns the sort key of an order has; a page token must have as many. */
export async function sortColumns(tx: Reader, order: readonly Order[]): Promise<number> {
  return termsOf(await bindOrder(tx, order)).length
}

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
  const search = await bindSearch(tx, { ...query, order: [], limit: Infinity }, tuning)
  const driver = byRunId(search) ?? await cheapestDriver(search, Infinity)
  return driver === undefined ? runSources(search.query, search.clauses.map((clause) => predicate(tx, clause)), []) : drivenSources(search, driver)
}
