/** A large file through the artifact proxy, up and down again. */
import type { Script } from '../load/job.ts'
import { summarise } from '../measure/meter.ts'
import { compare, startAll } from './bench.ts'
import { atMost, megabytes, type Result, type Row } from './row.ts'
import type { Scene } from './scene.ts'

const path = '/api/2.0/mlflow-artifacts/artifacts/bench/large.bin'

export const artifacts: Scene = {
  rows: ['artifacts'],
  async *run(bench) {
    const bytes = bench.scale.artifactBytes
    bench.say(`  artifact proxy, ${megabytes(bytes)} MB up and down`)
    // FastTrackML has no proxy: its clients reach the storage themselves.
    await using servers = await startAll(bench, 'artifacts', undefined, bench.peers.filter(peer => peer.name !== 'fasttrackml'))
    const move = (script: Script) => compare(bench, servers.running, { groups: () => [{ name: 'file', connections: 1, maxOperations: Infinity, script }], counted: 'file' })
    const up = await move({ kind: 'upload', path, bytes })
    const down = await move({ kind: 'requests', requests: [{ method: 'GET', path }] })
    const results: Partial<Record<string, Result>> = Object.fromEntries([...up.failures, ...down.failures])
    let growth = Number.NaN
    for (const [name, samples] of up.samples) {
      const downSamples = down.samples.get(name)
      if (downSamples === undefined) continue
      const [u, d] = [summarise(samples, 'file'), summarise(downSamples, 'file')]
      results[name] = { value: u.cpuMs + d.cpuMs, note: `up ${Math.round(u.p50Ms)} ms, down ${Math.round(d.p50Ms)} ms; memory at most ${Math.round(megabytes(Math.max(u.rssPeak, d.rssPeak)))} MB` }
      if (name === 'cairn') growth = megabytes(Math.max(u.rssPeak, d.rssPeak) - u.rssBefore)
    }
    yield {
      name: 'artifacts', title: `artifact proxy, ${megabytes(bytes)} MB up and down`, compared: 'processor time of both', unit: 'ms', better: 'less', targets: { mlflow: 4 },
      results: results as Row['results'],
      checks: results.cairn === undefined ? [] : [atMost('memory grows by', growth, 64, 'MB')],
    }
  },
}
