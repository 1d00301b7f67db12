import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { openArtifactRoots } from '../artifacts/index.ts'
import { openForeignWriter, type DatabaseLocation } from '../platform/db/index.ts'
import type { StorageSettings } from '../platform/files/index.ts'
import type { ExportTarget } from './export-target.ts'
import { connectMlflow } from './mlflow-api.ts'
import { mlflowHttpTarget } from './mlflow-target-http.ts'
import { mlflowDatabaseTarget } from './mlflow-target-store.ts'
import { localPath } from './source-artifacts.ts'
import { SourceRefused } from './source.ts'

export interface TargetOptions {
  readonly to: string
  /** The folder or bucket in which the target keeps what it calls `mlflow-artifacts:`; undefined for the usual one. */
  readonly artifactsTo: string | undefined
  /** What artifact locations of new experiments begin with there. */
  readonly artifactRoot: string
  /** Whether files are copied at all. */
  readonly copies: boolean
  readonly cwd: string
  readonly storage: StorageSettings
  /** Credentials: MLFLOW_TRACKING_TOKEN, MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Opens another tracker's store for writing. */
export async function openTarget(options: TargetOptions): Promise<ExportTarget> {
  const { to, cwd, artifactsTo, env } = options
  const place = artifactsTo === undefined ? undefined : /^[a-z][a-z0-9+.-]+:/i.test(artifactsTo) ? localPath(artifactsTo) ?? artifactsTo : resolve(cwd, artifactsTo)
  if (/^https?:/i.test(to)) return mlflowHttpTarget(connectMlflow(to, env))
  if (/^postgres(?:ql)?(?:\+\w+)?:/i.test(to)) return database({ kind: 'postgres', uri: to.replace(/^postgres(?:ql)?(?:\+\w+)?:/i, 'postgresql:') }, place, options)
  const sqlite = /^sqlite(?:\+pysqlite)?:\/\/\/(.+)$/s.exec(to)
  const path = sqlite?.[1] === undefined ? undefined : resolve(cwd, sqlite[1])
  if (path === undefined) throw new SourceRefused(`"${to}" is no place to export to. Give sqlite:///mlflow.db, postgresql://user@host/database, or http://host:5000.`)
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new SourceRefused(`There is no file ${path}. Let MLflow make it first: mlflow db upgrade ${to} (sqlite:///relative.db has three slashes, sqlite:////absolute.db has four).`)
  }
  return database({ kind: 'sqlite', path: realpathSync(path) }, place ?? join(dirname(path), 'mlartifacts'), options)
}

async function database(at: DatabaseLocation, destination: string | undefined, { artifactRoot, copies, storage }: TargetOptions): Promise<ExportTarget> {
  if (copies && destination === undefined) throw new SourceRefused('Where the server of that database keeps its files is not known. Name it with --artifacts-to, or leave files out with --artifacts none.')
  await using opened = new AsyncDisposableStack()
  const roots = copies ? opened.use(await openArtifactRoots({ serve: true, destination: destination!, defaultRoot: artifactRoot, storage })) : undefined
  const target = opened.use(await mlflowDatabaseTarget(await openForeignWriter(at), { artifactRoot, roots }))
  const stack = opened.move()
  return { ...target, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
