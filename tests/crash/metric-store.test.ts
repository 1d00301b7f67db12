import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../packages/server/src/platform/db/index.ts'
import { countRows, crashRequest, historyOf, testMigrations } from '../../packages/server/src/metrics/testing.ts'

it('a store whose process is killed while it logs and compacts has every acknowledged request whole, once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-crash-'))
  const path = join(folder, 'metrics.db')
  const acknowledged = new Set<number>()
  let first = 100
  let chunks = 0
  for (let round = 0; round < 4; round += 1) {
    const child = spawn(process.execPath, ['--conditions=source', fileURLToPath(new URL('../../packages/server/src/metrics/testing-crash.ts', import.meta.url)), path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
    // From the start: a child that ends by itself closes before it is killed.
    const closed = once(child, 'close')
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => { text += part })
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    await delay(50 + 200 * round + 40 * Math.random())
    // On a busy machine that may be nothing yet.
    for (let waited = 0; waited < 30_000 && text.split('\n').length < 400 * round; waited += 20) await delay(20)
    child.kill('SIGKILL')
    await closed
    const numbers = text.split('\n').slice(0, -1).map(Number)
    assert.ok(numbers.length > 0, 'the process was killed before it had logged anything')
    for (const number of numbers) acknowledged.add(number)
    first = Math.max(...numbers) + 20

    await using db = await openDatabase({ at: { kind: 'sqlite', path }, migrations: testMigrations })
    const stored = new Map<number, number>()
    for (const run of [1, 2, 3]) {
      for (const key of ['loss', 'acc']) {
        const spots = await historyOf(db, run, key)
        assert.equal(new Set(spots.map((spot) => JSON.stringify(spot))).size, spots.length)
        for (const { value } of spots) stored.set(value, (stored.get(value) ?? 0) + 1)
      }
    }
    for (const number of acknowledged) assert.ok(stored.has(number), `request ${number} was acknowledged and is not there`)
    for (const [number, points] of stored) assert.equal(points, crashRequest(number).points.length, `request ${number} is there in part`)
    chunks = (await db.read(countRows, null)).chunks
  }
  assert.ok(chunks > 0, 'nothing was compacted')
  await rm(folder, { recursive: true })
})
