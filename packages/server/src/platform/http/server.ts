import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CairnError, invalid, parser, prefixes, type Described, type Endpoint, type Parser } from '@cairn/protocol'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { readText } from './body.ts'
import { RequestContext, type ContextSettings } from './context.ts'
import type { Gate } from './gate.ts'
import { respond, respondError } from './respond.ts'
import { securityPolicy, type SecurityOptions } from './security.ts'
import { Reply, type Context, type Log, type Principal, type Route } from './types.ts'

export interface HttpOptions {
  readonly routes: readonly Route[]
  /** Routes that few ask for: found by a search when no other answers, since a registered one costs every start 0.2 ms. */
  readonly rareRoutes?: readonly Route[]
  readonly gate: Gate
  readonly security: SecurityOptions
  /** In front of every path, "" or `/team/cairn`. */
  readonly staticPrefix: string
  /** Bytes of a JSON body, as sent and decompressed. */
  readonly bodyLimit: number
  readonly log: Log
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

/** MLflow's API is registered once; its other prefixes are rewritten to this one. */
const canonical = /^\/(?:ajax-)?api\/[23]\.0\/(?=mlflow(?:-artifacts)?\/)/

export async function startHttpServer(options: HttpOptions, listen: { host: string; port: number }): Promise<HttpServer> {
  const app = buildHttpServer(options)
  await app.listen({ host: listen.host, port: listen.port })
  const { port } = app.server.address() as AddressInfo
  const shown = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return {
    url: `http://${shown}:${port}${options.staticPrefix}`, port, host: listen.host,
    async [Symbol.asyncDispose]() {
      app.server.closeIdleConnections()
      const closed = app.close()
      // Streams of live events never end by themselves.
      const force = setTimeout(() => app.server.closeAllConnections(), 2000)
      await closed
      clearTimeout(force)
    },
  }
}

function buildHttpServer(options: HttpOptions): FastifyInstance {
  const policy = securityPolicy(options.security)
  const settings: ContextSettings = options
  const { staticPrefix } = options
  const patterns = options.routes.map(({ endpoint }) => ({ endpoint, url: routeUrl(endpoint) }))
  const app = fastify({
    // Registered with the GET route below: Fastify's own would be a second handler each.
    exposeHeadRoutes: false,
    forceCloseConnections: false,
    connectionTimeout: 120_000,
    keepAliveTimeout: 75_000,
    http: { maxHeaderSize: 65_536 },
    routerOptions: { maxParamLength: 16_384, caseSensitive: true },
    rewriteUrl(request) {
      let url = request.url ?? '/'
      if (staticPrefix !== '') url = url.startsWith(`${staticPrefix}/`) || url === staticPrefix ? url.slice(staticPrefix.length) || '/' : withoutPrefix(url)
      return url.replace(canonical, '/api/2.0/')
    },
    frameworkErrors(error, request, reply) {
      reply.hijack()
      const known = error.code === 'FST_ERR_BAD_URL' ? invalid('The path of the request is not valid percent-encoding.') : error
      respondError(reply.raw, known, () => 'none', options.log, policy.headers)
      void request
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  // Fastify itself refuses a header that is no media type.
  app.setErrorHandler((error, request, reply) => {
    reply.hijack()
    const known = (error as { code?: string }).code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ? wrongMediaType() : error
    respondError(reply.raw, known, () => 'none', options.log, headersFor(request.raw))
  })

  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    const { origin } = raw.headers
    const path = pathOf(raw)
    const refused = policy.check({ method: raw.method!, path, host: raw.headers.host, origin })
    if (refused !== undefined) return void finish(reply.hijack().raw, raw, new Reply({ status: refused.status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: refused.text }))
    if (raw.method === 'OPTIONS') {
      const preflight = origin === undefined ? { status: 204, text: '', headers: {} } : policy.preflight(origin)
      return void finish(reply.hijack().raw, raw, new Reply({ status: preflight.status, headers: { 'content-type': 'text/plain', ...preflight.headers }, body: preflight.text || undefined }))
    }
    done()
  })
  app.options('*', (_request, reply) => { reply.hijack() })

  const headersFor = (request: IncomingMessage): Readonly<Record<string, string>> => {
    const { origin } = request.headers
    return origin === undefined ? policy.headers : { ...policy.headers, ...policy.corsHeaders(origin) }
  }
  const finish = (response: ServerResponse, request: IncomingMessage, answer: unknown): Promise<void> =>
    respond(request, response, answer, headersFor(request))

  /** The stages of every request, in their one order. */
  async function serve(raw: IncomingMessage, response: ServerResponse, endpoint: Endpoint | undefined, answer: (context: Context) => unknown): Promise<void> {
    let context: RequestContext | undefined
    try {
      const admitted = options.gate.admit(raw, endpoint)
      const principal: Principal = admitted instanceof Promise ? await admitted : admitted
      context = new RequestContext(raw, response, principal, settings)
      await finish(response, raw, await answer(context))
    } catch (error) {
      respondError(response, error, () => context?.requestId ?? 'none', options.log, headersFor(raw))
    }
    // A body that nobody read would be taken for the next request.
    if (!raw.complete && !raw.destroyed) raw.resume()
  }

  for (const { endpoint, handle } of options.routes) {
    const read = inputReader(endpoint, options.bodyLimit)
    const call = handle as (input: unknown, context: Context) => unknown
    app.route({
      method: endpoint.method === 'GET' ? ['GET', 'HEAD'] : endpoint.method, url: routeUrl(endpoint),
      handler(request, reply) {
        reply.hijack()
        void serve(request.raw, reply.raw, endpoint, async (context) => call(await read(request), context))
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    reply.hijack()
    void serve(request.raw, reply.raw, undefined, async (context) => {
      const path = pathOf(request.raw)
      const rare = options.rareRoutes?.filter(({ endpoint }) => matches(routeUrl(endpoint), path)) ?? []
      const exact = rare.find(({ endpoint }) => endpoint.method === request.method)
      if (exact !== undefined) return (exact.handle as (input: unknown, context: Context) => unknown)({}, context)
      const allowed = allowedMethods([...patterns, ...rare.map(({ endpoint }) => ({ endpoint, url: routeUrl(endpoint) }))], path)
      if (allowed.length > 0) {
        throw new CairnError('METHOD_NOT_ALLOWED', `${request.method} is not allowed on ${path}. Use ${allowed.join(' or ')}.`, { allow: allowed.join(', ') })
      }
      const page = request.method === 'GET' || request.method === 'HEAD' ? await options.page?.(path, context) : undefined
      if (page === undefined) throw new CairnError('ENDPOINT_NOT_FOUND', `No endpoint answers ${request.method} ${path.slice(0, 200)}.`)
      return page
    })
  })
  return app
}

const outside = '/outside-of-the-static-prefix'
// Clients of the artifact proxy are known to drop the prefix, and health probes do not know it.
const withoutPrefix = (url: string): string =>
  /^\/(?:health|version)(?:$|\?)|^\/(?:ajax-)?api\/[23]\.0\/mlflow-artifacts\//.test(url) ? url : outside

const pathOf = (request: IncomingMessage): string => {
  const url = request.url!
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

/** `/runs/{id}/files/{path*}` → `/api/…/runs/:id/files/*` */
function routeUrl(endpoint: Endpoint): string {
  return prefixes[endpoint.api][0]!.replace('/ajax-api/', '/api/') + endpoint.path.replace(/\{\w+\*\}/, '*').replace(/\{(\w+)\}/g, ':$1')
}

function allowedMethods(patterns: readonly { endpoint: Endpoint; url: string }[], path: string): string[] {
  const matching = patterns.filter(({ url }) => matches(url, path))
  return [...new Set(matching.map(({ endpoint }) => endpoint.method))].sort()
}

/** `url` as Fastify writes routes: `:name` is one segment, `*` the rest. */
const matches = (url: string, path: string): boolean =>
  new RegExp(`^${url.replace(/[.+?^$()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+').replace('*', '.*')}$`).test(path)

type ReadInput = (request: FastifyRequest) => unknown

/** Reads and validates what a request carries: path, query or body, in that order of rank. */
function inputReader(endpoint: Endpoint, bodyLimit: number): ReadInput {
  // Compiling 200 schemas at the start would double the time to the first answer.
  let parse: Parser<unknown> | undefined
  const schema = (): Parser<unknown> => parse ??= parser(endpoint.request)
  const names = [...endpoint.path.matchAll(/\{(\w+)\*?\}/g)].map((match) => match[1]!)
  const hasFields = Object.keys((endpoint.request as unknown as Described)['x-fields'] ?? {}).length > names.length
  const withPath = (value: Record<string, unknown>, params: Record<string, string>): Record<string, unknown> => {
    for (const name of names) value[name] = params[name] ?? params['*']
    return value
  }
  if (endpoint.method === 'GET' || endpoint.body === 'raw') {
    return (request) => {
      const url = request.raw.url!
      const at = url.indexOf('?')
      const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
      const params = request.params as Record<string, string>
      for (const name of names) query.set(name, params[name] ?? params['*'] ?? '')
      return schema().query(query)
    }
  }
  if (names.length === 0) {
    return async (request) => {
      // MLflow names the missing parameter where a PATCH or DELETE brings nothing at all.
      if (endpoint.method !== 'POST' && !hasBody(request.raw)) return schema().body('')
      requireJson(request.raw)
      return schema().body(await readText(request.raw, bodyLimit))
    }
  }
  return async (request) => {
    const params = request.params as Record<string, string>
    if (!hasFields || (endpoint.method === 'DELETE' && !hasBody(request.raw))) return schema().object(withPath({}, params))
    requireJson(request.raw)
    return schema().bodyWith(await readText(request.raw, bodyLimit), (value) => withPath(value, params))
  }
}

const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type']
  if (type === undefined) throw invalid('Bad Request. Content-Type header is missing.')
  if (type !== 'application/json' && type.split(';', 1)[0]!.trim().toLowerCase() !== 'application/json') {
    throw wrongMediaType()
  }
}

const wrongMediaType = (): Error => invalid("Bad Request. Content-Type must be one of ['application/json'].")
