/** The runs and points of the benchmarks: made from their number alone, so every server gets the same. */
export interface Shape {
  readonly metrics: number
  readonly params: number
  readonly tags: number
}

/** What a training script with autologging leaves behind. */
export const wideRuns: Shape = { metrics: 20, params: 20, tags: 5 }
/** For the large sets, so that seeding them takes minutes, not an hour. */
export const narrowRuns: Shape = { metrics: 8, params: 8, tags: 5 }

export interface RunData {
  readonly name: string
  readonly startTime: number
  readonly endTime: number
  readonly metrics: readonly { key: string; value: number; timestamp: number; step: number }[]
  readonly params: readonly { key: string; value: string }[]
  readonly tags: readonly { key: string; value: string }[]
}

const epoch = 1_700_000_000_000
const two = (n: number) => String(n).padStart(2, '0')

/** A well-mixed 32-bit number for a pair of small ones. */
export function mix(a: number, b: number): number {
  let x = Math.imul(a + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}

/** In [0, 1), with all 53 bits of a double in use, as measured values have. */
export const fraction = (a: number, b: number): number => (mix(a, b) * 2 ** 21 + (mix(b, a) & 0x1fffff)) / 2 ** 53

export function runData(number: number, shape: Shape): RunData {
  const startTime = epoch + number * 1000
  const list = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))
  return {
    name: `run-${String(number).padStart(7, '0')}`,
    startTime,
    endTime: startTime + 60_000,
    metrics: list(shape.metrics, i => ({ key: `m${two(i)}`, value: fraction(number, i), timestamp: startTime + 59_000 + i, step: 100 })),
    params: list(shape.params, i => ({ key: `p${two(i)}`, value: `v${mix(number, 1000 + i) % 100}` })),
    tags: list(shape.tags, i => ({ key: `t${two(i)}`, value: `team-${two(mix(number, 2000 + i) % 100)}-${mix(number, 3000 + i) % 2 ? 'blue' : 'green'}` })),
  }
}

/** The long curve: noise around a falling line, with spikes that a good chart must not lose. */
export const curve = { key: 'loss', spikeEvery: 25_013 }

export const curvePoint = (i: number) => ({
  value: i % curve.spikeEvery === curve.spikeEvery - 1 ? spike(i) : 1 + fraction(i, 77) / 10,
  timestamp: epoch + i * 1000,
  step: i,
})

/** Up and down in turn, each with a value of its own. */
export const spike = (i: number): number => (Math.floor(i / curve.spikeEvery) % 2 === 0 ? 1 : -1) * (100 + Math.floor(i / curve.spikeEvery))

export const spikes = (points: number): number[] =>
  Array.from({ length: Math.floor(points / curve.spikeEvery) }, (_, n) => spike((n + 1) * curve.spikeEvery - 1))
