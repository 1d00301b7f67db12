import type { ModelVersion, Run } from '@cairn/protocol'
import { client, useLoaded } from '../../app/server.ts'
import { metricKeys } from './metric-keys.ts'

export interface VersionMetrics {
  /** The metrics that most versions have, at most three. */
  readonly keys: readonly string[]
  /** By version, then by metric. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, number>>
}

const most = { experiments: 5, versions: 300 }
const inList = (ids: readonly string[]): string => `attributes.run_id IN (${ids.map((id) => `'${id.replaceAll("'", '')}'`).join(', ')})`

/** The metrics of the runs that versions came from: a request for each experiment, however many versions there are. */
export function useVersionMetrics(name: string, versions: readonly ModelVersion[]): { readonly metrics: VersionMetrics | undefined; readonly reading: boolean } {
  const { data, loading } = useLoaded(`metrics of versions of ${name} ${versions.map(({ version }) => version).join()}`, async (): Promise<VersionMetrics> => {
    const runOf = new Map(versions.slice(0, most.versions).flatMap(({ version, run_id }) => (run_id ? [[version, run_id] as const] : [])))
    const runs: Run[] = []
    const missing = new Set(runOf.values())
    for (let asked = 0; asked < most.experiments && missing.size > 0; asked += 1) {
      const first = await client.runs.get([...missing][0]!).catch(() => undefined)
      missing.delete([...missing][0]!)
      if (first === undefined) continue
      const { items } = missing.size === 0 ? { items: [] } : await client.runs.searchPage({ experiment_ids: [first.info.experiment_id], filter: inList([...missing]), max_results: most.versions, run_view_type: 'ALL' })
      for (const run of [first, ...items]) {
        missing.delete(run.info.run_id)
        runs.push(run)
      }
    }
    const metrics = new Map(runs.map(({ info, data: logged }) => [info.run_id, new Map((logged.metrics ?? []).filter(({ key }) => !key.startsWith('system/')).map(({ key, value }) => [key, Number(value)]))]))
    const values = new Map([...runOf].flatMap(([version, run]) => (metrics.has(run) ? [[version, metrics.get(run)!] as const] : [])))
    return { keys: metricKeys([...values.values()]), values }
  })
  return { metrics: data, reading: loading }
}
