import { encodeSeries, seriesEnd, seriesHead, type Column, type Precision, type Series } from '@cairn/protocol'
import type { Reader } from '../platform/db/index.ts'
import { readSeries, type SeriesQuery } from './series.ts'

/** Four points take no more room than a bucket does. */
export const rawPerBucket = 4

export interface SeriesRequest extends SeriesQuery {
  readonly format: 'json' | 'binary'
  readonly precision: Precision
}

/** The answer of the series endpoint, one piece or more for each 64 KB. */
export async function* renderSeries(tx: Reader, request: SeriesRequest): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let size = 0
  const add = (part: Uint8Array): void => {
    parts.push(part)
    size += part.length
  }
  const binary = request.format === 'binary'
  let empty = true
  add(binary ? seriesHead(request.precision) : encoder.encode('{"series": ['))
  for await (const series of readSeries(tx, request)) {
    if (binary) add(encodeSeries(series, request.precision))
    else add(encoder.encode(`${empty ? '' : ', '}${seriesJson(series)}`))
    empty = false
    if (size >= 65_536) {
      yield join(parts, size)
      parts = []
      size = 0
    }
  }
  add(binary ? seriesEnd() : encoder.encode(']}'))
  yield join(parts, size)
}

const encoder = new TextEncoder()

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** `JSON.stringify` would need every column copied into an array first. */
function seriesJson({ run_id: runId, key, count, non_finite: others, points, buckets, extremes, smooth }: Series): string {
  const head = `{"run_id": ${JSON.stringify(runId)}, "key": ${JSON.stringify(key)}, "count": ${count}, "non_finite": ${JSON.stringify(others)}`
  const tail = smooth === undefined ? '}' : `, "smooth": {"x": ${list(smooth.x)}, "value": ${list(smooth.value)}}}`
  if (points !== undefined) return `${head}, "points": {"x": ${list(points.x)}, "value": ${list(points.value)}}${tail}`
  const columns = Object.entries((buckets ?? extremes)!).map(([name, column]: [string, number | Column]) =>
    `"${name}": ${typeof column === 'number' ? column : list(column)}`)
  return `${head}, "${buckets === undefined ? 'extremes' : 'buckets'}": {${columns.join(', ')}}${tail}`
}

const list = (column: Column): string => `[${Array.prototype.join.call(column, ',')}]`
