import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { runInCode, runsInCode } from './in-code-text.ts'

const question = { experiment_ids: ['1', '2'], filter: `params.model = "it's"`, order_by: ['metrics.auc DESC'] }

test('what a table shows is asked for in three languages, with nothing lost to quotes', () => {
  const [python, typescript, curl] = runsInCode('http://server', question)
  assert.match(python!.text, /experiment_ids=\["1", "2"\],\n {4}filter_string="params\.model = \\"it's\\"",\n {4}order_by=\["metrics\.auc DESC"\],\n\)/)
  assert.match(typescript!.text, /search\(\{"experiment_ids":\["1","2"\],"filter":"params\.model = \\"it's\\"","order_by":\["metrics\.auc DESC"\]\}\)/)
  // The shell hands over what was meant.
  const body = execFileSync('sh', ['-c', curl!.text.replace(/^curl[^]*?-d /, 'printf %s ')]).toString()
  assert.deepEqual(JSON.parse(body), { ...question, max_results: 100 })
})

test('what is as usual is left out, and one run is asked for by its id', () => {
  assert.doesNotMatch(runsInCode('http://server', { experiment_ids: ['1'] })[0]!.text, /filter_string|order_by|run_view_type/)
  assert.match(runsInCode('http://server', { experiment_ids: ['1'], run_view_type: 'DELETED_ONLY' })[0]!.text, /ViewType\.DELETED_ONLY/)
  for (const { text } of runInCode('http://server', 'abc')) assert.match(text, /abc/)
})
