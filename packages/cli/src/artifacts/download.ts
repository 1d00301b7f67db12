import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FileInfo } from '@cairn/protocol'
import { UserError } from '../framework/errors.ts'
import { walk, type ArtifactSource } from './source.ts'

export interface Downloaded {
  readonly path: string
  readonly bytes: number
}

const atOnce = 4

/**
 * Brings a file or a folder of the source into a folder here; folders keep their own name, as with
 * `cp -r`. A file appears under its name only when it is whole.
 */
export async function download(source: ArtifactSource, path: string, to: string, signal: AbortSignal): Promise<Downloaded[]> {
  const from = path.replace(/^\/+|\/+$/g, '')
  const above = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : ''
  const target = from === '' ? undefined : (await source.list(above)).find((entry) => entry.path === from)
  if (from !== '' && target === undefined) throw new UserError(`There is no artifact "${from}".`, 'See what there is: cairn artifacts list')
  const pending: AsyncIterator<FileInfo> = (target !== undefined && !target.is_dir ? one(target) : walk(source, from))[Symbol.asyncIterator]()
  const done: Downloaded[] = []
  const worker = async (): Promise<void> => {
    for (let next = await pending.next(); next.done !== true; next = await pending.next()) {
      const name = above === '' ? next.value.path : next.value.path.slice(above.length + 1)
      const file = placeOf(to, name)
      done.push({ path: file, bytes: await save(source, next.value.path, file, signal) })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return done.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

async function* one(file: FileInfo): AsyncGenerator<FileInfo> {
  yield file
}

/** Names come from the server: none may lead out of the folder that the person named. */
export function placeOf(folder: string, name: string): string {
  const root = resolve(folder)
  const file = resolve(root, name)
  const inside = relative(root, file)
  if (name === '' || name.includes('\0') || name.includes('\\') || inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
    throw new UserError(`The server names a file "${name}", which would lie outside ${root}. Nothing was written there.`)
  }
  return file
}

async function save(source: ArtifactSource, path: string, file: string, signal: AbortSignal): Promise<number> {
  const response = await source.open(path)
  await mkdir(dirname(file), { recursive: true })
  const partial = resolve(dirname(file), `.${basename(file)}.${process.pid}.part`)
  let bytes = 0
  try {
    const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
    body.on('data', (chunk: Uint8Array) => { bytes += chunk.byteLength })
    await pipeline(body, createWriteStream(partial), { signal })
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  return bytes
}
