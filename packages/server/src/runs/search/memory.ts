import type { Reader, Value } from '../../platform/db/index.ts'
import type { Search } from './query.ts'

/**
 * What the planner keeps of the queries before, on each connection. Pages that show runs ask the same
 * again and again, and finding the way took a third to two thirds of a search of 100,000 runs.
 */

/** The way a query's page was found: by walking its order, or by the clause at an index, whose runs were sorted before they were checked or after. */
export interface Way {
  readonly by: 'walk' | number
  readonly sorted: boolean
}

/** How many queries and keys are kept, and characters of each key's values. */
const most = { ways: 500, keys: 100, characters: 20_000 }

/** Which way a query took lately. A way that is not the best any more only costs time, and not for long. */
export function rememberedWay(search: Search): Way | undefined {
  const kept = waysOf(search.tx).get(nameOf(search))
  return kept !== undefined && kept.until > performance.now() ? kept.way : undefined
}

export function rememberWay(search: Search, way: Way): void {
  const { rememberMs } = search.tuning
  if (rememberMs > 0) keep(waysOf(search.tx), nameOf(search), { way, until: performance.now() + rememberMs }, most.ways)
}

const waysOf = (tx: Reader): Map<string, { readonly way: Way; readonly until: number }> => tx.cache('run-search-ways', () => new Map())

function nameOf({ query: { experimentIds, deleted, clauses, limit, after, skip }, first, tuning }: Search): string {
  return JSON.stringify([experimentIds, deleted, clauses.map(({ type, key, op, value }) => [type, key, op, value]), first && [first.type, first.key, first.ascending],
    // A way through the first page says nothing of the next.
    after === undefined && !skip ? limit : null, Object.values(tuning)])
}

/** The different values of a key, as far as its index holds them. */
export interface KeyValues {
  readonly values: readonly string[]
  /** Whether any of them goes on outside of the index. */
  readonly long: boolean
}

/** They are read again when the database has changed; undefined when there are more than `limit`. */
export async function keptValues(tx: Reader, of: readonly Value[], table: string, limit: number, read: () => Promise<KeyValues>): Promise<KeyValues | undefined> {
  const { version } = tx.dialect
  if (version === undefined) return within(await read(), limit)
  const kept = valuesOf(tx)
  const now = String((await tx.rows(version))[0])
  const name = nameOfKey(of, table, limit)
  const known = kept.get(name)
  if (known?.version === now) return within(known.found, limit)
  const fresh = await read()
  // The same object stands for the same values, so that what was made of it holds.
  const found = known !== undefined && JSON.stringify(known.found) === JSON.stringify(fresh) ? known.found : fresh
  if (found.values.reduce((sum, { length }) => sum + length, 0) <= most.characters) keep(kept, name, { version: now, found }, most.keys)
  return within(found, limit)
}

/** What they were when they were last read. */
export function lastValues(tx: Reader, of: readonly Value[], table: string, limit: number): KeyValues | undefined {
  const kept = valuesOf(tx).get(nameOfKey(of, table, limit))
  return kept && within(kept.found, limit)
}

const valuesOf = (tx: Reader) => tx.cache('run-search-values', () => new Map<string, { readonly version: string; readonly found: KeyValues }>())
const nameOfKey = (of: readonly Value[], table: string, limit: number): string => JSON.stringify([table, ...of, limit])
const within = (found: KeyValues, limit: number): KeyValues | undefined => (found.values.length > limit ? undefined : found)

function keep<T>(map: Map<string, T>, name: string, value: T, limit: number): void {
  map.delete(name)
  if (map.size >= limit) map.delete(map.keys().next().value!)
  map.set(name, value)
}
