import { invalid, limits, type RolloutPlan, type ServingEndpoint, type ShadowTarget, type TrafficTarget } from '@cairn/protocol'
import type { Reader } from '../platform/db/index.ts'
import { aliasVersion, selectVersion, type ModelRow } from '../registry/index.ts'

export type Rollout = NonNullable<ServingEndpoint['rollout']>

/** What an endpoint serves, as it is stored and as the audit keeps it before and after a change. */
export interface EndpointState {
  readonly traffic: readonly TrafficTarget[]
  readonly salt: string
  readonly shadow?: ShadowTarget
  readonly rollout?: Rollout
  readonly sticky_header?: string
}

type Named = { readonly version?: string | undefined; readonly alias?: string | undefined }

/** The version that a target stands for now; undefined where there is none (any more). */
export async function resolve(tx: Reader, model: ModelRow | undefined, { version, alias }: Named): Promise<string | undefined> {
  if (model === undefined) return undefined
  const number = alias === undefined ? Number(version) : await aliasVersion(tx, model, alias)
  return number !== undefined && await selectVersion(tx, model, number) ? String(number) : undefined
}

/** @throws INVALID_PARAMETER_VALUE where the target names nothing that the model has */
export async function requireVersion(tx: Reader, model: ModelRow, target: Named, where: string): Promise<string> {
  if ((target.version === undefined || target.version === '') === (target.alias === undefined || target.alias === '')) throw invalid(`${where} must name a version or an alias, one of the two.`)
  if (target.version && !/^[1-9]\d{0,14}$/.test(target.version)) throw invalid(`${where} names version '${target.version.slice(0, 40)}', which is no number.`)
  const version = await resolve(tx, model, target.alias ? { alias: target.alias } : { version: target.version })
  if (version !== undefined) return version
  throw invalid(target.alias ? `Model '${model.name}' has no alias '${target.alias.slice(0, 100)}'. Set it first, or name a version.` : `Model '${model.name}' has no version ${target.version}.`)
}

/** The targets, each with only the one of the two names that it has. */
export async function checkTraffic(tx: Reader, model: ModelRow, traffic: readonly TrafficTarget[]): Promise<TrafficTarget[]> {
  if (traffic.length === 0 || traffic.length > limits.endpointTargets) throw invalid(`traffic must name 1 to ${limits.endpointTargets} versions, got ${traffic.length}.`)
  const seen = new Set<string>()
  let sum = 0
  const checked: TrafficTarget[] = []
  for (const target of traffic) {
    await requireVersion(tx, model, target, 'Each part of the traffic')
    const { weight } = target
    if (!(weight >= 0 && weight <= 100)) throw invalid(`A weight is a percent from 0 to 100, got ${weight}.`)
    const name = target.alias ? `@${target.alias}` : target.version!
    if (seen.has(name)) throw invalid(`The traffic names ${name} twice.`)
    seen.add(name)
    sum += weight
    checked.push({ weight, ...(target.alias ? { alias: target.alias } : { version: target.version! }) })
  }
  if (Math.abs(sum - 100) > 1e-6) throw invalid(`The weights make ${Number(sum.toFixed(6))}, and must make 100.`)
  return checked
}

export async function checkShadow(tx: Reader, model: ModelRow, shadow: ShadowTarget): Promise<ShadowTarget | undefined> {
  if (!(shadow.sample >= 0 && shadow.sample <= 1)) throw invalid(`The sample of a shadow is a share from 0 to 1, got ${shadow.sample}.`)
  if (shadow.sample === 0) return undefined
  await requireVersion(tx, model, shadow, 'A shadow')
  return { sample: shadow.sample, ...(shadow.alias ? { alias: shadow.alias } : { version: shadow.version! }) }
}

/** A name of an HTTP header; undefined for none. */
export function checkHeader(name: string): string | undefined {
  if (name === '') return undefined
  if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)) throw invalid(`'${name.slice(0, 100)}' is no name of an HTTP header.`)
  return name.toLowerCase()
}

/** A plan with its defaults, and its version resolved: an alias that moves later starts nothing. */
export async function checkRollout(tx: Reader, model: ModelRow, traffic: readonly TrafficTarget[], plan: RolloutPlan, now: number): Promise<Rollout> {
  const version = await requireVersion(tx, model, plan, 'A rollout')
  for (const target of traffic) {
    if (await resolve(tx, model, target) === version) throw invalid(`Version ${version} gets traffic already. A rollout tries one that gets none.`)
  }
  const rollout: Rollout = {
    version, step: 0, steps: plan.steps === undefined || plan.steps.length === 0 ? [10, 50] : plan.steps,
    min_requests: plan.min_requests ?? 100, min_seconds: plan.min_seconds ?? 30, max_error_increase: plan.max_error_increase ?? 0.01, max_p99_ratio: plan.max_p99_ratio ?? 3,
    tolerance: plan.tolerance ?? 1e-6, started_timestamp: now, ...(plan.max_disagreement !== undefined && { max_disagreement: plan.max_disagreement }),
  }
  const { steps } = rollout
  if (steps.length > limits.endpointSteps || !steps.every((step, at) => step > (steps[at - 1] ?? 0) && step <= 100)) {
    throw invalid(`The steps of a rollout are percents that grow, above 0 and at most 100, ${limits.endpointSteps} at most; got ${steps.slice(0, limits.endpointSteps).join(', ')}.`)
  }
  if (rollout.min_requests < 1) throw invalid(`min_requests must be at least 1, got ${rollout.min_requests}.`)
  if (!(rollout.min_seconds >= 0 && rollout.min_seconds <= 30 * 86_400)) throw invalid(`min_seconds must be from 0 to ${30 * 86_400}, got ${rollout.min_seconds}.`)
  if (!(rollout.max_p99_ratio >= 1 && rollout.max_p99_ratio <= 1e6)) throw invalid(`max_p99_ratio must be at least 1, got ${rollout.max_p99_ratio}.`)
  for (const name of ['max_error_increase', 'max_disagreement', 'tolerance'] as const) {
    const share = rollout[name]
    if (share !== undefined && !(share >= 0 && share <= 1)) throw invalid(`${name} must be from 0 to 1, got ${share}.`)
  }
  return rollout
}
