import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endProcess } from '../../tools/processes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface ServerOnSmallDisk extends AsyncDisposable {
  readonly url: string
  /** `disk`: a file system of its own that fills up; `limit`: files that may not grow beyond a size. */
  readonly kind: 'disk' | 'limit'
  makeRoom(): void
}

/**
 * Cairn whose data lie on a disk with room for some megabytes. Where this account may not mount one,
 * no file of the process may grow beyond as much, which fails its writes likewise.
 */
export async function serverOnSmallDisk(folder: string): Promise<ServerOnSmallDisk> {
  const place = join(folder, 'disk')
  mkdirSync(place)
  const server = [join(root, 'node_modules/.bin/node'), '--conditions=source', join(root, 'packages/cli/src/main.ts'), 'server', '--port', '0', '--data-dir', join(place, 'data'), '--json']
  const alone = ['--user', '--map-root-user', '--mount']
  const mounted = `mount -t tmpfs -o size=16m none "${place}"`
  const kind = spawnSync('unshare', [...alone, 'bash', '-c', mounted]).status === 0 ? 'disk' : 'limit'
  const [program, ...args] = kind === 'disk'
    // The ballast is what an operator deletes.
    ? ['unshare', ...alone, 'bash', '-c', `${mounted} && head -c 6000000 /dev/zero > "${place}/ballast" && exec "$@"`, 'bash', ...server]
    : ['bash', '-c', 'trap "" XFSZ; ulimit -S -f 8000; exec "$@"', 'bash', ...server]
  const child: ChildProcess = spawn(program!, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, MLFLOW_LOGGING_LEVEL: 'ERROR' } })
  let log = ''
  child.stderr!.on('data', (chunk: Buffer) => { log += String(chunk) })
  const ended = once(child, 'close').then((): never => { throw new Error(`The server did not start:\n${log}`) })
  ended.catch(() => {})
  const first = (async (): Promise<string> => {
    for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('{')) return (JSON.parse(line) as { url: string }).url
    return new Promise<never>(() => {})
  })()
  const url = await Promise.race([first, ended])
  return {
    url, kind,
    makeRoom() {
      // The disk is only seen from within the process's own view of the file system.
      if (kind === 'disk') rmSync(`/proc/${child.pid!}/root${place}/ballast`)
      else if (spawnSync('prlimit', ['--pid', String(child.pid!), '--fsize=unlimited']).status !== 0) throw new Error('The limit could not be lifted.')
    },
    [Symbol.asyncDispose]: () => endProcess(child, 'SIGTERM'),
  }
}

