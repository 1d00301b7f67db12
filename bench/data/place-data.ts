import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { constants } from 'node:fs'
import { join } from 'node:path'
import type { Generator } from '../load/driver.ts'
import { Server, type Peer } from '../servers/server.ts'
import { cacheFolder } from '../setup.ts'
import { curveRun, seedPeer, type Seed } from './seed-peers.ts'

const nameOf = ({ runs, shape, curvePoints }: Seed) => `${runs}x${shape.metrics}-${shape.params}-${shape.tags}+${curvePoints}`

/**
 * Starts a server that already has the data. The peers' databases are kept in the cache, for they
 * take minutes to make; Cairn's come in through its API every time.
 */
export async function startWithData(peer: Peer, folder: string, seed: Seed, generator: Generator): Promise<{ server: Server; curveRun: string }> {
  await mkdir(folder, { recursive: true })
  if (peer.database === undefined) {
    const server = await Server.start(peer, folder)
    try {
      return { server, curveRun: await seedThroughApi(server, { ...seed, from: 0 }, generator) }
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }
  await copyFile(await seeded(peer, peer.database, seed), join(folder, peer.database), constants.COPYFILE_FICLONE)
  return { server: await Server.start(peer, folder), curveRun }
}

/** Runs `from` up to `runs`, then the curve; gives the id of the curve's run ("" without one). */
export async function seedThroughApi(server: Server, seed: Seed & { from: number }, generator: Generator): Promise<string> {
  if (seed.runs > seed.from) {
    await generator.run({
      port: server.port,
      seconds: 600,
      limitSeconds: 600,
      groups: [{ name: 'seed', connections: 32, maxOperations: Infinity, script: { kind: 'seed-runs', from: seed.from, to: seed.runs, shape: seed.shape } }],
    })
  }
  if (seed.curvePoints === 0) return ''
  const { run } = await server.ask('POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0', run_name: 'curve', start_time: 1_600_000_000_000 }) as { run: { info: { run_id: string } } }
  await generator.run({
    port: server.port,
    seconds: 600,
    limitSeconds: 600,
    groups: [{ name: 'seed', connections: 1, maxOperations: Infinity, script: { kind: 'seed-curve', run: run.info.run_id, points: seed.curvePoints } }],
  })
  return run.info.run_id
}

export async function seeded(peer: Peer, database: string, seed: Seed): Promise<string> {
  const base = join(cacheFolder(), 'bench', `${peer.name}-${peer.version}`)
  const file = join(base, `${nameOf(seed)}.db`)
  if (existsSync(file)) return file
  await mkdir(base, { recursive: true })
  const work = await mkdtemp(join(base, 'making-'))
  try {
    // The peer makes its own tables, and the default experiment.
    await (await Server.start(peer, work))[Symbol.asyncDispose]()
    process.stderr.write(`  seeding ${peer.name}: ${nameOf(seed)} (kept for later)\n`)
    seedPeer(peer.name, join(work, database), seed)
    await rename(join(work, database), file)
    return file
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

