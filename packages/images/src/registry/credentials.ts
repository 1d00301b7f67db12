import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ImageError } from '../errors.ts'
import { credentialKeys } from './reference.ts'

export type Credentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** What `docker login` gets from some registries: it is changed for a token of each use. */
  | { readonly kind: 'identity'; readonly token: string }

type Variables = Readonly<Record<string, string | undefined>>

interface ConfigFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly username?: string; readonly password?: string; readonly identitytoken?: string }>>
  readonly credHelpers?: Readonly<Record<string, string>>
  readonly credsStore?: string
}

/** What Docker and Podman know of a registry: REGISTRY_AUTH_FILE, `~/.docker/config.json` (DOCKER_CONFIG), Podman's auth.json. */
export async function findCredentials(registry: string, env: Variables): Promise<Credentials | undefined> {
  const docker = join(env['DOCKER_CONFIG'] || join(env['HOME'] ?? homedir(), '.docker'), 'config.json')
  const podman = env['XDG_RUNTIME_DIR'] === undefined ? undefined : join(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json')
  for (const path of [env['REGISTRY_AUTH_FILE'], docker, podman]) {
    if (path === undefined || path === '') continue
    const found = await inFile(path, registry, env)
    if (found !== undefined) return found
  }
  return undefined
}

async function inFile(path: string, registry: string, env: Variables): Promise<Credentials | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (text === undefined) return undefined
  let config: ConfigFile
  try {
    config = JSON.parse(text) as ConfigFile
  } catch {
    throw new ImageError(`${path} is no JSON, so nothing is known of who you are to ${registry}.`, 'Log in again: docker login')
  }
  const keys = credentialKeys(registry)
  const helper = keys.map((key) => config.credHelpers?.[key]).find((name) => name !== undefined) ?? config.credsStore
  if (helper !== undefined && helper !== '') {
    for (const key of keys.slice(0, 2)) {
      const found = await askHelper(helper, key, env)
      if (found !== undefined) return found
    }
  }
  const entry = keys.map((key) => config.auths?.[key]).find((one) => one !== undefined)
  if (entry?.identitytoken) return { kind: 'identity', token: entry.identitytoken }
  if (entry?.auth) {
    const [, user, password] = /^([^:]*):([^]*)$/.exec(Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, '')) ?? []
    if (user !== undefined) return { kind: 'password', user, password: password! }
  }
  return entry?.username !== undefined && entry.password !== undefined ? { kind: 'password', user: entry.username, password: entry.password } : undefined
}

/** https://github.com/docker/docker-credential-helpers: a program that keeps credentials for Docker. */
async function askHelper(name: string, server: string, env: Variables): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(name)) throw new ImageError(`The Docker configuration names a credential helper "${name}".`, 'Look at credsStore and credHelpers in ~/.docker/config.json.')
  const program = `docker-credential-${name}`
  const { code, out, err } = await new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
    const child = spawn(program, ['get'], { env: env as NodeJS.ProcessEnv, stdio: ['pipe', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text })
    child.once('error', (error) => reject(new ImageError(`The Docker configuration names ${program} for credentials, and it cannot be started: ${error.message}.`, 'Install it, or take it out of ~/.docker/config.json and log in again.')))
    child.once('close', (status) => resolve({ code: status, out, err }))
    child.stdin.on('error', () => {})
    child.stdin.end(server)
  })
  if (code !== 0) {
    if (/not found|no credentials/i.test(out + err)) return undefined
    throw new ImageError(`${program} gives no credentials for ${server}: ${(out + err).trim().slice(0, 300)}`, 'Log in again: docker login')
  }
  const { Username: user, Secret: password } = JSON.parse(out) as { Username?: string; Secret?: string }
  if (!password) return undefined
  return user === '<token>' ? { kind: 'identity', token: password } : { kind: 'password', user: user ?? '', password }
}
