import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { text, timeName, type Sink } from './json-lines.ts'
import type { LogEntry, LogSettings } from './request-log.ts'

/**
 * Files of a folder, which together are one data set: `requests-TIME-PID-NUMBER.parquet`. A Parquet file
 * ends with its index, so each is written at once, under another name until it is whole.
 */
export function openParquetFolder({ path, maxBytes, maxSeconds }: LogSettings): Sink {
  let entries: LogEntry[] = []
  let bytes = 0
  let since = 0
  let number = 0
  const flush = (): void => {
    if (entries.length === 0) return
    // Gone in any case: what cannot be written must not grow.
    const rows = entries
    entries = []
    bytes = 0
    const name = `requests-${timeName()}-${process.pid}-${number += 1}.parquet`
    const partial = join(path, `.${name}.partial`)
    try {
      mkdirSync(path, { recursive: true })
      writeFileSync(partial, new Uint8Array(parquetOf(rows)))
      renameSync(partial, join(path, name))
    } catch (error) {
      try {
        rmSync(partial, { force: true })
      } catch { /* there is no such folder */ }
      throw Object.assign(new Error(`${rows.length} requests were lost: ${(error as Error).message}`, { cause: error }), { lost: rows.length })
    }
  }
  return {
    write(more) {
      if (entries.length === 0) since = Date.now()
      for (const entry of more) {
        entries.push(entry)
        bytes += entry.input.length + entry.output.length
        if (bytes >= maxBytes) flush()
      }
    },
    tick() {
      if (maxSeconds !== undefined && Date.now() - since >= maxSeconds * 1000) flush()
    },
    end: flush,
  }
}

function parquetOf(rows: readonly LogEntry[]): ArrayBuffer {
  const column = <T>(name: string, type: 'STRING' | 'TIMESTAMP' | 'INT32' | 'DOUBLE', value: (row: LogEntry) => T) => ({ name, type, nullable: false, data: rows.map(value) })
  return parquetWriteBuffer({
    columnData: [
      column('time', 'TIMESTAMP', ({ time }) => new Date(time)),
      column('request_id', 'STRING', ({ request_id }) => request_id),
      column('model', 'STRING', ({ model }) => model),
      column('version', 'STRING', ({ version }) => version),
      column('status', 'INT32', ({ status }) => status),
      column('duration_ms', 'DOUBLE', ({ duration_ms }) => duration_ms),
      column('input', 'STRING', ({ input }) => text(input)),
      column('output', 'STRING', ({ output }) => text(output)),
    ],
    codec: 'ZSTD', compressors: { ZSTD: (input: Uint8Array) => zstdCompressSync(input) }, rowGroupSize: 100_000, createdBy: 'cairn',
  })
}
