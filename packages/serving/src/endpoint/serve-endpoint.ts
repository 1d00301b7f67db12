import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { getServingEndpoint, judgeServingRollout, removeEndpointServer, reportEndpointServer, type ServingEndpoint } from '@cairn/protocol'
import type { CairnClient } from '@cairn/sdk'
import { InputWatches } from '../drift/input-watches.ts'
import { ApiError, isNotFound } from '@cairn/sdk'
import type { ServedModel } from '../server/served-model.ts'
import { decide } from './decide.ts'
import { Endpoint, type Traffic } from './endpoint.ts'
import { restMs } from './follow.ts'
import { versionsOf, wantedOf, type Wanted } from './wanted.ts'

export interface ServeEndpointOptions {
  readonly client: CairnClient
  /** The endpoint's name at the tracking server. */
  readonly name: string
  /** Makes a version of a registered model ready. */
  readonly load: (model: string, version: string) => Promise<ServedModel>
  readonly log: (entry: Readonly<Record<string, unknown>>) => void
  readonly keepWarmMs: number
  /** How often it is reported what was served, and asked what is wanted where the server cannot tell; default 2000, and at most a second while a version is tried. */
  readonly reportMs?: number | undefined
  /** What runs, as it is shown: `cairn 1.2.3`. */
  readonly software?: string | undefined
  /** Whether what is asked is counted, to see it drift. */
  readonly watchInputs?: boolean | undefined
}

/** It is asked again in a moment anyway; what waits longer and longer would hear late of a server that is back. */
const once = { retries: 0, timeoutMs: 10_000 }
/** What was asked is told once for so many reports: it is larger, and moves in minutes. */
const rowsEvery = 5

interface State extends ServeEndpointOptions {
  readonly endpoint: Endpoint
  readonly serverId: string
  readonly watches: InputWatches | undefined
  /** Ready, and not yet given to the endpoint. */
  readonly ready: Map<string, ServedModel>
  readonly loading: Set<string>
  readonly failed: Map<string, { readonly at: number; readonly revision: number; readonly error: string }>
  wanted: Wanted
  /** What the record said last. */
  record: ServingEndpoint
  /** What the endpoint does now, to tell a change from news that change nothing. */
  applied: string
  /** The step of a rollout that it has taken up. */
  step: string | undefined
  shadowApplied: string
  revision: number
  /** The revision of which it was said that its trial cannot be made ready. */
  told: number
  gone: boolean
  /** It was said that what is asked cannot be told. */
  rowsTroubled: boolean
  wake: () => void
}

export interface RecordedEndpoint {
  readonly endpoint: Endpoint
  /** Goes where the record goes until `signal` aborts, and says what it serves at `url`. */
  follow(url: string, signal: AbortSignal): Promise<void>
}

/**
 * An endpoint that the tracking server records: who answers how much, the shadow and the rollout are
 * what it says, as soon as it says so. Versions are made ready beside those that answer; one that
 * cannot be made ready changes nothing, and ends its own rollout. Without the tracking server the
 * endpoint goes on as it was.
 */
export async function serveEndpoint(options: ServeEndpointOptions): Promise<RecordedEndpoint> {
  const record = await options.client.endpoints.get(options.name)
  const wanted = wantedOf(record)
  const base = wanted.shares.filter(({ version }) => version !== wanted.trial?.version)
  if (base.length === 0) throw new Error(`Endpoint ${options.name} names no version that is there: its model was deleted, or its alias. Give it traffic: cairn endpoints set-traffic ${options.name} VERSION=100`)
  const { client, name, reportMs = 2000 } = options
  const serverId = randomUUID()
  const watches = options.watchInputs === true ? new InputWatches({ client, name, model: wanted.model, serverId }, reportMs * rowsEvery) : undefined
  const load: typeof options.load = async (model, version) => watched(await options.load(model, version), watches)
  const models = await allOrNone(base.map(({ version }) => load(wanted.model, version)))
  const endpoint = new Endpoint(options.name, models[0]!, options)
  const state: State = {
    ...options, load, endpoint, serverId, watches, rowsTroubled: false, ready: new Map(models.slice(1).map((model) => [model.version, model])), loading: new Set(), failed: new Map(), wanted, record, applied: '', step: undefined, shadowApplied: '', revision: 0, told: 0, gone: false, wake: () => {},
  }
  apply(state)
  return { endpoint, follow: (url, signal) => follow(state, url, signal) }
}

const watched = (model: ServedModel, watches: InputWatches | undefined): ServedModel => watches?.attach(model) ?? model

/** Ends those that are ready where another is not. */
async function allOrNone(promises: readonly Promise<ServedModel>[]): Promise<ServedModel[]> {
  const settled = await Promise.allSettled(promises)
  const failed = settled.find((one) => one.status === 'rejected')
  const models = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  if (failed === undefined) return models
  await Promise.all(models.map((model) => model[Symbol.asyncDispose]()))
  throw failed.reason
}

async function follow(state: State, url: string, signal: AbortSignal): Promise<void> {
  const { client, name, log } = state
  let changed = Promise.withResolvers<void>()
  // Said once, until it is over.
  let troubled = false
  state.wake = () => changed.resolve()
  const listening = (async () => {
    try {
      for await (const message of client.live({ types: ['endpoint', 'registry'], signal })) {
        if (message.type === 'connected' || message.type === 'resync' || (message.type === 'endpoint' && message.data.name === name && message.data.change !== 'report' && message.data.change !== 'rows')
          || (message.type === 'registry' && message.data.name === state.wanted.model)) changed.resolve()
      }
    } catch (error) {
      if (!signal.aborted) log({ event: 'not-live', why: (error as Error).message, poll_ms: state.reportMs ?? 2000 })
    }
  })()
  while (!signal.aborted) {
    changed = Promise.withResolvers()
    try {
      await update(state, signal)
      const report = { server_id: state.serverId, url, ...bounded(reportOf(state)) }
      const { revision, decides = false } = state.gone ? { revision: state.revision } : await client.call(reportEndpointServer, { name, ...report }, { ...once, signal })
      troubled = false
      if (Number(revision) !== state.revision) continue
      if (decides) await settle(state, report)
      if (!state.gone) await tellRows(state, signal)
    } catch (error) {
      if (!signal.aborted && !troubled) log({ event: 'follow-failed', endpoint: name, error: (error as Error).message })
      troubled = true
    }
    const timer = new AbortController()
    await Promise.race([changed.promise, sleep(pauseMs(state), undefined, { signal: AbortSignal.any([signal, timer.signal]) }).catch(() => {})])
    timer.abort()
  }
  await listening
  await state.watches?.finish(2000).catch(() => {})
  // The server may be gone as well; then it forgets this process in a minute.
  await client.call(removeEndpointServer, { name, server_id: state.serverId }, { retries: 0, timeoutMs: 2000 }).catch(() => {})
  await Promise.all([...state.ready.values()].map((model) => model[Symbol.asyncDispose]()))
}

/** A tracking server that cannot take them, or does not know of them yet, is told again in a while; nothing else waits for it. */
async function tellRows(state: State, signal: AbortSignal): Promise<void> {
  try {
    await state.watches?.report({ timeoutMs: once.timeoutMs, signal })
    state.rowsTroubled = false
  } catch (error) {
    if (!signal.aborted && !state.rowsTroubled) state.log({ event: 'rows-not-told', endpoint: state.name, error: (error as Error).message })
    state.rowsTroubled = true
  }
}

const pauseMs = ({ reportMs = 2000, step }: State): number => (step === undefined ? reportMs : Math.min(reportMs, 1000))

async function update(state: State, signal: AbortSignal): Promise<void> {
  const { client, name, log } = state
  try {
    state.record = (await client.call(getServingEndpoint, { name }, { ...once, signal })).endpoint
    state.wanted = wantedOf(state.record)
    state.gone = false
  } catch (error) {
    if (!isNotFound(error)) throw error
    if (!state.gone) log({ event: 'endpoint-deleted', endpoint: name })
    state.gone = true
    return
  }
  for (const version of versionsOf(state.wanted)) {
    if (find(state, version) === undefined) prepare(state, version, signal)
  }
  apply(state)
}

const find = ({ endpoint, ready }: State, version: string): ServedModel | undefined => ready.get(version) ?? endpoint.find(version)

/** Begins to make a version ready, and comes back when it is. */
function prepare(state: State, version: string, signal: AbortSignal): void {
  const { loading, failed, wanted, log, name, ready } = state
  const before = failed.get(version)
  if (loading.has(version) || (before !== undefined && before.revision === wanted.revision && Date.now() - before.at < restMs)) return
  loading.add(version)
  log({ event: 'preparing', endpoint: name, version })
  state.load(wanted.model, version).then((model) => {
    failed.delete(version)
    if (signal.aborted) void model[Symbol.asyncDispose]()
    else ready.set(version, model)
  }, (error: unknown) => {
    failed.set(version, { at: Date.now(), revision: wanted.revision, error: (error as Error).message })
    log({ event: 'not-swapped', endpoint: name, version, error: (error as Error).message })
  }).finally(() => {
    loading.delete(version)
    state.wake()
  })
}

/** Gives the endpoint what it should do, as far as that is ready. */
function apply(state: State): void {
  const { endpoint, wanted, log, ready, failed } = state
  state.revision = wanted.revision
  endpoint.stickyHeader = wanted.stickyHeader
  const { trial } = wanted
  const base = wanted.shares.filter(({ version }) => version !== trial?.version)
  if (base.length > 0 && base.every(({ version }) => find(state, version) !== undefined)) {
    const tried = trial !== undefined && find(state, trial.version) !== undefined
    const key = JSON.stringify([base, wanted.salt, tried ? trial : undefined])
    if (key !== state.applied) {
      state.applied = key
      state.step = tried ? trial.step : undefined
      const shares = (tried ? wanted.shares : scaled(base)).map(({ version, percent }) => ({ model: find(state, version)!, percent }))
      const traffic: Traffic = { shares, salt: wanted.salt, ...(tried && { trial: { version: trial.version, policy: trial.policy, fail: (reason) => void takeBack(state, reason, () => state.applied === key) } }) }
      endpoint.setTraffic(traffic)
      log({ event: 'traffic', endpoint: endpoint.name, revision: wanted.revision, versions: shares.map(({ model, percent }) => ({ version: model.version, percent })), ...(tried && { tried: trial.version }) })
    }
  }
  const failure = trial && failed.get(trial.version)
  if (failure?.revision === wanted.revision && state.told !== wanted.revision) {
    state.told = wanted.revision
    void takeBack(state, `version ${trial!.version} could not be made ready: ${failure.error}`, () => state.wanted.revision === failure.revision)
  }
  const shadow = wanted.shadow && find(state, wanted.shadow.version)
  const shadowKey = JSON.stringify(shadow && wanted.shadow)
  if ((shadow !== undefined || wanted.shadow === undefined) && shadowKey !== state.shadowApplied) {
    state.shadowApplied = shadowKey
    endpoint.setShadow(shadow, wanted.shadow?.sample ?? 0)
  }
  for (const [version, model] of ready) {
    // What became ready and is not wanted any more may be wanted again.
    if (endpoint.find(version) === model || !versionsOf(wanted).includes(version)) {
      ready.delete(version)
      endpoint.keepWarm(model)
    }
  }
}

/** The shares without the version that is tried. */
function scaled(shares: Wanted['shares']): Wanted['shares'] {
  const sum = shares.reduce((total, { percent }) => total + percent, 0)
  return shares.map(({ version, percent }) => ({ version, percent: sum === 0 ? 100 / shares.length : (percent * 100) / sum }))
}

/** Tells that the version that is tried is bad, until it is heard or the endpoint goes on without it. */
async function takeBack(state: State, reason: string, still: () => boolean): Promise<void> {
  const { client, name, log, wanted: { revision, trial } } = state
  log({ event: 'rolled-back', endpoint: name, version: trial?.version, reason })
  while (still()) {
    try {
      await client.call(judgeServingRollout, { name, revision, outcome: 'fail', reason: reason.slice(0, 5000) }, once)
      return
    } catch (error) {
      // Another process was first, or somebody changed the endpoint: what follows comes as news.
      if (error instanceof ApiError && error.status === 409) return
      log({ event: 'not-recorded', endpoint: name, version: trial?.version, outcome: 'fail', error: (error as Error).message })
      await sleep(5000, undefined, { ref: false })
    }
  }
}

/** Decides for all processes, where what they saw together is enough. What is not heard is decided again in a moment. */
async function settle({ client, name, log, record, serverId }: State, report: ReturnType<typeof reportOf>): Promise<void> {
  const now = Date.now()
  const decision = decide(record, { server_id: serverId, started_timestamp: now, seen_timestamp: now, ...report })
  if (decision === undefined) return
  try {
    await client.call(judgeServingRollout, { name, revision: record.revision, ...decision, server_id: serverId }, once)
    log({ event: decision.outcome === 'pass' ? 'step-passed' : 'rolled-back', endpoint: name, version: record.rollout!.version, reason: decision.reason })
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error
  }
}

function reportOf({ endpoint, wanted, failed, loading, revision, step, software }: State) {
  const { traffic: { versions, warm, shadow }, seen: { took, recent, tried } } = endpoint
  const served = new Set(versions.map(({ version }) => version))
  const missing = versionsOf(wanted).filter((version) => !served.has(version) && version !== shadow?.version)
  return {
    host: hostname(), ...(software !== undefined && { software }),
    revision,
    versions: [
      ...versions.map(({ version, percent, ready, requests, errors, p99_ms, compared, disagreed }) =>
        ({ version, weight: percent, ready, requests, errors, p99_ms, took: took.get(version)!, ...(compared !== undefined && { compared, disagreed: disagreed! }) })),
      ...missing.map((version) => ({ version, weight: 0, ready: false, ...(failed.has(version) && !loading.has(version) && { error: failed.get(version)!.error.slice(0, 1000) }) })),
    ],
    warm: [...warm],
    ...(shadow !== undefined && { shadow: { version: shadow.version, weight: 0, ready: shadow.ready, requests: shadow.sent, errors: shadow.errors, compared: shadow.sent - shadow.errors, disagreed: shadow.disagreed } }),
    ...(step !== undefined && tried !== undefined && { step, seconds: tried.seconds }),
    recent,
  }
}

/** A report has its limit at the server; how long each request took is what can be missed. */
function bounded<R extends ReturnType<typeof reportOf>>(report: R): R {
  return JSON.stringify(report).length < 60_000 ? report : { ...report, recent: report.recent.map(({ took: _took, ...rest }) => rest) }
}
