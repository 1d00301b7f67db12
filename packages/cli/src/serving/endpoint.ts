import { defaultPolicy, Endpoint, follow, parseModelUri, serveEndpoint, type RecordedEndpoint, type ServedModel } from '@cairn/serving'
import { CairnClient, isNotFound } from '@cairn/sdk'
import { clientOptions } from '@cairn/sdk/node'
import { UserError } from '../framework/errors.ts'
import type { Io } from '../framework/io.ts'
import { version } from '../installation.ts'

interface Wanted {
  readonly name: string
  readonly uri: string
  readonly model: ServedModel
  readonly load: (name: string, uri: string) => Promise<ServedModel>
  readonly log: (entry: Readonly<Record<string, unknown>>) => void
  readonly options: {
    readonly 'tracking-uri': string; readonly follow: boolean; readonly 'canary-alias': string | undefined; readonly 'canary-steps': string; readonly 'canary-requests': number
    readonly 'canary-seconds': number; readonly 'keep-warm': number; readonly shadow: string | undefined; readonly 'shadow-sample': string
  }
  readonly io: Io
}

/** An endpoint over a model that is loaded, which goes where its alias goes until the command ends. */
export async function endpointFor({ name, uri, model, load, log, options, io }: Wanted): Promise<Endpoint> {
  const steps = options['canary-steps'].split(',').map(Number)
  if (!steps.every((step, at) => step > 0 && step <= 100 && (at === 0 || step > steps[at - 1]!))) throw new UserError(`--canary-steps is ${options['canary-steps']}: the shares must grow, and stay from 1 to 100.`, 'For instance: --canary-steps 5,25,50', 2)
  const sample = Number(options['shadow-sample'])
  if (!(sample >= 0 && sample <= 1)) throw new UserError(`--shadow-sample is ${options['shadow-sample']}, and must be from 0 to 1.`, 'A tenth of all requests: --shadow-sample 0.1', 2)
  const reference = parseModelUri(uri, io.cwd)
  if (options.follow && reference.kind !== 'alias') throw new UserError(`"${uri}" names no alias that could be followed.`, 'Write models:/NAME@ALIAS, for instance -m models:/churn@champion --follow', 2)

  const client = new CairnClient({ ...clientOptions(io.env), url: options['tracking-uri'] })
  const follows = options.follow && reference.kind === 'alias' ? { model: reference.name, alias: reference.alias, canaryAlias: options['canary-alias'] } : undefined
  const endpoint = new Endpoint(name, model, { keepWarmMs: options['keep-warm'] * 1000 })
  const policy = { ...defaultPolicy, steps, minRequests: options['canary-requests'], minSeconds: options['canary-seconds'] }
  if (options.shadow !== undefined) endpoint.setShadow(await load(`${name}-shadow`, options.shadow), sample)
  if (follows !== undefined) void follow({ client, endpoint, ...follows, policy, load: (version) => load(name, `models:/${encodeURIComponent(follows.model)}/${version}`), log, signal: io.signal })
  return endpoint
}

interface Recorded {
  readonly name: string
  readonly load: (name: string, uri: string) => Promise<ServedModel>
  readonly log: (entry: Readonly<Record<string, unknown>>) => void
  readonly options: { readonly 'tracking-uri': string; readonly 'keep-warm': number }
  readonly watchInputs: boolean
  readonly io: Io
}

/** An endpoint that the tracking server records, with what it serves ready. */
export async function recordedEndpoint({ name, load, log, options, watchInputs, io }: Recorded): Promise<RecordedEndpoint> {
  const client = new CairnClient({ ...clientOptions(io.env), url: options['tracking-uri'] })
  try {
    return await serveEndpoint({
      client, name, log, keepWarmMs: options['keep-warm'] * 1000, software: `cairn ${version()}`, watchInputs,
      load: (model, version) => load(name, `models:/${encodeURIComponent(model)}/${version}`),
    })
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new UserError(`There is no endpoint "${name}" at ${options['tracking-uri']}.`, `See: cairn endpoints list. Make it: cairn endpoints create ${name} MODEL@champion`)
  }
}
