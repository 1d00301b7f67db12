import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SqliteConnection } from '../../platform/db/sqlite.ts'
import { keptValues } from './memory.ts'

test('the values of a key are read again after a change, whichever connection made it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-memory-'))
  try {
    const open = () => new SqliteConnection({ path: join(folder, 'a.db'), readOnly: false, cacheKiB: 1000 })
    using reading = open()
    using writing = open()
    writing.exec('CREATE TABLE params (value TEXT)')
    let asked = 0
    const values = async (limit = 3) => {
      reading.beginReading()
      const found = await keptValues(reading, [1, 2], 'params', limit, async () => {
        asked += 1
        return { values: reading.rows<[string]>('SELECT value FROM params ORDER BY value').map(([value]) => value), long: false }
      })
      reading.end()
      return found?.values
    }
    writing.run("INSERT INTO params VALUES ('a')")
    assert.deepEqual([await values(), await values(), asked], [['a'], ['a'], 1])
    writing.run("INSERT INTO params VALUES ('b')")
    assert.deepEqual([await values(), await values(), asked], [['a', 'b'], ['a', 'b'], 2])
    reading.run("INSERT INTO params VALUES ('c')")
    assert.deepEqual([await values(), asked], [['a', 'b', 'c'], 3])
    writing.run("INSERT INTO params VALUES ('d')")
    assert.deepEqual([await values(), await values(), asked], [undefined, undefined, 4])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
