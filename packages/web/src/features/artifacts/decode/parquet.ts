import { parquetMetadataAsync, parquetReadObjects, parquetSchema, type AsyncBuffer, type FileMetaData, type SchemaElement, type SchemaTree } from 'hyparquet'
import { decompressBrotli, decompressLz4, decompressLz4Raw, decompressZstd, gunzip } from './compression.ts'
import { clockText, dayText, decimalText, momentText, signedOf, singleText } from './exact.ts'
import { cellOf, Unreadable, type Cell, type FileSource, type Table } from './table.ts'
import { words } from '../words.ts'

const page = 1000
const kept = 20

const perSecond = { MILLIS: 1000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n } as const
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** What the library would round: moments become texts as they are decoded. */
const parsers = {
  timestampFromMilliseconds: (units: bigint | number) => momentText(BigInt(units), perSecond.MILLIS),
  timestampFromMicroseconds: (units: bigint) => momentText(units, perSecond.MICROS),
  timestampFromNanoseconds: (units: bigint) => momentText(units, perSecond.NANOS),
  dateFromDays: dayText,
  jsonFromBytes: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
}

/** Bytes of which the file does not say that they are text are shown as text where they are. */
function bytesCell(value: unknown): Cell {
  if (!(value instanceof Uint8Array)) return cellOf(value)
  try {
    const text = utf8.decode(value)
    if (!/[\p{Cc}--[\t\n\r]]/v.test(text)) return text
  } catch {
    // No text.
  }
  return cellOf(value)
}

/** How a column's values are shown. Decimals and times of day come as whole numbers: see `asStored`. */
function cellsOf({ type, converted_type, logical_type, scale = 0 }: SchemaElement): (value: unknown) => Cell {
  const whole = (show: (units: bigint) => string) => (value: unknown): Cell =>
    (value === null || value === undefined ? null : show(value instanceof Uint8Array ? signedOf(value) : BigInt(value as number | bigint)))
  if (converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL') return whole((units) => decimalText(units, logical_type?.type === 'DECIMAL' ? logical_type.scale : scale))
  if (logical_type?.type === 'TIME') return whole((units) => clockText(units, perSecond[logical_type.unit]))
  if (converted_type === 'TIME_MILLIS' || converted_type === 'TIME_MICROS') return whole((units) => clockText(units, perSecond[converted_type === 'TIME_MILLIS' ? 'MILLIS' : 'MICROS']))
  if (type === 'FLOAT') return (value) => (typeof value === 'number' ? singleText(value) : cellOf(value))
  return type === 'BYTE_ARRAY' ? bytesCell : cellOf
}

/** A column without its meaning: of decimals the library would make numbers that lack digits. */
function asStored(element: SchemaElement): SchemaElement {
  if (element.converted_type !== 'DECIMAL' && element.logical_type?.type !== 'DECIMAL') return element
  const { converted_type: _, logical_type: __, ...stored } = element
  return stored
}

/** Of a page without values only the mark of its end is left, at which the library stumbles. */
const filled = (decompress: (input: Uint8Array, size: number) => Uint8Array) => (input: Uint8Array, size: number): Uint8Array => (size === 0 ? new Uint8Array(0) : decompress(input, size))

const leavesOf = (tree: SchemaTree): SchemaTree[] => (tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf))

/** Single floats in lists, with the digits that they have. */
const singles = (value: unknown): unknown => (Array.isArray(value) ? value.map(singles) : typeof value === 'number' ? Number(singleText(value)) : value)

/** Columns by their places: the library reads them by name, and several may have the same one. */
function byPlace(metadata: FileMetaData, columns: readonly SchemaTree[]): FileMetaData {
  const places = new Map(columns.map(({ element }, at) => [element, String(at)]))
  const leaves = columns.flatMap((column, at) => leavesOf(column).map(() => String(at)))
  return {
    ...metadata, schema: metadata.schema.map((element) => (places.has(element) ? { ...asStored(element), name: places.get(element)! } : element)),
    row_groups: metadata.row_groups.map((group) => ({
      ...group, columns: group.columns.map((chunk, at) => (chunk.meta_data === undefined ? chunk : { ...chunk, meta_data: { ...chunk.meta_data, path_in_schema: [leaves[at]!, ...chunk.meta_data.path_in_schema.slice(1)] } })),
    })),
  }
}

/** Bytes that were read once: a page of rows often lies in the same pieces as its neighbour. */
function buffer(source: FileSource): AsyncBuffer {
  const pieces = new Map<string, Promise<ArrayBuffer>>()
  return {
    byteLength: source.size,
    slice(from, to = source.size) {
      const start = from < 0 ? source.size + from : from
      const key = `${start}-${to}`
      let piece = pieces.get(key)
      if (piece === undefined) {
        pieces.set(key, piece = source.read(start, to).then((bytes) => bytes.slice().buffer))
        if (pieces.size > 64) pieces.delete(pieces.keys().next().value!)
      }
      return piece
    },
  }
}

/** A Parquet file: its footer first, then only the pages of the rows that are looked at. */
export async function openParquet(source: FileSource): Promise<Table> {
  const file = buffer(source)
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => { throw new Unreadable(words.thisIsNoParquetFile((error as Error).message)) })
  const rows = Number(metadata.num_rows)
  const tree = parquetSchema(metadata).children
  const elements = tree.map(({ element }) => element)
  const columns = elements.map(({ name, logical_type, converted_type, type: stored }) => {
    const type = (logical_type?.type ?? converted_type ?? stored ?? 'group').toLowerCase()
    return { name, type: logical_type?.type === 'TIMESTAMP' && logical_type.isAdjustedToUTC ? `${type}, UTC` : type, numeric: /^(?:int|uint|float|double|decimal)/.test(type) }
  })
  const shown = tree.map((column) => (column.children.length > 0 && leavesOf(column).every(({ element }) => element.type === 'FLOAT') ? (value: unknown) => cellOf(singles(value)) : cellsOf(column.element)))
  const raw = byPlace(metadata, tree)
  const pages = new Map<number, Promise<Cell[][]>>()
  const compressors = {
    GZIP: (input: Uint8Array, size: number) => gunzip(input, new Uint8Array(size)),
    BROTLI: decompressBrotli, ZSTD: (input: Uint8Array) => decompressZstd(input), LZ4: filled(decompressLz4), LZ4_RAW: filled(decompressLz4Raw),
  }
  const pageAt = (index: number): Promise<Cell[][]> => {
    let found = pages.get(index)
    if (found === undefined) {
      found = parquetReadObjects({ file, metadata: raw, compressors, parsers, utf8: false, rowStart: index * page, rowEnd: Math.min((index + 1) * page, rows), useOffsetIndex: true })
        .then((objects) => objects.map((row) => shown.map((show, at) => show(row[at]))))
      pages.set(index, found)
      found.catch(() => pages.delete(index))
      if (pages.size > kept) pages.delete(pages.keys().next().value!)
    }
    return found
  }
  return {
    columns, rows, complete: true, more: async () => {},
    async read(from, to) {
      const found: Cell[][] = []
      for (let index = Math.floor(from / page); index * page < Math.min(to, rows); index += 1) {
        found.push(...(await pageAt(index)).slice(Math.max(from - index * page, 0), to - index * page))
      }
      return found
    },
  }
}
