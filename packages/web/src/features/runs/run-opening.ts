import type { Run, Series } from '@cairn/protocol'
import { askEarly, takeEarly } from '../../app/early.ts'
import { readRun } from '../../app/readings.ts'
import { client } from '../../app/server.ts'
import { byNumber } from '../../ui/natural.ts'

/** Curves that the overview of a run draws at most. */
export const mostCurves = 120
const buckets = 800

export const isSystem = (key: string): boolean => key.startsWith('system/')
export const metricKeys = (run: Run | undefined, more: readonly string[] = []): string[] =>
  [...new Set([...(run?.data.metrics ?? []).map(({ key }) => key), ...more])].sort(byNumber)

const nameOf = (runId: string, keys: readonly string[]): string => `curves ${runId} ${keys.join('\n')}`

export type Range = readonly [from: number, to: number]

/** The curves of a run as they are drawn, or the part of them in a range of steps. */
export const readCurves = (runId: string, keys: readonly string[], range?: Range): Promise<Series[]> =>
  (range === undefined ? takeEarly<Series[]>(nameOf(runId, keys)) : undefined)
  ?? client.metrics.series({ run_ids: [runId], keys: [...keys], buckets, precision: 'float32', ...(range !== undefined && { from: range[0], to: range[1] }) })

/** Asks for a run, and as soon as it is known which curves its page draws first for those, while the code of the page is on its way. */
export function openRun(id: string, tab: string, search: string): void {
  const { key, load } = readRun(id)
  const run = askEarly(key, () => load())
  const query = new URLSearchParams(search)
  if ((tab !== '' && tab !== 'system') || query.has('zoom') || query.has('find')) return
  void run.then((found) => {
    const keys = metricKeys(found).filter((name) => isSystem(name) === (tab === 'system')).slice(0, mostCurves)
    if (keys.length > 0) void askEarly(nameOf(id, keys), () => readCurves(id, keys))
  }, () => {})
}
