/**
 * How long requests took, as counts in buckets, so that what several processes saw can be added up:
 * percentiles cannot. Bucket `n` holds what took up to `2 ** (n / 8) / 100` milliseconds (and more
 * than bucket `n - 1`): 9 % wide, from 10 µs on. On the wire it is a flat list `[bucket, count, bucket, count, …]`.
 */
export type Latencies = ReadonlyMap<number, number>

const perDoubling = 8
const smallestMs = 0.01
/** Some 50 hours; what takes longer counts here. */
const last = 264

export const latencyBucket = (ms: number): number => (ms > smallestMs ? Math.min(last, Math.ceil(Math.log2(ms / smallestMs) * perDoubling)) : 0)
/** The longest of a bucket, in milliseconds. */
export const latencyOf = (bucket: number): number => smallestMs * 2 ** (bucket / perDoubling)

export function addLatency(latencies: Map<number, number>, ms: number): void {
  const bucket = latencyBucket(ms)
  latencies.set(bucket, (latencies.get(bucket) ?? 0) + 1)
}

export function sumOfLatencies(all: Iterable<Latencies>): Map<number, number> {
  const sum = new Map<number, number>()
  for (const one of all) for (const [bucket, count] of one) sum.set(bucket, (sum.get(bucket) ?? 0) + count)
  return sum
}

export function countOfLatencies(latencies: Latencies): number {
  let count = 0
  for (const one of latencies.values()) count += one
  return count
}

/** How many were certainly longer: those of buckets that begin at `ms` or later. */
export function slowerThan(latencies: Latencies, ms: number): number {
  const limit = latencyBucket(ms)
  let slow = 0
  for (const [bucket, count] of latencies) if (bucket > limit) slow += count
  return slow
}

/** Milliseconds that the given share (0 to 1) of the requests did not exceed, to the bucket's width; 0 where there were none. */
export function latencyQuantile(latencies: Latencies, share: number): number {
  // The one that stands at this place when they are sorted, as in a list of them.
  let place = Math.min(countOfLatencies(latencies) - 1, Math.floor(countOfLatencies(latencies) * share))
  if (place < 0) return 0
  for (const [bucket, count] of [...latencies].toSorted(([a], [b]) => a - b)) {
    place -= count
    if (place < 0) return latencyOf(bucket)
  }
  return 0
}

export const writeLatencies = (latencies: Latencies): number[] => [...latencies].toSorted(([a], [b]) => a - b).flat()

/** What is no list of buckets and counts counts for nothing. */
export function readLatencies(list: readonly (number | bigint)[] | undefined): Map<number, number> {
  const latencies = new Map<number, number>()
  for (let at = 0; at + 1 < (list?.length ?? 0); at += 2) {
    const [bucket, count] = [Number(list![at]), Number(list![at + 1])]
    if (Number.isInteger(bucket) && bucket >= 0 && bucket <= last && count > 0) latencies.set(bucket, (latencies.get(bucket) ?? 0) + count)
  }
  return latencies
}
