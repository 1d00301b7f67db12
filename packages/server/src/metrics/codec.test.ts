import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { chunkLimit, cutChunks, decodeChunk, decodeSummary, encodeChunk, encodeSummary, summarize } from './chunk.ts'
import { CorruptBlock } from './columns.ts'
import { byStep, compareSpots, pointsOf, sortUnique, spotAt, type Points, type Spot } from './points.ts'
import { encodeGroups, encodeSegment, packPoints, segmentGroups, segmentPoints } from './segment.ts'
import { anySpot } from './testing.ts'

const spotsOf = (points: Points): Spot[] => Array.from({ length: points.count }, (_, index) => spotAt(points, index))
const anyKey = fc.constantFrom('loss', 'acc', 'val/loss', 'системная метрика')

describe('segments', () => {
  it('give back every point of every key in order of arrival', () => {
    fc.assert(fc.property(fc.array(fc.tuple(anyKey, anySpot), { maxLength: 200 }), (logged) => {
      const packed = packPoints(logged.map(([key, spot]) => ({ key, ...spot })))
      const ids = packed.keys.map((_, index) => 7 + index * 200)
      const bytes = encodeSegment(ids, structuredClone(packed).body)
      const groups = segmentGroups(bytes)
      assert.equal(groups.size, packed.keys.length)
      packed.keys.forEach((key, index) => {
        const expected = logged.filter(([name]) => name === key).map(([, spot]) => spot)
        assert.deepEqual(spotsOf(groups.get(ids[index]!)!), expected)
        assert.deepEqual(spotsOf(segmentPoints(bytes, ids[index]!)!), expected)
      })
      assert.equal(segmentPoints(bytes, 3), undefined)
      const again = segmentGroups(encodeGroups(groups))
      for (const [id, points] of groups) assert.deepEqual(spotsOf(again.get(id)!), spotsOf(points))
    }))
  })

  it('name the latest point of each key by step, timestamp and value, NaN counting as 0', () => {
    const { keys, latest } = packPoints([
      { key: 'a', value: 5, timestamp: 10, step: 3 }, { key: 'b', value: 1, timestamp: 1 },
      { key: 'a', value: NaN, timestamp: 11, step: 3 }, { key: 'a', value: -1, timestamp: 11, step: 3 },
      { key: 'a', value: 9, timestamp: 99, step: 2 }, { key: 'b', value: 2, timestamp: 1 },
    ])
    assert.deepEqual({ keys, ...latest }, { keys: ['a', 'b'], steps: [3, 0], timestamps: [11, 1], values: [NaN, 2] })
  })

  it('take at most 11 bytes for a point of a training loop and 24 for a single point', () => {
    const loop = packPoints(Array.from({ length: 1000 }, (_, index) => ({
      key: `metric ${index % 10}`, value: Math.random(), timestamp: 1_764_000_000_000 + index * 37 + index % 7, step: 5_000 + Math.floor(index / 10),
    })))
    assert.ok(encodeSegment(loop.keys.map((_, index) => 100 + index), loop.body).length <= 11_000)
    const one = packPoints([{ key: 'loss', value: 0.1, timestamp: 1_764_000_000_000, step: 100_000 }])
    assert.ok(encodeSegment([300], one.body).length <= 24)
  })
})

describe('chunks', () => {
  it('give back their points exactly, and their summary says what a look at the points says', () => {
    fc.assert(fc.property(fc.array(anySpot, { minLength: 1, maxLength: 60 }), (spots) => {
      const points = sortUnique(pointsOf(spots))
      assert.deepEqual(spotsOf(decodeChunk(encodeChunk(points))), spotsOf(points))
      const summary = summarize(points)
      assert.deepEqual(decodeSummary(encodeSummary(summary)), summary)
      const all = spotsOf(points)
      const finite = all.filter(({ value }) => Number.isFinite(value))
      assert.equal(summary.count, all.length)
      assert.deepEqual([summary.first, summary.last], [all[0], all.at(-1)])
      assert.equal(summary.finite?.count ?? 0, finite.length)
      assert.equal(summary.nan, all.filter(({ value }) => Number.isNaN(value)).length)
      assert.equal(summary.positiveInfinity, all.filter(({ value }) => value === Infinity).length)
      assert.equal(summary.negativeInfinity, all.filter(({ value }) => value === -Infinity).length)
      const times = all.map(({ timestamp }) => BigInt(timestamp))
      assert.equal(BigInt(summary.minTimestamp), times.reduce((a, b) => (b < a ? b : a)))
      assert.equal(BigInt(summary.maxTimestamp), times.reduce((a, b) => (b > a ? b : a)))
      assert.equal(summary.monotone, times.every((time, index) => index === 0 || times[index - 1]! <= time))
      if (summary.finite !== undefined) {
        assert.deepEqual([summary.finite.first, summary.finite.last], [finite[0], finite.at(-1)])
        assert.equal(summary.finite.min.value, Math.min(...finite.map(({ value }) => value)))
        assert.equal(summary.finite.max.value, Math.max(...finite.map(({ value }) => value)))
        assert.ok(Number.isFinite(summary.finite.mean))
      }
    }))
  })

  it('take at most 10.2 bytes for a point, summary included, with jittering timestamps', () => {
    const points = pointsOf(Array.from({ length: chunkLimit }, (_, index) => ({
      step: index, timestamp: 1_764_000_000_000 + index * 40 + Math.floor(Math.random() * 20), value: Math.random(),
    })))
    assert.ok(encodeChunk(points).length + encodeSummary(summarize(points)).length <= 10.2 * chunkLimit)
  })

  it('are cut into equal parts within the limit', () => {
    const points = pointsOf(Array.from({ length: 2 * chunkLimit + 1 }, (_, step) => ({ step, timestamp: 0, value: step })))
    assert.deepEqual(cutChunks(points).map((part) => part.count), [667, 667, 667])
  })

  it('cut short or of another version are refused, never misread', () => {
    const points = pointsOf([{ step: 1, timestamp: 2, value: 3 }, { step: 2, timestamp: 3, value: 4 }, { step: 9, timestamp: 5, value: 4 }])
    const chunk = encodeChunk(points)
    const segment = encodeGroups(new Map([[1, points]]))
    for (const [bytes, decode] of [[chunk, decodeChunk], [segment, segmentGroups]] as const) {
      for (let length = 0; length < bytes.length; length += 1) assert.throws(() => decode(bytes.slice(0, length)), CorruptBlock)
      assert.throws(() => decode(Uint8Array.of(9, ...bytes.slice(1))), CorruptBlock)
    }
  })

  it('and bundles of which one bit is another are refused, and those of before checksums are read', () => {
    const points = pointsOf([{ step: 1, timestamp: 2, value: 3 }, { step: 2, timestamp: 3, value: 4 }, { step: 9, timestamp: 5, value: 4 }])
    const chunk = encodeChunk(points)
    const segment = encodeGroups(new Map([[1, points]]))
    for (const [bytes, decode] of [[chunk, decodeChunk], [segment, segmentGroups]] as const) {
      for (let bit = 8; bit < bytes.length * 8; bit += 1) {
        const damaged = bytes.slice()
        damaged[bit >>> 3]! ^= 1 << (bit & 7)
        assert.throws(() => decode(damaged), CorruptBlock, `bit ${bit}`)
      }
    }
    assert.deepEqual(spotsOf(decodeChunk(Uint8Array.of(1, 0, 0, 0, ...chunk.slice(4)))), spotsOf(points))
    assert.deepEqual(spotsOf(segmentGroups(Uint8Array.of(1, ...segment.slice(4))).get(1)!), spotsOf(points))
  })
})

it('exact duplicates are dropped as MLflow drops them: NaN once, apart from 0, Infinity as the largest double', () => {
  const at = (value: number): Spot => ({ step: 1, timestamp: 1, value })
  const unique = sortUnique(pointsOf([at(NaN), at(0), at(Number.MAX_VALUE), at(NaN), at(0), at(Infinity), at(-Infinity), at(7)]))
  assert.deepEqual([...unique.values], [-Infinity, 0, NaN, 7, Infinity])
  fc.assert(fc.property(fc.array(anySpot, { maxLength: 50 }), (spots) => {
    const sorted = spotsOf(sortUnique(pointsOf(spots)))
    for (let index = 1; index < sorted.length; index += 1) assert.ok(compareSpots(sorted[index - 1]!, sorted[index]!) < 0)
    for (const spot of spots) assert.ok(sorted.some((kept) => compareSpots(kept, spot) === 0))
    const points = pointsOf(spots)
    for (let i = 0; i < spots.length; i += 1) {
      for (let j = 0; j < spots.length; j += 1) {
        assert.equal(Math.sign(byStep(points, i, points, j)), Math.sign(compareSpots(spots[i]!, spots[j]!)))
      }
    }
  }))
})
