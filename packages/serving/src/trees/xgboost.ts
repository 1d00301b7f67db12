import { bitSet, flag, ForestBuilder, inSet, UnknownToEvaluator, type Forest, type TreeModel } from './forest.ts'
import { parseUbj } from './ubj.ts'
import { marginOf, transformOf } from './xgboost-objectives.ts'

export interface XgboostOptions {
  /** scikit-learn's wrapper stops at the best round of an early stop; a Booster takes all rounds. */
  readonly untilBest: boolean
}

/**
 * XGBoost's model file, JSON or UBJSON (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html),
 * evaluated as XGBoost's own predictor on the CPU does: features as 32-bit floats, `x < threshold` goes
 * left, leaves added in 32-bit floats tree after tree. Checked against xgboost 3.2.
 *
 * @throws UnknownToEvaluator where the file holds something that only XGBoost can evaluate
 */
export function readXgboost(bytes: Uint8Array, options: XgboostOptions): TreeModel {
  const model = parse(bytes)
  const learner = record(model, 'learner')
  const booster = record(learner, 'gradient_booster')
  const params = record(learner, 'learner_model_param')
  const objective = String(record(learner, 'objective')['name'])
  const name = String(booster['name'])
  if (name !== 'gbtree' && name !== 'dart') throw new UnknownToEvaluator(`its booster is ${name}, and only gbtree and dart are known`)
  const dart = name === 'dart'
  const trees = record(dart ? record(booster, 'gbtree') : booster, 'model')
  if (hasRecordedCategories(trees['cats'])) throw new UnknownToEvaluator('it keeps the categories of its training frame, and codes them anew for every input')

  const features = Number(params['num_feature'])
  const classes = Math.max(1, Number(params['num_class'] ?? 0))
  const targets = Math.max(1, Number(params['num_target'] ?? 1))
  const outputs = Math.max(classes, 1) * targets
  const transform = transformOf(objective, outputs)
  const forest = readTrees(trees, { outputs, features, count: treeCount(learner, trees, outputs, options) })
  const weights = dart ? numbers(booster['weight_drop'], 'weight_drop') : undefined
  const start = startOf(params['base_score'], outputs, objective)
  const names = learner['feature_names']
  return {
    features: Array.isArray(names) && names.length > 0 ? names.map(String) : undefined,
    featureCount: features, outputs: transform.outputs, single: true, classes, labels: objective === 'multi:softmax',
    predict(rows, count) {
      const margins = new Float32Array(count * outputs)
      for (let row = 0; row < count; row++) margins.set(start, row * outputs)
      addTrees(forest, weights, rows, count, margins)
      return transform.apply(margins, count)
    },
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    // `{"` or `{` and white space is JSON; UBJSON has a length after the brace.
    const second = bytes[1]
    if (bytes[0] === 123 && (second === 34 || second === 10 || second === 32 || second === 13)) return JSON.parse(new TextDecoder().decode(bytes))
    if (bytes[0] === 123) return parseUbj(bytes)
  } catch (error) {
    throw new UnknownToEvaluator(`it is damaged: ${(error as Error).message}`)
  }
  throw new UnknownToEvaluator("it is neither XGBoost's JSON nor its UBJSON")
}

function record(value: unknown, name: string): Record<string, unknown> {
  const inner = (value as Record<string, unknown> | undefined)?.[name]
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) throw new UnknownToEvaluator(`it has no ${name}`)
  return inner as Record<string, unknown>
}

function numbers(value: unknown, name: string): readonly number[] {
  if (!Array.isArray(value)) throw new UnknownToEvaluator(`it has no ${name}`)
  return value as readonly number[]
}

const hasRecordedCategories = (cats: unknown): boolean => {
  const { enc } = (cats ?? {}) as { enc?: readonly unknown[] }
  return Array.isArray(enc) && enc.length > 0
}

/** How many trees an answer takes: all, or those up to the best round. */
function treeCount(learner: Record<string, unknown>, model: Record<string, unknown>, outputs: number, { untilBest }: XgboostOptions): number {
  const all = numbers(model['trees'], 'trees').length
  const best = ((learner['attributes'] ?? {}) as Record<string, unknown>)['best_iteration']
  if (!untilBest || best === undefined) return all
  const rounds = model['iteration_indptr']
  if (Array.isArray(rounds)) return Number(rounds[Number(best) + 1] ?? all)
  const { num_parallel_tree: parallel = 1 } = (model['gbtree_model_param'] ?? {}) as { num_parallel_tree?: unknown }
  return Math.min(all, (Number(best) + 1) * outputs * Math.max(1, Number(parallel)))
}

/** `base_score` was a number, then a text, then a text with a list in it: one a target or class. */
function startOf(base: unknown, outputs: number, objective: string): Float32Array {
  const text = String(base ?? '5E-1')
  const scores = text.startsWith('[') ? text.slice(1, -1).split(',').map(Number) : [Number(text)]
  if (scores.some(Number.isNaN) || (scores.length !== 1 && scores.length !== outputs)) throw new UnknownToEvaluator(`its base_score is ${text}`)
  return Float32Array.from({ length: outputs }, (_, output) => marginOf(objective, scores.length === 1 ? scores[0]! : scores[output]!))
}

function readTrees(model: Record<string, unknown>, { outputs, features, count }: { outputs: number; features: number; count: number }): Forest {
  const builder = new ForestBuilder()
  const groups = numbers(model['tree_info'], 'tree_info')
  for (const [index, tree] of (numbers(model['trees'], 'trees') as unknown as readonly Record<string, unknown>[]).slice(0, count).entries()) {
    const vector = Number((tree['tree_param'] as Record<string, unknown> | undefined)?.['size_leaf_vector'] ?? 1)
    if (vector > 1) throw new UnknownToEvaluator('its leaves hold vectors (multi_strategy=multi_output_tree)')
    const [left, right, feature, condition, defaultLeft] = ['left_children', 'right_children', 'split_indices', 'split_conditions', 'default_left'].map((name) => numbers(tree[name], name)) as [readonly number[], readonly number[], readonly number[], readonly number[], readonly number[]]
    const kind = (tree['split_type'] ?? []) as readonly number[]
    const sets = categoriesOf(tree)
    const root = builder.size
    builder.addTree(root, groups[index] ?? 0)
    for (let node = 0; node < left.length; node++) {
      if (left[node] === -1) {
        builder.addLeaf(Math.fround(condition[node]!))
        continue
      }
      const categorical = kind[node] === 1
      builder.addSplit({
        left: root + left[node]!, right: root + right[node]!, feature: feature[node]!, threshold: Math.fround(condition[node]!),
        flags: (defaultLeft[node] ? flag.defaultLeft : 0) | (categorical ? flag.categorical : 0),
        ...(categorical && { bits: bitSet(sets.get(node) ?? []) }),
      })
    }
  }
  return builder.build(outputs, features)
}

function categoriesOf(tree: Record<string, unknown>): Map<number, readonly number[]> {
  const of = (name: string): readonly number[] => (tree[name] ?? []) as readonly number[]
  const [nodes, segments, sizes, values] = [of('categories_nodes'), of('categories_segments'), of('categories_sizes'), of('categories')]
  return new Map(nodes.map((node, index) => [node, values.slice(segments[index]!, segments[index]! + sizes[index]!)]))
}

function addTrees(forest: Forest, weights: readonly number[] | undefined, rows: Float64Array, count: number, margins: Float32Array): void {
  const { left, right, feature, value, flags, roots, groups, outputs, features } = forest
  // XGBoost compares 32-bit floats.
  const cells = Float32Array.from(rows)
  // Trees outside, rows inside: a tree stays in the cache while every row of a batch walks it.
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree]!
    const group = groups[tree]!
    const weight = weights === undefined ? 1 : Math.fround(weights[tree]!)
    for (let row = 0; row < count; row++) {
      const base = row * features
      let node = root
      for (let index = feature[node]!; index !== -1; index = feature[node]!) {
        const cell = cells[base + index]!
        const flagged = flags[node]!
        let goesLeft: boolean
        if (cell !== cell) goesLeft = (flagged & flag.defaultLeft) !== 0
        else if ((flagged & flag.categorical) === 0) goesLeft = cell < value[node]!
        // The set holds what goes right; what is no category goes left.
        else goesLeft = cell < 0 || cell >= 16_777_216 || !inSet(forest, node, Math.trunc(cell))
        node = goesLeft ? left[node]! : right[node]!
      }
      const at = row * outputs + group
      margins[at] = margins[at]! + (weights === undefined ? value[node]! : Math.fround(weight * value[node]!))
    }
  }
}
