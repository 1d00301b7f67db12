import type { Int64 } from '@cairn/protocol'
import type { Reader } from '../platform/db/index.ts'
import { readChunkRefs, readPending } from './blocks-store.ts'
import { makePieces, openPiece, type Piece } from './pieces.ts'
import { byTime, makePoints, pointsOf, slice, sort, timestampAt, type Points, type Spot } from './points.ts'

export interface HistoryBounds {
  /** Pieces that may be held whole at once. */
  readonly whole: number
  /** Points held of each further one that overlaps them in time. */
  readonly window: number
}

const defaultBounds: HistoryBounds = { whole: 64, window: 64 }

/**
 * The history of a (run, key) in MLflow's order (timestamp, step, value), in blocks, beginning
 * behind `after`. Chunks are opened when their time comes, so that a history of any length is read
 * in bounded memory: points logged in order touch one chunk at a time, and even ten thousand chunks
 * that all overlap hold 64 points each.
 */
export async function* history(tx: Reader, runId: number, keyId: number, after?: Spot, bounds = defaultBounds): AsyncGenerator<Points> {
  const pending = await readPending(tx, runId, [keyId])
  const pieces = makePieces(await readChunkRefs(tx, runId, keyId), pending.of(keyId))
  const waiting = pieces.map((piece) => new Source(piece, bounds.window)).filter((source) => after === undefined || source.latest >= after.timestamp)
  waiting.sort((a, b) => (a.earliest < b.earliest ? -1 : a.earliest > b.earliest ? 1 : 0))
  const bound = after && pointsOf([after])
  const open = new Heap()
  let next = 0
  for (;;) {
    while (next < waiting.length && (open.size === 0 || waiting[next]!.earliest <= open.top.timestamp)) {
      const source = waiting[next++]!
      await source.load(tx, open.size < bounds.whole, bound)
      if (source.left > 0) open.push(source)
    }
    if (open.size === 0) {
      if (next >= waiting.length) return
      continue
    }
    const limit = next < waiting.length ? waiting[next]!.earliest : undefined
    if (open.size === 1) {
      const block = open.top.takeBefore(limit)
      yield block
    } else yield merge(open, limit)
    if (open.top.left === 0) {
      const source = open.top
      await source.load(tx, open.size < bounds.whole, bound)
      if (source.left > 0) open.sink()
      else open.pop()
    }
  }
}

/** Points from the open sources until one of them runs dry, the limit is reached or a block is full. */
function merge(open: Heap, limit: Int64 | undefined): Points {
  const size = 1024
  const block = makePoints(size, open.some((source) => source.buffer.exact !== undefined))
  let count = 0
  while (count < size) {
    const source = open.top
    if (source.left === 0 || (limit !== undefined && source.timestamp >= limit)) break
    source.copyTo(block, count++)
    if (source.left > 0) open.sink()
  }
  return slice(block, 0, count)
}

/** A piece that is being read in the order of time. */
class Source {
  readonly #piece: Piece
  readonly #window: number
  readonly earliest: Int64
  readonly latest: Int64
  buffer: Points
  at = 0
  /** How many of the piece's points, by time, the buffers so far have held. */
  #taken = 0
  #ended = false

  constructor(piece: Piece, window: number) {
    this.#piece = piece
    this.#window = window
    const own = piece.points && sort(piece.points, byTime)
    const summary = piece.chunk?.summary
    let earliest = summary?.minTimestamp
    let latest = summary?.maxTimestamp
    if (own !== undefined) {
      const first = timestampAt(own, 0)
      const last = timestampAt(own, own.count - 1)
      earliest = earliest === undefined || first < earliest ? first : earliest
      latest = latest === undefined || last > latest ? last : latest
    }
    this.earliest = earliest!
    this.latest = latest!
    this.buffer = makePoints(0, false)
  }

  get left(): number {
    return this.buffer.count - this.at
  }

  get timestamp(): Int64 {
    return timestampAt(this.buffer, this.at)
  }

  /** Fills the buffer with what comes next: all that is left, or a window of it. */
  async load(tx: Reader, whole: boolean, after: Points | undefined): Promise<void> {
    this.at = 0
    if (this.#ended) {
      this.buffer = makePoints(0, false)
      return
    }
    const points = sort(await openPiece(tx, this.#piece), byTime)
    let from = this.#taken
    if (from === 0 && after !== undefined) from = firstAfter(points, after)
    const to = whole ? points.count : Math.min(points.count, from + this.#window)
    this.#taken = to
    this.#ended = to === points.count
    // A slice of a whole chunk would keep all of it in memory.
    this.buffer = to - from < points.count && !whole ? copy(slice(points, from, to)) : slice(points, from, to)
  }

  /** What lies before `limit`, at once; at least one point when called with something left. */
  takeBefore(limit: Int64 | undefined): Points {
    let to = this.buffer.count
    if (limit !== undefined && timestampAt(this.buffer, to - 1) >= limit) {
      to = this.at
      while (timestampAt(this.buffer, to) < limit) to += 1
    }
    const block = slice(this.buffer, this.at, to)
    this.at = to
    return block
  }

  copyTo(block: Points, index: number): void {
    const { buffer, at } = this
    block.steps[index] = buffer.steps[at]!
    block.timestamps[index] = buffer.timestamps[at]!
    block.values[index] = buffer.values[at]!
    if (block.exact !== undefined) {
      block.exact.steps[index] = buffer.exact?.steps[at] ?? BigInt(buffer.steps[at]!)
      block.exact.timestamps[index] = buffer.exact?.timestamps[at] ?? BigInt(buffer.timestamps[at]!)
    }
    this.at += 1
  }
}

function firstAfter(points: Points, after: Points): number {
  let low = 0
  let high = points.count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (byTime(points, middle, after, 0) > 0) high = middle
    else low = middle + 1
  }
  return low
}

function copy(points: Points): Points {
  return {
    count: points.count, steps: points.steps.slice(), timestamps: points.timestamps.slice(), values: points.values.slice(),
    exact: points.exact && { steps: points.exact.steps.slice(), timestamps: points.exact.timestamps.slice() },
  }
}

/** Sources by their next point, the earliest on top. */
class Heap {
  readonly #items: Source[] = []

  get size(): number {
    return this.#items.length
  }

  get top(): Source {
    return this.#items[0]!
  }

  some(test: (source: Source) => boolean): boolean {
    return this.#items.some(test)
  }

  push(source: Source): void {
    const items = this.#items
    let at = items.length
    items.push(source)
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (before(items[parent]!, source)) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = source
  }

  pop(): void {
    const last = this.#items.pop()!
    if (this.#items.length === 0) return
    this.#items[0] = last
    this.sink()
  }

  /** Puts the top where it belongs after its next point has changed. */
  sink(): void {
    const items = this.#items
    const source = items[0]!
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child += 1
      if (before(source, items[child]!)) break
      items[at] = items[child]!
      at = child
    }
    items[at] = source
  }
}

const before = (a: Source, b: Source): boolean => byTime(a.buffer, a.at, b.buffer, b.at) <= 0
