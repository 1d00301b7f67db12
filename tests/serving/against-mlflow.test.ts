import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startScoringServer } from '../../packages/serving/src/server/scoring-server.ts'
import { bodies, close, comparable, table } from './bodies.ts'
import { makeModels, post, serve, startMlflow, type TestModels } from './models.ts'

let models: TestModels
before(async () => { models = await makeModels() })
after(() => models[Symbol.dispose]())

describe('the same answers and errors as `mlflow models serve`', { concurrency: false }, () => {
  for (const [name, file, engine] of [['sklearn', 'full.csv', 'python'], ['xgboost', 'numbers.csv', 'trees'], ['booster', 'numbers.csv', 'trees'], ['xgboost', 'numbers.csv', 'python']] as const) {
    test(`${name}, answered by ${engine}`, async () => {
      await using theirs = await startMlflow(models, name)
      const model = await serve(models, name, { pythonOnly: engine === 'python' })
      await using ours = await startScoringServer([model], { host: '127.0.0.1', port: 0 })
      assert.equal(model.engine, engine)
      const rows = table(models, file)
      const wrong: string[] = []
      for (const [title, body, type] of bodies(rows)) {
        const [expected, got] = await Promise.all([post(`${theirs.url}/invocations`, body, type), post(`${ours.url}/invocations`, body, type)])
        try {
          assert.deepEqual(close(comparable(got)), close(comparable(expected)))
        } catch {
          wrong.push(`${title}\n  theirs ${JSON.stringify(comparable(expected)).slice(0, 900)}\n  ours   ${JSON.stringify(comparable(got)).slice(0, 900)}`)
        }
      }
      assert.equal(wrong.join('\n'), '')
      for (const path of ['/ping', '/health', '/version']) {
        const [expected, got] = await Promise.all([fetch(theirs.url + path), fetch(ours.url + path)])
        assert.deepEqual([got.status, got.headers.get('content-type'), await got.text()], [expected.status, expected.headers.get('content-type'), await expected.text()], path)
      }
    })
  }
})
