/** Prometheus' text format, for the few series that a scoring server has. */
export class Metrics {
  readonly #requests = new Map<string, number>()
  readonly #buckets = new Map<string, Float64Array>()
  readonly #sums = new Map<string, number>()

  /** One request that was answered. */
  observe(model: string, version: string, status: number, seconds: number): void {
    const label = `model="${escape(model)}",version="${escape(version)}"`
    const key = `${label},code="${status}"`
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1)
    const buckets = this.#buckets.get(label) ?? new Float64Array(edges.length + 1)
    this.#buckets.set(label, buckets)
    const at = edges.findIndex((edge) => seconds <= edge)
    buckets[at < 0 ? edges.length : at]! += 1
    this.#sums.set(label, (this.#sums.get(label) ?? 0) + seconds)
  }

  /** All series; `gauges` are what is known only now. */
  text(gauges: readonly Gauge[]): string {
    const lines = ['# HELP cairn_serving_requests_total Requests answered.', '# TYPE cairn_serving_requests_total counter']
    for (const [key, count] of this.#requests) lines.push(`cairn_serving_requests_total{${key}} ${count}`)
    lines.push('# HELP cairn_serving_request_seconds From the end of the request to the answer.', '# TYPE cairn_serving_request_seconds histogram')
    for (const [label, buckets] of this.#buckets) {
      let below = 0
      for (const [at, edge] of edges.entries()) lines.push(`cairn_serving_request_seconds_bucket{${label},le="${edge}"} ${below += buckets[at]!}`)
      below += buckets[edges.length]!
      lines.push(`cairn_serving_request_seconds_bucket{${label},le="+Inf"} ${below}`, `cairn_serving_request_seconds_sum{${label}} ${this.#sums.get(label)!}`, `cairn_serving_request_seconds_count{${label}} ${below}`)
    }
    for (const name of new Set(gauges.map((gauge) => gauge.name))) {
      const same = gauges.filter((gauge) => gauge.name === name)
      lines.push(`# HELP ${name} ${same[0]!.help}`, `# TYPE ${name} ${same[0]!.kind}`)
      for (const { model, value } of same) lines.push(`${name}${model === undefined ? '' : `{model="${escape(model)}"}`} ${value}`)
    }
    return `${lines.join('\n')}\n`
  }
}

export interface Gauge {
  readonly name: string
  readonly help: string
  readonly kind: 'gauge' | 'counter'
  /** Absent: of the whole server. */
  readonly model?: string
  readonly value: number
}

const edges = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const escape = (text: string): string => text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))
