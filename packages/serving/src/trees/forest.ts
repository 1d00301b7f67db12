/**
 * A forest of decision trees in flat arrays, so that walking it touches no object. Child numbers are
 * absolute; a leaf has −1 as its feature and its value in `value`.
 */
export interface Forest {
  readonly left: Int32Array
  readonly right: Int32Array
  readonly feature: Int32Array
  /** Threshold of a split, or a leaf's value. */
  readonly value: Float64Array
  /** Bits of `flag`. */
  readonly flags: Uint8Array
  /** For categorical splits: where the node's words begin in `categories`, and how many there are. */
  readonly categoryAt: Int32Array
  readonly categorySize: Int32Array
  /** Bit sets: the categories that go to the side named by the format. */
  readonly categories: Uint32Array
  readonly roots: Int32Array
  /** The output that each tree adds to. */
  readonly groups: Int32Array
  readonly outputs: number
  readonly features: number
}

export const flag = { defaultLeft: 1, categorical: 2, missingZero: 4, missingNaN: 8 } as const

/** What the file of a model holds that the evaluator does not know: Python has to answer. */
export class UnknownToEvaluator extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'UnknownToEvaluator'
  }
}

/** Answers rows × outputs of a model, row by row; `rows` are rows × features, NaN where missing. */
export interface TreeModel {
  readonly features: readonly string[] | undefined
  readonly featureCount: number
  readonly outputs: number
  /** Whether the answers are 32-bit floats. */
  readonly single: boolean
  /** Of XGBoost's models: `num_class`, 1 where the model knows none. */
  readonly classes?: number
  /** Whether the answers are class numbers already. */
  readonly labels?: boolean
  predict(rows: Float64Array, count: number): Float64Array
}

export class ForestBuilder {
  readonly #left: number[] = []
  readonly #right: number[] = []
  readonly #feature: number[] = []
  readonly #value: number[] = []
  readonly #flags: number[] = []
  readonly #categoryAt: number[] = []
  readonly #categorySize: number[] = []
  readonly #categories: number[] = []
  readonly #roots: number[] = []
  readonly #groups: number[] = []

  get size(): number {
    return this.#left.length
  }

  addTree(root: number, group: number): void {
    this.#roots.push(root)
    this.#groups.push(group)
  }

  addLeaf(value: number): void {
    this.#add(-1, -1, -1, value, 0, [])
  }

  addSplit(split: { left: number; right: number; feature: number; threshold: number; flags: number; bits?: readonly number[] }): void {
    this.#add(split.left, split.right, split.feature, split.threshold, split.flags, split.bits ?? [])
  }

  #add(left: number, right: number, feature: number, value: number, flags: number, bits: readonly number[]): void {
    this.#left.push(left)
    this.#right.push(right)
    this.#feature.push(feature)
    this.#value.push(value)
    this.#flags.push(flags)
    this.#categoryAt.push(this.#categories.length)
    this.#categorySize.push(bits.length)
    for (const word of bits) this.#categories.push(word)
  }

  /** Refuses a file whose trees point outside themselves, in circles or at features that are not there. */
  build(outputs: number, features: number): Forest {
    const { length } = this.#left
    // A child stands behind its parent in every file that the libraries write, so a walk ends.
    for (let node = 0; node < length; node++) {
      if (this.#feature[node] === -1) continue
      const [left, right, feature] = [this.#left[node]!, this.#right[node]!, this.#feature[node]!]
      if (!(left > node && left < length && right > node && right < length)) throw new UnknownToEvaluator('its trees do not hang together')
      if (!(feature >= 0 && feature < features)) throw new UnknownToEvaluator(`a tree asks for feature ${feature} of ${features}`)
    }
    if (this.#groups.some((group) => !(group >= 0 && group < outputs))) throw new UnknownToEvaluator('a tree adds to an output that is not there')
    return {
      left: Int32Array.from(this.#left), right: Int32Array.from(this.#right), feature: Int32Array.from(this.#feature),
      value: Float64Array.from(this.#value), flags: Uint8Array.from(this.#flags), categoryAt: Int32Array.from(this.#categoryAt),
      categorySize: Int32Array.from(this.#categorySize), categories: Uint32Array.from(this.#categories),
      roots: Int32Array.from(this.#roots), groups: Int32Array.from(this.#groups), outputs, features,
    }
  }
}

/** The words of a set of small integers. */
export function bitSet(members: readonly number[]): number[] {
  const words: number[] = []
  for (const member of members) {
    while (words.length <= member >> 5) words.push(0)
    words[member >> 5] = (words[member >> 5]! | (1 << (member & 31))) >>> 0
  }
  return words
}

export function inSet(forest: Forest, node: number, member: number): boolean {
  const word = member >> 5
  return word < forest.categorySize[node]! && ((forest.categories[forest.categoryAt[node]! + word]! >>> (member & 31)) & 1) === 1
}
