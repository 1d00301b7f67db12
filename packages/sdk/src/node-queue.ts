import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CairnClient } from './client.ts'
import { ApiError } from './errors.ts'
import type { Batch, BatchStore } from './outbox.ts'

export interface DiskQueueOptions {
  /** Bytes that the folder may hold; default 256 MiB. */
  readonly limit?: number
}

/**
 * Batches that wait for the server, a file each. A file appears whole (written elsewhere, synced,
 * renamed), so a crash leaves no half of one; names sort by the time at which they were written.
 * Several processes may use one folder: a batch that two of them send is stored once.
 */
export function diskQueue(folder: string, { limit = 256 * 2 ** 20 }: DiskQueueOptions = {}): BatchStore {
  let serial = 0
  return {
    async save(batch) {
      await mkdir(folder, { recursive: true })
      const text = JSON.stringify(batch, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : typeof value === 'number' && !Number.isFinite(value) ? String(value) : value))
      if (await size(folder) + text.length > limit) throw new Error(`The queue in ${folder} is full (${limit} bytes). Bring the server back, or delete files there to drop what they hold.`)
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
    },
    async drain(send) {
      for (const name of await names(folder)) {
        const text = await readFile(join(folder, name), 'utf8').catch(() => undefined)
        if (text === undefined) continue
        try {
          await send(JSON.parse(text) as Batch)
        } catch (error) {
          // Refused for good: kept aside, so that it neither blocks the others nor is lost.
          if (!(error instanceof ApiError)) return false
          await rename(join(folder, name), join(folder, `${name}.refused`)).catch(() => {})
          continue
        }
        await rm(join(folder, name), { force: true })
      }
      return true
    },
  }
}

/** Sends what earlier processes left in a queue's folder; answers how many batches are still there. */
export async function resendQueued(client: CairnClient, folder: string): Promise<number> {
  await diskQueue(folder).drain((batch) => client.runs.logBatch(batch))
  return (await names(folder)).length
}

async function names(folder: string): Promise<string[]> {
  const all = await readdir(folder).catch(() => [])
  return all.filter((name) => name.endsWith('.json')).sort()
}

async function size(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0
  return bytes
}
