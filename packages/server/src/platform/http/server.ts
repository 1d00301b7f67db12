import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { CairnError, type Endpoint } from '@cairn/protocol'
import { Connections, type ConnectionLimits } from './connections.ts'
import { clientAddress, RequestContext, requestIdOf, type ContextSettings } from './context.ts'
import type { Gate } from './gate.ts'
import { hasBody, inputReader, type PathParams } from './input.ts'
import { respond, respondError } from './respond.ts'
import { createRouter, type Router } from './router.ts'
import { securityPolicy, type SecurityOptions, type SecurityPolicy } from './security.ts'
import { endSpan, nameSpan, requestSpan } from './request-span.ts'
import { Requests, type Observe } from './requests.ts'
import { SlowRequests } from './slow-requests.ts'
import type { Telemetry } from '../telemetry/index.ts'
import type { Span, Tracing } from '../tracing/index.ts'
import { Reply, type Context, type Log, type Route } from './types.ts'

export interface HttpOptions {
  readonly routes: readonly Route[]
  /** Routes that answer the same whatever is sent: nothing of the request is read or checked. */
  readonly constantRoutes?: readonly Route[]
  readonly gate: Gate
  readonly security: SecurityOptions
  /** In front of every path, "" or `/team/cairn`. */
  readonly staticPrefix: string
  /** How much of a path (without the static prefix) stands in front of what is asked for; what it says is read by the gate. Default nothing. */
  readonly prefixLength?: ((path: string) => number) | undefined
  /** Bytes of a JSON body, as sent and decompressed. */
  readonly bodyLimit: number
  /** How long the head of a request may take, and its body before it must have come at 16 kB/s; default 30,000. */
  readonly slowRequestMs?: number | undefined
  /** How long a connection may rest in the middle of an answer that its client does not read; default 120,000. */
  readonly silentMs?: number | undefined
  /** Default 20,000 connections, half of them from one address. */
  readonly connections?: ConnectionLimits | undefined
  /** Addresses of proxies whose `X-Forwarded-For` is believed; default none. */
  readonly trustedProxies?: readonly string[] | undefined
  readonly log: Log
  /** Writes a line for each request, and gives each an id that its answer tells (`X-Request-Id`); default not. */
  readonly accessLog?: boolean | undefined
  /** How long requests that are under way may take when the server stops; default 10 s. */
  readonly closingMs?: number | undefined
  /** Counts requests and their durations by endpoint. */
  readonly telemetry?: Telemetry | undefined
  /** Tells a collector of each request. */
  readonly tracing?: Tracing | undefined
  now(): number
  /** Answers paths that no endpoint has (the web page); undefined is a 404. */
  page?(path: string, context: Context): Reply | undefined | Promise<Reply | undefined>
}

export interface HttpServer extends AsyncDisposable {
  /** Without a slash at the end, with the static prefix. */
  readonly url: string
  readonly port: number
  readonly host: string
}

export async function startHttpServer(options: HttpOptions, listen: { host: string; port: number }): Promise<HttpServer> {
  const slowMs = options.slowRequestMs ?? 30_000
  const slow = new SlowRequests(slowMs)
  const connections = new Connections(options.connections ?? { most: 20_000, mostOfClient: 10_000 }, options)
  const pipeline = new Pipeline(options, slow)
  /** Connections on which nothing was asked yet: Node does not count them as idle. */
  const unused = new Set<Socket>()
  const server = createServer({
    maxHeaderSize: 65_536, keepAliveTimeout: 75_000,
    // A large file may take longer than any fixed time; `slow` closes those that hardly move.
    requestTimeout: 0, headersTimeout: slowMs, connectionsCheckingInterval: Math.min(5000, Math.ceil(slowMs / 3)),
  }, (request, response) => {
    if (connections.wasRefused(request.socket)) return
    unused.delete(request.socket)
    void pipeline.answer(request, response)
  })
  server.timeout = options.silentMs ?? 120_000
  server.on('connection', (socket) => {
    if (!connections.admit(socket)) return
    slow.connected(socket)
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  await listening(server, listen)
  const { port } = server.address() as AddressInfo
  const shown = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return {
    url: `http://${shown}:${port}${options.staticPrefix}`, port, host: listen.host,
    async [Symbol.asyncDispose]() {
      pipeline.closing = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      for (const socket of unused) socket.destroy()
      // A file that is under way is worth waiting for; a client that hangs is not.
      const force = setTimeout(() => server.closeAllConnections(), options.closingMs ?? 10_000)
      await closed
      clearTimeout(force)
      slow[Symbol.dispose]()
      connections[Symbol.dispose]()
    },
  }
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** What an endpoint's entry in the table does with a request that has passed the gate. */
interface Served {
  readonly endpoint: Endpoint
  readonly observe: Observe
  readonly call: (request: IncomingMessage, params: PathParams, context: Context) => unknown
}

/** The stages of every request, in their one order: host and origin, route, gate, input, handler, answer. */
class Pipeline {
  /** Answers from now on close their connections. */
  closing = false
  readonly #options: HttpOptions
  readonly #policy: SecurityPolicy
  /** What is read is for whoever asked: no cache on the way, and none that the next user of a browser sees, keeps it. Files and pages say it in their own words. */
  readonly #reading: Readonly<Record<string, string>>
  readonly #router: Router<Served>
  readonly #settings: ContextSettings
  readonly #slow: SlowRequests
  readonly #requests: Requests
  readonly #elsewhere: Observe

  constructor(options: HttpOptions, slow: SlowRequests) {
    this.#options = options
    this.#settings = options
    this.#policy = securityPolicy(options.security)
    this.#reading = { ...this.#policy.headers, 'cache-control': 'no-store' }
    this.#slow = slow
    this.#requests = new Requests(options.telemetry)
    this.#elsewhere = this.#requests.of('none')
    this.#router = createRouter([
      ...options.routes.map(({ endpoint, handle }) => {
        const read = inputReader(endpoint, options.bodyLimit)
        const answer = handle as (input: unknown, context: Context) => unknown
        return [endpoint, { endpoint, observe: this.#requests.of(endpoint.name), call: (request, params, context) => {
          const input = read(request, params)
          return input instanceof Promise ? input.then((ready) => answer(ready, context)) : answer(input, context)
        } }] as [Endpoint, Served]
      }),
      ...(options.constantRoutes ?? []).map(({ endpoint, handle }) =>
        [endpoint, { endpoint, observe: this.#requests.of('later'), call: (_request, _params, context) => (handle as (input: unknown, context: Context) => unknown)({}, context) }] as [Endpoint, Served]),
    ])
  }

  answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { tracing } = this.#options
    const span = tracing && requestSpan(tracing, request)
    return span === undefined ? this.#answer(request, response, undefined) : tracing!.run(span, () => this.#answer(request, response, span))
  }

  async #answer(request: IncomingMessage, response: ServerResponse, span: Span | undefined): Promise<void> {
    let context: RequestContext | undefined
    let endpoint: Endpoint | undefined
    const id = this.#options.accessLog === true ? requestIdOf(request) : undefined
    let observe = this.#elsewhere
    const began = performance.now()
    this.#requests.underWay += 1
    const { origin } = request.headers
    const usual = request.method === 'GET' || request.method === 'HEAD' ? this.#reading : this.#policy.headers
    const headers = origin === undefined && id === undefined ? usual : { ...usual, ...(origin !== undefined && this.#policy.corsHeaders(origin)), ...(id !== undefined && { 'x-request-id': id }) }
    this.#slow.begin(request)
    try {
      const whole = this.#pathOf(request.url!)
      const before = this.#options.prefixLength?.(whole) ?? 0
      const path = before === 0 ? whole : whole.slice(before) || '/'
      let answer: unknown = this.#early(request, path, origin)
      if (answer === undefined) {
        const found = this.#router.find(request.method!, path)
        if (found !== undefined) {
          observe = found.value.observe
          endpoint = found.value.endpoint
          if (span !== undefined) nameSpan(span, found.value.endpoint)
        }
        const admitted = this.#options.gate.admit(request, found?.value.endpoint)
        const principal = admitted instanceof Promise ? await admitted : admitted
        if (principal instanceof Reply) answer = principal
        else {
          context = new RequestContext(request, response, principal, before === 0 ? this.#settings : { ...this.#settings, staticPrefix: this.#settings.staticPrefix + whole.slice(0, before) }, id)
          answer = found === undefined ? this.#unknown(request.method!, path, context) : found.value.call(request, found.params, context)
          if (answer instanceof Promise) answer = await answer
        }
      }
      if (this.closing) response.shouldKeepAlive = false
      const answered = respond(request, response, answer, headers)
      if (answered !== undefined) await answered
    } catch (error) {
      respondError(response, error, () => context?.requestId ?? id ?? 'none', this.#options.log, headers)
    }
    this.#requests.underWay -= 1
    observe(request.method!, response.statusCode, performance.now() - began)
    if (id !== undefined) this.#note(request, response, { requestId: id, endpoint, principal: context?.principal.name, ms: performance.now() - began })
    if (span !== undefined) endSpan(span, response.statusCode, context?.requestId)
    // A body that nobody read would be taken for the next request.
    if (!request.complete && !request.destroyed) request.resume()
    // What began before the server was asked to stop has promised to keep the connection.
    if (this.closing) request.socket.end()
  }

  /** Which endpoint, not which address: queries and paths may hold what opens something. */
  #note(request: IncomingMessage, response: ServerResponse, { requestId, endpoint, principal, ms }: { requestId: string; endpoint: Endpoint | undefined; principal: string | undefined; ms: number }): void {
    this.#options.log.info('request', {
      requestId, method: request.method, endpoint: endpoint?.name ?? 'none', path: endpoint?.path ?? this.#pathOf(request.url!).slice(0, 200), status: response.statusCode, ms: Math.round(ms * 10) / 10,
      ...(principal !== undefined && { principal }), address: clientAddress(request, this.#options.trustedProxies), agent: request.headers['user-agent']?.slice(0, 200),
      // What a client does not wait for is not finished.
      ...(!response.writableFinished && { aborted: true }),
    })
  }

  /** What is answered before anybody asks who calls: foreign hosts and origins, and preflights. */
  #early(request: IncomingMessage, path: string, origin: string | undefined): Reply | undefined {
    const refused = this.#policy.check({ method: request.method!, path, host: request.headers.host, origin, hasBody: hasBody(request) })
    if (refused !== undefined) return new Reply({ status: refused.status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: refused.text })
    if (request.method !== 'OPTIONS') return undefined
    const preflight = origin === undefined ? { status: 204, text: '', headers: {} } : this.#policy.preflight(origin)
    return new Reply({ status: preflight.status, headers: { 'content-type': 'text/plain', ...preflight.headers }, body: preflight.text || undefined })
  }

  async #unknown(method: string, path: string, context: Context): Promise<Reply> {
    const allowed = this.#router.methods(path)
    if (allowed.length > 0) throw new CairnError('METHOD_NOT_ALLOWED', `${method} is not allowed on ${path}. Use ${allowed.join(' or ')}.`, { allow: allowed.join(', ') })
    const page = method === 'GET' || method === 'HEAD' ? await this.#options.page?.(path, context) : undefined
    if (page === undefined) throw new CairnError('ENDPOINT_NOT_FOUND', `No endpoint answers ${method} ${path.slice(0, 200)}.`)
    return page
  }

  /** Without query and static prefix. */
  #pathOf(url: string): string {
    const end = url.indexOf('?')
    const path = end < 0 ? url : url.slice(0, end)
    const { staticPrefix } = this.#options
    if (staticPrefix === '') return path
    if (path === staticPrefix) return '/'
    if (path.startsWith(`${staticPrefix}/`)) return path.slice(staticPrefix.length)
    // Clients of the artifact proxy are known to drop the prefix, and health probes do not know it.
    return /^\/(?:health|ready|version)$|^\/(?:ajax-)?api\/[23]\.0\/mlflow-artifacts\//.test(path) ? path : '/outside-of-the-static-prefix'
  }
}
