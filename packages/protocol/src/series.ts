import { endpoint } from './endpoint.ts'
import { answer, Double, Enum, Int32, Int64, List, message, Str } from './schema.ts'

/**
 * What a chart draws, for many runs and metrics in one call. A line comes as its points while these
 * are few, else as buckets of equal width that keep the extremes: no spike is lost, and a million
 * points cost as much as a thousand. Zooming asks again with `from` and `to`.
 */

/** The axis: the step, the time (milliseconds since the epoch), or the time since the run's start. */
export const seriesAxes = ['step', 'time', 'relative'] as const
export type SeriesAxis = (typeof seriesAxes)[number]

/**
 * Smoothing over every point, before any are put into buckets: a moving average of exponential
 * weights without the bias of its beginning, a normal distribution, or the mean of a window.
 */
export const seriesSmoothings = ['ema', 'gaussian', 'mean'] as const
export type SeriesSmoothing = (typeof seriesSmoothings)[number]

export const seriesDetails = ['buckets', 'extremes'] as const
export type SeriesDetail = (typeof seriesDetails)[number]

export const nonFiniteValues = ['NaN', 'Infinity', '-Infinity'] as const
export type NonFiniteValue = (typeof nonFiniteValues)[number]

const Doubles = List(Double)

/**
 * Points that have no place on a value axis: in buckets one entry for each bucket and value, at the
 * bucket's beginning; among raw points one for each point.
 */
const NonFinite = answer({ x: Doubles, value: List(Enum(nonFiniteValues)), count: Doubles })

const RawPoints = answer({ x: Doubles, value: Doubles })

/** One entry in each list for each bucket that has finite points, in order of x. */
const Buckets = answer({
  /** Where bucket 0 begins and how wide all are: bucket `i` holds `from + i·width ≤ x < from + (i+1)·width`. */
  from: Double, width: Double,
  index: Doubles,
  /** Finite points in the bucket. */
  count: Doubles,
  mean: Doubles,
  min: Doubles, min_x: Doubles, max: Doubles, max_x: Doubles,
  first: Doubles, first_x: Doubles, last: Doubles, last_x: Doubles,
})

/** The same buckets, of which only what a line through its extremes needs. */
const Extremes = answer({
  count: Doubles, min: Doubles, min_x: Doubles, max: Doubles, max_x: Doubles, first_x: Doubles, last_x: Doubles,
  /** The values at the line's ends: at the first `first_x` and the last `last_x`. */
  first: Double, last: Double,
})

export const SeriesSchema = answer({
  run_id: Str, key: Str,
  /** Points in the range that was asked for, those that are not finite included. */
  count: Int64,
  non_finite: NonFinite,
}, {
  /** Exactly one of the three is there. */
  points: RawPoints,
  buckets: Buckets,
  extremes: Extremes,
  /** When smoothing was asked for: the smoothed line, at every point or at up to four of each bucket. */
  smooth: RawPoints,
})

/** Most runs × keys of one request, and most runs × keys × buckets. */
export const seriesLimits = { series: 2000, buckets: 10_000, cells: 2_000_000 } as const

export const getSeries = endpoint({
  name: 'getSeries', method: 'POST', api: 'cairn', path: '/series', group: 'metrics',
  summary: 'Points or buckets of many runs and metrics for charts. Runs and metrics without points are left out.',
  request: message({ run_ids: List(Str), keys: List(Str) }, {
    /** Default `step`. */
    x: Enum(seriesAxes),
    /** The part of the axis that is shown, both ends included; default: all that there is of a key in these runs. */
    from: Double, to: Double,
    /** Buckets in the range, 1 to 10,000; default 1000. Up to four times as many points come as they are. */
    buckets: Int32,
    /** What buckets tell: everything (`buckets`, the default), or their extremes alone, which take less than half of the room (`extremes`). */
    detail: Enum(seriesDetails),
    /** Besides the line as it is, one that is smoothed; default: none. */
    smoothing: Enum(seriesSmoothings),
    /**
     * How much: the weight of what was one usual distance before (the median of the line's, along the axis that is asked
     * for), above 0 and below 1 (`ema`, default 0.6); the standard deviation in
     * points, above 0 and up to 1000 (`gaussian`, default 5); the width in points, 1 to 100,000 (`mean`, default 11).
     */
    smoothing_amount: Double,
    /** `binary` answers `application/octet-stream`; see `decodeSeries`. Default `json`. */
    format: Enum(['json', 'binary']),
    /** Of values in the binary form; `float32` is enough for drawing. Default `float64`. */
    precision: Enum(['float64', 'float32']),
  }),
  response: answer({ series: List(SeriesSchema) }),
})

export const seriesEndpoints = [getSeries] as const

/** Numbers by index: an array from JSON, a typed array from the binary form. */
export type Column = ArrayLike<number>

export interface Series {
  readonly run_id: string
  readonly key: string
  readonly count: number
  readonly non_finite: { readonly x: Column; readonly value: readonly NonFiniteValue[]; readonly count: Column }
  readonly points?: { readonly x: Column; readonly value: Column } | undefined
  readonly buckets?: SeriesBuckets | undefined
  readonly extremes?: SeriesExtremes | undefined
  readonly smooth?: { readonly x: Column; readonly value: Column } | undefined
}

export interface SeriesBuckets {
  readonly from: number
  readonly width: number
  readonly index: Column
  readonly count: Column
  readonly mean: Column
  readonly min: Column
  readonly min_x: Column
  readonly max: Column
  readonly max_x: Column
  readonly first: Column
  readonly first_x: Column
  readonly last: Column
  readonly last_x: Column
}

export interface SeriesExtremes extends Pick<SeriesBuckets, 'count' | 'min' | 'min_x' | 'max' | 'max_x' | 'first_x' | 'last_x'> {
  readonly first: number
  readonly last: number
}
