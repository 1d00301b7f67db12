import { UnknownToEvaluator } from './forest.ts'

/** From margins to answers, in place of which XGBoost's objective has `PredTransform`. */
export interface Transform {
  /** Answers a row. */
  readonly outputs: number
  apply(margins: Float32Array, count: number): Float64Array
}

const identity = new Set([
  'reg:squarederror', 'reg:linear', 'reg:squaredlogerror', 'reg:absoluteerror', 'reg:pseudohubererror', 'reg:quantileerror',
  'binary:logitraw', 'rank:ndcg', 'rank:map', 'rank:pairwise',
])
const sigmoid = new Set(['binary:logistic', 'reg:logistic'])
const exponential = new Set(['count:poisson', 'reg:gamma', 'reg:tweedie', 'survival:cox', 'survival:aft'])

/** @throws UnknownToEvaluator for an objective whose transform is not known here */
export function transformOf(objective: string, outputs: number): Transform {
  if (identity.has(objective)) return each(outputs, (margin) => margin)
  if (sigmoid.has(objective)) return each(outputs, logistic)
  if (exponential.has(objective)) return each(outputs, (margin) => Math.fround(Math.exp(margin)))
  if (objective === 'binary:hinge') return each(outputs, (margin) => (margin > 0 ? 1 : 0))
  if (objective === 'multi:softprob') return { outputs, apply: (margins, count) => softmax(margins, count, outputs) }
  if (objective === 'multi:softmax') return { outputs: 1, apply: (margins, count) => Float64Array.from({ length: count }, (_, row) => argmax(margins, row * outputs, outputs)) }
  throw new UnknownToEvaluator(`its objective is ${objective}`)
}

const each = (outputs: number, of: (margin: number) => number): Transform => ({
  outputs,
  apply: (margins) => Float64Array.from(margins, of),
})

/** With XGBoost's guard: beyond e^88.7 a 32-bit float is infinite. */
function logistic(margin: number): number {
  const power = Math.fround(Math.exp(Math.min(-margin, Math.fround(88.7))))
  return Math.fround(1 / Math.fround(Math.fround(1 + power) + 1e-16))
}

function softmax(margins: Float32Array, count: number, outputs: number): Float64Array {
  const answers = new Float64Array(count * outputs)
  for (let row = 0; row < count; row++) {
    const from = row * outputs
    let most = -Infinity
    for (let at = from; at < from + outputs; at++) most = Math.max(most, margins[at]!)
    let sum = 0
    for (let at = from; at < from + outputs; at++) sum += answers[at] = Math.fround(Math.exp(Math.fround(margins[at]! - most)))
    for (let at = from; at < from + outputs; at++) answers[at] = Math.fround(answers[at]! / Math.fround(sum))
  }
  return answers
}

export function argmax(values: ArrayLike<number>, from: number, size: number): number {
  let best = 0
  for (let index = 1; index < size; index++) if (values[from + index]! > values[from + best]!) best = index
  return best
}

/** The start of a sum: the file keeps `base_score` on the scale of the answers. */
export function marginOf(objective: string, score: number): number {
  if (sigmoid.has(objective)) return Math.fround(-Math.log(1 / score - 1))
  if (exponential.has(objective)) return Math.fround(Math.log(score))
  return score
}
