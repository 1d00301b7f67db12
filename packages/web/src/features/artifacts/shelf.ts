import * as api from '@cairn/protocol'
import type { CairnClient } from '@cairn/sdk'
import type { FileSource } from './decode/table.ts'

/** A file or folder of a shelf. */
export interface Entry {
  /** From the shelf's root. */
  readonly path: string
  readonly folder: boolean
  /** Bytes; 0 for a folder. */
  readonly size: number
}

/** Whose files: a run's, a logged model's, or a part of either. */
export interface Shelf {
  /** Tells shelves apart. */
  readonly key: string
  list(folder: string): Promise<readonly Entry[]>
  /** Where a file is downloaded: always as an attachment, inert in every browser. */
  url(path: string): string
  zip(folder: string): string
  /** What a folder with a model is called where one loads models. */
  modelUri(folder: string): string
  /** Absent where the files are not to be changed. */
  readonly upload?: (path: string, body: Blob) => Promise<void>
  readonly remove?: (path: string) => Promise<void>
}

const join = (base: string, path: string): string => (base === '' ? path : path === '' ? base : `${base}/${path}`)
const query = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString()

function entries(files: readonly api.FileInfo[] | undefined, root: string): Entry[] {
  const skip = root === '' ? 0 : root.length + 1
  return (files ?? []).map(({ path, is_dir, file_size }) => ({ path: path.slice(skip), folder: is_dir, size: Number(file_size ?? 0) }))
}

/** Follows the pages of a listing. */
async function allPages(page: (token: string | undefined) => Promise<{ files?: readonly api.FileInfo[]; next_page_token?: string }>, root: string): Promise<Entry[]> {
  const found: Entry[] = []
  for (let token: string | undefined; ;) {
    const { files, next_page_token } = await page(token)
    found.push(...entries(files, root))
    if (!next_page_token) return found
    token = next_page_token
  }
}

/** A run's artifacts, or those below `root`, which is then read only. */
export function runShelf(client: CairnClient, runId: string, root = ''): Shelf {
  return {
    key: `run/${runId}/${root}`,
    list: (folder) => allPages((page_token) => {
      const path = join(root, folder)
      return client.call(api.listArtifacts, { run_id: runId, ...(path !== '' && { path }), ...(page_token !== undefined && { page_token }) })
    }, root),
    url: (path) => `${client.url}/get-artifact?${query({ run_id: runId, path: join(root, path) })}`,
    zip: (folder) => `${client.url}${api.prefixes.cairn[0]}/runs/${encodeURIComponent(runId)}/artifacts.zip${join(root, folder) === '' ? '' : `?${query({ path: join(root, folder) })}`}`,
    modelUri: (folder) => `runs:/${runId}/${join(root, folder)}`,
    ...(root === '' && {
      upload: (path: string, body: Blob) => client.artifacts.upload(runId, path, body),
      remove: async (path: string) => void await client.call(api.deleteRunArtifacts, { run_id: runId, path }),
    }),
  }
}

export function modelShelf(client: CairnClient, modelId: string): Shelf {
  const id = encodeURIComponent(modelId)
  return {
    key: `model/${modelId}`,
    list: (folder) => allPages((page_token) => client.call(api.listLoggedModelArtifacts, {
      model_id: modelId, ...(folder !== '' && { artifact_directory_path: folder }), ...(page_token !== undefined && { page_token }),
    }), ''),
    url: (path) => `${client.url}${api.prefixes.ajax[0]}/logged-models/${id}/artifacts/files?${query({ artifact_file_path: path })}`,
    zip: (folder) => `${client.url}${api.prefixes.cairn[0]}/logged-models/${id}/artifacts.zip${folder === '' ? '' : `?${query({ path: folder })}`}`,
    modelUri: (folder) => join(`models:/${modelId}`, folder),
  }
}

/** A file by its parts. What the server answers whole, because it cannot do parts, is cut here. */
export function fileOf(client: CairnClient, shelf: Shelf, { path, size }: Entry): FileSource {
  const address = shelf.url(path).slice(client.url.length)
  return {
    name: path, size,
    async read(from, to) {
      const end = Math.min(to, size)
      if (end <= from) return new Uint8Array(0)
      const whole = from === 0 && end === size
      const response = await client.transport.send('getArtifact', address, { method: 'GET', ...(!whole && { headers: { range: `bytes=${from}-${end - 1}` } }) }, { timeoutMs: Infinity })
      const bytes = new Uint8Array(await response.arrayBuffer())
      return response.status === 206 || whole ? bytes : bytes.subarray(from, end)
    },
  }
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
export const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0))

/** A path seen from a folder; it never leaves the shelf. */
export function beside(folder: string, path: string): string {
  const parts = folder === '' ? [] : folder.split('/')
  for (const part of path.split(/[?#]/)[0]!.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}
