export interface LayoutNode {
  readonly id: string
  readonly width: number
  readonly height: number
}

export interface Placed extends LayoutNode {
  /** Centre. */
  readonly x: number
  readonly y: number
}

export interface Layout {
  readonly nodes: ReadonlyMap<string, Placed>
  /** Corners of each edge's line, from its source to its target, in the order of `edges`. */
  readonly edges: readonly (readonly (readonly [x: number, y: number])[])[]
  readonly width: number
  readonly height: number
}

export interface LayoutOptions {
  /** Between layers, and between neighbours of one layer. */
  readonly gap?: readonly [layer: number, neighbour: number]
  /** Layers below each other, or from left to right. */
  readonly direction?: 'down' | 'right'
}

interface Item {
  readonly node: LayoutNode | undefined
  readonly width: number
  readonly above: Item[]
  readonly below: Item[]
  layer: number
  order: number
  x: number
}

/**
 * Draws a directed graph in layers (Sugiyama, Tagawa, Toda 1981): longest path for the layers,
 * barycentres for the order in them, then a few passes that pull each towards its neighbours while
 * keeping order and distance. Edges that close a cycle are drawn upwards.
 */
export function layeredLayout(nodes: readonly LayoutNode[], edges: readonly (readonly [from: string, to: string])[], options: LayoutOptions = {}): Layout {
  const [layerGap, gap] = options.gap ?? [48, 24]
  const right = options.direction === 'right'
  const across = (node: LayoutNode): number => (right ? node.height : node.width)
  const along = (node: LayoutNode): number => (right ? node.width : node.height)
  const items = new Map(nodes.map((node) => [node.id, { node, width: across(node), above: [], below: [], layer: 0, order: 0, x: 0 } as Item]))
  const known = edges.map(([from, to]) => [items.get(from), items.get(to)] as const)
  assignLayers(items, known)
  const layers: Item[][] = []
  const add = (item: Item): void => {
    const layer = layers[item.layer] ??= []
    item.order = layer.length
    layer.push(item)
  }
  for (const item of items.values()) add(item)
  // An edge over several layers gets a place in each, so that it bends around what lies between.
  const chains = known.map(([from, to]) => {
    if (from === undefined || to === undefined || from === to || from.layer === to.layer) return from === undefined || to === undefined ? [] : [from, to]
    const [high, low] = from.layer < to.layer ? [from, to] : [to, from]
    const chain = [high]
    for (let layer = high.layer + 1; layer < low.layer; layer += 1) {
      const bend: Item = { node: undefined, width: 2, above: [], below: [], layer, order: 0, x: 0 }
      add(bend)
      chain.push(bend)
    }
    chain.push(low)
    for (let index = 1; index < chain.length; index += 1) {
      chain[index - 1]!.below.push(chain[index]!)
      chain[index]!.above.push(chain[index - 1]!)
    }
    return from === high ? chain : chain.toReversed()
  })
  const filled = layers.map((layer) => layer ?? [])
  order(filled)
  place(filled, gap)
  const heights = filled.map((layer) => Math.max(0, ...layer.map(({ node }) => (node === undefined ? 0 : along(node)))))
  const centres: number[] = []
  let depth = 0
  for (const height of heights) {
    centres.push(depth + height / 2)
    depth += height + layerGap
  }
  const least = Math.min(...filled.flat().map((item) => item.x - item.width / 2), 0)
  const most = Math.max(...filled.flat().map((item) => item.x + item.width / 2), 0)
  const point = (x: number, y: number): readonly [number, number] => (right ? [y, x - least] : [x - least, y])
  const placed = new Map<string, Placed>()
  for (const { node, layer, x } of items.values()) {
    const [px, py] = point(x, centres[layer]!)
    placed.set(node!.id, { ...node!, x: px, y: py })
  }
  const lines = chains.map((chain) => chain.flatMap((item, index) => {
    const centre = centres[item.layer]!
    const half = item.node === undefined ? 0 : along(item.node) / 2
    const forward = chain.length < 2 || chain[0]!.layer <= chain.at(-1)!.layer
    if (index === 0) return [point(item.x, centre + (forward ? half : -half))]
    if (index === chain.length - 1) return [point(item.x, centre - (forward ? half : -half))]
    return [point(item.x, centre - heights[item.layer]! / 2), point(item.x, centre + heights[item.layer]! / 2)]
  }))
  const [width, height] = right ? [Math.max(depth - layerGap, 0), most - least] : [most - least, Math.max(depth - layerGap, 0)]
  return { nodes: placed, edges: lines, width, height }
}

/** The longest path from a source decides; an edge back to what is still open is left out of the count. */
function assignLayers(items: ReadonlyMap<string, Item>, edges: readonly (readonly [Item | undefined, Item | undefined])[]): void {
  const next = new Map<Item, Item[]>()
  const waiting = new Map<Item, number>()
  for (const [from, to] of edges) {
    if (from === undefined || to === undefined || from === to) continue
    next.set(from, [...(next.get(from) ?? []), to])
    waiting.set(to, (waiting.get(to) ?? 0) + 1)
  }
  const done = new Set<Item>()
  const ready = [...items.values()].filter((item) => (waiting.get(item) ?? 0) === 0)
  const left = new Set(items.values())
  while (left.size > 0) {
    // Only cycles are left: break one at the node that comes first.
    const item = ready.pop() ?? left.values().next().value!
    if (done.has(item)) continue
    done.add(item)
    left.delete(item)
    for (const to of next.get(item) ?? []) {
      if (done.has(to)) continue
      to.layer = Math.max(to.layer, item.layer + 1)
      waiting.set(to, waiting.get(to)! - 1)
      if (waiting.get(to) === 0) ready.push(to)
    }
  }
}

function order(layers: Item[][]): void {
  for (let sweep = 0; sweep < 8; sweep += 1) {
    const down = sweep % 2 === 0
    const sequence = down ? layers : layers.toReversed()
    for (const layer of sequence) {
      const centre = new Map(layer.map((item) => {
        const near = down ? item.above : item.below
        return [item, near.length === 0 ? item.order : near.reduce((sum, other) => sum + other.order, 0) / near.length]
      }))
      layer.sort((a, b) => centre.get(a)! - centre.get(b)! || a.order - b.order)
      for (const [index, item] of layer.entries()) item.order = index
    }
  }
}

function place(layers: Item[][], gap: number): void {
  const distance = (left: Item, right: Item): number => (left.width + right.width) / 2 + gap
  for (const layer of layers) {
    let x = 0
    for (const [index, item] of layer.entries()) item.x = index === 0 ? 0 : (x += distance(layer[index - 1]!, item))
    for (const item of layer) item.x -= x / 2
  }
  for (let pass = 0; pass < 12; pass += 1) {
    const down = pass % 2 === 0
    for (const layer of down ? layers : layers.toReversed()) {
      const wanted = layer.map((item) => {
        const near = pass > 9 ? [...item.above, ...item.below] : down ? item.above : item.below
        return near.length === 0 ? item.x : near.reduce((sum, other) => sum + other.x, 0) / near.length
      })
      const fromLeft = wanted.slice()
      for (let index = 1; index < layer.length; index += 1) fromLeft[index] = Math.max(fromLeft[index]!, fromLeft[index - 1]! + distance(layer[index - 1]!, layer[index]!))
      const fromRight = wanted.slice()
      for (let index = layer.length - 2; index >= 0; index -= 1) fromRight[index] = Math.min(fromRight[index]!, fromRight[index + 1]! - distance(layer[index]!, layer[index + 1]!))
      // The mean of two placements that keep the distance keeps it too.
      for (const [index, item] of layer.entries()) item.x = (fromLeft[index]! + fromRight[index]!) / 2
    }
  }
}
