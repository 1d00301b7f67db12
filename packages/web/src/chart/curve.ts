import type { Column, Series } from '@cairn/protocol'

/**
 * What a line chart draws: at each x a value and the lowest and highest that it stands for. Raw
 * points stand for themselves; a bucket keeps its extremes, so no spike is lost.
 */
export interface Curve {
  readonly x: number[]
  readonly value: number[]
  readonly low: number[]
  readonly high: number[]
  /** Where values were that have no place on the axis. */
  readonly marks: readonly { readonly x: number; readonly value: string }[]
  /** Points that all this stands for. */
  readonly count: number
  readonly exact: boolean
  /** The point furthest along the axis, which in a bucket is neither its middle nor its mean. */
  readonly last: Point | undefined
}

export interface Point {
  readonly x: number
  readonly value: number
}

export const noCurve: Curve = { x: [], value: [], low: [], high: [], marks: [], count: 0, exact: true, last: undefined }

export function curveOf(series: Series): Curve {
  const marks = Array.from(series.non_finite.x, (x, index) => ({ x, value: series.non_finite.value[index]! }))
  if (series.points !== undefined) {
    const x = Array.from(series.points.x)
    const value = Array.from(series.points.value)
    return { x, value, low: value, high: value, marks, count: Number(series.count), exact: true, last: lastOf(x, value) }
  }
  const { from, width, index, mean, min, max, last, last_x } = series.buckets!
  return {
    x: Array.from(index, (bucket) => from + (bucket + 0.5) * width),
    value: Array.from(mean), low: Array.from(min), high: Array.from(max),
    marks, count: Number(series.count), exact: false, last: lastOf(last_x, last),
  }
}

function lastOf(x: Column, value: Column): Point | undefined {
  return x.length === 0 ? undefined : { x: x[x.length - 1]!, value: value[value.length - 1]! }
}

/** The curve with points that came since; those before its end sort themselves in. */
export function withPoints(curve: Curve, points: readonly Point[]): Curve {
  const finite = points.filter(({ value }) => Number.isFinite(value))
  const marks = points.filter(({ value }) => !Number.isFinite(value)).map(({ x, value }) => ({ x, value: String(value) }))
  const x = [...curve.x]
  const value = [...curve.value]
  const low = [...curve.low]
  const high = [...curve.high]
  for (const point of finite) {
    let at = x.length
    while (at > 0 && x[at - 1]! > point.x) at -= 1
    x.splice(at, 0, point.x)
    for (const column of [value, low, high]) column.splice(at, 0, point.value)
  }
  const last = finite.reduce((furthest, point) => (furthest !== undefined && furthest.x > point.x ? furthest : point), curve.last)
  return { x, value, low, high, marks: [...curve.marks, ...marks], count: curve.count + points.length, exact: curve.exact, last }
}

/**
 * An answer, with points that came while it was on its way and that it may hold already. Points are
 * told apart; of what lies in buckets everything is drawn, which twice shows nothing new, and those
 * count that are beyond its end: exact for whoever logs in order.
 */
export function joined(answer: Curve, points: readonly Point[]): Curve {
  if (answer.exact) {
    const held = new Set([...answer.x.map((x, index) => `${x} ${answer.value[index]}`), ...answer.marks.map(({ x, value }) => `${x} ${value}`)])
    return withPoints(answer, points.filter(({ x, value }) => !held.has(`${x} ${value}`)))
  }
  const end = answer.last?.x ?? -Infinity
  return { ...withPoints(answer, points), count: answer.count + points.filter(({ x }) => x > end).length }
}
