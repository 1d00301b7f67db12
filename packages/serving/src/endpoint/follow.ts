import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CairnClient } from '@cairn/sdk'
import { isNotFound } from '@cairn/sdk'
import type { ServedModel } from '../server/served-model.ts'
import type { Endpoint } from './endpoint.ts'
import type { RolloutPolicy } from './rollout.ts'

export interface FollowOptions {
  readonly client: CairnClient
  readonly endpoint: Endpoint
  /** The registered model, the alias that is served, and the one whose version is tried out beside it. */
  readonly model: string
  readonly alias: string
  readonly canaryAlias?: string | undefined
  readonly policy: RolloutPolicy
  /** Makes a version ready. */
  readonly load: (version: string) => Promise<ServedModel>
  readonly log: (entry: Readonly<Record<string, unknown>>) => void
  /** How often the registry is asked where it does not tell by itself; default 5000. */
  readonly pollMs?: number | undefined
  readonly signal: AbortSignal
}

/** A version that could not be made ready is not tried again before this. */
export const restMs = 60_000

interface Canary {
  readonly model: ServedModel
  readonly salt: string
  step: number
  /** Failed, and gets no traffic any more. */
  over: boolean
}

interface State {
  readonly options: FollowOptions
  readonly failed: Map<string, number>
  champion: ServedModel
  canary: Canary | undefined
}

/**
 * Keeps an endpoint at what its aliases point at, until `signal` aborts. The server tells of changes as
 * they happen; one that cannot (MLflow's) is asked every few seconds. A version that cannot be made
 * ready changes nothing: the old one goes on.
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { client, endpoint, model, signal } = options
  const state: State = { options, failed: new Map(), champion: endpoint.find(endpoint.version)!, canary: undefined }
  let changed = Promise.withResolvers<void>()
  const listening = (async () => {
    try {
      for await (const message of client.live({ types: ['registry'], signal })) {
        if (message.type === 'connected' || message.type === 'resync' || (message.type === 'registry' && message.data.name === model)) changed.resolve()
      }
    } catch (error) {
      if (!signal.aborted) options.log({ event: 'not-live', why: (error as Error).message, poll_ms: options.pollMs ?? 5000 })
    }
  })()
  while (!signal.aborted) {
    changed = Promise.withResolvers()
    await update(state).catch((error: unknown) => options.log({ event: 'follow-failed', error: (error as Error).message }))
    const timer = new AbortController()
    await Promise.race([changed.promise, sleep(options.pollMs ?? 5000, undefined, { signal: AbortSignal.any([signal, timer.signal]) }).catch(() => {})])
    timer.abort()
  }
  await listening
}

async function update(state: State): Promise<void> {
  const { options, options: { endpoint } } = state
  const wanted = await versionOf(options, options.alias)
  if (wanted !== undefined && wanted !== endpoint.version) {
    const model = endpoint.find(wanted) ?? await make(state, wanted)
    if (model !== undefined) {
      options.log({ event: 'swapped', endpoint: endpoint.name, from: endpoint.version, to: wanted })
      state.champion = model
      if (state.canary?.model === model) state.canary = undefined
      apply(state)
    }
  }
  if (options.canaryAlias === undefined) return
  const canary = await versionOf(options, options.canaryAlias)
  if (canary === state.canary?.model.version) return
  if (canary === undefined || canary === endpoint.version) {
    state.canary = undefined
    return apply(state)
  }
  const model = endpoint.find(canary) ?? await make(state, canary)
  if (model === undefined) return
  state.canary = { model, step: 0, salt: randomBytes(8).toString('hex'), over: false }
  apply(state)
}

/** Gives the champion and the version that is tried their shares. */
function apply(state: State): void {
  const { champion, canary, options: { endpoint, policy, log } } = state
  if (canary === undefined || canary.over) return endpoint.setTraffic({ shares: [{ model: champion, percent: 100 }], salt: '' })
  const percent = policy.steps[canary.step] ?? 100
  const { version } = canary.model
  log({ event: 'rollout', endpoint: endpoint.name, version, percent })
  endpoint.setTraffic({
    shares: [{ model: champion, percent: 100 - percent }, { model: canary.model, percent }], salt: canary.salt,
    trial: { version, policy, fail: (reason) => decided(state, canary, 'fail', reason), pass: (reason) => decided(state, canary, 'pass', reason) },
  })
}

function decided(state: State, canary: Canary, outcome: 'pass' | 'fail', reason: string): void {
  const { options, options: { endpoint, log, policy } } = state
  if (outcome === 'pass' && canary.step + 1 < policy.steps.length) {
    canary.step += 1
    return apply(state)
  }
  const { version } = canary.model
  const verdict = outcome === 'pass' ? 'promote' : 'rollback'
  log({ event: outcome === 'pass' ? 'promoted' : 'rolled-back', endpoint: endpoint.name, version, reason })
  // The endpoint asks it no more already.
  canary.over = outcome === 'fail'
  recordVerdict(options.client, options, verdict, version, reason).catch((error: unknown) => log({ event: 'not-recorded', endpoint: endpoint.name, version, verdict, error: (error as Error).message }))
}

async function versionOf({ client, model }: FollowOptions, alias: string): Promise<string | undefined> {
  try {
    return (await client.models.getVersionByAlias(model, alias)).version
  } catch (error) {
    // MLflow says INVALID_PARAMETER_VALUE of an alias that is not there.
    if (isNotFound(error) || /alias/i.test((error as Error).message)) return undefined
    throw error
  }
}

async function make({ options: { load, log, endpoint }, failed }: State, version: string): Promise<ServedModel | undefined> {
  if (Date.now() - (failed.get(version) ?? -Infinity) < restMs) return undefined
  try {
    log({ event: 'preparing', endpoint: endpoint.name, version })
    return await load(version)
  } catch (error) {
    failed.set(version, Date.now())
    log({ event: 'not-swapped', endpoint: endpoint.name, version, error: (error as Error).message })
    return undefined
  }
}

/** Writes the end of a rollout into the registry, where its audit keeps it with the reason. */
async function recordVerdict(client: CairnClient, { model, alias, canaryAlias }: Pick<FollowOptions, 'model' | 'alias' | 'canaryAlias'>, verdict: 'promote' | 'rollback', version: string, reason: string): Promise<void> {
  await client.models.setVersionTag(model, version, 'cairn.rollout', `${verdict === 'promote' ? 'promoted' : 'rolled back'}: ${reason}`)
  if (verdict === 'promote') await client.models.setAlias(model, alias, version)
  if (canaryAlias !== undefined) await client.models.deleteAlias(model, canaryAlias)
}
