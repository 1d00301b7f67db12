import type { DriftState } from './drift.ts'

/**
 * Jensen–Shannon divergence in bits of two distributions given as counts: 0 where they are the same, 1
 * where they share nothing (J. Lin, Divergence Measures Based on the Shannon Entropy, 1991). Its square
 * root is the distance, as in `scipy.spatial.distance.jensenshannon(p, q, base=2)`, by which this is tested.
 */
export function jensenShannon(one: readonly number[], other: readonly number[]): number {
  const [n, m] = [sum(one), sum(other)]
  if (n === 0 || m === 0) return 0
  let bits = 0
  for (let part = 0; part < one.length; part++) {
    const [p, q] = [one[part]! / n, other[part]! / m]
    const middle = (p + q) / 2
    if (p > 0) bits += p * Math.log2(p / middle)
    if (q > 0) bits += q * Math.log2(q / middle)
  }
  return Math.max(0, bits / 2)
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

/**
 * The divergence between two samples of the same distribution. For small differences it is an eighth of
 * the chi-squared distance, so 8 ln 2 times it, over 1/n + 1/m, is chi-squared with a degree of freedom
 * less than there are parts: that much on average, and `most` in all but 3 of 100,000 cases (four
 * standard deviations, after Wilson and Hilferty, 1931), for many columns are looked at, and often.
 */
export function chanceDivergence(one: readonly number[], other: readonly number[]): { readonly mean: number; readonly most: number } {
  const freedom = one.filter((count, part) => count + other[part]! > 0).length - 1
  if (freedom < 1) return { mean: 0, most: 0 }
  const unit = (1 / sum(one) + 1 / sum(other)) / (8 * Math.LN2)
  const tail = 2 / (9 * freedom)
  return { mean: freedom * unit, most: freedom * (1 - tail + 4 * Math.sqrt(tail)) ** 3 * unit }
}

export interface Judged {
  readonly state: DriftState
  /** Jensen–Shannon distance to base 2, of what is left of the divergence without what chance gives on average. */
  readonly distance: number
}

/** How far the second is from the first; farther than `possible` only where that is more than chance. */
export function judgeColumn(reference: readonly number[], served: readonly number[], { possible, drifted }: { readonly possible: number; readonly drifted: number }): Judged {
  if (sum(reference) === 0 || sum(served) === 0) return { state: 'none', distance: 0 }
  const divergence = jensenShannon(reference, served)
  const { mean, most } = chanceDivergence(reference, served)
  const distance = Math.sqrt(Math.max(0, divergence - mean))
  return { distance, state: divergence <= most || distance < possible ? 'steady' : distance < drifted ? 'possible' : 'drifted' }
}
