import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { CairnClient } from './client.ts'
import { ApiError, isTransient } from './errors.ts'
import { sendBatch, type Batch, type BatchStore } from './outbox.ts'

export interface DiskQueueOptions {
  /** Bytes that the folder may hold; default 256 MiB. */
  readonly limit?: number
}

/** Batches of different servers must not mix: a run's id means nothing to another one. */
export const folderOfServer = (folder: string, url: string): string =>
  join(folder, `${url.replace(/^https?:\/\//, '').replace(/[^\w.-]+/g, '_').slice(0, 60)}-${createHash('sha256').update(url).digest('hex').slice(0, 8)}`)

/**
 * Batches that wait for one server, a file each. A file appears whole (written elsewhere, synced,
 * renamed), so a crash leaves no half of one; names sort by the time at which they were written.
 * Several processes may use one folder; one at a time sends from it, so that an old value of a tag
 * never overtakes a newer one.
 */
export function diskQueue(folder: string, { limit = 256 * 2 ** 20 }: DiskQueueOptions = {}): BatchStore {
  let serial = 0
  let bytes = 0
  let turn: Promise<unknown> = Promise.resolve()
  return {
    async save(batch) {
      await mkdir(folder, { recursive: true })
      const text = JSON.stringify(batch, (_key, value: unknown) => (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? String(value) : value))
      const more = Buffer.byteLength(text)
      // Other processes write here too; a look at every file for each one of ours would cost its square.
      if (serial % 64 === 0 || bytes + more > limit) bytes = await sizeOf(folder)
      if (bytes + more > limit) throw new Error(`The queue in ${folder} is full (${limit} bytes). Bring the server back, or delete files there to drop what they hold.`)
      const name = `${String(Date.now()).padStart(14, '0')}-${String(serial++).padStart(9, '0')}-${randomBytes(4).toString('hex')}`
      const temporary = join(folder, `.${name}.part`)
      const file = await open(temporary, 'w', 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, join(folder, `${name}.json`))
      bytes += more
    },
    drain(send) {
      const done = turn.then(async () => (await names(folder)).length === 0 || await alone(folder, (alive) => drain(folder, send, alive)))
      turn = done.catch(() => {})
      return done
    },
  }
}

async function drain(folder: string, send: (batch: Batch) => Promise<void>, alive: () => Promise<void>): Promise<boolean> {
  for (const name of await names(folder)) {
    await alive()
    const path = join(folder, name)
    const aside = (): Promise<void> => rename(path, `${path}.refused`)
    let batch: Batch
    try {
      batch = JSON.parse(await readFile(path, 'utf8')) as Batch
    } catch (error) {
      if (!(error instanceof SyntaxError)) return false
      await aside()
      continue
    }
    try {
      await send(batch)
    } catch (error) {
      // Who calls can be put right: 401 and 403 say nothing about the batch.
      if (!(error instanceof ApiError) || isTransient(error) || error.status === 401 || error.status === 403) return false
      // Refused for good: kept aside, so that it neither blocks the others nor is lost.
      await aside()
      continue
    }
    await rm(path, { force: true })
  }
  return (await names(folder)).length === 0
}

/** A lock whose holder says nothing for so long is nobody's; a batch takes 30 seconds at most. */
const silentMs = 300_000

/** Does `work` if no other process is at it; answers false else. */
async function alone(folder: string, work: (alive: () => Promise<void>) => Promise<boolean>): Promise<boolean> {
  const lock = join(folder, 'sending.lock')
  const mine = `${hostname()} ${process.pid}`
  for (let attempt = 0; ; attempt += 1) {
    try {
      const file = await open(lock, 'wx', 0o600)
      await file.writeFile(mine)
      await file.close()
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (attempt > 0 || !await abandoned(lock)) return false
      await rm(lock, { force: true })
    }
  }
  try {
    return await work(async () => {
      const now = new Date()
      await utimes(lock, now, now)
    })
  } finally {
    await rm(lock, { force: true })
  }
}

async function abandoned(lock: string): Promise<boolean> {
  const [info, text] = await Promise.all([stat(lock), readFile(lock, 'utf8')]).catch(() => [])
  if (info === undefined) return true
  if (Date.now() - info.mtimeMs > silentMs) return true
  const [host, pid] = (text ?? '').split(' ')
  if (host !== hostname() || !/^\d+$/.test(pid ?? '') || Number(pid) === process.pid) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Sends what earlier processes left in a queue's folder; answers how many batches are still there. */
export async function resendQueued(client: CairnClient, folder: string): Promise<number> {
  await diskQueue(folder).drain((batch) => sendBatch(client, batch))
  return (await names(folder)).length
}

async function names(folder: string): Promise<string[]> {
  const all = await readdir(folder).catch(() => [])
  return all.filter((name) => name.endsWith('.json')).sort()
}

/** What a crash left half written an hour ago is nobody's any more. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder)) {
    const info = await stat(join(folder, name)).catch(() => undefined)
    if (info === undefined) continue
    if (name.endsWith('.part') && Date.now() - info.mtimeMs > 3_600_000) await rm(join(folder, name), { force: true })
    else bytes += info.size
  }
  return bytes
}
