import { prefixes, workspaceHeader, type Endpoint, type RequestOf, type ResponseOf } from '@cairn/protocol'
import { UserError } from '../framework/errors.ts'
import type { OptionSpec } from '../framework/command.ts'
import type { Io } from '../framework/io.ts'

/** The option of every command that asks a server. */
export const clientOptions = {
  'tracking-uri': {
    kind: 'text', value: 'URL', env: 'MLFLOW_TRACKING_URI', default: 'http://127.0.0.1:5000', topic: 'Server',
    summary: 'The server to ask.',
  },
  workspace: {
    kind: 'text', value: 'NAME', env: 'CAIRN_WORKSPACE', setsEnv: 'MLFLOW_WORKSPACE', topic: 'Server',
    summary: 'The workspace to work in, on a server that has some (also MLFLOW_WORKSPACE).',
  },
} as const satisfies Record<string, OptionSpec>

/** The server said no. `code` is MLflow's error code. */
export class ServerRefused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'ServerRefused'
    this.status = status
    this.code = code
  }
}

export class ServerUnreachable extends Error {
  readonly url: string

  constructor(url: string, cause: unknown) {
    super(`no server answers at ${url}`, { cause })
    this.name = 'ServerUnreachable'
    this.url = url
  }
}

export interface Connection {
  readonly url: string
  readonly signal: AbortSignal
  call<E extends Endpoint>(endpoint: E, request: RequestOf<E>): Promise<ResponseOf<E>>
  /** For bodies that are streamed. Throws like `call` where the status is no success. */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

/** What a command's context has of what is needed to reach the server. */
interface Reaching {
  readonly options: { readonly 'tracking-uri': string }
  readonly io: Io
}

export function connect({ options, io }: Reaching): Connection {
  const url = options['tracking-uri'].replace(/\/+$/, '')
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UserError(`"${url}" is no address of a server.`, 'Set MLFLOW_TRACKING_URI or --tracking-uri to an address like http://127.0.0.1:5000.', 2)
  }
  const authorization = credentials(url, io.env)
  const base = new URL(url)
  base.username = ''
  base.password = ''
  const origin = base.href.replace(/\/+$/, '')
  const workspace = io.env['MLFLOW_WORKSPACE']?.trim() || undefined
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = {
      ...(workspace !== undefined && !path.includes('/mlflow/workspaces') && { [workspaceHeader]: workspace }), ...init.headers as Record<string, string> | undefined, ...(authorization !== undefined && { authorization }),
    }
    let response: Response
    try {
      response = await fetch(origin + path, { ...init, headers, signal: io.signal })
    } catch (error) {
      if (io.signal.aborted) throw error
      throw new ServerUnreachable(origin, (error as Error).cause ?? error)
    }
    if (!response.ok) throw await refusal(response)
    return response
  }
  return {
    url: origin,
    signal: io.signal,
    fetch: send,
    async call(endpoint, request) {
      const { path, rest } = fillPath(endpoint, request as Record<string, unknown>)
      const target = prefixes[endpoint.api][0]! + path
      // What has no JSON body has its fields in the query, whatever the method.
      const inQuery = endpoint.method === 'GET' || endpoint.body === 'raw'
      const init: RequestInit = inQuery
        ? { method: endpoint.method }
        : { method: endpoint.method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(rest) }
      const response = await send(inQuery ? target + queryText(rest) : target, init)
      const text = await response.text()
      return (text === '' ? {} : parseJson(text)) as never
    },
  }
}

function credentials(url: string, env: Io['env']): string | undefined {
  if (env['MLFLOW_TRACKING_TOKEN']) return `Bearer ${env['MLFLOW_TRACKING_TOKEN']}`
  const { username, password } = new URL(url)
  const user = env['MLFLOW_TRACKING_USERNAME'] ?? decodeURIComponent(username)
  const secret = env['MLFLOW_TRACKING_PASSWORD'] ?? decodeURIComponent(password)
  return user === '' ? undefined : `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
}

function fillPath(endpoint: Endpoint, request: Readonly<Record<string, unknown>>): { path: string; rest: Record<string, unknown> } {
  const rest = { ...request }
  const path = endpoint.path.replace(/\{(\w+)(\*?)\}/g, (_all, name: string, many: string) => {
    const value = String(rest[name] ?? '')
    delete rest[name]
    return many ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value)
  })
  return { path, rest }
}

export function queryText(values: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item))
  }
  return query.size === 0 ? '' : `?${query}`
}

/** Integers beyond 2^53 stay exact, as `bigint`. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    (typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value))
}

async function refusal(response: Response): Promise<ServerRefused> {
  const text = await response.text()
  try {
    const body = JSON.parse(text) as { error_code?: string; message?: string }
    if (typeof body.message === 'string') return new ServerRefused(response.status, body.error_code ?? '', body.message)
  } catch {
    // Not every answer is JSON: proxies and the host check write text.
  }
  const words = /<html/i.test(text) ? '' : text.trim().slice(0, 300)
  return new ServerRefused(response.status, '', words === '' ? `The server answered ${response.status} ${response.statusText}.` : words)
}
