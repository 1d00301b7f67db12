import type { Tracing, TracingSettings } from './types.ts'

export type { Attributes, Span, Tracing, TracingSettings } from './types.ts'
export { during } from './during.ts'

/** The SDK is loaded here, so that a server without a collector pays nothing for it. `warn` is told of what cannot be sent. */
export async function openTracing(settings: TracingSettings, warn: (message: string) => void): Promise<Tracing> {
  const { startTracing } = await import('./otel.ts')
  return startTracing(settings, warn)
}
