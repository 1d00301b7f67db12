import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { inLists, keysetSql, orderSql } from './index.ts'
import { SqliteConnection } from './sqlite.ts'

it('pages by keys are the whole listing in order, whatever the directions and however keys repeat', () => {
  using db = new SqliteConnection({ path: ':memory:', readOnly: false, cacheKiB: 1000 })
  db.exec('CREATE TABLE rows (a BIGINT, b TEXT, id BIGINT)')
  const small = fc.integer({ min: 0, max: 3 })
  fc.assert(fc.property(fc.array(fc.tuple(small, small)), fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), fc.integer({ min: 1, max: 5 }), (rows, directions, limit) => {
    db.run('DELETE FROM rows')
    rows.forEach(([a, b], id) => db.run('INSERT INTO rows VALUES (?, ?, ?)', [a, String(b), id]))
    const order = ['a', 'b', 'id'].map((sql, index) => ({ sql, descending: directions[index]! }))
    const whole = db.rows(`SELECT a, b, id FROM rows ORDER BY ${orderSql(order)}`)
    const paged: unknown[] = []
    for (let after: [number, string, number] | undefined; ;) {
      const from = after === undefined ? undefined : keysetSql(order, after)
      const page = db.rows<[number, string, number]>(
        `SELECT a, b, id FROM rows ${from === undefined ? '' : `WHERE ${from.sql}`} ORDER BY ${orderSql(order)} LIMIT ?`, [...from?.params ?? [], limit])
      paged.push(...page)
      if (page.length < limit) break
      after = page.at(-1)
    }
    assert.deepEqual(paged, whole)
  }), { numRuns: 60 })
})

it('lists for IN hold every value and have few lengths', () => {
  for (const count of [0, 1, 2, 5, 64, 1025, 3000]) {
    const values = Array.from({ length: count }, (_, index) => index)
    const lists = [...inLists(values)]
    assert.deepEqual([...new Set(lists.flatMap(({ params }) => params))], values)
    for (const { sql, params } of lists) {
      assert.ok([1, 4, 16, 64, 256, 1024].includes(params.length))
      assert.equal(sql.split('?').length - 1, params.length)
    }
  }
})
