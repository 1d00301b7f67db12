import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Cairn as users start it, in a process of its own, so that it can be killed. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** SIGKILL: nothing is flushed, nothing is told. */
  kill(): Promise<void>
}

/**
 * Where the run of the tests wants its databases: a schema for each data folder on the PostgreSQL
 * server that CAIRN_TEST_POSTGRES names, else the SQLite file in the folder.
 */
export function databaseOf(dataDir: string): NodeJS.ProcessEnv {
  const server = process.env['CAIRN_TEST_POSTGRES']
  if (server === undefined) return {}
  const schema = `data_${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`
  const uri = new URL(server)
  uri.searchParams.set('options', `-c search_path=${schema}`)
  return { MLFLOW_BACKEND_STORE_URI: uri.href }
}

export async function startServerProcess(dataDir: string, env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
  const child = spawn(join(root, 'node_modules/.bin/node'), [
    '--conditions=source', join(root, 'packages/cli/src/main.ts'), 'server', '--port', '0', '--data-dir', dataDir, '--json',
  ], { cwd: dataDir, env: { ...process.env, ...databaseOf(dataDir), ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => { log += String(chunk) })
  // Closed rather than ended: its last words are still on their way then.
  const closed = once(child, 'close').then((): never => { throw new Error(`The server did not start:\n${log}`) })
  closed.catch(() => {})
  const url = await Promise.race([firstUrl(child), closed])
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return { url, pid: child.pid!, kill: () => end('SIGKILL'), [Symbol.asyncDispose]: () => end('SIGTERM') }
}

async function firstUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith('{')) return (JSON.parse(line) as { url: string }).url
  }
  return new Promise<never>(() => {})
}
