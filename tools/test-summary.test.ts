import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCounts, summary } from './test-summary.ts'

test('counts are read from the last closing lines of node’s runner', () => {
  const text = 'ℹ tests 3\nℹ pass 3\nℹ fail 0\n…\nℹ tests 9\nℹ pass 6\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 0\n'
  assert.deepEqual(readCounts(text), { passed: 6, failed: 2, skipped: 1 })
  assert.deepEqual(readCounts('# pass 2\n# fail 0\n'), { passed: 2, failed: 0, skipped: 0 })
})

test('counts are read from pytest’s closing line, quiet or not', () => {
  assert.deepEqual(readCounts('….\n112 passed, 2 skipped in 63.21s (0:01:03)\n'), { passed: 112, failed: 0, skipped: 2 })
  assert.deepEqual(readCounts('=== 1 failed, 5 passed, 2 warnings, 1 error in 3.2s ===\n'), { passed: 5, failed: 2, skipped: 0 })
  assert.equal(readCounts('no tests ran in 0.1s'), undefined)
})

test('a part that could not run counts as failed in the closing line', () => {
  const text = summary([
    { name: 'unit', what: 'tests', ok: true, seconds: 1, counts: { passed: 4, failed: 0, skipped: 0 } },
    { name: 'browser', what: 'pages', ok: false, seconds: 2, counts: undefined, note: 'could not run: no Chromium' },
  ], 2.4)
  assert.match(text, /FAILED {2}browser {2}2 s .*no Chromium/)
  assert.match(text, /\n\nall parts took 2 s\n4 passed, 1 failed$/)
})
