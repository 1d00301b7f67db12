import { addLatency, type Seen, type StepPolicy } from '@cairn/protocol'

/** What was seen of one version's answers since its share of the traffic last changed. */
export interface ArmStats extends Seen {
  requests: number
  errors: number
  readonly took: Map<number, number>
  /** Milliseconds, the latest thousand: what is shown. What is judged is all of them. */
  readonly latest: number[]
}

export const newStats = (): ArmStats => ({ requests: 0, errors: 0, took: new Map(), latest: [] })

const kept = 1000

export function observe(stats: ArmStats, status: number, ms: number): void {
  if (stats.latest.length < kept) stats.latest.push(ms)
  else stats.latest[stats.requests % kept] = ms
  addLatency(stats.took, ms)
  stats.requests += 1
  if (status >= 400) stats.errors += 1
}

export function latestP99({ latest }: ArmStats): number {
  const sorted = latest.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0
}

export interface RolloutPolicy extends StepPolicy {
  /** Percent of the traffic, one step after the other; after the last the version is promoted. */
  readonly steps: readonly number[]
}

export const defaultPolicy: RolloutPolicy = { steps: [10, 50], minRequests: 100, minSeconds: 30, maxErrorIncrease: 0.01, maxP99Ratio: 3, slackMs: 10 }
