import { AsyncLocalStorage } from 'node:async_hooks'
import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes as OtelAttributes, type Context, type Span as OtelSpan, type Tracer } from '@opentelemetry/api'
import { ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOffSampler, AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider, type Sampler, type SpanExporter } from '@opentelemetry/sdk-trace'
import type { Attributes, Span, Tracing, TracingSettings } from './types.ts'

/** A span may name others without end, and a commit may hold a thousand writes; this is the SDK's own bound. */
const mostLinks = 128

const propagator = new W3CTraceContextPropagator()

class RunningSpan implements Span {
  readonly span: OtelSpan
  readonly context: Context

  constructor(span: OtelSpan, context: Context) {
    this.span = span
    this.context = trace.setSpan(context, span)
  }
  rename(name: string): void {
    this.span.updateName(name)
  }
  set(attributes: Attributes): void {
    this.span.setAttributes(attributes)
  }
  end(failure?: unknown): void {
    if (failure !== undefined) {
      const { name, code } = failure as { name?: string; code?: string }
      // Messages may hold what somebody typed; the log has them under the request's id.
      this.span.setAttribute('error.type', String(code ?? name ?? 'error'))
      this.span.setStatus({ code: SpanStatusCode.ERROR })
    }
    this.span.end()
  }
  carry(): Record<string, string> {
    const headers: Record<string, string> = {}
    propagator.inject(this.context, headers, { set: (carrier: Record<string, string>, key, value) => { carrier[key] = value } })
    return headers
  }
}

/**
 * Spans by OpenTelemetry's own SDK, sent in batches by OTLP over HTTP. Where to and with which headers,
 * certificates and compression, the exporter reads by itself from the standard variables.
 */
class OtelTracing implements Tracing {
  readonly #under = new AsyncLocalStorage<RunningSpan>()
  readonly #provider: TracerProvider
  readonly #tracer: Tracer
  readonly #exporter: EndingExporter

  constructor(provider: TracerProvider, exporter: EndingExporter) {
    this.#provider = provider
    this.#exporter = exporter
    this.#tracer = provider.getTracer('cairn')
  }
  incoming(name: string, headers: Readonly<Record<string, string | string[] | undefined>>, attributes: Attributes): Span {
    const context = propagator.extract(ROOT_CONTEXT, headers, { get: (carrier: typeof headers, key) => carrier[key], keys: (carrier) => Object.keys(carrier) })
    return this.#start(name, SpanKind.SERVER, attributes, context)
  }
  outgoing(name: string, attributes: Attributes, alone: boolean): Span {
    return this.#start(name, SpanKind.CLIENT, attributes, alone ? ROOT_CONTEXT : this.#under.getStore()?.context ?? ROOT_CONTEXT)
  }
  part(name: string, attributes: Attributes): Span | undefined {
    const parent = this.#under.getStore()
    return parent?.span.isRecording() ? this.#start(name, SpanKind.INTERNAL, attributes, parent.context) : undefined
  }
  shared(name: string, attributes: Attributes, of: readonly (Span | undefined)[]): Span | undefined {
    const links = of.flatMap((one) => (one instanceof RunningSpan ? [{ context: one.span.spanContext() }] : [])).slice(0, mostLinks)
    return links.length === 0 ? undefined : new RunningSpan(this.#tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes: attributes as OtelAttributes, links, root: true }, ROOT_CONTEXT), ROOT_CONTEXT)
  }
  run<T>(span: Span, work: () => T): T {
    return span instanceof RunningSpan ? this.#under.run(span, work) : work()
  }
  #start(name: string, kind: SpanKind, attributes: Attributes, context: Context): RunningSpan {
    return new RunningSpan(this.#tracer.startSpan(name, { kind, attributes: attributes as OtelAttributes }, context), context)
  }
  /** Sends what waits. A collector that does not answer holds nobody up for longer than a moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    const giveUp = setTimeout(() => { this.#exporter.ended = true }, 2000)
    await this.#provider.shutdown().catch(() => {})
    clearTimeout(giveUp)
  }
}

/** Sends nothing more once it has `ended`: what still waits is dropped instead of being tried, batch after batch. */
class EndingExporter implements SpanExporter {
  ended = false
  readonly #exporter: SpanExporter

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter
  }
  export(...[spans, done]: Parameters<SpanExporter['export']>): void {
    if (this.ended) done({ code: ExportResultCode.FAILED })
    else this.#exporter.export(spans, done)
  }
  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve()
  }
  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }
}

/** The same complaint comes with each batch while a collector is away; once a minute is enough. */
function seldom(warn: (message: string) => void): (message: string) => void {
  let last = ''
  let quietUntil = 0
  return (said) => {
    const message = plain(said)
    if (message === last && performance.now() < quietUntil) return
    last = message
    quietUntil = performance.now() + 60_000
    warn(`OpenTelemetry: ${message}`)
  }
}

/** The SDK tells errors as JSON, with their stacks. */
function plain(said: string): string {
  try {
    return String((JSON.parse(said) as { message?: unknown }).message ?? said)
  } catch {
    return said
  }
}

export function startTracing(settings: TracingSettings, warn: (message: string) => void): Tracing {
  const say = seldom(warn)
  diag.setLogger({ error: say, warn: say, info() {}, debug() {}, verbose() {} }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  const { delayMs, timeoutMs, queue, size } = settings.batch
  const exporter = new EndingExporter(new OTLPTraceExporter({ timeoutMillis: settings.sendingMs }))
  return new OtelTracing(new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': settings.serviceName }))
      // What the operator says of the service wins.
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: delayMs, exportTimeoutMillis: timeoutMs, maxQueueSize: queue, maxExportBatchSize: Math.min(size, queue) })],
  }), exporter)
}

function samplerOf({ sampler, parentBased, ratio }: TracingSettings): Sampler {
  const root = sampler === 'always_on' ? new AlwaysOnSampler() : sampler === 'always_off' ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio)
  return parentBased ? new ParentBasedSampler({ root }) : root
}
