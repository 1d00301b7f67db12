import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { lastRecordEnd, openCsv, parseRecords, sniffDelimiter } from './csv.ts'
import { bytesSource } from './table.ts'

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

it('whatever the fields hold, they are read back as they were written', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '1') })
  fc.assert(fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (rows) => {
    const text = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')).join('\n') + '\n'
    assert.deepEqual(parseRecords(text, ','), rows)
    assert.equal(lastRecordEnd(encode(text), 44), encode(text).length)
  }))
})

it('lines may end in CRLF, fields may be empty, and a quote in the middle of a field is only a character', () => {
  assert.deepEqual(parseRecords('a,b\r\n1,\r\n,2\r\n5" pipe,x', ','), [['a', 'b'], ['1', ''], ['', '2'], ['5" pipe', 'x']])
  assert.deepEqual(parseRecords('a,b\n1,\n', ','), [['a', 'b'], ['1', '']])
})

it('the separator is what the first line has most of, outside quotes', () => {
  assert.equal(sniffDelimiter('x.csv', '"a,b,c";d\n'), ';')
  assert.equal(sniffDelimiter('x.tsv', 'a,b\n'), '\t')
})

it('a file of many blocks is read in parts, each row once, and back again', async () => {
  const rows = Array.from({ length: 60_000 }, (_, index) => `${index},"name, ${index}",${index / 7}`)
  const bytes = encode(`id,name,value\n${rows.join('\n')}`)
  let read = 0
  const source = bytesSource('big.csv', bytes)
  const table = await openCsv({ ...source, read: (from, to) => { read += to - from; return source.read(from, to) } })
  assert.ok(read < bytes.length / 2, 'the first rows need only the first block')
  assert.deepEqual(table.columns.map(({ name, numeric }) => [name, numeric]), [['id', true], ['name', false], ['value', true]])
  assert.equal(table.complete, false)
  assert.deepEqual((await table.read(59_998, 60_010)).map((row) => row[1]), ['name, 59998', 'name, 59999'])
  assert.equal(table.rows, 60_000)
  assert.equal(table.complete, true)
  assert.deepEqual((await table.read(20_000, 20_002)).map((row) => row[0]), ['20000', '20001'])
})

it('binary data under the name of a table is said to be binary', async () => {
  await assert.rejects(openCsv(bytesSource('x.csv', new Uint8Array([80, 75, 0, 0]))), /binary data/)
})

it('a missing value in a table of one column is a row, and an empty line is none', () => {
  assert.deepEqual(parseRecords('value\n1\n""\n\n3', ','), [['value'], ['1'], [''], ['3']])
})

it('tables that Windows wrote are read as they were meant', async () => {
  const wide = new Uint8Array(Uint16Array.from('\ufeffname\ttown\nJosé\t"Mün\nchen"\n', (char) => char.charCodeAt(0)).buffer)
  const latin = Uint8Array.from('name\ttown\nJosé\t"Mün\nchen"\n', (char) => char.charCodeAt(0))
  for (const bytes of [wide, latin]) {
    const table = await openCsv(bytesSource('x.tsv', bytes))
    assert.deepEqual([table.columns.map(({ name }) => name), await table.read(0, 9)], [['name', 'town'], [['José', 'Mün\nchen']]])
  }
})

it('rows may end in a carriage return alone, and an encoding may be named', async () => {
  const old = await openCsv(bytesSource('x.csv', new TextEncoder().encode('a,b\r1,"x\ny"\r2,z\r')))
  assert.deepEqual([old.columns.map(({ name }) => name), await old.read(0, 9)], [['a', 'b'], [['1', 'x\ny'], ['2', 'z']]])
  const bytes = new Uint8Array([0xe8, 0xec, 0xff, 0x0a, 0xc0, 0x0a])
  assert.equal((await openCsv(bytesSource('x.csv', bytes))).encoding, 'windows-1252')
  const named = await openCsv(bytesSource('x.csv', bytes), 'windows-1251')
  assert.deepEqual([named.encoding, named.columns[0]!.name, await named.read(0, 9)], ['windows-1251', 'имя', [['А']]])
  assert.equal((await openCsv(bytesSource('x.csv', new TextEncoder().encode('a\n1\n')))).encoding, undefined)
})
