import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeScale, padded, pinched, scaleKinds, zoomed } from './scale.ts'

test('a pixel leads back to its value on every kind of axis', () => {
  fc.assert(fc.property(fc.constantFrom(...scaleKinds), fc.double({ min: 1e-3, max: 1e3, noNaN: true }), fc.double({ min: 1.01, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (kind, low, factor, part) => {
    const scale = makeScale(kind, [kind === 'log' ? low : -low, low * factor], [10, 510])
    const pixel = 10 + part * 500
    assert.ok(Math.abs(scale.at(scale.invert(pixel)) - pixel) < 1e-3)
  }))
})

test('what has no logarithm lies below the axis, and a single value in its middle', () => {
  assert.equal(makeScale('log', [1, 100], [200, 0]).at(-5), Infinity)
  assert.equal(makeScale('linear', [3, 3], [0, 100]).at(3), 50)
  assert.deepEqual(padded('linear', [0, 0]), [-1, 1])
  for (const [low, high] of [[0, 10], [-3, 400], [-0.5, -0.001]] as const) {
    const { at } = makeScale('symlog', padded('symlog', [low, high]), [0, 110])
    assert.ok(at(low) > 2 && at(low) < 8 && at(high) > 102 && at(high) < 108, `${low} at ${at(low)}, ${high} at ${at(high)}`)
  }
  assert.ok(padded('symlog', [-Number.MAX_VALUE, Number.MAX_VALUE]).every(Number.isFinite))
  assert.ok(padded('linear', [-Number.MAX_VALUE, Number.MAX_VALUE]).every(Number.isFinite))
})

test('zooming keeps the place under the cursor, stays inside the whole, and ends as the whole', () => {
  assert.deepEqual(zoomed([0, 100], 25, 0.5, [0, 100]), [12.5, 62.5])
  assert.deepEqual(zoomed([12.5, 62.5], 25, 4, [0, 100]), undefined)
  const range = pinched([20, 60], [0.25, 0.75])!
  assert.deepEqual(range, [0, 80])
  assert.equal(pinched([20, 60], [0.5, 0.5]), undefined)
})
