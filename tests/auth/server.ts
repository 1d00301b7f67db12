import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prefixes, type Endpoint } from '@cairn/protocol'
import { readConfig } from '@cairn/server/config'
import { startServer, type RunningServer } from '@cairn/server'
import { databaseOf } from '../crash/server-process.ts'

export const adminPassword = 'correct horse battery'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON. */
  readonly body: any
}

/** Somebody who sends requests under a name. */
export interface Person {
  readonly name: string
  readonly authorization: string | undefined
  /** `POST /api/2.0/mlflow/…`; a body goes as JSON. */
  send(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer>
  /** An endpoint with its input where it belongs: in path, query or body. */
  call(endpoint: Pick<Endpoint, 'method' | 'api' | 'path' | 'body'>, input?: Readonly<Record<string, unknown>>, prefix?: string): Promise<Answer>
}

export interface AuthServer extends AsyncDisposable {
  readonly url: string
  /** Where it was started, and keeps its data. */
  readonly folder: string
  readonly running: RunningServer
  readonly admin: Person
  readonly nobody: Person
  /** A new user, who signs in by password. */
  user(name: string): Promise<Person>
  as(name: string, password: string): Person
  bearer(token: string): Person
}

export const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

/** A started server with accounts (or without, for what both do), on a free port, with a folder of its own. */
export async function startWithAccounts(options: { defaultPermission?: string; flags?: Record<string, string | boolean>; env?: Record<string, string>; admin?: boolean; accounts?: boolean; file?: string; now?(): number } = {}): Promise<AuthServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-auth-'))
  const file = join(folder, 'auth.ini')
  writeFileSync(file, `[mlflow]\ndefault_permission = ${options.defaultPermission ?? 'READ'}\n${options.file ?? ''}`)
  const running = await startServer(readConfig({
    flags: { port: '0', ...(options.accounts !== false && { 'app-name': 'basic-auth' }), ...options.flags }, cwd: folder,
    env: { ...databaseOf(folder), MLFLOW_AUTH_CONFIG_PATH: file, MLFLOW_LOGGING_LEVEL: 'ERROR', ...(options.admin !== false && { MLFLOW_AUTH_ADMIN_PASSWORD: adminPassword }), ...options.env },
  }), options.now && { now: options.now })
  const person = (name: string, authorization: string | undefined): Person => {
    const send: Person['send'] = async (method, path, body, headers = {}) => {
      const response = await fetch(`${running.url}${path}`, {
        method, redirect: 'manual', headers: { ...(authorization !== undefined && { authorization }), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, get body() { return JSON.parse(text) } }
    }
    return {
      name, authorization, send,
      call(endpoint, input = {}, prefix = prefixes[endpoint.api][0]!) {
        const rest = { ...input }
        const path = endpoint.path.replace(/\{(\w+)(\*?)\}/g, (_, key: string, all: string) => {
          const value = String(rest[key])
          if (endpoint.method === 'GET' || endpoint.body === 'raw') delete rest[key]
          return all === '*' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value)
        })
        if (endpoint.method !== 'GET' && endpoint.body !== 'raw') return send(endpoint.method, prefix + path, rest)
        const query = new URLSearchParams()
        for (const [key, value] of Object.entries(rest)) for (const one of [value].flat()) query.append(key, String(one))
        return send(endpoint.method, `${prefix}${path}${query.size === 0 ? '' : `?${query}`}`)
      },
    }
  }
  const admin = person('admin', basic('admin', adminPassword))
  const as = (name: string, password: string): Person => person(name, basic(name, password))
  return {
    url: running.url, folder, running, admin, nobody: person('nobody', undefined), as,
    bearer: (token) => person('token', `Bearer ${token}`),
    async user(name) {
      const password = `${name}'s own password`
      const made = await admin.send('POST', '/api/2.0/mlflow/users/create', { username: name, password })
      if (made.status !== 200) throw new Error(`No user ${name}: ${made.text}`)
      return as(name, password)
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
