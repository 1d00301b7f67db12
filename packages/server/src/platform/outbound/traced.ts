import { during, type Tracing } from '../tracing/index.ts'
import type { Outbound } from './outbound.ts'

/**
 * Calls that a collector hears of, and that carry the trace on. Of the address only the host is told:
 * the path of a webhook may be its secret. `alone`: calls belong to no request, whoever caused them.
 */
export function tracedOutbound(outbound: Outbound, tracing: Tracing | undefined, { alone }: { readonly alone: boolean }): Outbound {
  if (tracing === undefined) return outbound
  return {
    check: (url) => outbound.check(url),
    send(request) {
      const { method, url } = request
      const { hostname, protocol } = URL.canParse(url) ? new URL(url) : { hostname: '', protocol: '' }
      const span = tracing.outgoing(`${method} ${hostname}`, { 'http.request.method': method, 'server.address': hostname, 'url.scheme': protocol.replace(/:$/, '') }, alone)
      return during(span, outbound.send({ ...request, headers: { ...request.headers, ...span.carry() } }), ({ status }) => span.set({ 'http.response.status_code': status }))
    },
  }
}
