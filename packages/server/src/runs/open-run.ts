import { isSystemMetric, runOpening, type openRun as openRunEndpoint, type RequestOf } from '@cairn/protocol'
import { experimentsWithTags } from '../experiments/index.ts'
import { keyNames } from '../keys/index.ts'
import { loggedKeys, rawPerBucket, series } from '../metrics/index.ts'
import { read, type Reader } from '../platform/db/index.ts'
import { toJson } from '../platform/http/index.ts'
import { joinJson, runsAsJson } from './run-json-view.ts'
import { findRun } from './runs-store.ts'
import { runNotFound } from './runs.ts'

export type RunOpening = RequestOf<typeof openRunEndpoint> & {
  readonly workspace: string
  readonly position: string | undefined
}

/** What the page of a run begins with, of one moment: asked one by one the curves waited for the run, and both for the page's code. */
export const openRun = read('runs.openRun', async (tx: Reader, { run_id, curves = 'own', format = 'json', workspace, position }: RunOpening): Promise<Uint8Array> => {
  const row = await findRun(tx, run_id)
  if (row === undefined) throw runNotFound(run_id)
  const [experiment] = await experimentsWithTags(tx, [row.experiment_id], workspace)
  const keys = curves === 'none' ? [] : await metricsOf(tx, row.id, curves === 'system')
  const lines = curves === 'none' || keys.length > runOpening.curves ? undefined : await series.run(tx, {
    run_ids: [run_id], keys, x: 'step', from: undefined, to: undefined, buckets: runOpening.buckets, rawPerBucket, format, precision: 'float32',
  })
  const rest = `,"experiment":${toJson(experiment)}${position === undefined ? '' : `,"position":${JSON.stringify(position)}`}`
  const runs = await runsAsJson(tx, [row.id])
  // The lines as JSON are an object of one list, which goes on the other.
  if (format === 'json') return lines === undefined ? joinJson('{"run":', runs, `${rest}}`) : Buffer.concat([joinJson('{"run":', runs, `${rest},`), lines.subarray(1)])
  const head = joinJson('{"run":', runs, `${rest}}`)
  const size = new Uint8Array(4)
  new DataView(size.buffer).setUint32(0, head.length, true)
  return Buffer.concat([size, head, lines ?? new Uint8Array()])
})

async function metricsOf(tx: Reader, runId: number, system: boolean): Promise<string[]> {
  const ids = await loggedKeys(tx, runId)
  const names = await keyNames(tx, [ids.map((id) => [id])], 0)
  return ids.map((id) => names.get(id)!).filter((key) => isSystemMetric(key) === system)
}
