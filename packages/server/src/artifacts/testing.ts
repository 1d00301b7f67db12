import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { notFound } from '@cairn/protocol'
import { openGate, startHttpServer } from '../platform/http/index.ts'
import type { ArtifactChange } from './artifacts.ts'
import { openArtifactRoots, type ArtifactSettings } from './locations.ts'
import { artifactRoutes } from './routes.ts'

export const runId = 'a'.repeat(32)

/** A real server with the artifact routes alone. Runs, versions and models are what `uris` says. */
export async function artifactServer(options: { settings?: Partial<ArtifactSettings>; uploadLimit?: number; staticPrefix?: string } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-artifacts-'))
  const destination = join(folder, 'store')
  const roots = await openArtifactRoots({ serve: true, destination, defaultRoot: 'mlflow-artifacts:/', ...options.settings })
  const uris = new Map([[runId, `mlflow-artifacts:/1/${runId}/artifacts`]])
  const changes: ArtifactChange[] = []
  const errors: string[] = []
  const uriOf = async (id: string): Promise<string> => {
    const uri = uris.get(id)
    if (uri === undefined) throw notFound(`Run with id=${id} not found`)
    return uri
  }
  const quiet = { debug() {}, info() {}, warn() {}, error(message: string, fields?: Record<string, unknown>) { errors.push(`${message} ${JSON.stringify(fields)}`) } }
  const server = await startHttpServer({
    routes: artifactRoutes({
      roots, uploadLimit: options.uploadLimit ?? Infinity, changed: (change) => { changes.push(change) },
      lookups: { runArtifactUri: uriOf, loggedModelArtifactUri: uriOf, modelVersionSource: (name, version) => uriOf(`${name}/${version}`) },
    }),
    gate: openGate, staticPrefix: options.staticPrefix ?? '', bodyLimit: 1 << 20, log: quiet, now: Date.now,
    security: { allowedHosts: [], corsAllowedOrigins: [], xFrameOptions: 'SAMEORIGIN', disabled: false },
  }, { host: '127.0.0.1', port: 0 })
  return {
    url: server.url, port: server.port, host: `127.0.0.1:${server.port}`, folder, destination, uris, changes, errors,
    proxied: `${server.url}/api/2.0/mlflow-artifacts/artifacts`,
    fetch: (path: string, init?: RequestInit) => fetch(server.url + path, init),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await roots[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
export type ArtifactServer = Awaited<ReturnType<typeof artifactServer>>
