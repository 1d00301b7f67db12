import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync, chmodSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { installDebianPackages } from '../../tools/debian.ts'
import { freePort } from '../../tools/processes.ts'

/** skopeo and umoci, installed where they are not: neither needs an engine or privileges. */
export function imageTools(): void {
  const missing = ['skopeo', 'umoci'].filter((name) => spawnSync(name, ['--version']).error !== undefined)
  if (missing.length > 0 && !installDebianPackages(missing)) throw new Error(`The tests of images need ${missing.join(' and ')}.\nOn Debian or Ubuntu: apt install ${missing.join(' ')}`)
}

/** Runs a program that must succeed; answers what it wrote. */
export function must(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? ''}${stderr}`)
  return stdout
}

/** As skopeo's own default policy may be missing where only the package is installed. */
export const skopeo = (...args: readonly string[]): string => must('skopeo', '--insecure-policy', ...args)

/** Root may, unless it was taken from it; everybody else needs a name space of their own. */
export const mayChroot = (): boolean => spawnSync('chroot', ['/', 'true']).status === 0

export interface Container extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  readonly uid: number
}

/** Unpacks an image with umoci and runs it as its config says, in its own root and as its own account. */
export async function startImage(layout: string, tag: string, folder: string): Promise<Container> {
  must('umoci', 'unpack', '--rootless', '--image', `${layout}:${tag}`, folder)
  const { process: { user, env, args } } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as { process: { user: { uid: number; gid: number }; env: string[]; args: string[] } }
  const variables = Object.fromEntries(env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  return startInRoot(join(folder, 'rootfs'), { account: `${user.uid}:${user.gid}`, env: variables, args, asks: '/ping' })
}

export interface Program {
  /** `10001:10001` */
  readonly account: string
  readonly env: Readonly<Record<string, string>>
  /** Its first word is a path inside, or a name on the PATH of `env`. */
  readonly args: readonly string[]
  /** The path that answers once it is ready. */
  readonly asks: string
}

/** Runs a program in a root of its own and as an account of its own, as an engine would, on a free port. */
export async function startInRoot(root: string, { account, env, args, asks }: Program): Promise<Container> {
  // What a container gets from its engine. No device is needed to be one that takes everything.
  mkdirSync(join(root, 'dev'), { recursive: true })
  if (!existsSync(join(root, 'dev/null'))) writeFileSync(join(root, 'dev/null'), '')
  chmodSync(join(root, 'dev/null'), 0o666)
  const port = await freePort()
  const own = mayChroot() ? ['chroot', `--userspec=${account}`] : ['unshare', '--map-root-user', 'chroot']
  // The PATH of inside comes first and names nothing here that chroot's could be mistaken for.
  const child = spawn(own[0]!, [...own.slice(1), root, ...args], { env: { ...env, MLFLOW_HOST: '127.0.0.1', MLFLOW_PORT: String(port), PATH: `${env['PATH'] ?? ''}:${process.env['PATH'] ?? ''}` }, stdio: ['ignore', 'pipe', 'pipe'], cwd: root })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-5000) })
  const url = `http://127.0.0.1:${port}`
  for (const deadline = Date.now() + 240_000; !await fetch(`${url}${asks}`).then(({ ok }) => ok, () => false); await sleep(100)) {
    if (ended(child) || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${args.join(' ')} in ${root} does not answer:\n${said}`)
    }
  }
  return {
    url,
    pid: child.pid!,
    uid: Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid!}/status`, 'utf8'))![1]),
    async [Symbol.asyncDispose]() {
      if (ended(child)) return
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    },
  }
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null
