/** What was seen of one version's answers since its share of the traffic last changed. */
export interface ArmStats {
  requests: number
  errors: number
  /** Milliseconds, the latest thousand. */
  readonly durations: number[]
  /** Answers that were compared with another version's, and those that differed. */
  readonly compared?: number
  readonly disagreed?: number
}

export const newStats = (): ArmStats => ({ requests: 0, errors: 0, durations: [] })

const kept = 1000

export function observe(stats: ArmStats, status: number, ms: number): void {
  if (stats.durations.length < kept) stats.durations.push(ms)
  else stats.durations[stats.requests % kept] = ms
  stats.requests += 1
  if (status >= 400) stats.errors += 1
}

/** Several versions as one. */
export const sumOf = (all: readonly ArmStats[]): ArmStats => ({
  requests: all.reduce((sum, { requests }) => sum + requests, 0), errors: all.reduce((sum, { errors }) => sum + errors, 0), durations: all.flatMap(({ durations }) => durations),
})

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

export interface RolloutPolicy extends StepPolicy {
  /** Percent of the traffic, one step after the other; after the last the version is promoted. */
  readonly steps: readonly number[]
}

export const defaultPolicy: RolloutPolicy = { steps: [10, 50], minRequests: 100, minSeconds: 30, maxErrorIncrease: 0.01, maxP99Ratio: 3, slackMs: 10 }

/** A thousandth (3.09 deviations): a rollout is judged many times, and each look is a chance to be wrong. */
const chance = 0.001

export type Verdict = { readonly kind: 'wait' | 'pass' } | { readonly kind: 'fail'; readonly reason: string }

/** Judges a new version beside the old one. A failure is told as soon as it is more than chance. */
export function judge(canary: ArmStats, champion: ArmStats, seconds: number, policy: StepPolicy): Verdict {
  const [canaryRate, championRate] = [rate(canary), rate(champion)]
  if (canaryRate > championRate + policy.maxErrorIncrease && worseBeyondChance(canary, champion)) {
    return { kind: 'fail', reason: `error rate ${percent(canaryRate)} of ${canary.requests} requests, against ${percent(championRate)} of ${champion.requests}` }
  }
  const { compared = 0, disagreed = 0 } = canary
  if (policy.maxDisagreement !== undefined && disagreed > compared * policy.maxDisagreement && chanceOfAtLeast(disagreed, compared, policy.maxDisagreement) < chance) {
    return { kind: 'fail', reason: `${percent(disagreed / compared)} of ${compared} answers differ from the other version’s, ${percent(policy.maxDisagreement)} may` }
  }
  if (canary.requests < policy.minRequests) return { kind: 'wait' }
  // Where nobody else is asked there is nothing to compare with.
  if (policy.maxDisagreement !== undefined && champion.requests >= policy.minRequests && compared < policy.minRequests) return { kind: 'wait' }
  // The p99 of a few dozen is their largest, and one hiccup is no reason: what counts is how many were slow.
  const limit = Math.max(p99(champion) * policy.maxP99Ratio, p99(champion) + policy.slackMs)
  const slow = canary.durations.filter((ms) => ms > limit).length
  if (champion.requests >= policy.minRequests && chanceOfAtLeast(slow, canary.durations.length, 0.01) < chance) {
    return { kind: 'fail', reason: `${slow} of ${canary.durations.length} requests took more than ${limit.toFixed(1)} ms, against a p99 of ${p99(champion).toFixed(1)} ms` }
  }
  return { kind: seconds >= policy.minSeconds ? 'pass' : 'wait' }
}

/** Of `count` independent requests at least `successes`, where each is one with probability `p`: binomial. */
export function chanceOfAtLeast(successes: number, count: number, p: number): number {
  if (successes <= 0) return 1
  let term = (1 - p) ** count
  let below = 0
  for (let k = 0; k < successes; k++) {
    below += term
    term *= ((count - k) / (k + 1)) * (p / (1 - p))
  }
  return Math.max(0, 1 - below)
}

const rate = ({ requests, errors }: ArmStats): number => (requests === 0 ? 0 : errors / requests)
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

export function p99({ durations }: ArmStats): number {
  const sorted = durations.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0
}

/**
 * Two proportions, pooled, one-sided (Fleiss, Statistical Methods for Rates and Proportions, 2.3).
 * With one error added on each side, so that a few requests decide nothing.
 */
function worseBeyondChance(canary: ArmStats, champion: ArmStats): boolean {
  const [n1, n2] = [canary.requests + 1, champion.requests + 1]
  const [p1, p2] = [canary.errors / n1, (champion.errors + 1) / n2]
  const pooled = (canary.errors + champion.errors + 1) / (n1 + n2)
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
  return deviation > 0 && (p1 - p2) / deviation > 3.09
}
