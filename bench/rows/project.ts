/** What `cairn run` and `mlflow run` cost around a command that does nothing, against one Cairn server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseStat } from '../measure/process-tree.ts'
import { median } from '../measure/statistics.ts'
import { Server, type Peer } from '../servers/server.ts'
import { failed, type Row } from './row.ts'
import type { Scene } from './scene.ts'

const tickMs = 10
/** Processor time of all that this process has started and waited for. */
const reapedMs = (): number => parseStat(readFileSync('/proc/self/stat', 'latin1')).reapedTicks * tickMs

export const project: Scene = {
  rows: ['project', 'project-wall'],
  async *run(bench) {
    const cairn = bench.peers.find(({ name }) => name === 'cairn')
    if (cairn === undefined) return
    bench.say('  cairn run and mlflow run around a command that does nothing')
    const folder = join(bench.folder, 'project')
    await mkdir(join(folder, 'code'), { recursive: true })
    await mkdir(join(folder, 'server'), { recursive: true })
    await writeFile(join(folder, 'code/MLproject'), 'entry_points: {main: {parameters: {alpha: {type: float, default: 1}}, command: "true {alpha}"}}\n')
    await using server = await Server.start(cairn, join(folder, 'server'))
    const cpu: Record<string, number[]> = {}
    const wall: Record<string, number[]> = {}
    const results: Row['results'] = {}
    // One round that does not count: each fills its caches of compiled code.
    for (let round = -1; round < bench.scale.starts * 3; round += 1) {
      for (const peer of bench.peers) {
        if (peer.name === 'fasttrackml' || results[peer.name] !== undefined) continue
        try {
          const used = await runOnce(peer, folder, server.port)
          if (round < 0) continue
          ;(cpu[peer.name] ??= []).push(used.cpuMs)
          ;(wall[peer.name] ??= []).push(used.wallMs)
        } catch (error) {
          results[peer.name] = failed(error)
        }
      }
    }
    const values = (times: Record<string, number[]>): Row['results'] => ({ ...results, ...Object.fromEntries(Object.entries(times).map(([name, list]) => [name, { value: median(list) }])) })
    for (const name of Object.keys(cpu)) bench.say(`    ${name}: ${Math.round(median(cpu[name]!))} ms processor, ${Math.round(median(wall[name]!))} ms`)
    const common = { unit: 'ms', better: 'less', checks: [] } as const
    yield { ...common, name: 'project', title: 'run a project whose command does nothing, with what is installed', compared: 'processor time of the command', targets: { mlflow: 5 }, results: values(cpu) }
    yield { ...common, name: 'project-wall', title: 'the same', compared: 'wall time', targets: { mlflow: 5 }, results: values(wall) }
  },
}

async function runOnce(peer: Peer, folder: string, port: number): Promise<{ cpuMs: number; wallMs: number }> {
  const { program, env } = peer.command(folder, 0)
  const [cpu, began] = [reapedMs(), performance.now()]
  const child = spawn(program, ['run', join(folder, 'code'), '--env-manager', 'local'], { cwd: folder, env: { ...env, MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}`, CAIRN_QUEUE_DIR: join(folder, 'queue') }, stdio: ['ignore', 'ignore', 'pipe'] })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => { err += chunk })
  const [code] = await once(child, 'close') as [number]
  if (code !== 0) throw new Error(`${peer.name} run ended with ${code}: ${err.trim().split('\n').at(-1) ?? ''}`)
  return { cpuMs: reapedMs() - cpu, wallMs: performance.now() - began }
}
