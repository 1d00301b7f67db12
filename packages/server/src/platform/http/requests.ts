import { durations, type Counter, type Histogram, type Telemetry } from '../telemetry/index.ts'

/** Tells that a request has been answered, after so many milliseconds. */
export type Observe = (method: string, status: number, ms: number) => void

/** Counts requests. Each endpoint keeps its own counters at hand, so that a request costs an addition or two. */
export class Requests {
  underWay = 0
  readonly #counter: ((labels: { endpoint: string; method: string; status: string }) => Counter) | undefined
  readonly #histogram: ((labels: { endpoint: string }) => Histogram) | undefined

  constructor(telemetry: Telemetry | undefined) {
    this.#counter = telemetry?.counter('cairn_http_requests_total', 'Requests that were answered, by endpoint, method and status.')
    this.#histogram = telemetry?.histogram('cairn_http_request_duration_seconds', 'From the head of a request to the end of its answer, by endpoint.', durations)
    telemetry?.gauge('cairn_http_requests_in_flight', 'Requests that are being answered, live streams included.', () => this.underWay)
  }

  of(endpoint: string): Observe {
    const count = this.#counter
    if (count === undefined) return () => {}
    let histogram: Histogram | undefined
    const byStatus = new Map<number, Map<string, Counter>>()
    return (method, status, ms) => {
      let counters = byStatus.get(status)
      if (counters === undefined) byStatus.set(status, counters = new Map())
      const known = knownMethods.has(method) ? method : 'other'
      let counter = counters.get(known)
      if (counter === undefined) counters.set(known, counter = count({ endpoint, method: known, status: String(status) }))
      counter.add()
      // Made at the first request: a server has hundreds of endpoints, and most are never asked.
      histogram ??= this.#histogram!({ endpoint })
      histogram.observe(ms / 1000)
    }
  }
}

/** A client may invent methods without end. */
const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
