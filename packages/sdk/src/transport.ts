import { prefixes, workspaceHeader, type Endpoint, type RequestOf, type ResponseOf } from '@cairn/protocol'
import { readAnswer } from './answers.ts'
import { ApiError, isTransient, NetworkError } from './errors.ts'

export interface TransportOptions {
  /** Where the server is: `http://127.0.0.1:5000`, with its static prefix if it has one. */
  readonly url: string
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** The workspace to work in (header X-MLFLOW-WORKSPACE); default the server's. Where `url` ends in `/team/repo.mlflow`, it says it already. */
  readonly workspace?: string | undefined
  /** Attempts after the first, on 408, 429, 5xx and when no answer comes. Default 7. */
  readonly retries?: number | undefined
  /** For one attempt; default 120,000. Where the answer is a stream, until it begins. */
  readonly timeoutMs?: number | undefined
  /** Waits 1, 2, 4, … times this between attempts, at most 60 s, with jitter. Default 500. */
  readonly backoffMs?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Overrides the transport's. */
  readonly retries?: number | undefined
  /** Overrides the transport's; `Infinity` for none. */
  readonly timeoutMs?: number | undefined
  /** In a browser: the request is sent on when its page is closed. It takes no more than 64 KiB of bodies in all. */
  readonly keepalive?: boolean | undefined
}

/** Sends requests. The rest of the SDK calls the server through this only. */
export class Transport {
  readonly url: string
  readonly retries: number
  /** Names the server and the workspace, for what is kept apart by it. */
  readonly place: string
  readonly #options: TransportOptions
  readonly #fetch: typeof globalThis.fetch
  readonly #authorization: string | undefined

  constructor(options: TransportOptions) {
    const url = new URL(options.url)
    const username = options.username ?? decodeURIComponent(url.username)
    const password = options.password ?? decodeURIComponent(url.password)
    url.username = ''
    url.password = ''
    this.url = url.href.replace(/\/+$/, '')
    this.retries = options.retries ?? 7
    this.place = options.workspace === undefined ? this.url : `${this.url}#${options.workspace}`
    this.#options = options
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
    this.#authorization = options.token !== undefined
      ? `Bearer ${options.token}`
      : username !== '' ? `Basic ${base64(`${username}:${password}`)}` : undefined
  }

  /** Calls an endpoint of the contract: its input and answer are typed by the endpoint's value. */
  async call<E extends Endpoint>(endpoint: E, input: RequestOf<E>, options: CallOptions = {}): Promise<ResponseOf<E>> {
    const { path, rest } = fillPath(endpoint, input as Record<string, unknown>)
    // What has no JSON body has its fields in the query, whatever the method.
    const inQuery = endpoint.method === 'GET' || endpoint.body === 'raw'
    const query = inQuery ? queryOf(rest) : ''
    return this.#ask(endpoint.name, `${prefixes[endpoint.api][0]!}${path}${query}`, {
      method: endpoint.method,
      ...(!inQuery && {
        headers: { 'content-type': 'application/json' }, body: JSON.stringify(input, toWire),
      }),
    }, options, async (response) => readAnswer(response.status === 204 ? '{}' : await response.text(), endpoint.response) as ResponseOf<E>)
  }

  /** Sends a request below the server's URL and answers the response of a 2xx (or 304), its body unread. */
  send(name: string, path: string, init: RequestInit, options: CallOptions = {}): Promise<Response> {
    return this.#ask(name, path, init, options, (response) => response)
  }

  /** `read` is part of an attempt: an answer that breaks off is asked for again, within the time limit. */
  async #ask<T>(name: string, path: string, init: RequestInit, options: CallOptions, read: (response: Response) => T | Promise<T>): Promise<T> {
    const { signal, retries = this.retries, timeoutMs = this.#options.timeoutMs ?? 120_000 } = options
    // A body that is a stream can be sent once.
    const most = init.body !== undefined && init.body !== null && typeof init.body === 'object' && 'getReader' in init.body ? 0 : retries
    for (let attempt = 0; ; attempt += 1) {
      let failure: unknown
      let waitMs: number | undefined
      // Not AbortSignal.timeout: it would cut off a download that is under way.
      const limit = new AbortController()
      const timer = Number.isFinite(timeoutMs) ? setTimeout(() => limit.abort(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs) : undefined
      try {
        const response = await this.open(path, { ...init, ...(options.keepalive === true && { keepalive: true }), signal: signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]) })
        if (response.ok || response.status === 304) return await read(response)
        failure = await refusal(name, response)
        waitMs = retryAfter(response)
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        // What is no JSON comes from something else than a tracking server, and would come again.
        if (error instanceof SyntaxError) throw new ApiError(name, 200, 'INTERNAL_ERROR', `The answer is no JSON: is ${this.url} a tracking server?`)
        failure = new NetworkError(name, attempt + 1, error)
      } finally {
        clearTimeout(timer)
      }
      if (!isTransient(failure) || attempt >= most) throw failure
      await this.#pause(attempt, waitMs, signal)
    }
  }

  /** One request without retries or time limit, for streams that stay open. */
  open(path: string, init: RequestInit): Promise<Response> {
    return this.#fetch(this.url + path, {
      ...init, headers: { ...(this.#options.workspace !== undefined && !path.includes('/mlflow/workspaces') && { [workspaceHeader]: this.#options.workspace }), ...this.#options.headers, ...(this.#authorization !== undefined && { authorization: this.#authorization }), ...init.headers as Record<string, string> },
    })
  }

  async #pause(attempt: number, askedMs: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const base = Math.min((this.#options.backoffMs ?? 500) * 2 ** attempt, 60_000)
    const delay = Math.min(askedMs ?? base * (0.5 + Math.random() / 2), 60_000)
    signal?.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(done, delay)
      function done(): void {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      function stop(): void {
        clearTimeout(timer)
        reject(signal!.reason as Error)
      }
      signal?.addEventListener('abort', stop, { once: true })
    })
  }
}

function retryAfter(response: Response): number | undefined {
  const seconds = response.headers.get('retry-after') ?? ''
  return /^\d+$/.test(seconds) ? Number(seconds) * 1000 : undefined
}

/** The error that a response other than 2xx carries. */
export async function refusal(name: string, response: Response): Promise<ApiError> {
  const text = await response.text()
  try {
    const body = JSON.parse(text) as { error_code?: string; message?: string }
    return new ApiError(name, response.status, body.error_code ?? 'INTERNAL_ERROR', body.message ?? text)
  } catch {
    return new ApiError(name, response.status, 'INTERNAL_ERROR', text.slice(0, 500) || response.statusText)
  }
}

/** Puts an input's fields into the path; what is not in the path is left. */
export function fillPath(endpoint: Pick<Endpoint, 'path' | 'method'>, input: Readonly<Record<string, unknown>>): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input }
  const path = endpoint.path.replace(/\{(\w+)(\*?)\}/g, (_all, name: string, many: string) => {
    const value = String(rest[name] ?? '')
    delete rest[name]
    return many === '*' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value)
  })
  return { path, rest }
}

export function queryOf(values: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined && item !== null) query.append(name, String(item))
  }
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** NaN and the infinities as protobuf's strings, bigint as a string of digits. */
function toWire(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
