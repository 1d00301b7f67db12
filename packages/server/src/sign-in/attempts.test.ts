import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isOurs } from '../forms/index.ts'
import { Attempts, network } from './attempts.ts'
import { sessionIn } from './cookies.ts'
import { checkNotWider, checkScopes, parseToken } from './tokens.ts'

describe('wrong passwords', () => {
  it('make a guesser wait, who locks out nobody else, and are forgotten with time', () => {
    let now = 0
    const attempts = new Attempts(() => now)
    for (let guess = 0; guess < 10; guess += 1) {
      assert.equal(attempts.waitSeconds('ada', '10.0.0.1'), 0)
      attempts.failed('ada', '10.0.0.1')
    }
    assert.equal(attempts.waitSeconds('ada', '10.0.0.1'), 10)
    assert.equal(attempts.waitSeconds('ada', '10.0.0.2'), 0)
    assert.equal(attempts.waitSeconds('bob', '10.0.0.1'), 0)
    now += 10_000
    assert.equal(attempts.waitSeconds('ada', '10.0.0.1'), 0)
  })

  it('from many addresses are too many for one user, but not where the user signed in from before', () => {
    const attempts = new Attempts(() => 0)
    attempts.succeeded('ada', '192.0.2.1')
    for (let guess = 0; guess < 100; guess += 1) attempts.failed('ada', `10.0.${guess}.1`)
    assert.ok(attempts.waitSeconds('ada', '10.9.9.9') > 0)
    assert.equal(attempts.waitSeconds('ada', '192.0.2.1'), 0)
  })

  it('from one network of IPv6 count together', () => {
    assert.equal(network('2001:db8:1:2:aaaa::1'), network('2001:DB8:1:2::2'))
    assert.notEqual(network('2001:db8:1:2::1'), network('2001:db8:1:3::1'))
    assert.equal(network('::ffff:10.0.0.1'), '10.0.0.1')
  })
})

describe('a session\'s cookie', () => {
  it('counts only as what it is, and only from our own pages', () => {
    const secret = 'x'.repeat(43)
    assert.equal(sessionIn({ cookie: `a=b; cairn_session=${secret}` }), secret)
    assert.equal(sessionIn({ cookie: 'cairn_session=short' }), undefined)
    // Over TLS only the name counts that no other host can set.
    assert.equal(sessionIn({ cookie: `cairn_session=${secret}`, 'x-forwarded-proto': 'https' }), undefined)
    assert.equal(sessionIn({ cookie: `__Host-cairn_session=${secret}`, 'x-forwarded-proto': 'https' }), secret)
    assert.equal(isOurs('POST', { 'sec-fetch-site': 'same-origin' }), true)
    assert.equal(isOurs('POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }), false)
    assert.equal(isOurs('GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }), true)
    assert.equal(isOurs('GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }), false)
    assert.equal(isOurs('POST', {}), false)
  })
})

describe('a token', () => {
  it('has one level, and resources that can be named', () => {
    assert.deepEqual(checkScopes([]), ['write'])
    assert.deepEqual(checkScopes(['experiment:5', 'read']), ['read', 'experiment:5'])
    for (const wrong of [['read', 'write'], ['everything'], ['run:abc'], ['experiment:'], ['admin', 'experiment:5']]) assert.throws(() => checkScopes(wrong), { code: 'INVALID_PARAMETER_VALUE' }, wrong.join())
  })

  it('makes no token that may more', () => {
    checkNotWider(['read'], { level: 'write' })
    checkNotWider(['read', 'experiment:5'], { level: 'read', only: { experiment: ['5', '6'] } })
    for (const [scopes, own] of [[['admin'], { level: 'write' }], [[], { level: 'read' }], [['read'], { level: 'read', only: { experiment: ['5'] } }], [['read', 'experiment:7'], { level: 'read', only: { experiment: ['5'] } }]] as const) {
      assert.throws(() => checkNotWider(scopes, own), { code: 'PERMISSION_DENIED' })
    }
  })

  it('is known by its form', () => {
    assert.deepEqual(parseToken(`cairn_0123456789abcdef_${'y'.repeat(43)}`), { id: '0123456789abcdef', secret: 'y'.repeat(43) })
    for (const text of ['', 'cairn_', `cairn_0123456789abcdeg_${'y'.repeat(43)}`, `cairn_0123456789abcdef_${'y'.repeat(42)}`]) assert.equal(parseToken(text), undefined)
  })
})
