import { tableLimits, type Int64, type RequestOf, type RunGroup, type groupRuns } from '@cairn/protocol'
import { findKey } from '../keys/index.ts'
import { inLists, read, type Reader } from '../platform/db/index.ts'
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
  start: Int64
  readonly value: string | undefined
  readonly sums: (Sum | undefined)[]
}

/** Infinity as latest values hold it. */
const largest = Number.MAX_VALUE

export const groups = read('runs.groups', async (tx: Reader, input: RequestOf<typeof groupRuns>): Promise<{ groups: RunGroup[]; total: number }> => {
  const { by, metrics = [] } = input
  const byKey = await findKey(tx, by.key) ?? -1
  const byTable = by.kind === 'param' ? 'params' : 'tags'
  const places = new Map<number, number>()
  for (const [at, key] of metrics.entries()) {
    const id = await findKey(tx, key)
    if (id !== undefined) places.set(id, at)
  }
  const groups = new Map<string, Group>()
  const groupOf = new Map<number, Group>()
  const ids: number[] = []
  const query = await whichRuns(tx, input)
  for (const { from, params } of await matchingRuns(tx, query)) {
    const rows = tx.each<[number, string, Int64, string | null, string | null]>(
      `SELECT r.id, r.status, r.start_time, (SELECT g.value FROM ${byTable} g WHERE g.run_id = r.id AND g.key_id = ?), (SELECT g.rest FROM ${byTable} g WHERE g.run_id = r.id AND g.key_id = ?) ${from}`,
      [byKey, byKey, ...params])
    for await (const [id, status, start, head, rest] of rows) {
      const value = head === null ? undefined : head + (rest ?? '')
      const name = value === undefined ? '' : `=${value}`
      let group = groups.get(name)
      if (group === undefined) groups.set(name, group = { runs: 0, running: 0, failed: 0, start, value, sums: Array.from<Sum | undefined>({ length: metrics.length }) })
      group.runs += 1
      if (status === 'RUNNING') group.running += 1
      else if (status === 'FAILED' || status === 'KILLED') group.failed += 1
      if (start > group.start) group.start = start
      groupOf.set(id, group)
      ids.push(id)
    }
  }
  if (places.size > 0) {
    const [keys] = inLists([...places.keys()])
    for (const runs of inLists(ids)) {
      const rows = tx.each<[number, number, number]>(`SELECT run_id, key_id, value FROM latest_metrics WHERE run_id IN ${runs.sql} AND key_id IN ${keys!.sql} AND is_nan = 0`, [...runs.params, ...keys!.params])
      for await (const [run, key, value] of rows) if (Math.abs(value) < largest) add(groupOf.get(run)!.sums, places.get(key)!, value)
    }
  }
  const found = [...groups.values()].sort((a, b) => b.runs - a.runs || ((a.value ?? '') < (b.value ?? '') ? -1 : 1))
  return {
    total: found.length,
    groups: found.slice(0, tableLimits.groups).map(({ runs, running, failed, start, value, sums }) => ({
      runs, running, failed, start_time: start, ...(value !== undefined && { value }),
      metrics: sums.map((sum) => (sum === undefined ? null : { count: sum.count, mean: sum.mean, min: sum.min, max: sum.max, std: sum.count < 2 ? 0 : Math.sqrt(sum.squares / (sum.count - 1)) })),
    })),
  }
})

function add(sums: (Sum | undefined)[], at: number, value: number): void {
  const sum = sums[at] ??= { count: 0, mean: 0, squares: 0, min: value, max: value }
  sum.count += 1
  const before = value - sum.mean
  sum.mean += before / sum.count
  sum.squares += before * (value - sum.mean)
  sum.min = Math.min(sum.min, value)
  sum.max = Math.max(sum.max, value)
}
