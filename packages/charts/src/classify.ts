/** How good predictions are, from tables of them. Checked against scikit-learn's functions of the same names. */

export interface Curve {
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** The area below it. */
  readonly area: number
}

/** Rows by falling score; for each different score how many positives and negatives have at least that. */
function thresholds(positive: readonly boolean[], scores: readonly number[]): { hits: number[]; misses: number[] } {
  const order = [...scores.keys()].filter((row) => !Number.isNaN(scores[row]!)).sort((a, b) => scores[b]! - scores[a]!)
  const hits: number[] = []
  const misses: number[] = []
  let hit = 0
  let miss = 0
  for (const [at, row] of order.entries()) {
    if (positive[row] === true) hit += 1
    else miss += 1
    if (at + 1 < order.length && scores[order[at + 1]!] === scores[row]) continue
    hits.push(hit)
    misses.push(miss)
  }
  return { hits, misses }
}

/** False against true positive rate at every score (`roc_curve` with all points kept); area by trapezoids. NaN where a class is missing. */
export function rocCurve(positive: readonly boolean[], scores: readonly number[]): Curve {
  const { hits, misses } = thresholds(positive, scores)
  const x = [0, ...misses.map((miss) => miss / misses.at(-1)!)]
  const y = [0, ...hits.map((hit) => hit / hits.at(-1)!)]
  return { x, y, area: x.reduce((sum, at, index) => (index === 0 ? 0 : sum + (at - x[index - 1]!) * (y[index]! + y[index - 1]!) / 2), 0) }
}

/** Recall against precision at every score, from recall 0 on (`precision_recall_curve`); area is the average precision, in steps. */
export function precisionRecallCurve(positive: readonly boolean[], scores: readonly number[]): Curve {
  const { hits, misses } = thresholds(positive, scores)
  const recall = hits.map((hit) => hit / hits.at(-1)!)
  const precision = hits.map((hit, at) => hit / (hit + misses[at]!))
  return { x: [0, ...recall], y: [1, ...precision], area: recall.reduce((sum, at, index) => sum + (at - (recall[index - 1] ?? 0)) * precision[index]!, 0) }
}

export interface Confusion {
  readonly labels: readonly string[]
  /** By actual, then predicted label. */
  readonly counts: readonly (readonly number[])[]
}

/** How often each label was predicted for each; numbers in their order, other labels by name. */
export function confusionOf(actual: readonly string[], predicted: readonly string[]): Confusion {
  const labels = [...new Set([...actual, ...predicted])]
  const numeric = labels.every((label) => label.trim() !== '' && Number.isFinite(Number(label)))
  labels.sort(numeric ? (a, b) => Number(a) - Number(b) : (a, b) => a.localeCompare(b))
  const place = new Map(labels.map((label, at) => [label, at]))
  const counts = labels.map(() => labels.map(() => 0))
  for (const [row, label] of actual.entries()) counts[place.get(label)!]![place.get(predicted[row]!)!]! += 1
  return { labels, counts }
}
