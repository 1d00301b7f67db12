import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { openArtifactRoots } from '../artifacts/index.ts'
import { startCompactor } from '../metrics/index.ts'
import { openDatabase, type Database } from '../platform/db/index.ts'
import { importAll, openSource, type ImportProgress, type ImportReport } from '../transfer/index.ts'
import type { ServerConfig } from './config.ts'
import { migrations } from './slices.ts'

export { StorageRefused } from '../artifacts/index.ts'
export { DatabaseRefused } from '../platform/db/index.ts'
export { SourceRefused, type ImportProgress, type ImportReport } from '../transfer/index.ts'

/** The database as a server opens it: on SQLite nobody else may have it, on PostgreSQL servers may go on. */
async function openForWork(config: ServerConfig): Promise<Database> {
  if (config.database.kind === 'sqlite') await mkdir(dirname(config.database.path), { recursive: true })
  return openDatabase({ at: config.database, migrations, thread: new URL('./db-thread.ts', import.meta.url) })
}

export interface MlflowImport {
  readonly from: string
  readonly artifacts: 'copy' | 'reference'
  readonly artifactsFrom: readonly string[]
  /** Credentials for a source that is asked over HTTP. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly progress?: (progress: ImportProgress) => void
}

/** Brings an MLflow store into the database and the artifact storage of a server that `config` describes. */
export async function importMlflow(config: ServerConfig, { from, artifacts, artifactsFrom, env, signal, progress }: MlflowImport): Promise<ImportReport> {
  await using opened = new AsyncDisposableStack()
  const { storage, defaultRoot } = config.artifacts
  const source = opened.use(await openSource({ from, places: artifactsFrom, cwd: config.workingDirectory, storage, env }))
  const db = opened.use(await openForWork(config))
  opened.use(startCompactor(db))
  const roots = artifacts === 'copy' ? opened.use(await openArtifactRoots(config.artifacts)) : undefined
  return await importAll(source, {
    db, copy: roots && { root: defaultRoot, roots }, now: Date.now, signal, ...(progress !== undefined && { progress }),
  })
}
