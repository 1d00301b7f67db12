import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request, Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pythonForTests } from '../../tools/setup-python.ts'
import { freePort } from '../../tools/processes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Server extends AsyncDisposable {
  readonly name: 'mlflow' | 'cairn'
  readonly url: string
  /** All that it printed, for when it fails to start or answers 500. */
  readonly log: () => string
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

const webhookKey = 'dGVzdHMtb25seS1rZXktb2YtMzItYnl0ZXMtbG9uZyE='

/** MLflow's own server with an empty store. */
export const startMlflow = (): Promise<Server> => startMlflowOn(undefined)

/** MLflow's own server on a store that is there already; on an empty one without it. */
export async function startMlflowOn(store: string | undefined): Promise<Server> {
  const python = await pythonForTests()
  const port = await freePort()
  const { PYTHONDONTWRITEBYTECODE: _, ...env } = process.env
  return start('mlflow', python, data => [
    '-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1',
    '--backend-store-uri', store ?? `sqlite:///${data}/mlflow.db`, '--artifacts-destination', `${data}/artifacts`,
  ], {
    ...env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', MLFLOW_DISABLE_TELEMETRY: 'true', ...webhookEnv,
  }, `http://127.0.0.1:${port}`)
}

/** Cairn from source with an empty store. */
export const startCairn = (): Promise<Server> => start('cairn', join(root, 'node_modules/.bin/node'), data => [
  '--conditions=source', join(root, 'packages/cli/src/main.ts'), 'server', '--host', '127.0.0.1', '--port', '0',
  '--backend-store-uri', `sqlite:///${data}/cairn.db`, '--artifacts-destination', `${data}/artifacts`,
], { ...process.env, ...webhookEnv })

const webhookEnv = { MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: webhookKey }

/** A server that somebody else started; its store need not be empty, so some stories will differ. */
export const attach = (name: Server['name'], url: string): Server =>
  ({ name, url, log: () => '', [Symbol.asyncDispose]: async () => undefined })

async function start(
  name: Server['name'], command: string, args: (data: string) => string[], env: NodeJS.ProcessEnv, known?: string,
): Promise<Server> {
  const data = await mkdtemp(join(tmpdir(), `cairn-differential-${name}-`))
  const child = spawn(command, args(data), { cwd: data, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  const take = (chunk: Buffer) => { log += chunk }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  child.on('error', error => { log += error.message })
  const stop = async () => {
    await kill(child)
    await rm(data, { recursive: true, force: true, maxRetries: 3 })
  }
  for (const deadline = Date.now() + 120_000; Date.now() < deadline && child.exitCode === null; await sleep(100)) {
    const url = known ?? /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0]
    if (url === undefined) continue
    const health = await send(url, { method: 'GET', path: '/health' }).catch(() => undefined)
    if (health?.status === 200) return { name, url, log: () => log, [Symbol.asyncDispose]: stop }
  }
  await stop()
  throw new Error(`${name} did not start:\n${log.slice(-4000)}`)
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(timer)
}

export interface Sent {
  readonly method: string
  /** Sent as it stands: `fetch` would tidy `..` away. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

const agent = new Agent({ keepAlive: true })

export function send(url: string, { method, path, headers, body }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const length = body === undefined ? undefined : { 'content-length': String(Buffer.byteLength(body)) }
    const outgoing = request({ hostname, port, method, path, agent, headers: { ...length, ...headers } }, incoming => {
      const chunks: Buffer[] = []
      incoming.on('data', chunk => chunks.push(chunk as Buffer))
      incoming.on('error', reject)
      incoming.on('end', () => resolve({
        status: incoming.statusCode!,
        headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
        text: Buffer.concat(chunks).toString(),
      }))
    })
    outgoing.on('error', reject)
    outgoing.setTimeout(60_000, () => outgoing.destroy(new Error(`no answer to ${method} ${path} in 60 s`)))
    outgoing.end(body)
  })
}
