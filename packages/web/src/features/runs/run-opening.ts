import { isSystemMetric, runOpening, type Run, type Series } from '@cairn/protocol'
import { askEarly, putEarly, takeEarly, takeReady } from '../../app/early.ts'
import { readExperimentOf, readRun } from '../../app/readings.ts'
import { client, live } from '../../app/server.ts'
import { byNumber } from '../../ui/natural.ts'

/** Curves that the overview of a run draws at most. */
export const mostCurves = runOpening.curves

export const metricKeys = (run: Run | undefined, more: readonly string[] = []): string[] =>
  [...new Set([...(run?.data.metrics ?? []).map(({ key }) => key), ...more])].sort(byNumber)

const nameOf = (runId: string, keys: readonly string[]): string => `curves ${runId} ${keys.join('\n')}`

export type Range = readonly [from: number, to: number]

/** The curves of a run as they are drawn, or the part of them in a range of steps. */
export const readCurves = (runId: string, keys: readonly string[], range?: Range): Promise<Series[]> =>
  (range === undefined ? takeEarly<Series[]>(nameOf(runId, keys)) : undefined)
  ?? client.metrics.series({ run_ids: [runId], keys: [...keys], buckets: runOpening.buckets, precision: 'float32', ...(range !== undefined && { from: range[0], to: range[1] }) })

/** Those that came with the run, for whoever draws them at once. */
export const curvesAtHand = (runId: string, keys: readonly string[]): readonly Series[] => takeReady<readonly Series[]>(nameOf(runId, keys)) ?? []

/**
 * Asks in one request for what the page of a run shows first, while its code is on its way; the browser asks
 * for that of the overview before, by a line that the server writes into the page. Where it fails the page
 * asks for itself, and says what is wrong.
 */
export async function openRun(id: string, tab: string, search: string): Promise<void> {
  const curves = tab === '' ? 'own' : tab === 'system' ? 'system' : 'none'
  // The answer says where the stream begins.
  live.hold()
  const opening = client.runs.opening(id, curves)
  askEarly(readRun(id).key, async () => (await opening).run)
  try {
    const { run, experiment, series, position } = await opening
    if (position !== undefined) live.startAt(position)
    putEarly(readRun(id).key, run)
    putEarly(readExperimentOf(run.info.experiment_id).key, experiment)
    const query = new URLSearchParams(search)
    const keys = metricKeys(run).filter((name) => isSystemMetric(name) === (tab === 'system')).slice(0, mostCurves)
    // Who begins with some of them, or a part of one, asks for those.
    if (curves === 'none' || query.has('zoom') || query.has('find') || keys.length === 0) return
    if (series === undefined) void askEarly(nameOf(id, keys), () => readCurves(id, keys))
    else putEarly(nameOf(id, keys), series)
  } catch {
    // The page that takes the run is told.
  } finally {
    live.release()
  }
}
