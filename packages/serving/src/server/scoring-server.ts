import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ScoringError } from '../errors.ts'
import { PoolRefused, type Answer } from '../pool/python-pool.ts'
import { infer, v2Metadata } from './inference-v2.ts'
import { Metrics, type Gauge } from './metrics.ts'
import { docsPage, openApi } from './openapi.ts'
import type { RequestLog } from './request-log.ts'
import type { ServedModel } from './served-model.ts'

export interface ScoringServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Origins of web pages that may ask; `*` for all. */
  readonly corsOrigins?: readonly string[]
  readonly maxBodyBytes?: number
  /** The header whose value keeps a client with one version while two are answering; default x-sticky-key. */
  readonly stickyHeader?: string | undefined
  readonly requestLog?: RequestLog | undefined
  /** Told each request as one object. */
  readonly log?: ((entry: Readonly<Record<string, unknown>>) => void) | undefined
}

export interface ScoringServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
}

/** MLflow's scoring protocol and the Open Inference Protocol for the models, the first of them at `/invocations`. */
export async function startScoringServer(models: readonly ServedModel[], options: ScoringServerOptions): Promise<ScoringServer> {
  const metrics = new Metrics()
  const byName = new Map(models.map((model) => [model.name, model]))
  const context: Context = { models, byName, metrics, options }
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    answer(context, request, response).catch((error: unknown) => {
      // A client that went away has no use for an answer.
      if (!response.headersSent && !response.destroyed) send(response, 500, 'application/json', JSON.stringify({ error_code: 'INTERNAL_ERROR', message: 'Internal Server Error' }))
      options.log?.({ event: 'error', error: error instanceof Error ? error.stack : String(error) })
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, options.host, resolve))
  const { port } = server.address() as AddressInfo
  return {
    port, url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    [Symbol.asyncDispose]: () => stop(server, models, options.requestLog),
  }
}

/** New connections are refused, what is under way is answered. */
async function stop(server: Server, models: readonly ServedModel[], requestLog: RequestLog | undefined): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  await Promise.all(models.map((model) => model.drain()))
  // The answers that draining brought are written in a moment; who then keeps a connection has no request in it.
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 200))])
  server.closeAllConnections()
  await closed
  await requestLog?.[Symbol.asyncDispose]()
}

interface Context {
  readonly models: readonly ServedModel[]
  readonly byName: ReadonlyMap<string, ServedModel>
  readonly metrics: Metrics
  readonly options: ScoringServerOptions
}

async function answer(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  allowOrigin(context, request, response)
  const path = decodedPath(request.url ?? '/')
  const { method = 'GET' } = request
  if (method === 'OPTIONS') return void response.writeHead(204).end()
  const route = routeOf(path, context)
  if (route === undefined) return json(response, 404, { detail: 'Not Found' })
  if (route.method !== method && !(route.method === 'GET' && method === 'HEAD')) {
    response.setHeader('allow', route.method)
    return json(response, 405, { detail: 'Method Not Allowed' })
  }
  await route.run(request, response)
}

/** As it is where it is no proper encoding: then no route has it. */
function decodedPath(url: string): string {
  const path = url.split('?')[0]!
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

interface Route {
  readonly method: 'GET' | 'POST'
  readonly run: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>
}

function routeOf(path: string, context: Context): Route | undefined {
  const { models } = context
  const get = (run: (response: ServerResponse) => void): Route => ({ method: 'GET', run: (_request, response) => run(response) })
  switch (path) {
    case '/ping': case '/health': return get((response) => ping(response, models))
    case '/version': return get((response) => send(response, 200, 'application/json', models[0]!.mlflowVersion))
    case '/invocations': return { method: 'POST', run: (request, response) => invoke(context, models[0]!, request, response) }
    case '/metrics': return get((response) => send(response, 200, 'text/plain; version=0.0.4', context.metrics.text([...gauges(models), ...logGauges(context.options.requestLog)])))
    case '/openapi.json': return get((response) => json(response, 200, openApi(models)))
    case '/': case '/docs': return get((response) => send(response, 200, 'text/html; charset=utf-8', docsPage(models)))
    case '/v2': return get((response) => json(response, 200, { name: 'cairn', version: '2', extensions: ['binary_tensor_data'] }))
    case '/v2/health/live': return get((response) => json(response, 200, { live: true }))
    case '/v2/health/ready': return get((response) => json(response, models.every(({ healthy }) => healthy) ? 200 : 503, { ready: models.every(({ healthy }) => healthy) }))
    default: return modelRoute(path, context)
  }
}

function modelRoute(path: string, context: Context): Route | undefined {
  const [, v2, name, version, action] = /^(\/v2)?\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(invocations|ping|ready|infer))?$/.exec(path) ?? []
  const model = name === undefined ? undefined : context.byName.get(name)
  if (name === undefined) return undefined
  if (model === undefined || (version !== undefined && version !== model.version)) {
    const error = `There is no model "${name}"${version === undefined ? '' : ` version ${version}`} here. There are: ${context.models.map((one) => `${one.name}${one.version === '' ? '' : ` ${one.version}`}`).join(', ')}.`
    return { method: action === 'infer' || action === 'invocations' ? 'POST' : 'GET', run: (_request, response) => json(response, 404, v2 === undefined ? { error_code: 'RESOURCE_DOES_NOT_EXIST', message: error } : { error }) }
  }
  if (v2 === undefined) {
    if (action === 'invocations') return { method: 'POST', run: (request, response) => invoke(context, model, request, response) }
    if (action === 'ping') return { method: 'GET', run: (_request, response) => ping(response, [model]) }
    return action === undefined ? { method: 'GET', run: (_request, response) => json(response, 200, facts(model)) } : undefined
  }
  if (action === 'infer') return { method: 'POST', run: (request, response) => inferV2(context, model, request, response) }
  if (action === 'ready') return { method: 'GET', run: (_request, response) => json(response, model.healthy ? 200 : 503, { name, ready: model.healthy }) }
  return action === undefined ? { method: 'GET', run: (_request, response) => json(response, 200, v2Metadata(model)) } : undefined
}

const facts = ({ name, version, uri, digest, engine, healthy, workers, mlflowVersion, traffic }: ServedModel): unknown =>
  ({ ...(traffic !== undefined && { traffic }), name, version, uri, digest: `sha256:${digest}`, engine, healthy, mlflow_version: mlflowVersion, ...(workers !== undefined && { workers: { ready: workers.ready, waiting: workers.waiting, ...workers.counts } }) })

const ping = (response: ServerResponse, models: readonly ServedModel[]): void =>
  send(response, models.every(({ healthy }) => healthy) ? 200 : 404, 'application/json', '\n')

async function invoke(context: Context, model: ServedModel, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request, response, context.options.maxBodyBytes)
  if (body === undefined) return
  const done = follow(context, model, request, response, body)
  try {
    const answered = await model.invoke(body, request.headers['content-type'], keyOf(context, model, request))
    done(answered)
  } catch (error) {
    if (!(error instanceof PoolRefused)) throw error
    if (error.reason !== 'crashed') response.setHeader('retry-after', String(error.retryAfterSeconds))
    // MLflow's server answers this text when its limit is over.
    done(error.reason === 'late'
      ? { status: 504, type: 'application/json', body: Buffer.from(error.message) }
      : { status: statusOf(error), type: 'application/json', body: Buffer.from(JSON.stringify({ error_code: codes[error.reason], message: error.message })) })
  }
}

const codes = { full: 'RESOURCE_EXHAUSTED', broken: 'TEMPORARILY_UNAVAILABLE', closed: 'TEMPORARILY_UNAVAILABLE', crashed: 'INTERNAL_ERROR', late: 'TIMEOUT' } as const
const statusOf = ({ reason }: PoolRefused): number => ({ full: 429, broken: 503, closed: 503, crashed: 500, late: 504 })[reason]

async function inferV2(context: Context, model: ServedModel, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request, response, context.options.maxBodyBytes)
  if (body === undefined) return
  const done = follow(context, model, request, response, body)
  try {
    const length = request.headers['inference-header-content-length']
    const answered = await infer(model, body, length === undefined ? undefined : Number(length), keyOf(context, model, request))
    for (const [name, value] of Object.entries(answered.headers)) response.setHeader(name, value)
    done({ status: 200, type: answered.headers['content-type']!, body: answered.body, ...(answered.version !== undefined && { version: answered.version }) })
  } catch (error) {
    const status = error instanceof ScoringError ? 400 : error instanceof PoolRefused ? statusOf(error) : undefined
    if (status === undefined) throw error
    if (error instanceof PoolRefused && error.reason !== 'crashed') response.setHeader('retry-after', String(error.retryAfterSeconds))
    done({ status, type: 'application/json', body: Buffer.from(JSON.stringify({ error: (error as Error).message })) })
  }
}

/** Answers a function that sends the answer, counts it and logs it. */
function follow({ metrics, options }: Context, model: ServedModel, request: IncomingMessage, response: ServerResponse, body: Buffer): (answered: Answer) => void {
  const started = performance.now()
  const id = header(request, 'x-request-id') ?? randomUUID()
  return (answered) => {
    const ms = performance.now() - started
    const version = answered.version ?? model.version
    response.setHeader('x-request-id', id)
    response.setHeader('x-model-name', model.name)
    if (version !== '') response.setHeader('x-model-version', version)
    send(response, answered.status, answered.type, answered.body)
    metrics.observe(model.name, version, answered.status, ms / 1000)
    const entry = { time: new Date().toISOString(), request_id: id, model: model.name, version, status: answered.status, duration_ms: Math.round(ms * 1000) / 1000 }
    options.log?.({ event: 'request', ...entry })
    if (options.requestLog?.wants === true) options.requestLog.write(entry, body, answered.body)
  }
}

const keyOf = ({ options }: Context, model: ServedModel, request: IncomingMessage): string | undefined => {
  const value = request.headers[(model.stickyHeader ?? options.stickyHeader ?? 'x-sticky-key').toLowerCase()]
  return typeof value === 'string' ? value : undefined
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value) ? value : undefined
}

async function readBody(request: IncomingMessage, response: ServerResponse, most = 100 * 1024 * 1024): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > most) {
      response.setHeader('connection', 'close')
      json(response, 413, { error_code: 'BAD_REQUEST', message: `The body is larger than ${most} bytes. Send fewer rows at once.` })
      return undefined
    }
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

function allowOrigin({ models, options }: Context, request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers
  const allowed = options.corsOrigins ?? []
  if (origin === undefined || !(allowed.includes('*') || allowed.includes(origin))) return
  response.setHeader('access-control-allow-origin', allowed.includes('*') ? '*' : origin)
  response.setHeader('vary', 'origin')
  response.setHeader('access-control-expose-headers', 'retry-after, x-model-name, x-model-version, x-request-id')
  if (request.method !== 'OPTIONS') return
  response.setHeader('access-control-allow-methods', 'GET, POST')
  const sticky = [options.stickyHeader ?? 'x-sticky-key', ...models.flatMap(({ stickyHeader }) => stickyHeader ?? [])]
  response.setHeader('access-control-allow-headers', [...new Set(['content-type', 'x-request-id', ...sticky])].join(', '))
  response.setHeader('access-control-max-age', '600')
}

const logGauges = (log: RequestLog | undefined): Gauge[] => (log === undefined ? [] : [
  { name: 'cairn_serving_logged_requests_total', help: 'Sampled requests that the log took.', kind: 'counter', value: log.written },
  { name: 'cairn_serving_log_lost_total', help: 'Sampled requests that the log could not keep.', kind: 'counter', value: log.lost },
])

function gauges(models: readonly ServedModel[]): Gauge[] {
  return models.flatMap(({ name: model, workers }): Gauge[] => (workers === undefined ? [] : [
    { name: 'cairn_serving_workers_ready', help: 'Processes that are ready to answer.', kind: 'gauge', model, value: workers.ready },
    { name: 'cairn_serving_requests_waiting', help: 'Requests that wait for a process.', kind: 'gauge', model, value: workers.waiting },
    { name: 'cairn_serving_model_calls_total', help: 'Calls of the model; one may answer many requests.', kind: 'counter', model, value: workers.counts.calls },
    { name: 'cairn_serving_batched_requests_total', help: 'Requests answered among others.', kind: 'counter', model, value: workers.counts.batchedRequests },
    { name: 'cairn_serving_retries_total', help: 'Requests asked again because a process died.', kind: 'counter', model, value: workers.counts.retries },
    { name: 'cairn_serving_worker_crashes_total', help: 'Processes that died.', kind: 'counter', model, value: workers.counts.crashes },
    { name: 'cairn_serving_workers_recycled_total', help: 'Processes replaced because of their memory.', kind: 'counter', model, value: workers.counts.recycled },
    { name: 'cairn_serving_timeouts_total', help: 'Requests that took too long.', kind: 'counter', model, value: workers.counts.timeouts },
    { name: 'cairn_serving_rejected_total', help: 'Requests refused because too many waited.', kind: 'counter', model, value: workers.counts.rejected },
  ]))
}

const json = (response: ServerResponse, status: number, value: unknown): void => send(response, status, 'application/json', JSON.stringify(value))

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  // As MLflow's web framework does.
  const full = type.startsWith('text/') && !type.includes('charset') ? `${type}; charset=utf-8` : type
  response.writeHead(status, { 'content-type': full, 'content-length': bytes.byteLength })
  response.end(bytes)
}
