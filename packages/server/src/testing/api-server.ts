import { prefixes, type Endpoint, type ErrorBody, type ResponseOf } from '@cairn/protocol'
import type { Database, Migration } from '../platform/db/index.ts'
import { openTestDatabase } from '../platform/db/testing-database.ts'
import { openGate, startHttpServer, type Route } from '../platform/http/index.ts'

export interface ApiServer extends AsyncDisposable {
  readonly db: Database
  /** Calls an endpoint over HTTP and gives its answer; an answer other than 200 fails the test. */
  call<E extends Endpoint>(endpoint: E, input?: object): Promise<ResponseOf<E>>
  /** What an endpoint refuses, as `404 RESOURCE_DOES_NOT_EXIST: No Experiment …`; an answer of 200 begins with `200`. */
  error(endpoint: Endpoint, input?: object): Promise<string>
}

/** A real server on a free port over a real database in a temp folder, with the routes of some slices. */
export async function startApi(options: {
  migrations: readonly Migration[]
  routes(db: Database): Route[] | Promise<Route[]>
  now(): number
}): Promise<ApiServer> {
  const db = await openTestDatabase({ migrations: options.migrations })
  const quiet = { debug() {}, info() {}, warn() {}, error(message: string, fields?: object) { console.error(message, fields) } }
  const server = await startHttpServer({
    routes: await options.routes(db), gate: openGate, staticPrefix: '', bodyLimit: 64 * 2 ** 20, log: quiet, now: options.now,
    security: { allowedHosts: [], corsAllowedOrigins: [], xFrameOptions: 'SAMEORIGIN', disabled: false },
  }, { host: '127.0.0.1', port: 0 })

  async function send({ method, api, path }: Endpoint, input: object): Promise<{ status: number; text: string }> {
    const rest = new Map(Object.entries(input))
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = String(rest.get(name))
      // MLflow wants some ids in the body although they stand in the path.
      if (method === 'GET' || method === 'DELETE') rest.delete(name)
      return encodeURIComponent(value)
    })
    const url = new URL(`${server.url}${prefixes[api][0]}${filled}`)
    if (method === 'GET') {
      for (const [name, value] of rest) for (const one of [value].flat()) url.searchParams.append(name, String(one))
    }
    const json = { 'content-type': 'application/json' }
    const response = await fetch(url, method === 'GET' ? {} : { method, headers: json, body: JSON.stringify(Object.fromEntries(rest)) })
    return { status: response.status, text: await response.text() }
  }

  return {
    db,
    async call(endpoint, input = {}) {
      const { status, text } = await send(endpoint, input)
      if (status !== 200) throw new Error(`${endpoint.name} answered ${status} ${text}`)
      return JSON.parse(text)
    },
    async error(endpoint, input = {}) {
      const { status, text } = await send(endpoint, input)
      if (status === 200 || !text.startsWith('{')) return `${status} ${text}`
      const { error_code: code, message } = JSON.parse(text) as ErrorBody
      return `${status} ${code}: ${message}`
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await db[Symbol.asyncDispose]()
    },
  }
}
