/** What a span says about its work; names are those of OpenTelemetry's conventions, ours begin with `cairn.`. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

/** A piece of work that takes time. Ended once; what is set afterwards is lost. */
export interface Span {
  rename(name: string): void
  set(attributes: Attributes): void
  /** `failure`: what it failed with; none where it went well. */
  end(failure?: unknown): void
  /** Headers that let another server go on with the trace (https://www.w3.org/TR/trace-context/). */
  carry(): Record<string, string>
}

/**
 * Tells a collector what the server does and for how long. Whoever has none has no `Tracing`, and
 * pays nothing but a comparison for it.
 */
export interface Tracing extends AsyncDisposable {
  /** Goes on with the trace that the headers name, or begins one. */
  incoming(name: string, headers: Readonly<Record<string, string | string[] | undefined>>, attributes: Attributes): Span
  /** A call to another server, below what is under way; on its own (`alone`) where it belongs to no request. */
  outgoing(name: string, attributes: Attributes, alone: boolean): Span
  /** A part of what is under way; undefined where that is not recorded. */
  part(name: string, attributes: Attributes): Span | undefined
  /** Work that is done for several at once, and so is part of none of them; undefined where none of them is recorded. */
  shared(name: string, attributes: Attributes, of: readonly (Span | undefined)[]): Span | undefined
  /** Does work, with all that it awaits, as what is under way. */
  run<T>(span: Span, work: () => T): T
}

export interface TracingSettings {
  /** Unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES`, which the SDK reads by itself, say another. */
  readonly serviceName: string
  readonly sampler: 'always_on' | 'always_off' | 'traceidratio'
  /** Whether a trace that began elsewhere goes on as it was decided there. */
  readonly parentBased: boolean
  /** From 0 to 1. */
  readonly ratio: number
  /** How long one batch is tried to be sent. */
  readonly sendingMs: number
  readonly batch: { readonly delayMs: number; readonly timeoutMs: number; readonly queue: number; readonly size: number }
}
