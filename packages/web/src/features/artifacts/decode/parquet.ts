import { parquetMetadataAsync, parquetReadObjects, parquetSchema, type AsyncBuffer } from 'hyparquet'
import { decompressBrotli, decompressLz4, decompressLz4Raw, decompressZstd, gunzip } from './compression.ts'
import { cellOf, Unreadable, type Cell, type FileSource, type Table } from './table.ts'
import { words } from '../words.ts'

const page = 1000
const kept = 20

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
  const columns = parquetSchema(metadata).children.map(({ element }) => {
    const type = (element.logical_type?.type ?? element.converted_type ?? element.type ?? 'group').toLowerCase()
    return { name: element.name, type, numeric: /^(?:int|uint|float|double|decimal)/.test(type) }
  })
  const pages = new Map<number, Promise<Cell[][]>>()
  const compressors = {
    GZIP: (input: Uint8Array, size: number) => gunzip(input, new Uint8Array(size)),
    BROTLI: decompressBrotli, ZSTD: (input: Uint8Array) => decompressZstd(input), LZ4: decompressLz4, LZ4_RAW: decompressLz4Raw,
  }
  const pageAt = (index: number): Promise<Cell[][]> => {
    let found = pages.get(index)
    if (found === undefined) {
      found = parquetReadObjects({ file, metadata, compressors, rowStart: index * page, rowEnd: Math.min((index + 1) * page, rows), useOffsetIndex: true })
        .then((objects) => objects.map((row) => columns.map(({ name }) => cellOf(row[name]))))
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
