/** Bytes that a logged point takes once the server has tidied up and stopped. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { settle } from '../measure/meter.ts'
import { Server, type Peer } from '../servers/server.ts'
import { asRunning, createRuns, type Bench } from './bench.ts'
import { atMost, failed, type Result, type Row } from './row.ts'
import type { Scene } from './scene.ts'

const connections = 4

export const disk: Scene = {
  rows: ['disk'],
  async *run(bench) {
    bench.say('  bytes on disk per point')
    const results: Row['results'] = {}
    for (const peer of bench.peers) {
      try {
        results[peer.name] = await bytesPerPoint(bench, peer)
        bench.say(`    ${peer.name}: ${results[peer.name]!.value.toFixed(1)}, ${results[peer.name]!.note}`)
      } catch (error) {
        results[peer.name] = failed(error)
      }
    }
    yield {
      name: 'disk', title: 'bytes on disk per point (10 metrics in each of 4 runs, server stopped)', compared: 'bytes per point', unit: 'bytes', better: 'less',
      targets: { mlflow: 17, fasttrackml: 16 }, results,
      checks: results.cairn === undefined ? [] : [atMost('a point takes', results.cairn.value, 14, 'bytes')],
    }
  },
}

async function bytesPerPoint(bench: Bench, peer: Peer): Promise<Result> {
  const folder = join(bench.folder, `disk-${peer.name}`)
  await mkdir(folder, { recursive: true })
  let runs: string[]
  const empty = await Server.start(peer, folder)
  try {
    runs = await createRuns(asRunning(empty, ''), connections)
  } finally {
    await empty[Symbol.asyncDispose]()
  }
  const before = await empty.diskBytes()
  const points = peer.name === 'cairn' ? bench.scale.diskPoints.cairn : bench.scale.diskPoints.peers
  const server = await Server.start(peer, folder)
  try {
    await bench.generator.run({ port: server.port, seconds: 300, limitSeconds: 300, groups: [
      { name: 'fill', connections, maxOperations: Math.ceil(points / 1000), script: { kind: 'log-batch', runs, firstStep: asRunning(server, '').steps(1) } },
    ] })
    await settle(server.pid, 120_000)
  } finally {
    await server[Symbol.asyncDispose]()
  }
  return { value: (await server.diskBytes() - before) / points, note: `${points.toLocaleString('en-US')} points` }
}
