/** From the command to the first answer. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { treeUse } from '../measure/process-tree.ts'
import { median } from '../measure/statistics.ts'
import { Server } from '../servers/server.ts'
import { atMost, failed, type Row } from './row.ts'
import type { Scene } from './scene.ts'

export const start: Scene = {
  rows: ['start'],
  async *run(bench) {
    bench.say('  start to first answer')
    const first: Record<string, number[]> = {}
    const again: Record<string, number[]> = {}
    const cpu: Record<string, number[]> = {}
    const results: Row['results'] = {}
    for (let round = 0; round < bench.scale.starts; round++) {
      for (const peer of bench.peers) {
        try {
          const folder = join(bench.folder, `start-${peer.name}-${round}`)
          await mkdir(folder, { recursive: true })
          for (const times of [first, again]) {
            await using server = await Server.start(peer, folder)
            ;(times[peer.name] ??= []).push(server.startMs)
            ;(cpu[peer.name] ??= []).push(treeUse(server.pid).cpuMs)
          }
        } catch (error) {
          results[peer.name] = failed(error)
        }
      }
    }
    for (const { name } of bench.peers) {
      if (results[name] !== undefined) continue
      results[name] = { value: median(first[name]!), note: `${Math.round(median(again[name]!))} ms with data that are there already; ${Math.round(median(cpu[name]!))} ms processor` }
      bench.say(`    ${name}: ${Math.round(results[name].value)} ms, ${results[name].note}`)
    }
    yield {
      name: 'start', title: 'start to first answer, in an empty folder', compared: 'wall time', unit: 'ms', better: 'less', targets: { mlflow: 40 }, results,
      checks: results.cairn === undefined ? [] : [atMost('start', results.cairn.value, 300, 'ms')],
    }
  },
}
