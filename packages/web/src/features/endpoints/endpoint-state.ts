import type { EndpointServer, ServingEndpoint } from '@cairn/protocol'
import { countOfLatencies, latencyQuantile, readLatencies, sumOfLatencies } from '@cairn/protocol'
import { grouped } from '../../ui/format.ts'
import { words } from './words.ts'

/** A version's part of the requests, as the record asks for it. */
export interface Share {
  /** Absent where the alias points nowhere. */
  readonly version: string | undefined
  /** Aliases that the endpoint follows to it. */
  readonly aliases: readonly string[]
  readonly percent: number
  readonly tried: boolean
}

/** Who should answer how much: what a rollout tries has its step, the others share the rest. */
export function sharesOf({ traffic, rollout }: Pick<ServingEndpoint, 'traffic' | 'rollout'>): Share[] {
  const step = rollout?.steps[rollout.step] ?? 0
  const shares = new Map<string, Share>()
  for (const { version, alias, weight } of traffic) {
    const key = version ?? `@${alias}`
    const before = shares.get(key)
    shares.set(key, { version, aliases: [...before?.aliases ?? [], ...(alias === undefined ? [] : [alias])], percent: (before?.percent ?? 0) + (weight * (100 - step)) / 100, tried: false })
  }
  if (rollout !== undefined) shares.set(words.try(rollout.version), { version: rollout.version, aliases: [], percent: step, tried: true })
  return [...shares.values()]
}

const number = (value: number): string => String(Number(value.toFixed(2)))
export const percentText = (value: number): string => `${number(value)} %`

const rough = (value: number): string => (value >= 100 ? grouped(Math.round(value)) : String(Number(value.toPrecision(2))))

type Target = Pick<ServingEndpoint['traffic'][number], 'version' | 'alias' | 'weight'>
/** `champion 90 %, version 4 10 %`. */
export const trafficText = (traffic: readonly Target[]): string => traffic.map(({ alias, version, weight }) => `${alias ?? words.versionNumber(version ?? '?')} ${percentText(weight)}`).join(', ')

export type State = keyof typeof words.states
export function stateOf({ model_name, rollout, load }: ServingEndpoint): State {
  if (model_name === '') return 'gone'
  if (load !== undefined && load.servers === 0) return 'unserved'
  if (rollout === undefined) return 'serving'
  return rollout.paused === true ? 'paused' : 'trying'
}

/** What all processes saw of a version since the traffic last changed. */
export interface VersionSeen {
  readonly requests: number
  readonly errors: number
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly compared: number
  readonly disagreed: number
  /** Processes where it is ready, of those that serve the endpoint. */
  readonly ready: number
  readonly problem: string | undefined
}

export function seenOf(servers: readonly EndpointServer[], version: string): VersionSeen {
  const parts = servers.flatMap((server) => (server.versions ?? []).filter((one) => one.version === version).map((one) => ({ ...one, silent: server.silent === true })))
  const took = sumOfLatencies(parts.map((part) => readLatencies(part.took)))
  const sum = (name: 'requests' | 'errors' | 'compared' | 'disagreed'): number => parts.reduce((total, part) => total + Number(part[name] ?? 0), 0)
  const quantile = (share: number): number | undefined => (countOfLatencies(took) === 0 ? undefined : latencyQuantile(took, share))
  return {
    requests: sum('requests'), errors: sum('errors'), compared: sum('compared'), disagreed: sum('disagreed'), p50: quantile(0.5), p99: quantile(0.99),
    ready: parts.filter(({ ready, silent }) => ready === true && !silent).length, problem: parts.find(({ error }) => error !== undefined)?.error,
  }
}

export type Health = keyof typeof words.health
/** How a serving process does. */
export function healthOf(server: EndpointServer, revision: ServingEndpoint['revision']): Health {
  if (server.silent === true) return 'silent'
  const versions = server.versions ?? []
  if (versions.some(({ error }) => error !== undefined)) return 'failing'
  if (String(server.revision) !== String(revision)) return 'behind'
  return versions.every(({ ready }) => ready === true) ? 'ready' : 'preparing'
}

/** What moved between two tellings of who answers, a sentence each. */
export function changesOf(before: readonly Target[], after: readonly Target[], perSecond: number): string[] {
  const name = ({ alias, version }: Target): string => (alias === undefined ? words.versionOfVersion(version) : `${alias}${version === undefined ? '' : words.versionInBrackets(version)}`)
  const key = ({ alias, version }: Target): string => (alias === undefined ? `v${version}` : `@${alias}`)
  const keys = [...new Set([...before, ...after].map(key))]
  return keys.flatMap((one) => {
    const [from, to] = [before.find((target) => key(target) === one), after.find((target) => key(target) === one)]
    const [was, is] = [from?.weight ?? 0, to?.weight ?? 0]
    if (was === is) return []
    const load = perSecond > 0 && is > 0 ? words.someOfRequestsASecond(rough((perSecond * is) / 100), rough(perSecond)) : ''
    return [is === 0 ? words.getsNothingAnyMoreNow(name((to ?? from)!), percentText(was)) : words.goesFromTo(name((to ?? from)!), percentText(was), percentText(is), load)]
  })
}

/** Weights in whole percents that make 100, where the one that was moved keeps what it was given and the others share the rest as before. */
export function rebalanced(weights: readonly number[], moved: number, to: number): number[] {
  const rest = 100 - to
  const others = weights.reduce((sum, weight, at) => (at === moved ? sum : sum + weight), 0)
  const count = weights.length - 1
  if (count === 0) return [100]
  const exact = weights.map((weight, at) => (at === moved ? to : others === 0 ? rest / count : (weight * rest) / others))
  const whole = exact.map((weight, at) => (at === moved ? to : Math.floor(weight)))
  let left = 100 - whole.reduce((sum, weight) => sum + weight, 0)
  // The largest remainders get what flooring left.
  for (const at of exact.map((_, index) => index).filter((index) => index !== moved).toSorted((a, b) => exact[b]! % 1 - exact[a]! % 1)) {
    if (left < 1) break
    whole[at]! += 1
    left -= 1
  }
  return whole
}

/** Versions that get requests, those that are tried or asked in the shadow too. */
export const versionsBehind = (endpoint: Pick<ServingEndpoint, 'traffic' | 'rollout' | 'shadow'>): string[] =>
  [...new Set([...sharesOf(endpoint).flatMap(({ version }) => version ?? []), ...(endpoint.shadow?.version === undefined ? [] : [endpoint.shadow.version])])].toSorted((a, b) => Number(a) - Number(b))
