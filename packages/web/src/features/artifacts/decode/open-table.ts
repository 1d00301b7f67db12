import type { FileSource, Table } from './table.ts'
import type { Encoding } from './text.ts'

/** A table by the ending of its name; the decoder is loaded when one is opened. Of text files the encoding may be named. */
export async function openTable(file: FileSource, encoding?: Encoding): Promise<Table> {
  if (/\.parquet$/i.test(file.name)) return (await import('./parquet.ts')).openParquet(file)
  if (/\.(?:arrow|arrows|feather|ipc)$/i.test(file.name)) return (await import('./arrow.ts')).openArrow(file)
  return (await import('./csv.ts')).openCsv(file, encoding)
}
