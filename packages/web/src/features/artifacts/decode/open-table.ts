import type { FileSource, Table } from './table.ts'

/** A table by the ending of its name; the decoder is loaded when one is opened. */
export async function openTable(file: FileSource): Promise<Table> {
  if (/\.parquet$/i.test(file.name)) return (await import('./parquet.ts')).openParquet(file)
  if (/\.(?:arrow|arrows|feather|ipc)$/i.test(file.name)) return (await import('./arrow.ts')).openArrow(file)
  return (await import('./csv.ts')).openCsv(file)
}
