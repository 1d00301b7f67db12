import { setImmediate as turn } from 'node:timers/promises'
import type { DatabaseLocation } from './open.ts'
import { SqliteConnection } from './sqlite.ts'

/** Pages of one step, which nobody else writes meanwhile. */
const pagesAtOnce = 2000

/**
 * Gives the space of deleted rows back to the disk, also while a server works; answers how many bytes.
 * PostgreSQL does so by itself.
 */
export async function giveBackSpace(at: DatabaseLocation, signal: AbortSignal): Promise<number> {
  if (at.kind !== 'sqlite') return 0
  using connection = new SqliteConnection({ path: at.path, readOnly: false, cacheKiB: 8000 })
  const ask = (pragma: string): number => connection.rows<[number]>(`PRAGMA ${pragma}`)[0]![0]
  const free = ask('freelist_count')
  for (let left = free; left > 0 && !signal.aborted; await turn()) {
    try {
      connection.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`)
    } catch (error) {
      // A server that writes without a pause goes before: new rows use the space.
      if ((error as { errcode?: number }).errcode === 5) break
      throw error
    }
    const now = ask('freelist_count')
    // A file from before pages could be given back keeps them for new rows.
    if (now >= left) break
    left = now
  }
  return Math.max(0, free - ask('freelist_count')) * ask('page_size')
}
