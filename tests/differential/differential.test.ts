import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { judge, report } from './compare.ts'
import { corpus } from './corpus/index.ts'
import { deliberate } from './deliberate.ts'
import { differencesPage, pagePath } from './differences-page.ts'
import { play } from './play.ts'
import { attach, startCairn, startMlflow, type Server } from './servers.ts'

let servers: Server[] = []
const explained = new Set<string>()

before(async () => {
  const { MLFLOW_URL, CAIRN_URL } = process.env
  servers = await Promise.all([
    MLFLOW_URL ? attach('mlflow', MLFLOW_URL) : startMlflow(),
    CAIRN_URL ? attach('cairn', CAIRN_URL) : startCairn(),
  ])
})
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]()
})

for (const group of new Set(corpus.map(story => story.group))) {
  describe(`Cairn answers as MLflow does: ${group}`, () => {
    for (const story of corpus.filter(one => one.group === group)) {
      test(story.title, async () => {
        const played = await play(story, servers)
        const wrong = played.filter(one => {
          const verdict = judge(one)
          if (verdict.reason) explained.add(verdict.reason.id)
          return verdict.kind === 'different'
        })
        assert.equal(wrong.length, 0, `${wrong.length} of ${played.length} answers differ:\n${wrong.slice(0, 25).map(report).join('\n')}`)
      })
    }
  })
}

describe('the table of deliberate differences', () => {
  test('holds no row that no request shows', () => {
    const idle = deliberate.filter(row => row.notShown === undefined && !explained.has(row.id)).map(row => row.id)
    assert.deepEqual(idle, [])
  })

  test('is what docs/differences.md says', async () => {
    assert.equal(await readFile(pagePath, 'utf8'), differencesPage(), 'run: node --conditions=source tests/differential/differences-page.ts')
  })
})
