import { existsSync } from 'node:fs'
import type { DatabaseLocation } from './open.ts'
import { holdFile } from './sqlite.ts'
import type { Reader } from './types.ts'

/** On SQLite: keeps servers from starting until it is disposed. Undefined where one works already. */
export function holdAlone(at: DatabaseLocation): Disposable | undefined {
  if (at.kind === 'sqlite' && existsSync(at.path)) return holdFile(`${at.path}-lock`)
  return { [Symbol.dispose]() {} }
}

/**
 * On PostgreSQL: whether another process writes to this database. Inside a write, so that nobody begins
 * meanwhile. Servers are known by the connection on which they hear of each other, all else by its last commits.
 */
export async function othersWrite(tx: Reader): Promise<boolean> {
  if (tx.dialect.name === 'sqlite') return false
  const rows = await tx.rows(
    `SELECT 1 FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name <> current_setting('application_name')
    AND (a.application_name LIKE 'cairn-%' OR a.application_name IN (SELECT writer FROM writer_commits)) LIMIT 1`)
  return rows.length > 0
}
