import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chanceDivergence, jensenShannon, judgeColumn } from './drift-distance.ts'

const close = (found: number, wanted: number, within = 1e-12): void => assert.ok(Math.abs(found - wanted) <= within, `${found} is not ${wanted}`)

/** Two series of formulas, and what scipy 1.17.1 says of them in parts of equal width over both (Sturges: 13). */
const x = Array.from({ length: 1000 }, (_, at) => 3 * Math.sin(0.7 * (at + 1)) + Math.cos(1.3 * (at + 1)) + (at + 1) / 1000)
const y = Array.from({ length: 1200 }, (_, at) => 3 * Math.sin(0.7 * (at + 1)) + Math.cos(1.3 * (at + 1)) + (at + 1) / 1000 + 0.25)

function histogram(values: readonly number[], low: number, high: number, bins: number): number[] {
  const counts = Array.from({ length: bins }, () => 0)
  for (const value of values) counts[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]! += 1
  return counts
}

/** The same numbers each time. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
/** How often each of so many equally likely parts comes. */
function draw(next: () => number, rows: number, parts: number): number[] {
  const counts = Array.from({ length: parts }, () => 0)
  for (let row = 0; row < rows; row++) counts[Math.floor(next() * parts)]! += 1
  return counts
}

describe('the distance of two distributions', () => {
  it('is scipy’s jensenshannon', () => {
    const [low, high] = [Math.min(...x, ...y), Math.max(...x, ...y)]
    const [one, other] = [histogram(x, low, high, 13), histogram(y, low, high, 13)]
    close(Math.sqrt(jensenShannon(one, other)), 0.10821394730432368)
    close(Math.sqrt(jensenShannon(one, other) * Math.LN2), 0.0900940208197908)
    close(Math.sqrt(jensenShannon([16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8]) * Math.LN2), 0.06804819617703867)
  })

  it('is nothing of the same, one of what shares nothing, and the same both ways', () => {
    assert.equal(jensenShannon([1, 2, 3], [2, 4, 6]), 0)
    assert.equal(jensenShannon([5, 0], [0, 7]), 1)
    assert.equal(jensenShannon([0, 0], [1, 2]), 0)
    const next = random(1)
    for (let time = 0; time < 200; time++) {
      const [one, other] = [draw(next, 100, 7), draw(next, 60, 7)]
      close(jensenShannon(one, other), jensenShannon(other, one))
      assert.ok(jensenShannon(one, other) <= 1)
    }
  })

  it('has the mean that chance gives, and stays below the most of it', () => {
    const next = random(7)
    for (const [n, m, parts] of [[1000, 500, 20], [5000, 500, 10], [1000, 1000, 3]] as const) {
      let sum = 0
      const times = 400
      for (let time = 0; time < times; time++) {
        const [one, other] = [draw(next, n, parts), draw(next, m, parts)]
        const found = jensenShannon(one, other)
        sum += found
        assert.ok(found <= chanceDivergence(one, other).most, `${found} by chance`)
      }
      const { mean } = chanceDivergence(draw(next, n, parts), draw(next, m, parts))
      close(sum / times / mean, 1, 0.1)
    }
  })
})

describe('the state of a column', () => {
  const policy = { possible: 0.1, drifted: 0.2 }
  it('is steady where only chance speaks, although the plain distance is above the border', () => {
    const next = random(3)
    let above = 0
    for (let time = 0; time < 100; time++) {
      const [reference, served] = [draw(next, 1000, 20), draw(next, 500, 20)]
      if (Math.sqrt(jensenShannon(reference, served)) >= policy.possible) above += 1
      assert.equal(judgeColumn(reference, served, policy).state, 'steady')
    }
    assert.ok(above > 20, `${above} of 100 are above it`)
  })

  it('turns with the distance, and a small one needs more rows', () => {
    assert.equal(judgeColumn([1000, 1000], [1400, 600], policy).state, 'possible')
    assert.equal(judgeColumn([1000, 1000], [1900, 100], policy).state, 'drifted')
    assert.equal(judgeColumn([1000, 1000], [1900, 100], { possible: 0.5, drifted: 0.6 }).state, 'steady')
    assert.equal(judgeColumn([10, 10], [9, 5], policy).state, 'steady')
    assert.equal(judgeColumn([10, 10], [0, 0], policy).state, 'none')
  })
})
