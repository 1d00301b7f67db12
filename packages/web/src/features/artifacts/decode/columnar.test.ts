import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { openArrow } from './arrow.ts'
import { openParquet } from './parquet.ts'
import { bytesSource, type FileSource } from './table.ts'

// Written by pyarrow 25: forty rows in several groups or batches.
const file = async (name: string): Promise<FileSource> => bytesSource(name, new Uint8Array(await readFile(new URL(`testdata/${name}`, import.meta.url))))

for (const codec of ['snappy', 'gzip', 'zstd', 'brotli', 'lz4']) {
  it(`a Parquet file compressed by ${codec} is read, with its types and missing values`, async () => {
    const table = await openParquet(await file(`parquet-${codec}.parquet`))
    assert.equal(table.rows, 40)
    assert.deepEqual(table.columns.map(({ name, numeric }) => [name, numeric]), [['id', true], ['name', false], ['when', false]])
    assert.deepEqual(await table.read(20, 22), [['20', 'customer 0', '2026-01-01 00:00:20'], ['21', null, '2026-01-01 00:00:21']])
  })
}

for (const name of ['lz4', 'zstd', 'uncompressed', 'stream']) {
  it(`an Arrow file (${name}) is read over the borders of its batches`, async () => {
    const table = await openArrow(await file(`arrow-${name}.arrow`))
    assert.equal(table.rows, 40)
    const rows = await table.read(15, 17)
    assert.deepEqual(rows, [['15', 'customer 0', '2026-01-01 00:00:15', '["a","b"]', 'y'], ['16', 'customer 1', '2026-01-01 00:00:16', '["a","b"]', 'x']])
  })
}

it('a page of an Arrow file reads its batch and not the others', async () => {
  const source = await file('arrow-uncompressed.arrow')
  const ranges: [number, number][] = []
  const table = await openArrow({ ...source, read: (from, to) => { ranges.push([from, to]); return source.read(from, to) } })
  ranges.length = 0
  await table.read(0, 3)
  assert.equal(ranges.length, 1)
  assert.ok(ranges[0]![1] - ranges[0]![0] < source.size / 2)
})

it('files that are no Parquet and no Arrow, or were cut, say so', async () => {
  const junk = bytesSource('x', new Uint8Array(100).fill(7))
  await assert.rejects(openParquet(junk), /no Parquet file/)
  await assert.rejects(openArrow(junk), /no Arrow file/)
  const whole = await file('arrow-lz4.arrow')
  await assert.rejects(openArrow(bytesSource('x', await whole.read(0, whole.size - 300))), /Arrow file/)
})

for (const [name, open] of [['exact.parquet', openParquet], ['exact.arrow', openArrow]] as const) {
  it(`of ${name} every digit is shown, and missing values, lists and structs as what they are`, async () => {
    const table = await open(await file(name))
    const rows = await table.read(0, 2)
    const shown = Object.fromEntries(table.columns.map((column, at) => [column.name, rows.map((row) => row[at])]))
    assert.deepEqual(shown, {
      u64: ['18446744073709551615', null], single: ['0.1', 'NaN'], double: ['0.1', '-Infinity'], price: ['12345678901234567.80', null],
      wide: ['-1234567890123456789012345678.1234567890', '0.0000000001'], at: ['2023-11-14 22:13:20.123456789', null],
      us: ['1969-12-31 23:59:59.999999', '2023-11-14 22:13:20'], day: ['2026-01-02', '1969-12-31'], clock: ['01:02:03.000004', null],
      list: ['[1.5,null,"NaN"]', null], struct: ['{"a":1,"b":{"c":"x"}}', null], map: ['{"k":1}', null],
      bytes: ['0x00ff', name === 'exact.arrow' ? '0x74657874' : 'text'], kind: ['x', null], text: ['', 'ünïcödé 🎉'],
      ...(name === 'exact.arrow' && { took: ['90.000005 s', null] }),
    })
  })
}

for (const [name, open, types] of [
  ['odd.parquet', openParquet, ['int64', 'int64', 'null', 'list', 'timestamp, UTC', 'string']],
  ['odd.arrow', openArrow, ['int64', 'int64', 'null', 'list of float32', 'timestamp of Europe/Zurich, in UTC', 'dictionary of utf8']],
] as const) {
  it(`columns of ${name} that are called the same are two, one without values is empty, and numbers in lists are numbers`, async () => {
    const table = await open(await file(name))
    assert.deepEqual(table.columns.map((column) => column.name), ['x', 'x', 'nothing', 'embedding', 'at', 'kind'])
    assert.deepEqual(table.columns.map((column) => column.type), types)
    assert.deepEqual(await table.read(0, 2), [['1', '3', null, '[0.1,0.2]', '2024-01-01 12:00:00', 'a'], ['2', '4', null, null, '2024-01-01 12:00:00', null]])
  })
}

it('a Feather file of the first version says what to do', async () => {
  await assert.rejects(openArrow(await file('first.feather')), /version=2/)
})
