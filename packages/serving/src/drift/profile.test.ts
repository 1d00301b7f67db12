import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { FirstRows } from './first-rows.ts'
import { InputWatch } from './input-watch.ts'
import { counter, profileColumn } from './profile-columns.ts'
import { ProfileCounts } from './profile-counts.ts'
import { profileOfFile } from './read-table.ts'
import { readSeen } from './seen-rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-profile-'))
after(() => rmSync(folder, { recursive: true }))

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
const sum = (counts: readonly (number | bigint)[]): number => counts.reduce<number>((total, count) => total + Number(count), 0)

describe('a column of a profile', () => {
  it('has parts of as many rows each, whatever the numbers', () => {
    const next = random(1)
    for (const make of [() => next(), () => Math.exp(8 * next()), () => -1 / next(), () => Math.round(1e6 * next())]) {
      const values = Array.from({ length: 5000 }, make)
      const { edges, counts, min, max } = profileColumn('x', values, undefined)!
      assert.equal(edges!.length, 19)
      assert.deepEqual([min, max], [Math.min(...values), Math.max(...values)])
      assert.equal(sum(counts), 5000)
      for (const count of counts.slice(2, -1)) assert.ok(Math.abs(Number(count) - 250) <= 1, String(counts))
      assert.deepEqual([counts[0], counts[1], counts.at(-1)], [0, 0, 0])
    }
  })

  it('has a part for each of few numbers, one for what is missing, and one for what is beyond on each side', () => {
    const column = profileColumn('n', [1, 2, 2, 3, null, 3, 3, Number.NaN, ...Array.from({ length: 100 }, () => 2)], { name: 'n', type: 'double' })!
    assert.deepEqual(column, { name: 'n', type: 'number', edges: [1.5, 2.5], min: 1, max: 3, counts: [2, 0, 1, 102, 3, 0] })
    const part = counter(column)
    assert.deepEqual([null, undefined, Number.NaN, 0.9, 1, 2, 2.5, 3, 3.1, Infinity, -Infinity, 2n, true].map(part), [0, 0, 0, 1, 2, 3, 4, 4, 5, 5, 1, 3, 2])
  })

  it('keeps a float in its part that lost digits on its way', () => {
    const values = Array.from({ length: 1000 }, (_, at) => Math.round((at % 37) * 0.1 * 10) / 10)
    const column = profileColumn('x', values, { name: 'x', type: 'float' })!
    const part = counter(column)
    for (const value of values) assert.equal(part(Math.fround(value)), part(value))
  })

  it('keeps texts that are frequent, and none that only few rows have', () => {
    const people = Array.from({ length: 500 }, (_, at) => `person-${at}@example.com`)
    const column = profileColumn('t', [...people, ...Array.from({ length: 300 }, () => 'yes'), ...Array.from({ length: 200 }, () => 'no'), null], { name: 't', type: 'string' })!
    assert.deepEqual(column, { name: 't', type: 'text', categories: ['yes', 'no'], counts: [1, 300, 200, 500] })
    assert.deepEqual(['yes', 'no', 'maybe', 7, null].map(counter(column)), [1, 2, 3, 3, 0])
  })

  it('is not made of dates, nested values and nothing', () => {
    assert.equal(profileColumn('d', [1n, 2n], { name: 'd', type: 'datetime' }), undefined)
    assert.equal(profileColumn('l', [[1], [2]], undefined), undefined)
    assert.equal(profileColumn('e', [null, Number.NaN], { name: 'e', type: 'double' }), undefined)
    assert.deepEqual(profileColumn('b', [true, false, 1, 0, 0], { name: 'b', type: 'boolean' })!.counts, [0, 0, 3, 2, 0])
  })
})

describe('counting on a profile', () => {
  const next = random(5)
  const columns = [profileColumn('x', Array.from({ length: 2000 }, () => next()), undefined)!, profileColumn('t', Array.from({ length: 2000 }, () => (next() < 0.5 ? 'a' : 'b')), undefined)!]
  const rows = (count: number) => ({ kind: 'columns' as const, rows: count, columns: [{ name: 'x', values: Array.from({ length: count }, () => 2 * next()) }, { name: 't', values: Array.from({ length: count }, () => (next() < 0.1 ? 'c' : 'a')) }] })

  it('gives the same of parts as of the whole, in any order and by cells as by columns', () => {
    for (let time = 0; time < 50; time++) {
      const parts = Array.from({ length: 1 + Math.floor(next() * 5) }, () => rows(Math.floor(next() * 200)))
      const counted = parts.map((part) => {
        const counts = new ProfileCounts(columns)
        counts.add(part)
        return counts.take()
      })
      const whole = new ProfileCounts(columns)
      for (const part of parts.toReversed()) whole.add(part)
      const all = whole.take()
      assert.equal(all.rows, parts.reduce((total, part) => total + part.rows, 0))
      assert.deepEqual(all.counts, counted.reduce((total, { counts }) => total.map((count, at) => count + counts[at]!), Array.from({ length: all.counts.length }, () => 0)))
      assert.equal(sum(all.counts), 2 * all.rows)
      assert.deepEqual(whole.take().rows, 0)
    }
    const [one] = [rows(100)]
    const names = ['other', 'x']
    const cells = Float64Array.from(one.columns[0]!.values.flatMap((value) => [7, value]))
    const [byCells, byColumns] = [new ProfileCounts(columns.slice(0, 1)), new ProfileCounts(columns.slice(0, 1))]
    byCells.add({ kind: 'cells', names, cells, rows: 100 })
    byColumns.add(one)
    assert.deepEqual(byCells.take(), byColumns.take())
  })

  it('takes a thousand rows of a large request, evenly', () => {
    const counts = new ProfileCounts(columns)
    const large = { kind: 'cells' as const, names: ['x'], cells: Float64Array.from({ length: 100_000 }, (_, at) => at / 100_000), rows: 100_000 }
    counts.add(large, 0.5)
    const { rows: counted, counts: found } = counts.take()
    assert.equal(counted, 1000)
    for (const count of found.slice(2, 22)) assert.ok(count >= 30 && count <= 75, String(found.slice(0, 24)))
    // The text that it does not have is missing.
    assert.equal(found[23], 1000)
  })
})

describe('watching a version', () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const specs = [{ name: 'x', type: 'double' as const }]
  const asked = (values: readonly number[]) => ({ kind: 'columns' as const, rows: values.length, columns: [{ name: 'x', values }] })
  const first = Array.from({ length: 1000 }, (_, at) => at / 1000)

  it('makes a profile of the first thousand rows where there is none, and counts the next on it', async () => {
    const watch = new InputWatch('3', specs)
    watch.offer(asked(first.slice(0, 600)))
    await settled()
    assert.deepEqual(watch.report(), { version: '3' })
    watch.offer({ kind: 'body', body: Buffer.from(JSON.stringify({ dataframe_records: first.slice(600).map((x) => ({ x })) })), type: 'application/json' })
    await settled()
    const told = watch.report()
    assert.equal(told.rows, 1000)
    assert.deepEqual(told.first, [profileColumn('x', first, specs[0])])
    watch.heard()
    watch.compareWith({ profile_uid: 'p', columns: told.first! }, true)
    assert.deepEqual(watch.report(), { version: '3' })
    watch.offer(asked([0.5, 2]))
    await settled()
    const { rows, counts, profile_uid, since, seq } = watch.report()
    assert.deepEqual([rows, sum(counts!), counts!.at(-1), profile_uid, Number(since) % 300_000, seq], [2, 2, 1, 'p', 0, 1])
  })

  it('says what was not heard again and unchanged, and then what came meanwhile', async () => {
    const watch = new InputWatch('3', specs)
    watch.offer(asked([0.1]))
    await settled()
    // Somebody gave a profile: what was asked before counts.
    watch.compareWith({ profile_uid: 'p', columns: [profileColumn('x', first, specs[0])!] }, false)
    const told = watch.report()
    watch.offer(asked([0.2, 0.3]))
    await settled()
    assert.deepEqual(watch.report(), told)
    watch.heard()
    assert.deepEqual([watch.report().rows, watch.report().seq], [2, 2])
    assert.equal(watch.report(Date.now() + 2 * 3_600_000).rows, undefined)
    watch.beginAnew()
    watch.offer(asked(first))
    await settled()
    assert.equal(watch.report().first!.length, 1)
  })

  it('passes over what it has no time for, and what nobody can read', async () => {
    const watch = new InputWatch('3', specs)
    watch.compareWith({ profile_uid: 'p', columns: [profileColumn('x', first, specs[0])!] }, false)
    for (let request = 0; request < 1000; request++) watch.offer(asked([0.5]))
    for (const body of ['{', '[]', '{"inputs": 3}', 'null', '{"dataframe_split": {"columns": 3}}']) watch.offer({ kind: 'body', body: Buffer.from(body), type: 'application/json' })
    watch.offer({ kind: 'body', body: new Uint8Array(2 * 1024 * 1024), type: 'application/json' })
    await settled()
    const { rows, skipped } = watch.report()
    assert.deepEqual([rows, skipped], [256, 1000 - 256 + 6])
  })

  it('goes on after rows that cannot be counted, and after those before it', async () => {
    const watch = new InputWatch('3', specs)
    watch.compareWith({ profile_uid: 'p', columns: [profileColumn('x', first, specs[0])!] }, false)
    watch.offer({ kind: 'columns', rows: 1, columns: [{ name: 'x', values: [{ valueOf() { throw new Error('no number') } }] }] })
    watch.offer(asked([0.5]))
    await settled()
    const { rows, skipped } = watch.report()
    assert.deepEqual([rows, skipped], [1, 1])
  })

  it('reads what is left to Python: JSON in each form, and CSV', () => {
    const of = (body: unknown, type = 'application/json') => readSeen({ kind: 'body', body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), type }, specs)?.columns
    const wanted = [{ name: 'x', values: [1, 2] }]
    for (const body of [{ dataframe_split: { columns: ['x'], data: [[1], [2]] } }, { dataframe_records: [{ x: 1 }, { x: 2 }] }, { instances: [{ x: 1 }, { x: 2 }] }, { inputs: { x: [1, 2] } }]) assert.deepEqual(of(body), wanted)
    assert.deepEqual(of('x\n1\n2\n', 'text/csv; charset=utf-8'), wanted)
    for (const body of [{ inputs: [[1, 2]] }, { inputs: [] }, {}, 'no']) assert.equal(of(body), undefined)
    assert.equal(of('PAR1', 'application/vnd.apache.parquet'), undefined)
  })
})

describe('first rows', () => {
  it('know a column that comes late, and leave out what the model does not take', () => {
    const rows = new FirstRows([{ name: 'x', type: 'double' }, { name: 'late', type: 'string', required: false }])
    rows.add({ kind: 'columns', rows: 700, columns: [{ name: 'x', values: Array.from({ length: 700 }, () => 1) }, { name: 'id', values: [] }] })
    rows.add({ kind: 'columns', rows: 700, columns: [{ name: 'x', values: Array.from({ length: 700 }, () => 2) }, { name: 'late', values: Array.from({ length: 700 }, () => 'a') }] })
    assert.deepEqual(rows.profile().map(({ name, counts }) => [name, counts]), [['x', [0, 0, 700, 300, 0]], ['late', [700, 300, 0]]])
  })
})

describe('the profile of a file', () => {
  const specs = [{ name: 'age', type: 'long' as const }, { name: 'city', type: 'string' as const }, { name: 'member', type: 'boolean' as const }, { name: 'since', type: 'datetime' as const }, { name: 'gone', type: 'double' as const }]
  const ages = Array.from({ length: 300 }, (_, at) => 20 + (at % 50))
  const cities = Array.from({ length: 300 }, (_, at) => (at % 3 === 0 ? 'Ulm' : 'Bonn, am Rhein'))
  const members = Array.from({ length: 300 }, (_, at) => at % 4 === 0)

  it('is the same of CSV and Parquet, and says what it leaves out', async () => {
    const csv = join(folder, 'train.csv')
    writeFileSync(csv, `age,city,member,since,target\n${ages.map((age, at) => `${age},"${cities[at]}",${members[at] ? 'True' : 'False'},2024-01-01,1`).join('\n')}\n`)
    const parquet = join(folder, 'train.parquet')
    writeFileSync(parquet, new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'age', data: ages, type: 'INT32' }, { name: 'city', data: cities, type: 'STRING' }, { name: 'member', data: members, type: 'BOOLEAN' }, { name: 'since', data: cities, type: 'STRING' }, { name: 'target', data: ages, type: 'INT32' }] })))
    const [one, other] = [await profileOfFile(csv, specs), await profileOfFile(parquet, specs)]
    assert.deepEqual(one, other)
    assert.equal(one.rows, 300)
    assert.deepEqual(one.columns.map(({ name, type }) => `${name} ${type}`), ['age number', 'city text', 'member boolean'])
    assert.deepEqual(one.columns[1], { name: 'city', type: 'text', categories: ['Bonn, am Rhein', 'Ulm'], counts: [0, 200, 100, 0] })
    assert.deepEqual(one.leftOut, [{ name: 'since', why: 'it is of type datetime' }, { name: 'gone', why: 'the file has no such column' }])
    assert.deepEqual(one.unused, ['target'])
    assert.deepEqual((await profileOfFile(csv, undefined)).columns.map(({ name }) => name), ['age', 'city', 'member', 'since', 'target'])
  })

  it('says what is wrong with a file', async () => {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    await assert.rejects(profileOfFile(join(folder, 'none.csv'), undefined), /There is no file .*none\.csv/)
    await assert.rejects(profileOfFile(write('empty.csv', 'a,b\n'), undefined), /has no rows/)
    await assert.rejects(profileOfFile(write('odd.csv', 'a,b\n1,2,3\n'), undefined), /odd\.csv cannot be read: Error tokenizing data/)
    await assert.rejects(profileOfFile(write('broken.parquet', 'PAR1 and nothing else'), undefined), /broken\.parquet cannot be read/)
    await assert.rejects(profileOfFile(write('other.csv', 'a,b\n1,2\n'), specs), /has none of the columns that the model takes: age, city/)
  })
})
