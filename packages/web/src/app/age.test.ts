import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Age } from './age.ts'

test('how old something is when it comes is told whatever the two clocks say, to half of the quickest way there and back', () => {
  const way = fc.integer({ min: 1, max: 400 })
  fc.assert(fc.property(fc.integer({ min: -1e9, max: 1e9 }), way, way, fc.array(way, { minLength: 1, maxLength: 20 }), (ahead, there, back, ways) => {
    const age = new Age()
    let now = 5_000_000
    const asked = now
    now += there + back
    age.hear({ at: asked + there + ahead, askedAt: asked }, now)
    for (const took of ways) {
      now += 1000
      const told = age.hear({ at: now - took + ahead }, now)!
      assert.ok(told >= 0 && Math.abs(told - took) <= (there + back) / 2 + 1, `${told} ms for ${took}, with ${there} there and ${back} back`)
    }
  }))
})

test('a quicker answer takes the place of a slower one, a slower one that of an old one; without a clock nothing is told', () => {
  const age = new Age()
  assert.equal(age.hear({}, 1000), undefined)
  assert.equal(age.hear({ at: 1000 }, 1000), undefined)
  age.hear({ at: 1010, askedAt: 1000 }, 1400)
  age.hear({ at: 2001, askedAt: 2000 }, 2002)
  assert.equal(age.hear({ at: 2500 }, 2512), 12)
  age.hear({ at: 3001, askedAt: 3000 }, 3200)
  assert.equal(age.hear({ at: 3500 }, 3512), 12)
  // The server's clock was set forward by a minute.
  age.hear({ at: 1_060_050, askedAt: 1_000_000 }, 1_000_100)
  assert.equal(age.hear({ at: 1_060_500 }, 1_000_520), 20)
})
