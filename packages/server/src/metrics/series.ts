import { smoothCurve, type Curve, type NonFiniteValue, type Series, type SeriesAxis, type SeriesBuckets, type SeriesDetail, type SeriesExtremes, type Smoothing } from '@cairn/protocol'
import { findKey } from '../keys/index.ts'
import type { Reader } from '../platform/db/index.ts'
import { readChunkRefsOf, readPendingOf } from './blocks-store.ts'
import { bucketOf, Buckets, makeGrid, otherName, type Grid } from './buckets.ts'
import { decodeChunk, decodeCurve } from './chunk.ts'
import { ChunksAhead } from './chunks-ahead.ts'
import { corners, finiteCurve } from './curves.ts'
import { makePieces, openPieceWith, type Piece } from './pieces.ts'
import { byStep, byTime, concat, noPoints, slice, sort, type Points, type Spot } from './points.ts'
import { findRuns } from './run-view.ts'

export interface SeriesQuery {
  readonly run_ids: readonly string[]
  readonly keys: readonly string[]
  readonly x: SeriesAxis
  readonly from: number | undefined
  readonly to: number | undefined
  readonly buckets: number
  /** When there are no more points than so many for each bucket, they are sent as they are. */
  readonly rawPerBucket: number
  /** Default: everything of each bucket. */
  readonly detail?: SeriesDetail | undefined
  readonly smoothing?: Smoothing | undefined
}

/** One line: the pieces of a (run, key), and what is taken from its timestamps to get x. */
interface Line {
  readonly runId: string
  readonly key: string
  readonly pieces: readonly PieceRange[]
  readonly shift: number
}

interface PieceRange {
  readonly piece: Piece
  /** Least and greatest x, before the shift. */
  readonly low: number
  readonly high: number
}

/**
 * The lines of a chart. Lines of one key share their buckets, so that they can be compared and
 * averaged. A chunk that lies in one bucket gives its summary; the others are opened.
 */
export async function* readSeries(tx: Reader, query: SeriesQuery): AsyncGenerator<Series> {
  const lines = await findLines(tx, query)
  for (const key of query.keys) {
    const own = lines.filter((line) => line.key === key)
    let from = Infinity
    let to = -Infinity
    for (const { pieces, shift } of own) {
      for (const { low, high } of pieces) {
        if (low - shift < from) from = low - shift
        if (high - shift > to) to = high - shift
      }
    }
    // Every x is an integer.
    from = query.from === undefined ? from : Math.ceil(query.from)
    to = query.to === undefined ? to : Math.floor(query.to)
    if (!(from <= to)) continue
    const grid = makeGrid(from, to, query.buckets)
    const chunks = new ChunksAhead(tx, own.flatMap((line) => chunksOf(query, line, grid, to)))
    for (const line of own) {
      const series = await readLine(chunks, query, line, grid, to)
      if (series.count > 0) yield series
    }
  }
}

async function findLines(tx: Reader, query: SeriesQuery): Promise<Line[]> {
  const keyIds = new Map<string, number>()
  for (const key of query.keys) {
    const id = await findKey(tx, key)
    if (id !== undefined) keyIds.set(key, id)
  }
  const lines: Line[] = []
  if (keyIds.size === 0) return lines
  const ids = [...keyIds.values()]
  const runs = await findRuns(tx, query.run_ids)
  const runIds = [...runs.values()].map(({ id }) => id)
  const pending = await readPendingOf(tx, runIds, ids)
  const refs = await readChunkRefsOf(tx, runIds, ids)
  for (const runId of query.run_ids) {
    const run = runs.get(runId)
    if (run === undefined) continue
    for (const [key, keyId] of keyIds) {
      const pieces = makePieces(refs.get(run.id)?.get(keyId) ?? [], pending.get(run.id)?.of(keyId) ?? noPoints)
      if (pieces.length === 0) continue
      lines.push({
        runId, key, shift: query.x === 'relative' ? Number(run.startTime) : 0,
        pieces: pieces.map((piece) => rangeOf(piece, query.x)),
      })
    }
  }
  return lines
}

function rangeOf(piece: Piece, axis: SeriesAxis): PieceRange {
  const { chunk, points } = piece
  let low = Infinity
  let high = -Infinity
  if (chunk !== undefined) {
    low = Number(axis === 'step' ? chunk.summary.first.step : chunk.summary.minTimestamp)
    high = Number(axis === 'step' ? chunk.summary.last.step : chunk.summary.maxTimestamp)
  }
  if (points !== undefined) {
    for (const x of xsOf(points, axis)) {
      if (x < low) low = x
      if (x > high) high = x
    }
  }
  return { piece, low, high }
}

const xsOf = (points: Points, axis: SeriesAxis): Float64Array => (axis === 'step' ? points.steps : points.timestamps)

/** A line's part of the grid that its chart shows, and its pieces there. */
function within(line: Line, shown: Grid, shownTo: number): { grid: Grid; to: number; pieces: readonly PieceRange[] } {
  const grid = { ...shown, from: shown.from + line.shift }
  const to = shownTo + line.shift
  return { grid, to, pieces: line.pieces.filter(({ low, high }) => low <= to && high >= grid.from) }
}

/** Whether a piece is a chunk whose points lie in the order of x. */
const isAsStored = ({ chunk, points }: Piece, axis: SeriesAxis): boolean => chunk !== undefined && points === undefined && (axis === 'step' || chunk.summary.monotone)

/** Whether a bucket takes a piece by its summary. */
const isSummed = ({ piece, low, high }: PieceRange, axis: SeriesAxis, grid: Grid, to: number): boolean =>
  isAsStored(piece, axis) && low >= grid.from && high <= to && bucketOf(grid, low) === bucketOf(grid, high)

/** The chunks of a line that have to be opened, in order. */
function chunksOf(query: SeriesQuery, line: Line, shown: Grid, shownTo: number): number[] {
  const { grid, to, pieces } = within(line, shown, shownTo)
  const needed = query.smoothing !== undefined ? line.pieces : mayBeRaw(query, pieces, grid.from, to) ? pieces : pieces.filter((range) => !isSummed(range, query.x, grid, to))
  return needed.flatMap(({ piece: { chunk } }) => (chunk === undefined ? [] : [chunk.id]))
}

async function readLine(chunks: ChunksAhead, query: SeriesQuery, line: Line, shown: Grid, shownTo: number): Promise<Series> {
  const { grid, to, pieces } = within(line, shown, shownTo)
  // What smoothing has opened, which is all, is not opened again for the line itself.
  const opened = query.smoothing === undefined ? undefined : new Map<Piece, Curve>()
  for (const { piece } of opened === undefined ? [] : line.pieces) opened!.set(piece, await openCurve(chunks, query.x, piece))
  const base = {
    run_id: line.runId, key: line.key,
    ...(opened !== undefined && { smooth: smoothLine(query, query.smoothing!, [...opened.values()], line.shift, grid, to) }),
  }
  const raw = await readRaw(chunks, query, pieces, grid.from, to)
  if (raw !== undefined) return { ...base, ...finishRaw(raw, xsOf(raw, query.x), line.shift) }
  const buckets = new Buckets(grid)
  const spotX = query.x === 'step' ? (spot: Spot) => Number(spot.step) : (spot: Spot) => Number(spot.timestamp)
  for (const range of pieces) {
    const { piece } = range
    if (isSummed(range, query.x, grid, to)) buckets.addSummary(bucketOf(grid, range.low), piece.chunk!.summary, spotX)
    else addCurve(buckets, between(opened?.get(piece) ?? await openCurve(chunks, query.x, piece), grid.from, to))
  }
  const { buckets: filled, ...rest } = buckets.finish(line.shift)
  return query.detail === 'extremes' ? { ...base, ...rest, extremes: extremesOf(filled) } : { ...base, ...rest, buckets: filled }
}

const extremesOf = ({ count, min, min_x, max, max_x, first_x, last_x, first, last }: SeriesBuckets): SeriesExtremes =>
  ({ count, min, min_x, max, max_x, first_x, last_x, first: first[0] ?? 0, last: last[last.length - 1] ?? 0 })

/** The smoothed line of the range, which takes all that was before it, and for some kinds all that comes. */
function smoothLine(query: SeriesQuery, smoothing: Smoothing, curves: readonly Curve[], by: number, grid: Grid, to: number): { x: Float64Array; value: Float64Array } {
  const all = between(smoothCurve(finiteCurve(curves), smoothing), grid.from, to)
  const shift = (xs: Float64Array): Float64Array => (by === 0 ? xs : xs.map((x) => x - by))
  if (all.xs.length <= query.buckets * query.rawPerBucket) return { x: shift(all.xs), value: all.values }
  const buckets = new Buckets(grid)
  addCurve(buckets, all)
  const { x, value } = corners(buckets.finish(0).buckets)
  return { x: shift(x), value }
}

/** A piece's points in the range, sorted by x. */
async function openBetween(chunks: ChunksAhead, axis: SeriesAxis, piece: Piece, from: number, to: number): Promise<Points> {
  const points = sort(await open(chunks, piece), axis === 'step' ? byStep : byTime)
  const xs = xsOf(points, axis)
  return slice(points, firstAt(xs, 0, from), firstAbove(xs, 0, to))
}

/** A piece's values by x. */
async function openCurve(chunks: ChunksAhead, axis: SeriesAxis, piece: Piece): Promise<Curve> {
  if (isAsStored(piece, axis)) return decodeCurve(await chunks.bytes(piece.chunk!.id), axis === 'step' ? 'steps' : 'timestamps')
  const points = sort(await open(chunks, piece), axis === 'step' ? byStep : byTime)
  return { xs: xsOf(points, axis), values: points.values }
}

const open = (chunks: ChunksAhead, piece: Piece): Promise<Points> => openPieceWith(async (id) => decodeChunk(await chunks.bytes(id)), piece)

function between({ xs, values }: Curve, from: number, to: number): Curve {
  const start = firstAt(xs, 0, from)
  const end = firstAbove(xs, start, to)
  return { xs: xs.subarray(start, end), values: values.subarray(start, end) }
}

function addCurve(buckets: Buckets, curve: Curve): void {
  const { grid } = buckets
  const { xs } = curve
  let from = 0
  while (from < xs.length) {
    const bucket = bucketOf(grid, xs[from]!)
    const end = bucket === grid.count - 1 ? xs.length : Math.max(from + 1, firstAt(xs, from, grid.from + (bucket + 1) * grid.width))
    buckets.addPoints(bucket, curve, from, end)
    from = end
  }
}

/** So many points of a line are sent as they are. */
const mostRaw = ({ buckets, rawPerBucket }: SeriesQuery): number => buckets * rawPerBucket

/** Whether those that are known to be in the range are few enough. */
function mayBeRaw(query: SeriesQuery, pieces: readonly PieceRange[], from: number, to: number): boolean {
  let inside = 0
  for (const { piece, low, high } of pieces) {
    if (low >= from && high <= to) inside += piece.chunk?.summary.count ?? piece.points!.count
  }
  return inside <= mostRaw(query)
}

/** All points in the range when they are few enough, sorted by x. */
async function readRaw(chunks: ChunksAhead, query: SeriesQuery, pieces: readonly PieceRange[], from: number, to: number): Promise<Points | undefined> {
  if (!mayBeRaw(query, pieces, from, to)) return undefined
  const parts: Points[] = []
  let count = 0
  for (const { piece } of pieces) {
    const points = await openBetween(chunks, query.x, piece, from, to)
    count += points.count
    if (count > mostRaw(query)) return undefined
    parts.push(points)
  }
  return sort(concat(parts), query.x === 'step' ? byStep : byTime)
}

function finishRaw(points: Points, xs: Float64Array, shift: number): Pick<Series, 'count' | 'points' | 'non_finite'> {
  const { values, count } = points
  const others = { x: [] as number[], value: [] as NonFiniteValue[], count: [] as number[] }
  for (let index = 0; index < count; index += 1) {
    if (Number.isFinite(values[index]!)) continue
    others.x.push(xs[index]! - shift)
    others.value.push(otherName(values[index]!))
    others.count.push(1)
  }
  const isFinite = (_: number, index: number): boolean => Number.isFinite(values[index]!)
  const x = others.x.length === 0 ? xs : xs.filter(isFinite)
  return {
    count, non_finite: others,
    points: { x: shift === 0 ? x : x.map((value) => value - shift), value: others.x.length === 0 ? values : values.filter(isFinite) },
  }
}

/** The first index from `low` on with x at or above `bound`. */
function firstAt(xs: Float64Array, low: number, bound: number): number {
  let high = xs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (xs[middle]! >= bound) high = middle
    else low = middle + 1
  }
  return low
}

function firstAbove(xs: Float64Array, low: number, bound: number): number {
  let high = xs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (xs[middle]! > bound) high = middle
    else low = middle + 1
  }
  return low
}
