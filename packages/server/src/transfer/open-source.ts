import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { openForeign } from '../platform/db/index.ts'
import type { StorageSettings } from '../platform/files/index.ts'
import { connectMlflow, httpArtifacts } from './mlflow-api.ts'
import { mlflowHttp } from './mlflow-http.ts'
import { mlflowSql } from './mlflow-sql-store.ts'
import { SourceRefused, type Source } from './source.ts'
import { localPath, openSourceArtifacts, type SourceArtifacts } from './source-artifacts.ts'

export interface SourceOptions {
  /** `sqlite:///mlflow.db`, `postgresql://…`, a folder of MLflow's file store, or `http://…`. */
  readonly from: string
  /** Folders and buckets from which artifacts may be taken besides the store's own; the first is what `mlflow-artifacts:` means. */
  readonly places: readonly string[]
  readonly cwd: string
  readonly storage: StorageSettings
  /** Credentials: MLFLOW_TRACKING_TOKEN, MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Opens another tracker's store for reading. */
export async function openSource(options: SourceOptions): Promise<Source> {
  const { from, cwd } = options
  const named = options.places.map((place) => (/^[a-z][a-z0-9+.-]+:/i.test(place) ? localPath(place) ?? place : resolve(cwd, place)))
  if (/^https?:/i.test(from)) return httpSource(from, named, options)
  if (/^postgres(?:ql)?(?:\+\w+)?:/i.test(from)) {
    const uri = from.replace(/^postgres(?:ql)?(?:\+\w+)?:/i, 'postgresql:')
    return withArtifacts({ named, beside: cwd, storage: options.storage }, async (artifacts, opened) =>
      mlflowSql(opened.use(await openForeign({ kind: 'postgres', uri })), { identity: postgresIdentity(uri), artifacts }))
  }
  const sqlite = /^sqlite(?:\+pysqlite)?:\/\/\/(.+)$/s.exec(from)
  const path = resolve(cwd, sqlite?.[1] ?? localPath(from) ?? from)
  if (!existsSync(path)) {
    throw new SourceRefused(sqlite === null
      ? `There is nothing at ${path} to import. Give sqlite:///mlflow.db, postgresql://user@host/database, a folder mlruns, or http://host:5000.`
      : `There is no file ${path}. (sqlite:///relative.db has three slashes, sqlite:////absolute.db has four.)`)
  }
  const real = realpathSync(path)
  if (statSync(real).isFile()) {
    return withArtifacts({ named, beside: dirname(real), storage: options.storage }, async (artifacts, opened) =>
      mlflowSql(opened.use(await openForeign({ kind: 'sqlite', path: real })), { identity: `sqlite:${real}`, artifacts }))
  }
  // What reads YAML is loaded by whoever imports such a folder, not by every server.
  const [{ experimentFolders }, { mlflowFiles }] = await Promise.all([import('./mlflow-files-format.ts'), import('./mlflow-files.ts')])
  if ((await experimentFolders(real)).length === 0) throw new SourceRefused(`${path} is no file store of MLflow: there is no experiment in it.`)
  return withArtifacts({ named, beside: dirname(real), own: [real, join(real, '.trash')], storage: options.storage }, async (artifacts) =>
    mlflowFiles(real, { identity: `file:${real}`, artifacts }))
}

interface Places {
  /** What the person has named; the first is what `mlflow-artifacts:` means. */
  readonly named: readonly string[]
  /** Relative locations are resolved against it, and MLflow makes `mlartifacts` and `mlruns` there. */
  readonly beside: string
  readonly own?: readonly string[]
  readonly storage: StorageSettings
}

type Open = (artifacts: SourceArtifacts, opened: AsyncDisposableStack) => Promise<Source>

async function withArtifacts({ named, beside, own = [], storage }: Places, open: Open): Promise<Source> {
  await using opened = new AsyncDisposableStack()
  const served = join(beside, 'mlartifacts')
  const proxied = named[0] ?? (existsSync(served) ? served : undefined)
  const artifacts = opened.use(await openSourceArtifacts({ places: [...named, ...own, served, join(beside, 'mlruns')], base: beside, storage }, proxied))
  const source = await open(artifacts, opened)
  const stack = opened.move()
  return { ...source, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function httpSource(from: string, named: readonly string[], { cwd, storage, env }: SourceOptions): Promise<Source> {
  const api = connectMlflow(from, env)
  return withArtifacts({ named, beside: cwd, storage }, async (artifacts) => mlflowHttp(api, httpArtifacts(api, artifacts)))
}

/** Which database it is, without who asks. */
function postgresIdentity(uri: string): string {
  const { host, pathname, searchParams } = new URL(uri)
  return `postgresql://${host}${pathname}${searchParams.has('options') ? `?options=${searchParams.get('options')!}` : ''}`
}
