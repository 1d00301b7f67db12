import { invalid, tableLimits, type GroupPath, type Int64, type RequestOf, type RunGroup, type groupRuns } from '@cairn/protocol'
import { findKey } from '../keys/index.ts'
import { extremesOf } from '../metrics/index.ts'
import { inLists, read, type Reader } from '../platform/db/index.ts'
import { mostRuns } from './extreme-order.ts'
import { comparing, groupOrder, numberOf, placeOf, type Summed } from './group-order.ts'
import { matchingRuns } from './search/plan.ts'
import { whichRuns } from './table-view.ts'

interface Sum {
  count: number
  mean: number
  /** Sum of squares of differences from the mean (Welford 1962): no digits are lost where values are large and alike. */
  squares: number
  min: number
  max: number
}

interface Group {
  runs: number
  running: number
  failed: number
  first: Int64
  start: Int64
  readonly path: GroupPath
  readonly number: number
  readonly sums: (Sum | undefined)[]
  /** Undefined where it is not divided further. */
  readonly within: Map<string | null, Group> | undefined
}

/** Infinity as latest values hold it. */
const largest = Number.MAX_VALUE

export interface Groups {
  readonly groups: RunGroup[]
  readonly total: number
  readonly outer: number
}

export const groups = read('runs.groups', async (tx: Reader, input: RequestOf<typeof groupRuns>): Promise<Groups> => {
  const { by, within = [], metrics: told = [], extremes = [], order_by, open = false, except = [], offset = 0, max_results: limit = tableLimits.groups } = input
  if (limit < 1 || limit > tableLimits.groups) throw invalid(`max_results must be between 1 and ${tableLimits.groups}. Got ${limit}.`)
  if (offset < 0) throw invalid(`offset must not be negative. Got ${offset}.`)
  const levels = [by, ...within]
  if (levels.length > tableLimits.levels) throw invalid(`Runs can be grouped by at most ${tableLimits.levels} params and tags within each other. Got ${levels.length}.`)
  const keyIds: number[] = []
  for (const { key } of levels) keyIds.push(await findKey(tx, key) ?? -1)
  const values = levels.map(({ kind }) => `(SELECT g.value || COALESCE(g.rest, '') FROM ${kind === 'param' ? 'params' : 'tags'} g WHERE g.run_id = r.id AND g.key_id = ?)`).join(', ')
  const order = groupOrder(order_by)
  // Those that order groups are summed up too where nobody asks to be told of them.
  const metrics: Summed[] = told.map((key) => ({ key, of: extremes.findLast((one) => one.key === key)?.of ?? 'last' }))
  for (const one of order) if (one.by === 'metric' && placeOf(metrics, one.metric) < 0) metrics.push(one.metric)
  const outer = new Map<string | null, Group>()
  /** A run's innermost group: what is said of those around it is put together from these. */
  const groupOf = new Map<number, Group>()
  const ids: number[] = []
  for (const { from, params } of await matchingRuns(tx, await whichRuns(tx, input))) {
    for await (const [id, status, start, ...path] of tx.each<[number, string, Int64, ...(string | null)[]]>(`SELECT r.id, r.status, r.start_time, ${values} ${from}`, [...keyIds, ...params])) {
      let known = outer
      let group: Group
      for (let level = 0; ; level += 1) {
        group = groupAt(known, path, level, levels.length, start, metrics.length)
        group.runs += 1
        if (status === 'RUNNING') group.running += 1
        else if (status === 'FAILED' || status === 'KILLED') group.failed += 1
        if (start > group.start) group.start = start
        else if (start < group.first) group.first = start
        if (group.within === undefined) break
        known = group.within
      }
      groupOf.set(id, group)
      ids.push(id)
    }
  }
  await sumUp(tx, metrics, ids, (run, at, value) => add(groupOf.get(run)!.sums, at, value))
  for (const group of outer.values()) gather(group)
  const turned = new Set(except.map(({ path }) => JSON.stringify(path)))
  const lines = [...linesOf(outer, (path) => turned.has(JSON.stringify(path)) !== open, comparing(order, levels, metrics))]
  return { total: lines.length, outer: outer.size, groups: lines.slice(offset, offset + limit).map((group) => lineOf(group, told.length)) }
})

/** Tells every finite value of the runs, with the place of what it is of. */
async function sumUp(tx: Reader, metrics: readonly Summed[], runs: readonly number[], tell: (run: number, at: number, value: number) => void): Promise<void> {
  const places = new Map<number, number>()
  for (const [at, { key, of }] of metrics.entries()) {
    const id = await findKey(tx, key)
    if (id === undefined) continue
    if (of === 'last') {
      places.set(id, at)
      continue
    }
    if (runs.length > mostRuns) throw invalid(`Up to ${mostRuns} runs can be grouped with the lowest or highest of their points. Here are more: filter them, or take the last value.`)
    for (const [run, { low, high }] of await extremesOf(tx, runs, id)) tell(run, at, of === 'min' ? low : high)
  }
  const [keys] = inLists([...places.keys()])
  if (keys === undefined || places.size === 0) return
  for (const some of inLists(runs)) {
    const rows = tx.each<[number, number, number]>(`SELECT run_id, key_id, value FROM latest_metrics WHERE run_id IN ${some.sql} AND key_id IN ${keys.sql} AND is_nan = 0`, [...some.params, ...keys.params])
    for await (const [run, key, value] of rows) if (Math.abs(value) < largest) tell(run, places.get(key)!, value)
  }
}

function groupAt(known: Map<string | null, Group>, path: GroupPath, level: number, levels: number, start: Int64, metrics: number): Group {
  const value = path[level] ?? null
  const before = known.get(value)
  if (before !== undefined) return before
  const group: Group = { runs: 0, running: 0, failed: 0, first: start, start, path: path.slice(0, level + 1), number: numberOf(value), sums: Array.from<Sum | undefined>({ length: metrics }), within: level + 1 < levels ? new Map() : undefined }
  known.set(value, group)
  return group
}

/** The groups that are to be seen in their order, each followed by those within it where it is open. */
function* linesOf(groups: ReadonlyMap<string | null, Group>, isOpen: (path: GroupPath) => boolean, order: (a: Group, b: Group) => number): Generator<Group> {
  for (const group of [...groups.values()].sort(order)) {
    yield group
    if (group.within !== undefined && isOpen(group.path)) yield* linesOf(group.within, isOpen, order)
  }
}

function lineOf({ runs, running, failed, first, start, path, sums, within }: Group, metrics: number): RunGroup {
  const value = path.at(-1) ?? null
  return {
    runs, running, failed, first_start_time: first, start_time: start, path, ...(value !== null && { value }), ...(within !== undefined && { groups: within.size }),
    metrics: sums.slice(0, metrics).map((sum) => (sum === undefined ? null : { count: sum.count, mean: sum.mean, min: sum.min, max: sum.max, std: sum.count < 2 ? 0 : Math.sqrt(sum.squares / (sum.count - 1)) })),
  }
}

/** Puts into a group what those within it say, the innermost first. */
function gather({ sums, within }: Group): void {
  for (const group of within?.values() ?? []) {
    gather(group)
    for (const [at, sum] of group.sums.entries()) if (sum !== undefined) sums[at] = joined(sums[at], sum)
  }
}

/** Both together, as exact as one by one (Chan, Golub and LeVeque 1979). */
function joined(a: Sum | undefined, b: Sum): Sum {
  if (a === undefined) return { ...b }
  const count = a.count + b.count
  const apart = b.mean - a.mean
  return { count, mean: a.mean + apart * b.count / count, squares: a.squares + b.squares + apart ** 2 * a.count * b.count / count, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
}

function add(sums: (Sum | undefined)[], at: number, value: number): void {
  const sum = sums[at] ??= { count: 0, mean: 0, squares: 0, min: value, max: value }
  sum.count += 1
  const before = value - sum.mean
  sum.mean += before / sum.count
  sum.squares += before * (value - sum.mean)
  sum.min = Math.min(sum.min, value)
  sum.max = Math.max(sum.max, value)
}
