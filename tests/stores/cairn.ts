import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { s3Credentials } from '../../tools/object-stores.ts'

export interface Cairn extends AsyncDisposable {
  readonly server: ServerProcess
  readonly proxied: string
  /** A tracking request; answers the JSON. */
  ask(path: string, body?: object): Promise<Record<string, any>>
}

/** Cairn as a process of its own with its artifacts in a bucket at `endpoint`. */
export async function startCairn(destination: string, endpoint: string, env: NodeJS.ProcessEnv = {}): Promise<Cairn> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-stores-'))
  const server = await startServerProcess(folder, {
    ...s3Credentials, MLFLOW_ARTIFACTS_DESTINATION: destination, MLFLOW_S3_ENDPOINT_URL: endpoint, AWS_EC2_METADATA_DISABLED: 'true', ...env,
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true })
    throw error
  })
  return {
    server,
    proxied: `${server.url}/api/2.0/mlflow-artifacts/artifacts`,
    async ask(path, body) {
      const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      return { status: answer.status, ...await answer.json() as object }
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
