import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvCell, csvOf } from './csv.ts'

test('what a spreadsheet would run as a formula is text in it, also behind what begins like a number; numbers stay numbers', () => {
  for (const text of ['=1+1', '+1+1', '-1+1|x', '-2+cmd', '@SUM(A1)', '\t=1', '-', '+', '-1e', '=HYPERLINK("http://x")']) assert.match(csvCell(text), /^"?'/, text)
  for (const text of ['-1', '+2.5', '-1e-5', '.5', '-.5', '7.', 'a=1', '']) assert.equal(csvCell(text), text)
  assert.deepEqual([csvCell(-1), csvCell(null), csvCell('a,b'), csvCell('a"b')], ['-1', '', '"a,b"', '"a""b"'])
  assert.equal(csvOf([['=run', 1], ['b', -2]]), "'=run,1\r\nb,-2\r\n")
})
