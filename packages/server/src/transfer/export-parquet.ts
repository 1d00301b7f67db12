import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { ParquetWriter, fileWriter, type SchemaElement } from 'hyparquet-writer'
import type { OwnSource } from './cairn-view.ts'
import {
  addExperiment, addLoggedModel, addPoints, addRegisteredModel, addRun, parquetTables, type Add, type Cell, type ColumnType, type TableName,
} from './parquet-tables.ts'
import { SourceRefused } from './source.ts'

/** Rows of a table that are held in memory, and then are one row group. */
const rowGroup = 100_000

export interface ParquetExport {
  /** Rows by table; each is a file of that name. */
  readonly rows: Readonly<Record<TableName, number>>
}

export interface ExportProgress {
  readonly runs: number
  readonly points: number
}

/** Writes everything into a new folder, a file for each table. A file has its name once it is whole. */
export async function exportParquet(source: OwnSource, folder: string, signal: AbortSignal, progress: (now: ExportProgress) => void = () => {}): Promise<ParquetExport> {
  await mkdir(folder, { recursive: true })
  if ((await readdir(folder)).length > 0) throw new SourceRefused(`${folder} is not empty. An export goes into a folder of its own.`)
  const tables = Object.fromEntries(Object.entries(parquetTables).map(([name, columns]) => [name, new TableFile(join(folder, `${name}.parquet`), columns)])) as Record<TableName, TableFile>
  const add: Add = (table, row) => tables[table].add(row)
  for (const experiment of await source.experiments()) addExperiment(add, experiment)
  for await (const page of source.loggedModels()) for (const model of page) addLoggedModel(add, model)
  const told = { runs: 0, points: 0 }
  for await (const page of source.runs()) {
    for (const run of page) addRun(add, run)
    for await (const points of source.points(page)) {
      signal.throwIfAborted()
      addPoints(add, points)
      told.points += points.points.length
      progress(told)
    }
    told.runs += page.length
    progress(told)
  }
  for await (const model of source.registeredModels()) addRegisteredModel(add, model)
  for (const table of Object.values(tables)) await table.finish()
  return { rows: Object.fromEntries(Object.entries(tables).map(([name, { rows }]) => [name, rows])) as ParquetExport['rows'] }
}

/** Everything may be missing: MLflow's columns are nullable too. */
const elements: Readonly<Record<ColumnType, Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  int64: { type: 'INT64', repetition_type: 'OPTIONAL' },
  double: { type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  boolean: { type: 'BOOLEAN', repetition_type: 'OPTIONAL' },
}

class TableFile {
  readonly #path: string
  readonly #columns: readonly { readonly name: string; readonly type: ColumnType; data: Cell[] }[]
  readonly #writer: ParquetWriter
  rows = 0
  #held = 0

  constructor(path: string, columns: Readonly<Record<string, ColumnType>>) {
    this.#path = path
    this.#columns = Object.entries(columns).map(([name, type]) => ({ name, type, data: [] }))
    this.#writer = new ParquetWriter({
      writer: fileWriter(`${path}.partial`), createdBy: 'cairn', codec: 'ZSTD', compressors: { ZSTD: (input: Uint8Array) => zstdCompressSync(input) },
      schema: [{ name: 'root', num_children: this.#columns.length }, ...this.#columns.map(({ name, type }) => ({ name, ...elements[type] }))],
    })
  }

  add(row: Readonly<Record<string, Cell>>): void {
    for (const { name, type, data } of this.#columns) {
      const cell = row[name] ?? null
      data.push(type === 'int64' && typeof cell === 'number' ? BigInt(cell) : cell)
    }
    this.rows += 1
    if ((this.#held += 1) === rowGroup) this.#flush()
  }

  async finish(): Promise<void> {
    if (this.#held > 0 || this.rows === 0) this.#flush()
    await this.#writer.finish()
    await rename(`${this.#path}.partial`, this.#path)
  }

  #flush(): void {
    // The file's writer is synchronous, so nothing has to be waited for.
    void this.#writer.write({ columnData: this.#columns.map(({ name, data }) => ({ name, data })), rowGroupSize: rowGroup })
    for (const column of this.#columns) column.data = []
    this.#held = 0
  }
}
