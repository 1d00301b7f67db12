import { useQueries, useQuery } from '@tanstack/react-query'
import { client } from '../../../app/server.ts'
import { openTable } from '../../artifacts/decode/open-table.ts'
import { fixedTable, readWhole, type Table } from '../../artifacts/decode/table.ts'
import { baseName, fileOf, folderOf, runShelf, type Entry } from '../../artifacts/shelf.ts'
import type { DrawnRun } from '../drawn-runs.ts'
import { tableOfJson, type LoggedTable } from './logged-table.ts'
import { words } from './words.ts'

/** Bytes and rows up to which a file is read whole for a chart. */
const mostBytes = 32 * 2 ** 20
const mostRows = 500_000

export interface OfRun<T> {
  readonly run: DrawnRun
  readonly value: T | undefined
  readonly error: string | undefined
}

async function entryOf(run: string, path: string): Promise<Entry> {
  const found = (await runShelf(client, run).list(folderOf(path))).find((entry) => entry.path === path && !entry.folder)
  if (found === undefined) throw new Error(words.theRunHasNoFile(path))
  return found
}

async function wholeTable(run: string, path: string): Promise<LoggedTable> {
  const file = fileOf(client, runShelf(client, run), await entryOf(run, path))
  if (/\.json$/i.test(path)) return tableOfJson(new TextDecoder().decode(await readWhole(file, mostBytes)))
  const table = await openTable(file)
  const rows = await table.read(0, mostRows)
  return { columns: table.columns.map(({ name }) => name), rows }
}

/** A file of several runs as a table of each. */
export function useTables(runs: readonly DrawnRun[], path: string): OfRun<LoggedTable>[] {
  const found = useQueries({ queries: runs.map(({ id }) => ({ queryKey: ['logged table', id, path], queryFn: () => wholeTable(id, path), enabled: path !== '', staleTime: Infinity })) })
  return runs.map((run, at) => ({ run, value: found[at]!.data, error: found[at]!.error?.message }))
}

/** One file of one run as a table of any length. */
export function useOpenTable(run: string | undefined, path: string): { readonly value: Table | undefined; readonly error: string | undefined } {
  const found = useQuery({
    queryKey: ['open table', run, path], enabled: run !== undefined && path !== '', staleTime: Infinity,
    queryFn: async (): Promise<Table> => {
      if (!/\.json$/i.test(path)) return openTable(fileOf(client, runShelf(client, run!), await entryOf(run!, path)))
      const { columns, rows } = await wholeTable(run!, path)
      return fixedTable(columns.map((name, at) => ({ name, numeric: rows.every((row) => row[at] === null || typeof row[at] === 'number') })), rows.map((row) => row.map((cell) => (cell === null ? null : String(cell)))))
    },
  })
  return { value: found.data, error: found.error?.message }
}

export function useText(run: string | undefined, path: string): { readonly value: string | undefined; readonly error: string | undefined } {
  const found = useQuery({
    queryKey: ['logged text', run, path], enabled: run !== undefined && path !== '', staleTime: Infinity,
    queryFn: async () => new TextDecoder().decode(await readWhole(fileOf(client, runShelf(client, run!), await entryOf(run!, path)), 4 * 2 ** 20)),
  })
  return { value: found.data, error: found.error?.message }
}

/** Files in the folder `images` of several runs. */
export function useImagePaths(runs: readonly DrawnRun[]): OfRun<readonly string[]>[] {
  const found = useQueries({ queries: runs.map(({ id }) => ({ queryKey: ['logged images', id], queryFn: async () => (await runShelf(client, id).list('images')).filter(({ folder }) => !folder).map(({ path }) => path), staleTime: 10_000 })) })
  return runs.map((run, at) => ({ run, value: found[at]!.data, error: found[at]!.error?.message }))
}

const mostFolders = 24

/** Files of some runs, a few folders deep, for whoever chooses one. */
export function useFilePaths(runs: readonly DrawnRun[]): readonly string[] {
  const ids = runs.slice(0, 3).map(({ id }) => id)
  const found = useQuery({
    queryKey: ['files of', ids], staleTime: 10_000, enabled: ids.length > 0,
    queryFn: async () => {
      const paths = new Set<string>()
      for (const id of ids) {
        const shelf = runShelf(client, id)
        const waiting = ['']
        for (let read = 0; waiting.length > 0 && read < mostFolders; read += 1) {
          for (const entry of await shelf.list(waiting.shift()!)) {
            if (!entry.folder) paths.add(entry.path)
            else if (baseName(entry.path) !== 'images' && entry.path.split('/').length < 4) waiting.push(entry.path)
          }
        }
      }
      return [...paths].sort()
    },
  })
  return found.data ?? []
}
