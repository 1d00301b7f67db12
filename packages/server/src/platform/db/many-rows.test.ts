import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { insertMany, insertNumbered, insertRows } from './many-rows.ts'
import { read, write, type Migration } from './types.ts'
import { openTestDatabase } from './testing-database.ts'

const migrations: Migration[] = [{ name: 'fruit/0001', up: ({ id }) => [`CREATE TABLE fruit (id ${id}, name TEXT NOT NULL)`] }]
const statement = insertRows('fruit (name)', 1)
const add = write('fruit.add', (tx, names: readonly string[]) => insertNumbered(tx, statement, names.map((name) => [name])))
const addUnnumbered = write('fruit.addUnnumbered', (tx, names: readonly string[]) => insertMany(tx, statement, names.map((name) => [name])))
const all = read('fruit.all', (tx) => tx.rows<[number, string]>('SELECT id, name FROM fruit ORDER BY id'))

describe('many rows', () => {
  it('are inserted in few statements, each with its own number in the order given', async () => {
    await using db = await openTestDatabase({ migrations })
    const stored: [number, string][] = []
    for (const count of [0, 1, 3, 4, 85, 64, 199]) {
      const names = Array.from({ length: count }, (_, index) => `${count} ${index}`)
      const ids = await db.write(add, names)
      assert.equal(ids.length, count)
      stored.push(...names.map((name, index): [number, string] => [ids[index]!, name]))
    }
    assert.deepEqual(await db.read(all, null), stored.toSorted(([one], [other]) => one - other))
    assert.equal(new Set(stored.map(([id]) => id)).size, stored.length)
    await db.write(addUnnumbered, ['a', 'b', 'c', 'd', 'e', 'f'])
    assert.equal((await db.read(all, null)).length, stored.length + 6)
  })
})
