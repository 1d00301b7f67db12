import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import type { EntryPoint } from '../project/spec.ts'
import type { Values } from '../project/parameters.ts'
import { fileDigest } from './changes.ts'

export interface DataDigest {
  readonly parameter: string
  /** As the parameter says it. */
  readonly value: string
  readonly files: number
  readonly bytes: number
  /** Of the file; of a folder: of the names and digests of its files. Undefined over the limit. */
  readonly sha256: string | undefined
}

/** Bytes that are read for a digest; a larger file is named with its size only. */
export const dataLimit = 4 * 2 ** 30

/**
 * Digests of the files and folders that parameters name: those of type path, and any other whose
 * value is a file of the project.
 */
export async function dataDigests(entry: EntryPoint, values: Values, paths: Values, folder: string): Promise<DataDigest[]> {
  const found: DataDigest[] = []
  for (const [parameter, value] of Object.entries(values)) {
    const declared = entry.parameters.find(({ name }) => name === parameter)
    const path = paths[parameter] ?? (declared?.type === 'uri' || value === '' ? undefined : resolve(folder, value))
    const info = path === undefined ? undefined : await stat(path).catch(() => undefined)
    // A bare word such as "." or a folder's name is more often something else than data.
    if (path === undefined || info === undefined || (paths[parameter] === undefined && !info.isFile())) continue
    found.push({ parameter, value, ...await digest(path, info.isFile() ? info.size : undefined) })
  }
  return found
}

async function digest(path: string, size: number | undefined): Promise<Pick<DataDigest, 'files' | 'bytes' | 'sha256'>> {
  if (size !== undefined) return { files: 1, bytes: size, sha256: size > dataLimit ? undefined : await fileDigest(path) }
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).toSorted()
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  const bytes = sizes.reduce((sum, one) => sum + one, 0)
  if (bytes > dataLimit) return { files: files.length, bytes, sha256: undefined }
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${relative(path, file).split(sep).join('/')}\0${await fileDigest(file)}\0`)
  return { files: files.length, bytes, sha256: hash.digest('hex') }
}
