import { latencyQuantile, readLatencies, slowerThan, sumOfLatencies, countOfLatencies, type Latencies } from './latency.ts'
import { rolloutStep, type ServedVersion, type ServingEndpoint } from './serving-endpoints.ts'

/** What was seen of a version's answers in a step of a rollout. */
export interface Seen {
  readonly requests: number
  readonly errors: number
  readonly took: Latencies
  /** Answers that were compared with another version's, and those that differed. */
  readonly compared?: number
  readonly disagreed?: number
}

export interface StepPolicy {
  /** Requests that the new version must have answered in a step. */
  readonly minRequests: number
  readonly minSeconds: number
  /** How far the share of errors may be above the old version's, beyond chance. */
  readonly maxErrorIncrease: number
  /** How many times the old version's p99 the new one's may be, */
  readonly maxP99Ratio: number
  /** where it is also longer by this. */
  readonly slackMs: number
  /** The share of answers that may differ from the old version's, beyond chance; undefined: they are not compared. */
  readonly maxDisagreement?: number | undefined
  /** Numbers that differ by no more than this, relative to the larger, are the same. */
  readonly tolerance?: number | undefined
}

/** What a rollout's step asks for. */
export const stepPolicy = (rollout: NonNullable<ServingEndpoint['rollout']>): StepPolicy => ({
  minRequests: rollout.min_requests, minSeconds: rollout.min_seconds, maxErrorIncrease: rollout.max_error_increase, maxP99Ratio: rollout.max_p99_ratio, slackMs: 10,
  maxDisagreement: rollout.max_disagreement, tolerance: rollout.tolerance,
})

/** Several versions, or what several processes saw of one, as one. */
export const sumOfSeen = (all: readonly Seen[]): Seen => ({
  requests: all.reduce((sum, { requests }) => sum + requests, 0), errors: all.reduce((sum, { errors }) => sum + errors, 0), took: sumOfLatencies(all.map(({ took }) => took)),
  compared: all.reduce((sum, { compared = 0 }) => sum + compared, 0), disagreed: all.reduce((sum, { disagreed = 0 }) => sum + disagreed, 0),
})

/** A thousandth (3.09 deviations): a rollout is judged many times, and each look is a chance to be wrong. */
const chance = 0.001

export type Verdict = { readonly kind: 'wait' | 'pass' } | { readonly kind: 'fail'; readonly reason: string }

export const p99 = ({ took }: Seen): number => latencyQuantile(took, 0.99)
/** Milliseconds beyond which an answer of the new version counts as slow. */
export const slowLimit = (others: Seen, { maxP99Ratio, slackMs }: StepPolicy): number => Math.max(p99(others) * maxP99Ratio, p99(others) + slackMs)

/** Judges a new version beside the old ones. A failure is told as soon as it is more than chance. */
export function judgeStep(tried: Seen, others: Seen, seconds: number, policy: StepPolicy): Verdict {
  const [triedRate, othersRate] = [rate(tried), rate(others)]
  if (triedRate > othersRate + policy.maxErrorIncrease && worseBeyondChance(tried, others)) {
    return { kind: 'fail', reason: `error rate ${percent(triedRate)} of ${tried.requests} requests, against ${percent(othersRate)} of ${others.requests}` }
  }
  const { compared = 0, disagreed = 0 } = tried
  if (policy.maxDisagreement !== undefined && disagreed > compared * policy.maxDisagreement && chanceOfAtLeast(disagreed, compared, policy.maxDisagreement) < chance) {
    return { kind: 'fail', reason: `${percent(disagreed / compared)} of ${compared} answers differ from the other version’s, ${percent(policy.maxDisagreement)} may` }
  }
  if (tried.requests < policy.minRequests) return { kind: 'wait' }
  // Where nobody else is asked there is nothing to compare with.
  if (policy.maxDisagreement !== undefined && others.requests >= policy.minRequests && compared < policy.minRequests) return { kind: 'wait' }
  // The p99 of a few dozen is their largest, and one hiccup is no reason: what counts is how many were slow.
  const limit = slowLimit(others, policy)
  const slow = slowerThan(tried.took, limit)
  if (others.requests >= policy.minRequests && chanceOfAtLeast(slow, countOfLatencies(tried.took), 0.01) < chance) {
    return { kind: 'fail', reason: `${slow} of ${tried.requests} requests took more than ${limit.toFixed(1)} ms, against a p99 of ${p99(others).toFixed(1)} ms` }
  }
  return { kind: seconds >= policy.minSeconds ? 'pass' : 'wait' }
}

/** What all processes together saw of the step that a rollout is in. */
export interface StepSeen {
  readonly tried: Seen
  readonly others: Seen
  /** For how long some process has sent the step's share to the new version. */
  readonly seconds: number
  /** How many processes saw it, those that have ended since aside. */
  readonly processes: number
  /** Processes that serve the endpoint and have not taken the step up yet (`host`, or their id): it does not pass without them. */
  readonly waitingFor: readonly string[]
}

const seenOf = ({ requests = 0, errors = 0, took, compared = 0, disagreed = 0 }: ServedVersion): Seen =>
  ({ requests: Number(requests), errors: Number(errors), took: readLatencies(took), compared: Number(compared), disagreed: Number(disagreed) })

/**
 * Adds up what each process said. One that is silent is not waited for; what it saw counts while it is
 * listed, and what it saw before it ended counts to the end of the step.
 */
export function seenInStep(endpoint: ServingEndpoint): StepSeen {
  const { rollout, servers = [], ended } = endpoint
  const step = rolloutStep(endpoint)
  const there = servers.filter((server) => server.step === step && server.aside !== true)
  const parts = ended?.step === step && ended !== undefined ? [...there, ended] : there
  const versions = parts.flatMap((part) => part.versions ?? [])
  const seen = (tried: boolean): Seen => sumOfSeen(versions.filter(({ version }) => (version === rollout?.version) === tried).map(seenOf))
  return {
    tried: seen(true), others: seen(false), seconds: Math.max(0, ...parts.map(({ seconds = 0 }) => seconds)), processes: there.length,
    waitingFor: servers.filter((server) => server.step !== step && server.silent !== true && server.aside !== true).map(({ host, server_id }) => host ?? server_id),
  }
}

/** Of `count` independent requests at least `successes`, where each is one with probability `p`: binomial. */
export function chanceOfAtLeast(successes: number, count: number, p: number): number {
  if (successes <= 0) return 1
  if (p >= 1) return 1
  // By logarithms: (1 - p) ** count is 0 for a million requests.
  let term = count * Math.log1p(-p)
  const ratio = Math.log(p) - Math.log1p(-p)
  let below = 0
  for (let k = 0; k < successes; k++) {
    below += Math.exp(term)
    term += Math.log((count - k) / (k + 1)) + ratio
  }
  return Math.max(0, 1 - below)
}

const rate = ({ requests, errors }: Seen): number => (requests === 0 ? 0 : errors / requests)
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/**
 * Two proportions, pooled, one-sided (Fleiss, Statistical Methods for Rates and Proportions, 2.3).
 * With one error added on each side, so that a few requests decide nothing.
 */
function worseBeyondChance(tried: Seen, others: Seen): boolean {
  const [n1, n2] = [tried.requests + 1, others.requests + 1]
  const [p1, p2] = [tried.errors / n1, (others.errors + 1) / n2]
  const pooled = (tried.errors + others.errors + 1) / (n1 + n2)
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
  return deviation > 0 && (p1 - p2) / deviation > 3.09
}
