import { mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { basename, dirname } from 'node:path'
import { openArtifactRoots } from '../artifacts/index.ts'
import { recordChange } from '../audit/index.ts'
import { workspaceRoot } from '../experiments/index.ts'
import { defaultWorkspace } from '../workspaces/index.ts'
import { collectGarbage, type GcOptions, type GcReport } from '../gc/index.ts'
import { startCompactor } from '../metrics/index.ts'
import { measureAgain } from '../quotas/index.ts'
import { checkDatabase, type CheckReport } from '../maintenance/index.ts'
import { backupDatabase, DatabaseRefused, giveBackSpace, holdAlone, openDatabase, openReadOnly, restoreDatabase, type Database, type ReadOnlyDatabase } from '../platform/db/index.ts'
import { cairnSource, Exported, exportParquet, importAll, MlflowRefused, openSource, openTarget, ownFolder, SourceRefused, workspaceNamed, type MlflowExport, type MlflowExportProgress, type ExportProgress, type ImportProgress, type ImportReport, type ParquetExport } from '../transfer/index.ts'
import type { ServerConfig } from './config.ts'
import { migrations, workspaces } from './slices.ts'
import { ownName } from './storage-config.ts'

export { StorageRefused } from '../artifacts/index.ts'
export { GcRefused, type GcProgress, type GcReport } from '../gc/index.ts'
export type { CheckReport } from '../maintenance/index.ts'
export { DatabaseRefused } from '../platform/db/index.ts'
export { SourceRefused, type ExportProgress, type MlflowExport, type MlflowExportProgress, type ImportProgress, type ImportReport, type ParquetExport } from '../transfer/index.ts'

/** The database as a server opens it: on SQLite nobody else may have it, on PostgreSQL servers may go on. */
async function openForWork(config: ServerConfig): Promise<Database> {
  if (config.database.kind === 'sqlite') await mkdir(dirname(config.database.path), { recursive: true })
  return openDatabase({ at: config.database, migrations, thread: new URL('./db-thread.ts', import.meta.url) })
}

export interface MlflowImport {
  readonly from: string
  /** The workspace that everything comes into. */
  readonly workspace: string
  readonly artifacts: 'copy' | 'reference'
  readonly artifactsFrom: readonly string[]
  /** Credentials for a source that is asked over HTTP. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly progress?: (progress: ImportProgress) => void
}

/** Brings an MLflow store into the database and the artifact storage of a server that `config` describes. */
export async function importMlflow(config: ServerConfig, { from, workspace, artifacts, artifactsFrom, env, signal, progress }: MlflowImport): Promise<ImportReport> {
  await using opened = new AsyncDisposableStack()
  const { storage, defaultRoot } = config.artifacts
  const source = opened.use(await openSource({ from, places: artifactsFrom, cwd: config.workingDirectory, storage, env }))
  const db = opened.use(await openForWork(config))
  const place = await db.read(workspaces.find, { name: workspace })
  if (place === undefined) throw new SourceRefused(`There is no workspace "${workspace}" here. Make it first, on the running server: cairn workspaces create ${workspace}`)
  opened.use(startCompactor(db))
  const roots = artifacts === 'copy' ? opened.use(await openArtifactRoots(config.artifacts)) : undefined
  const report = await importAll(source, {
    db, workspace: place, principal: 'cairn import', account: account(), copy: roots && { root: place.id === defaultWorkspace.id ? defaultRoot : workspaceRoot(defaultRoot, place), roots }, now: Date.now, signal, ...(progress !== undefined && { progress }),
  })
  await db.write(measureAgain, { workspace: undefined })
  return report
}

/** The database for reading alone, also while servers work with it. Its schema must be this version's. */
async function openForReading(config: ServerConfig): Promise<ReadOnlyDatabase> {
  const db = await openReadOnly(config.database, migrations)
  if (db.due.length === 0) return db
  await db[Symbol.asyncDispose]()
  throw new DatabaseRefused(`The database was written by an older Cairn (it lacks ${db.due.join(', ')}). Stop its servers and run "cairn db migrate", or use the older Cairn.`)
}

/** Writes all runs, models and the registry as Parquet files into a new folder, as they are at one moment. */
export async function exportToParquet(config: ServerConfig, folder: string, signal: AbortSignal, progress?: (now: ExportProgress) => void): Promise<ParquetExport> {
  await using db = await openForReading(config)
  return await db.snapshot((tx) => exportParquet(cairnSource(tx), folder, signal, progress))
}

export interface ToMlflow {
  readonly to: string
  /** Whose experiments and models go: names are unique only in one. */
  readonly workspace: string
  readonly artifacts: 'copy' | 'none'
  readonly artifactsTo: string | undefined
  readonly artifactRoot: string
  /** Credentials for a target that is asked over HTTP. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly progress?: (now: MlflowExportProgress) => void
}

/** Writes everything into MLflow's database, or into a server that speaks its API, also while servers work here. */
export async function exportToMlflow(config: ServerConfig, { to, workspace, artifacts, artifactsTo, artifactRoot, env, signal, progress }: ToMlflow): Promise<MlflowExport> {
  await using opened = new AsyncDisposableStack()
  const db = opened.use(await openForReading(config))
  const copies = artifacts === 'copy'
  const roots = copies ? opened.use(await openArtifactRoots(config.artifacts)) : undefined
  const target = opened.use(await openTarget({ to, artifactsTo, artifactRoot, copies, cwd: config.workingDirectory, storage: config.artifacts.storage, env }))
  const options = { signal, ...(roots !== undefined && { files: (uri: string) => ownFolder(roots, uri) }), ...(progress !== undefined && { progress }) }
  // Rows from one state of the database; files take longer, and nobody should have to keep that state so long.
  try {
    const work = await db.snapshot(async (tx) => {
      const place = await workspaceNamed(tx, workspace)
      if (place === undefined) throw new SourceRefused(`There is no workspace "${workspace}" here. Those that there are: cairn workspaces list`)
      const exported = new Exported(cairnSource(tx, place.id), target, { ...options, left: place.left })
      await exported.rows()
      return exported
    })
    return await work.files()
  } catch (error) {
    throw error instanceof MlflowRefused ? new SourceRefused(`The server there said no: ${error.message}`, { cause: error }) : error
  }
}

/** Brings the schema up to date and answers the steps that were taken. */
export async function migrateDatabase(config: ServerConfig): Promise<readonly string[]> {
  const db = await openReadOnly(config.database, migrations)
  const { due } = db
  await db[Symbol.asyncDispose]()
  if (due.length > 0) await (await openForWork(config))[Symbol.asyncDispose]()
  return due
}

/** Looks through the database, also while servers work with it. */
export async function checkAll(config: ServerConfig, signal: AbortSignal, progress: (runs: number, points: number) => void = () => {}): Promise<CheckReport> {
  await using db = await openForReading(config)
  const damage = await db.integrity()
  if (damage.length > 0) return { runs: 0, points: 0, problems: damage }
  return await db.snapshot((tx) => checkDatabase(tx, progress, signal))
}

/** Rows by table. The artifacts are not in it. */
export const backup = (config: ServerConfig, file: string): Promise<Record<string, number>> => backupDatabase(config.database, migrations, file)

/** Rows by table. Never into a database that holds anything. The audit trail says that it was, and from when on it is silent. */
export const restore = (config: ServerConfig, file: string): Promise<Record<string, number>> => restoreDatabase(file, config.database, migrations, async (tx) => {
  await recordChange(tx, { principal: 'cairn db restore', now: Date.now() }, { entity: 'database', uid: 'database', name: basename(file), action: 'restore', after: { account: account() } })
})

/** Whom the machine knows the caller as; some containers have no names. */
function account(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

export type Gc = Pick<GcOptions, 'only' | 'dryRun' | 'forgetUnreachable' | 'signal' | 'progress'> & {
  /** Milliseconds that must have gone since the deletion. */
  readonly olderThanMs: number | undefined
  /** Only what lies in the workspace of this name. */
  readonly workspace: string | undefined
  /** Also files in the form of runs and models that this database does not know. */
  readonly orphanFiles: boolean
}

const dayMs = 24 * 3_600_000

/** Removes for good what was deleted, and what belongs to nothing, also while servers work. */
export async function gc(config: ServerConfig, { olderThanMs, orphanFiles, only, workspace, ...options }: Gc): Promise<GcReport> {
  // Refuses what is not there, and does not migrate under the feet of an older server.
  await (await openForReading(config))[Symbol.asyncDispose]()
  await using opened = new AsyncDisposableStack()
  const db = opened.use(await openDatabase({ at: config.database, migrations }))
  const roots = opened.use(await openArtifactRoots(config.artifacts))
  const { defaultRoot, destination } = config.artifacts
  const place = workspace === undefined ? undefined : await db.read(workspaces.find, { name: workspace })
  if (workspace !== undefined && place === undefined) throw new SourceRefused(`There is no workspace "${workspace}" here. Those that there are: cairn workspaces list`)
  const all = only === undefined && place === undefined
  const cutoff = olderThanMs === undefined ? null : Date.now() - olderThanMs
  const report = await collectGarbage(db, roots, {
    ...options, only, workspace: place?.id, cutoff: () => cutoff, orphanRows: all, principal: 'cairn gc', now: Date.now, host: ownName(defaultRoot),
    ...(all && { unusedNames: () => holdAlone(config.database), abandonedUploads: Date.now() - dayMs }),
    ...(orphanFiles && { orphanFiles: { uris: [destination, defaultRoot], cutoff } }),
  })
  if (!options.dryRun && report.removed.length > 0) await db.write(measureAgain, { workspace: undefined })
  const bytes = options.dryRun || report.removed.length === 0 ? 0 : await giveBackSpace(config.database, options.signal)
  return bytes === 0 ? report : { ...report, database_bytes: bytes }
}
