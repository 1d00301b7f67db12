import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { contourAt, heightAt, surfaceOf } from './surface.ts'

const place = fc.double({ min: 0, max: 1, noNaN: true })
const points = fc.array(fc.record({ x: place, y: place, z: fc.double({ min: -100, max: 100, noNaN: true }) }), { minLength: 1, maxLength: 40 })

describe('a surface through points', () => {
  test('goes through each and never above the highest or below the lowest', () => {
    fc.assert(fc.property(points, place, place, (given, x, y) => {
      const height = heightAt(given, x, y)
      assert.ok(height <= Math.max(...given.map(({ z }) => z)) + 1e-9 && height >= Math.min(...given.map(({ z }) => z)) - 1e-9)
      const [first] = given
      const same = given.filter((one) => (one.x - first!.x) ** 2 + (one.y - first!.y) ** 2 < 1e-12)
      assert.ok(Math.abs(heightAt(given, first!.x, first!.y) - same.reduce((sum, { z }) => sum + z / same.length, 0)) < 1e-6)
    }))
  })

  test('is the plain sum over all points while these are at most twelve', () => {
    fc.assert(fc.property(points.filter(({ length }) => length <= 12), place, place, (given, x, y) => {
      const weights = given.map((one) => 1 / ((one.x - x) ** 2 + (one.y - y) ** 2))
      if (weights.some((weight) => weight > 1e11)) return
      const plain = given.reduce((sum, { z }, at) => sum + z * weights[at]!, 0) / weights.reduce((sum, one) => sum + one, 0)
      assert.ok(Math.abs(heightAt(given, x, y) - plain) < 1e-6)
    }))
  })

  test('has its level wherever a contour runs', () => {
    const plane = { columns: 12, rows: 9, values: Float64Array.from({ length: 108 }, (_, at) => (at % 12) / 11 + 2 * Math.floor(at / 12) / 8) }
    const segments = contourAt(plane, 1.3)
    assert.ok(segments.length > 5)
    for (const [ax, ay, bx, by] of segments) {
      assert.ok(Math.abs(ax + 2 * ay - 1.3) < 1e-9)
      assert.ok(Math.abs(bx + 2 * by - 1.3) < 1e-9)
    }
  })

  test('has contours that end nowhere inside it', () => {
    fc.assert(fc.property(points.filter(({ length }) => length > 3), fc.double({ min: -60, max: 60, noNaN: true }), (given, level) => {
      const ends = new Map<string, number>()
      for (const [ax, ay, bx, by] of contourAt(surfaceOf(given, 9, 7), level)) {
        for (const [x, y] of [[ax, ay], [bx, by]] as const) {
          if (Math.min(x, y, 1 - x, 1 - y) < 1e-9) continue
          const name = `${x.toFixed(9)} ${y.toFixed(9)}`
          ends.set(name, (ends.get(name) ?? 0) + 1)
        }
      }
      assert.deepEqual([...ends.values()].filter((count) => count % 2 !== 0), [])
    }), { numRuns: 40 })
  })
})
