import { bytesSource, isNumeric, readWhole, Unreadable, type Cell, type FileSource, type Table, type TableColumn } from './table.ts'
import { encodingOf, isBinary, isGuess, type Encoding } from './text.ts'
import { words } from '../words.ts'

const quote = 0x22
const newline = 0x0a
const block = 512 * 1024
const longestRecord = 16 * 2 ** 20
/** What stands in two bytes each is read whole: what ends a row is no byte of its own there. */
const mostOfUtf16 = 64 * 2 ** 20
/** Blocks whose rows are kept; the others are read again when somebody scrolls back. */
const kept = 12

/**
 * Where the last whole record of these bytes ends; 0 if none does. A quote opens a field only at
 * its start, so that an inch mark in the middle of a text does not swallow the rest of the file.
 */
export function lastRecordEnd(bytes: Uint8Array, delimiter: number): number {
  let end = 0
  let quoted = false
  let fieldStart = true
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!
    if (quoted) {
      if (byte !== quote) continue
      if (bytes[at + 1] === quote) at += 1
      else quoted = false
    } else if (byte === newline) {
      end = at + 1
      fieldStart = true
    } else if (byte === delimiter) fieldStart = true
    else {
      if (byte === quote && fieldStart) quoted = true
      fieldStart = false
    }
  }
  return end
}

/** The records of a text of whole records (RFC 4180; lines may end in LF or CRLF). */
export function parseRecords(text: string, delimiter: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  let quoted = false
  while (at < text.length) {
    let field: string
    if (text[at] === '"') {
      field = ''
      quoted = true
      let from = at + 1
      for (;;) {
        const close = text.indexOf('"', from)
        if (close < 0) {
          field += text.slice(from)
          at = text.length
          break
        }
        field += text.slice(from, close)
        if (text[close + 1] !== '"') {
          at = close + 1
          break
        }
        field += '"'
        from = close + 2
      }
      // What stands between the closing quote and the delimiter belongs to the field.
      const rest = endOfField(text, at, delimiter)
      field += text.slice(at, rest).replace(/\r$/, '')
      at = rest
    } else {
      const end = endOfField(text, at, delimiter)
      field = text.slice(at, end)
      if (text[end] !== delimiter && field.endsWith('\r')) field = field.slice(0, -1)
      at = end
    }
    row.push(field)
    if (text[at] === delimiter) {
      at += 1
      if (at < text.length && text[at] !== '\n') continue
      row.push('')
      if (at >= text.length) break
    }
    at += 1
    // An empty line is no row; a missing value in a table of one column is written "".
    if (row.length > 1 || row[0] !== '' || quoted) rows.push(row)
    row = []
    quoted = false
  }
  if (row.length > 0) rows.push(row)
  return rows
}

function endOfField(text: string, from: number, delimiter: string): number {
  let at = from
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at += 1
  return at
}

/** What separates the fields: what the first line has most of. */
export function sniffDelimiter(name: string, head: string): string {
  if (/\.(?:tsv|tab)$/i.test(name)) return '\t'
  const line = head.slice(0, head.indexOf('\n') < 0 ? head.length : head.indexOf('\n')).replace(/"(?:[^"]|"")*"/g, '')
  const counted = [',', ';', '\t', '|'].map((one) => [one, line.split(one).length] as const)
  return counted.reduce((best, next) => (next[1] > best[1] ? next : best))[0]
}

const withNewlines = (text: string, isOld: boolean): string => (isOld ? text.replace(/\r(?!\n)/g, '\n') : text)

/** Whether rows end in a carriage return alone, as old Macintoshes and some versions of Excel write them. */
const endsInReturns = (head: string): boolean => /^[^\r\n]*\r(?!\n)./.test(head.replace(/"(?:[^"]|"")*"/g, ''))

/** A CSV or TSV file of any size, read block by block as somebody scrolls; in the encoding that its reader names, or else that its bytes look like. */
export async function openCsv(file: FileSource, chosen?: Encoding): Promise<Table> {
  const first = await file.read(0, Math.min(file.size, 64 * 1024))
  if (chosen === undefined && isBinary(first)) throw new Unreadable(words.thisFileHoldsBinaryData)
  const found = chosen ?? encodingOf(first)
  const isOld = endsInReturns(new TextDecoder(found).decode(first))
  const isWide = found === 'utf-16le' || found === 'utf-16be' || isOld
  const source = isWide ? bytesSource(file.name, new TextEncoder().encode(withNewlines(new TextDecoder(found).decode(await readWhole(file, mostOfUtf16)), isOld))) : file
  const encoding = isWide ? 'utf-8' : found
  const head = new TextDecoder(encoding).decode(isWide ? await source.read(0, 64 * 1024) : first)
  const delimiter = sniffDelimiter(source.name, head)
  const code = delimiter.charCodeAt(0)
  /** Where each block begins: its first row (without the header) and its place in the file. */
  const blocks: { row: number; offset: number; end: number }[] = []
  const cache = new Map<number, readonly string[][]>()
  let rows = 0
  let next = 0
  let header: string[] = []

  async function parseAt(offset: number): Promise<{ found: string[][]; end: number }> {
    for (let size = block; ; size *= 4) {
      const bytes = await source.read(offset, Math.min(offset + size, source.size))
      const isLast = offset + bytes.length >= source.size
      const length = isLast ? bytes.length : lastRecordEnd(bytes, code)
      if (length === 0 && size > longestRecord) throw new Unreadable(words.aSingleRowOfThis)
      if (length === 0 && !isLast) continue
      const text = new TextDecoder(encoding, { ignoreBOM: offset > 0 }).decode(bytes.subarray(0, length))
      return { found: parseRecords(text, delimiter), end: offset + length }
    }
  }

  function remember(index: number, found: readonly string[][]): void {
    cache.delete(index)
    cache.set(index, found)
    if (cache.size > kept) cache.delete(cache.keys().next().value!)
  }

  let reading: Promise<void> | undefined
  const more = (): Promise<void> => reading ??= (async () => {
    if (next >= source.size) return
    const { found, end } = await parseAt(next)
    if (next === 0) header = found.shift() ?? []
    remember(blocks.length, found)
    blocks.push({ row: rows, offset: next, end })
    rows += found.length
    next = end
  })().finally(() => { reading = undefined })

  async function rowsOf(index: number): Promise<readonly string[][]> {
    let found = cache.get(index)
    if (found === undefined) {
      const read = await parseAt(blocks[index]!.offset)
      if (index === 0) read.found.shift()
      found = read.found
    }
    remember(index, found)
    return found
  }

  await more()
  const sample = (await rowsOf(0)).slice(0, 100)
  const width = Math.max(header.length, ...sample.map((row) => row.length))
  const columns: TableColumn[] = Array.from({ length: width }, (_, at) => ({ name: header[at] ?? '', numeric: isNumeric(sample.map((row) => row[at])) }))
  return {
    columns,
    ...((chosen !== undefined || isGuess(found, first)) && { encoding: found }),
    get rows() { return rows },
    get complete() { return next >= source.size },
    more,
    async read(from, to) {
      while (to > rows && next < source.size) await more()
      const found: (readonly Cell[])[] = []
      for (let index = 0; index < blocks.length; index += 1) {
        const start = blocks[index]!.row
        const end = blocks[index + 1]?.row ?? rows
        if (end <= from || start >= to) continue
        const part = await rowsOf(index)
        found.push(...part.slice(Math.max(from - start, 0), to - start).map((row) => (row.length >= width ? row : [...row, ...Array.from({ length: width - row.length }, () => null)])))
      }
      return found
    },
  }
}
