import { flag, ForestBuilder, inSet, UnknownToEvaluator, type Forest, type TreeModel } from './forest.ts'

/**
 * LightGBM's text model (`Booster.save_model`), evaluated as LightGBM does: 64-bit floats,
 * `x <= threshold` goes left, and each node says what a missing value is. Checked against lightgbm 4.6.
 *
 * @throws UnknownToEvaluator where the file holds something that only LightGBM can evaluate
 */
export function readLightgbm(text: string): TreeModel {
  const [head, trees, tail] = parts(text)
  if (/^pandas_categorical:(?!null|\[\])/m.test(tail)) throw new UnknownToEvaluator('it keeps the categories of its training frame, and codes them anew for every input')
  const outputs = Number(need(head, 'num_tree_per_iteration'))
  const features = Number(need(head, 'max_feature_idx')) + 1
  if (!(outputs >= 1) || !(features >= 1)) throw new UnknownToEvaluator('its header is damaged')
  const transform = transformOf((head.get('objective') ?? '').split(' '), outputs)
  const builder = new ForestBuilder()
  for (const [index, tree] of trees.entries()) addTree(builder, tree, index % outputs)
  const forest = builder.build(outputs, features)
  // Random forests answer the mean of their trees.
  const rounds = head.has('average_output') ? Math.max(1, trees.length / outputs) : 1
  return {
    features: head.get('feature_names')?.split(' '), featureCount: features, outputs, single: false,
    predict(rows, count) {
      const sums = sumTrees(forest, rows, count)
      if (rounds > 1) for (let at = 0; at < sums.length; at++) sums[at]! /= rounds
      transform(sums)
      return sums
    },
  }
}

type Fields = ReadonlyMap<string, string>

function parts(text: string): [head: Fields, trees: readonly Fields[], tail: string] {
  const end = text.indexOf('\nend of trees')
  if (!text.startsWith('tree\n') || end < 0) throw new UnknownToEvaluator("it is no whole text model of LightGBM's")
  const [head = '', ...trees] = text.slice(0, end).split(/^Tree=\d+$/m)
  return [fields(head), trees.map(fields), text.slice(end)]
}

const fields = (block: string): Fields => new Map(block.split('\n').filter((line) => line !== '').map((line) => {
  const equals = line.indexOf('=')
  return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)]
}))

function need(fields_: Fields, name: string): string {
  const value = fields_.get(name)
  if (value === undefined) throw new UnknownToEvaluator(`it has no ${name}`)
  return value
}

const list = (fields_: Fields, name: string): readonly number[] => {
  const text = need(fields_, name).trim()
  return text === '' ? [] : text.split(' ').map((word) => (word === 'inf' ? Infinity : word === '-inf' ? -Infinity : word === 'nan' ? Number.NaN : Number(word)))
}

function addTree(builder: ForestBuilder, tree: Fields, group: number): void {
  if (tree.get('is_linear') === '1') throw new UnknownToEvaluator('its leaves hold linear models (linear_tree)')
  const root = builder.size
  builder.addTree(root, group)
  const leaves = list(tree, 'leaf_value')
  if (Number(need(tree, 'num_leaves')) <= 1) return builder.addLeaf(leaves[0] ?? 0)
  const [left, right, feature, threshold, decision] = ['left_child', 'right_child', 'split_feature', 'threshold', 'decision_type'].map((name) => list(tree, name)) as [readonly number[], readonly number[], readonly number[], readonly number[], readonly number[]]
  const boundaries = tree.has('cat_boundaries') ? list(tree, 'cat_boundaries') : []
  const words = tree.has('cat_threshold') ? list(tree, 'cat_threshold') : []
  // Leaves are numbered from −1 downwards; here they stand behind the splits.
  const child = (number: number): number => root + (number >= 0 ? number : left.length + ~number)
  for (let node = 0; node < left.length; node++) {
    const bits = decision[node]!
    const missing = (bits >> 2) & 3
    const categorical = (bits & 1) === 1
    builder.addSplit({
      left: child(left[node]!), right: child(right[node]!), feature: feature[node]!, threshold: threshold[node]!,
      flags: ((bits & 2) === 0 ? 0 : flag.defaultLeft) | (categorical ? flag.categorical : 0) | (missing === 1 ? flag.missingZero : missing === 2 ? flag.missingNaN : 0),
      ...(categorical && { bits: words.slice(boundaries[threshold[node]!], boundaries[threshold[node]! + 1]) }),
    })
  }
  for (const value of leaves) builder.addLeaf(value)
}

/** LightGBM's kZeroThreshold, a 32-bit float. */
const nothing = Math.fround(1e-35)

function sumTrees(forest: Forest, rows: Float64Array, count: number): Float64Array {
  const { left, right, feature, value, flags, roots, groups, outputs, features } = forest
  const sums = new Float64Array(count * outputs)
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree]!
    const group = groups[tree]!
    for (let row = 0; row < count; row++) {
      const base = row * features
      let node = root
      for (let index = feature[node]!; index !== -1; index = feature[node]!) {
        const cell = rows[base + index]!
        node = goesLeft(forest, node, flags[node]!, cell, value[node]!) ? left[node]! : right[node]!
      }
      sums[row * outputs + group]! += value[node]!
    }
  }
  return sums
}

function goesLeft(forest: Forest, node: number, flagged: number, cell: number, threshold: number): boolean {
  if ((flagged & flag.categorical) !== 0) {
    // The set holds what goes left; a missing value goes right.
    if (cell !== cell) return false
    const category = Math.trunc(cell)
    return category >= 0 && category < 0x8000_0000 && inSet(forest, node, category)
  }
  const missing = cell !== cell
  const read = missing && (flagged & flag.missingNaN) === 0 ? 0 : cell
  if ((flagged & flag.missingZero) !== 0 && Math.abs(read) <= nothing) return (flagged & flag.defaultLeft) !== 0
  if ((flagged & flag.missingNaN) !== 0 && missing) return (flagged & flag.defaultLeft) !== 0
  return read <= threshold
}

const identity = new Set(['huber', 'lambdarank', 'rank_xendcg'])
/** Those that may have been trained on roots (`reg_sqrt`). */
const rooted = new Set(['regression', 'regression_l1', 'fair', 'quantile', 'mape'])
const exponential = new Set(['poisson', 'gamma', 'tweedie'])

/** What LightGBM's objective does with a row's sums (`ConvertOutput`), in place. */
function transformOf([name = '', ...options]: readonly string[], outputs: number): (sums: Float64Array) => void {
  const sigmoid = Number(options.find((option) => option.startsWith('sigmoid:'))?.slice(8) ?? 1)
  const each = (of: (sum: number) => number) => (sums: Float64Array): void => {
    for (let at = 0; at < sums.length; at++) sums[at] = of(sums[at]!)
  }
  const logistic = each((sum) => 1 / (1 + Math.exp(-sigmoid * sum)))
  if (rooted.has(name)) return options.includes('sqrt') ? each((sum) => Math.sign(sum) * sum * sum) : () => {}
  if (identity.has(name)) return () => {}
  if (exponential.has(name)) return each(Math.exp)
  if (name === 'binary' || name === 'multiclassova') return logistic
  if (name === 'cross_entropy') return each((sum) => 1 / (1 + Math.exp(-sum)))
  if (name === 'cross_entropy_lambda') return each((sum) => Math.log1p(Math.exp(sum)))
  if (name === 'multiclass') {
    return (sums) => {
      for (let from = 0; from < sums.length; from += outputs) {
        const row = sums.subarray(from, from + outputs)
        const most = Math.max(...row)
        let sum = 0
        for (let at = 0; at < outputs; at++) sum += row[at] = Math.exp(row[at]! - most)
        for (let at = 0; at < outputs; at++) row[at]! /= sum
      }
    }
  }
  throw new UnknownToEvaluator(name === '' ? 'it has no objective, so it was trained with a custom one' : `its objective is ${name}`)
}
