/** Latencies of any number of requests in a few kilobytes: buckets a fiftieth apart. */
export class Latencies {
  readonly #counts = new Uint32Array(1500)
  count = 0
  maxMs = 0

  add(ms: number): void {
    this.#counts[bucketOf(ms)]! += 1
    this.count += 1
    if (ms > this.maxMs) this.maxMs = ms
  }

  /** The upper end of the bucket that holds the share, in ms; NaN of nothing. */
  percentile(share: number): number {
    let left = Math.ceil(this.count * share)
    if (left === 0) return Number.NaN
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0) return Math.min(0.01 * 1.02 ** bucket, this.maxMs)
    }
    return this.maxMs
  }
}

const bucketOf = (ms: number): number => Math.min(1499, Math.max(0, Math.ceil(Math.log(ms / 0.01) / Math.log(1.02))))
