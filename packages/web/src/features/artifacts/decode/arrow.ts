import { CompressionType, setCompressionCodec, tableFromIPC, Type, type Column, type DataType, type Table as Decoded } from '@uwdata/flechette'
import { decodeLz4Frame, decompressZstd } from './compression.ts'
import { clockText, dayText, decimalText, momentText, secondsText, singleText } from './exact.ts'
import { cellOf, readWhole, Unreadable, type Cell, type FileSource, type Table, type TableColumn } from './table.ts'
import { words } from '../words.ts'

const mostOfStream = 64 * 2 ** 20
const kept = 6
/** Whole numbers as they are, beyond 2^53 to the last digit, and decimals as whole numbers. */
const exact = { useBigInt: true, useDecimalInt: true } as const
const refuse = (): never => { throw new Error(words.arrowIsOnlyRead) }
setCompressionCodec(CompressionType.LZ4_FRAME, { decode: decodeLz4Frame, encode: refuse })
setCompressionCodec(CompressionType.ZSTD, { decode: (bytes) => decompressZstd(bytes).slice(), encode: refuse })

interface Block {
  readonly offset: number
  readonly length: number
}

/** An Arrow or Feather file: its footer first, then the record batches of the rows that are looked at. */
export async function openArrow(source: FileSource): Promise<Table> {
  try {
    const head = await source.read(0, 8)
    if (new TextDecoder().decode(head.subarray(0, 4)) === 'FEA1') throw new Unreadable(words.thisIsFeatherOfTheFirstForm)
    return new TextDecoder().decode(head.subarray(0, 6)) === 'ARROW1' ? await openFile(source) : await openStream(source)
  } catch (error) {
    if (error instanceof Unreadable) throw error
    throw new Unreadable(words.thisIsNoArrowFile((error as Error).message))
  }
}

async function openStream(source: FileSource): Promise<Table> {
  const decoded = tableFromIPC(await readWhole(source, mostOfStream), exact)
  return tableOf(columnsOf(decoded), [{ row: 0, rows: decoded.numRows }], async () => decoded)
}

/**
 * Each batch is decoded as a stream of its own: the file's schema message, its dictionaries, and
 * that batch, for which the two formats use the same bytes.
 */
async function openFile(source: FileSource): Promise<Table> {
  const end = await source.read(Math.max(source.size - 10, 0), source.size)
  const footerSize = new DataView(end.buffer, end.byteOffset).getInt32(0, true)
  if (footerSize <= 0 || footerSize > source.size) throw new Unreadable(words.theEndOfThisArrow)
  const { dictionaries, batches } = readFooter(await source.read(source.size - 10 - footerSize, source.size - 10))
  const first = Math.min(...[...dictionaries, ...batches].map(({ offset }) => offset), source.size - 10 - footerSize)
  const start = await Promise.all([source.read(8, first), ...dictionaries.map(({ offset, length }) => source.read(offset, offset + length))])
  const end8 = new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0])
  const counts = await Promise.all(batches.map(({ offset }) => rowsOfBatch(source, offset)))
  let row = 0
  const places = counts.map((rows) => ({ row: (row += rows) - rows, rows }))
  const schema = tableFromIPC(joined([...start, end8]), exact)
  return tableOf(columnsOf(schema), places, async (index) => {
    const { offset, length } = batches[index]!
    return tableFromIPC(joined([...start, await source.read(offset, offset + length), end8]), exact)
  })
}

function columnsOf(decoded: Decoded): TableColumn[] {
  return decoded.schema.fields.map(({ name, type }) => ({ name, type: nameOf(type), numeric: [2, 3, 7].includes(type.typeId) }))
}

const typeNames: Readonly<Record<number, string>> = {
  [-1]: 'dictionary', 1: 'null', 2: 'int', 3: 'float', 4: 'binary', 5: 'utf8', 6: 'bool', 7: 'decimal', 8: 'date', 9: 'time', 10: 'timestamp', 11: 'interval', 12: 'list', 13: 'struct', 14: 'union', 15: 'binary', 16: 'list', 17: 'map', 18: 'duration', 19: 'binary', 20: 'utf8', 21: 'list', 22: 'run-end encoded', 23: 'binary', 24: 'utf8',
}

/** As Arrow names it, with what it adds: how wide, how exact, of what, where. */
function nameOf(type: DataType): string {
  switch (type.typeId) {
    case Type.Int: return `${type.signed ? '' : 'u'}int${type.bitWidth}`
    case Type.Float: return `float${16 << type.precision}`
    case Type.Decimal: return `decimal(${type.precision}, ${type.scale})`
    case Type.Dictionary: return `dictionary of ${nameOf(type.dictionary)}`
    case Type.List: case Type.LargeList: case Type.FixedSizeList: case Type.ListView: case Type.LargeListView: return `list of ${nameOf(type.children[0]!.type)}`
    // Shown in UTC, wherever it was.
    case Type.Timestamp: return type.timezone ? words.timestampOf(type.timezone) : 'timestamp'
    default: return typeNames[type.typeId] ?? 'other'
  }
}

function tableOf(columns: readonly TableColumn[], places: readonly { row: number; rows: number }[], load: (index: number) => Promise<Decoded>): Table {
  const cache = new Map<number, Promise<Decoded>>()
  const batch = (index: number): Promise<Decoded> => {
    let found = cache.get(index)
    if (found === undefined) {
      cache.set(index, found = load(index))
      if (cache.size > kept) cache.delete(cache.keys().next().value!)
    }
    return found
  }
  return {
    columns, rows: places.reduce((sum, { rows }) => sum + rows, 0), complete: true, more: async () => {},
    async read(from, to) {
      const found: Cell[][] = []
      for (const [index, { row, rows }] of places.entries()) {
        if (row + rows <= from || row >= to) continue
        const { children } = await batch(index)
        for (let at = Math.max(from - row, 0); at < Math.min(to - row, rows); at += 1) found.push(children.map((column) => cellOf(textOf(column.type, valueAt(column, at), true))))
      }
      return found
    },
  }
}

const perSecond = [1n, 1000n, 1_000_000n, 1_000_000_000n] as const

/** A value; of a moment the count that the file holds, where the library would make milliseconds of it. */
function valueAt(column: Column<unknown>, at: number): unknown {
  const value = column.at(at)
  if (value === null || column.type.typeId !== Type.Timestamp) return value
  const index = column.offsets.findLastIndex((offset) => offset <= at)
  const batch = column.data[Math.min(index, column.data.length - 1)]!
  return (batch.values as BigInt64Array)[at - column.offsets[Math.min(index, column.data.length - 1)]!]
}

/** A value of such a type with the texts that stand for times, decimals and single floats; inside of lists and structs a number stays one. */
function textOf(type: DataType, value: unknown, whole = false): unknown {
  if (value === null || value === undefined) return value
  switch (type.typeId) {
    case Type.Float: return typeof value === 'number' && type.precision < 2 ? (whole ? singleText(value) : Number(singleText(value))) : value
    case Type.Decimal: return decimalText(BigInt(value as bigint | number), type.scale)
    case Type.Date: return dayText(Number(value) / 86_400_000)
    case Type.Time: return clockText(BigInt(value as bigint | number), perSecond[type.unit])
    case Type.Duration: return secondsText(BigInt(value as bigint), perSecond[type.unit])
    // Inside of others they come as milliseconds, in which a microsecond is still told.
    case Type.Timestamp: return typeof value === 'bigint' ? momentText(value, perSecond[type.unit]) : momentText(BigInt(Math.round(Number(value) * 1000)), 1_000_000n)
    case Type.Dictionary: return textOf(type.dictionary, value, whole)
    case Type.List: case Type.LargeList: case Type.FixedSizeList: case Type.ListView: case Type.LargeListView:
      return Array.from(value as ArrayLike<unknown>, (one) => textOf(type.children[0]!.type, one))
    case Type.Struct: return Object.fromEntries(type.children.map(({ name, type: inner }) => [name, textOf(inner, (value as Record<string, unknown>)[name])]))
    case Type.Map: {
      const [key, inner] = (type.children[0]!.type as Extract<DataType, { typeId: typeof Type.Struct }>).children
      return Object.fromEntries((value as [unknown, unknown][]).map(([name, one]) => [String(textOf(key!.type, name)), textOf(inner!.type, one)]))
    }
    default: return value
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Just enough of FlatBuffers: where the field of a table lies, or 0. */
function fieldAt(view: DataView, table: number, field: number): number {
  const vtable = table - view.getInt32(table, true)
  const slot = 4 + field * 2
  const offset = slot < view.getUint16(vtable, true) ? view.getUint16(vtable + slot, true) : 0
  return offset === 0 ? 0 : table + offset
}

/** Footer { version, schema, dictionaries: [Block], recordBatches: [Block] } of Arrow's File.fbs. */
function readFooter(bytes: Uint8Array): { dictionaries: Block[]; batches: Block[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const root = view.getUint32(0, true)
  const blocks = (field: number): Block[] => {
    const at = fieldAt(view, root, field)
    if (at === 0) return []
    const vector = at + view.getUint32(at, true)
    return Array.from({ length: view.getUint32(vector, true) }, (_, index) => {
      const place = vector + 4 + index * 24
      return { offset: Number(view.getBigInt64(place, true)), length: view.getInt32(place + 8, true) + Number(view.getBigInt64(place + 16, true)) }
    })
  }
  return { dictionaries: blocks(2), batches: blocks(3) }
}

/** RecordBatch.length, from the head of its message. */
async function rowsOfBatch(source: FileSource, offset: number): Promise<number> {
  const start = await source.read(offset, offset + 8)
  const size = new DataView(start.buffer, start.byteOffset).getInt32(4, true)
  const bytes = await source.read(offset + 8, offset + 8 + size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const header = fieldAt(view, view.getUint32(0, true), 2)
  const batch = header + view.getUint32(header, true)
  const length = fieldAt(view, batch, 0)
  return length === 0 ? 0 : Number(view.getBigInt64(length, true))
}
