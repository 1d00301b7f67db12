import { setTimeout as sleep } from 'node:timers/promises'
import type { CairnClient } from '@cairn/sdk'
import { isNotFound } from '@cairn/sdk'
import type { ServedModel } from '../server/served-model.ts'
import type { Endpoint } from './endpoint.ts'

export interface FollowOptions {
  readonly client: CairnClient
  readonly endpoint: Endpoint
  /** The registered model, the alias that is served, and the one whose version is tried out beside it. */
  readonly model: string
  readonly alias: string
  readonly canaryAlias?: string | undefined
  /** Makes a version ready. */
  readonly load: (version: string) => Promise<ServedModel>
  readonly log: (entry: Readonly<Record<string, unknown>>) => void
  /** How often the registry is asked where it does not tell by itself; default 5000. */
  readonly pollMs?: number | undefined
  readonly signal: AbortSignal
}

/** A version that could not be made ready is not tried again before this. */
const restMs = 60_000

/**
 * Keeps an endpoint at what its aliases point at, until `signal` aborts. The server tells of changes as
 * they happen; one that cannot (MLflow's) is asked every few seconds. A version that cannot be made
 * ready changes nothing: the old one goes on.
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { client, model, signal } = options
  const failed = new Map<string, number>()
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
    await update(options, failed).catch((error: unknown) => options.log({ event: 'follow-failed', error: (error as Error).message }))
    const timer = new AbortController()
    await Promise.race([changed.promise, sleep(options.pollMs ?? 5000, undefined, { signal: AbortSignal.any([signal, timer.signal]) }).catch(() => {})])
    timer.abort()
  }
  await listening
}

async function update(options: FollowOptions, failed: Map<string, number>): Promise<void> {
  const { endpoint } = options
  const wanted = await versionOf(options, options.alias)
  if (wanted !== undefined && wanted !== endpoint.version && !endpoint.replaceByReady(wanted)) {
    const model = await make(options, wanted, failed)
    if (model !== undefined) endpoint.replace(model)
  }
  if (options.canaryAlias === undefined) return
  const canary = await versionOf(options, options.canaryAlias)
  const { canary: now } = endpoint.traffic as { canary?: { version: string } }
  if (canary === now?.version) return
  if (canary === undefined || canary === endpoint.version) return endpoint.stopRollout()
  const model = await make(options, canary, failed)
  if (model !== undefined) endpoint.startRollout(model)
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

async function make({ load, log, endpoint }: FollowOptions, version: string, failed: Map<string, number>): Promise<ServedModel | undefined> {
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
export async function recordVerdict(client: CairnClient, { model, alias, canaryAlias }: Pick<FollowOptions, 'model' | 'alias' | 'canaryAlias'>, verdict: 'promote' | 'rollback', version: string, reason: string): Promise<void> {
  await client.models.setVersionTag(model, version, 'cairn.rollout', `${verdict === 'promote' ? 'promoted' : 'rolled back'}: ${reason}`)
  if (verdict === 'promote') await client.models.setAlias(model, alias, version)
  if (canaryAlias !== undefined) await client.models.deleteAlias(model, canaryAlias)
}
