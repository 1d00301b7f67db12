import type { TracingSettings } from '../platform/tracing/index.ts'
import type { reader } from './settings-reader.ts'

type Read = ReturnType<typeof reader>

const samplers: Readonly<Record<string, Pick<TracingSettings, 'sampler' | 'parentBased'>>> = {
  always_on: { sampler: 'always_on', parentBased: false },
  always_off: { sampler: 'always_off', parentBased: false },
  traceidratio: { sampler: 'traceidratio', parentBased: false },
  parentbased_always_on: { sampler: 'always_on', parentBased: true },
  parentbased_always_off: { sampler: 'always_off', parentBased: true },
  parentbased_traceidratio: { sampler: 'traceidratio', parentBased: true },
}

/**
 * By OpenTelemetry's standard variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 * They are often set for all programs of a machine, so that what is not understood is a notice, as the
 * standard asks, and no reason not to start. Undefined where no collector is named.
 */
export function tracingSettings(read: Read, notices: string[]): TracingSettings | undefined {
  const exporter = read.text('otel-traces-exporter') ?? 'otlp'
  const protocol = read.text('otel-traces-protocol') ?? read.text('otel-protocol') ?? 'http/protobuf'
  const endpoint = read.text('otel-traces-endpoint') ?? read.text('otel-endpoint')
  const disabled = read.boolean('otel-sdk-disabled', false)
  const word = read.text('otel-traces-sampler') ?? 'parentbased_always_on'
  const ratio = Number(read.text('otel-traces-sampler-arg') ?? '1')
  const batch = {
    delayMs: read.integer('otel-bsp-schedule-delay', 5000, 1, 3_600_000),
    timeoutMs: read.integer('otel-bsp-export-timeout', 30_000, 1, 3_600_000),
    queue: read.integer('otel-bsp-max-queue-size', 2048, 1, 1_000_000),
    size: read.integer('otel-bsp-max-export-batch-size', 512, 1, 1_000_000),
  }
  // The standard's ten seconds would hold up a server that stops while its collector is away.
  const sendingMs = read.integer(read.text('otel-traces-timeout') === undefined ? 'otel-timeout' : 'otel-traces-timeout', 3000, 1, 600_000)
  const serviceName = read.text('otel-service-name') ?? 'cairn'
  if (endpoint === undefined || disabled || exporter === 'none') return undefined
  const refuse = (what: string): undefined => { notices.push(`No traces are sent to ${endpoint}: ${what}`) }
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) return refuse('the address is none of HTTP; give http://collector:4318.')
  if (exporter !== 'otlp') return refuse(`OTEL_TRACES_EXPORTER=${exporter} is not known; Cairn has otlp and none.`)
  if (protocol !== 'http/protobuf') return refuse(`the protocol ${protocol} is not spoken; Cairn speaks http/protobuf, by default at port 4318.`)
  const sampler = samplers[word]
  if (sampler === undefined) notices.push(`OTEL_TRACES_SAMPLER=${word} is not known and has no effect; there are ${Object.keys(samplers).join(', ')}.`)
  const valid = ratio >= 0 && ratio <= 1
  if (!valid) notices.push('OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1 and has no effect.')
  return { ...sampler ?? samplers['parentbased_always_on']!, ratio: valid ? ratio : 1, serviceName, sendingMs, batch }
}
