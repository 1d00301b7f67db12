import type { IncomingMessage } from 'node:http'
import { prefixes, type Endpoint } from '@cairn/protocol'
import type { Span, Tracing } from '../tracing/index.ts'

/** Asked every few seconds by whoever watches the server, and by nobody else. */
const unwatched = new Set(['/health', '/ready', '/metrics', '/version'])

/**
 * The span of a request, undefined for probes. It says nothing that stands in a query, a header or a
 * body but who calls: those hold what users typed.
 */
export function requestSpan(tracing: Tracing, request: IncomingMessage): Span | undefined {
  const { url = '/', method = 'GET', headers } = request
  const end = url.indexOf('?')
  const path = end < 0 ? url : url.slice(0, end)
  if (unwatched.has(path)) return undefined
  return tracing.incoming(method, headers, {
    'http.request.method': method, 'url.path': path.slice(0, 500), 'url.scheme': headers['x-forwarded-proto'] === 'https' ? 'https' : 'http',
    ...(headers.host !== undefined && { 'server.address': headers.host.replace(/:\d+$/, '') }),
    ...(headers['user-agent'] !== undefined && { 'user_agent.original': headers['user-agent'].slice(0, 200) }),
  })
}

/** Named by its endpoint, so that few names stand for all requests. */
export function nameSpan(span: Span, { method, api, path, name }: Endpoint): void {
  const route = `${prefixes[api][0]}${path}`
  span.rename(`${method} ${route}`)
  span.set({ 'http.route': route, 'cairn.endpoint': name })
}

export function endSpan(span: Span, status: number, requestId: string | undefined): void {
  span.set({ 'http.response.status_code': status, ...(requestId !== undefined && { 'cairn.request_id': requestId }) })
  // A client's mistake is no failure of the server.
  span.end(status >= 500 ? { code: String(status) } : undefined)
}
