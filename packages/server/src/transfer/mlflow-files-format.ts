import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Int64 } from '@cairn/protocol'
import type { KeyValue } from './source.ts'

// How MLflow's file store lies on the disk, whatever is made of it.

/** Deleted experiments. */
export const trash = '.trash'

/** Active experiments, then deleted ones. */
export async function experimentFolders(root: string): Promise<string[]> {
  const found: string[] = []
  for (const parent of [root, join(root, trash)]) {
    for (const name of await folders(parent)) {
      if (name === trash) continue
      const meta = await metaOf(join(parent, name))
      if (meta?.['experiment_id'] !== undefined && meta['name'] !== undefined) found.push(join(parent, name))
    }
  }
  return found
}

export async function runFolders(experiment: string): Promise<string[]> {
  const found: string[] = []
  for (const name of await folders(experiment)) {
    if (!['tags', 'datasets', 'models', 'traces'].includes(name) && await isFile(join(experiment, name, 'meta.yaml'))) found.push(join(experiment, name))
  }
  return found
}

export const linesOf = (text: string): string[][] => text.split('\n').filter((line) => line.trim() !== '').map((line) => line.trim().split(' '))

/** `timestamp value step …`; before 1.0 without a step. */
export const pointOf = ([timestamp = '0', value = 'nan', step = '0']: readonly string[]): { timestamp: Int64; value: number; step: Int64 } =>
  ({ timestamp: wholeNumber(timestamp), value: pythonFloat(value), step: wholeNumber(step) })

const pythonFloat = (text: string): number => {
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (word === null) return Number(text)
  return word[2]!.toLowerCase() === 'nan' ? NaN : word[1] === '-' ? -Infinity : Infinity
}

export function wholeNumber(text: string): Int64 {
  const number = Math.trunc(Number(text))
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text)
}

export type Meta = Readonly<Record<string, unknown>>

/** Python writes YAML 1.1; integers of 18 digits must stay exact. */
export async function metaOf(folder: string): Promise<Meta | undefined> {
  try {
    const meta: unknown = parse(await readFile(join(folder, 'meta.yaml'), 'utf8'), { version: '1.1', intAsBigInt: true })
    return typeof meta === 'object' && meta !== null ? meta as Meta : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

export const textOf = (value: unknown): string => (value == null ? '' : String(value))

export async function folders(path: string): Promise<string[]> {
  try {
    return (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name).toSorted()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() === true

/** Names may hold `/`, and so lie in folders. */
export async function filesBelow(folder: string, prefix = ''): Promise<{ key: string; path: string }[]> {
  const found: { key: string; path: string }[] = []
  try {
    for (const entry of (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) found.push(...await filesBelow(path, `${prefix}${entry.name}/`))
      else if (entry.isFile()) found.push({ key: prefix + entry.name, path })
    }
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  return found
}

export const texts = async (folder: string): Promise<KeyValue[]> =>
  Promise.all((await filesBelow(folder)).map(async ({ key, path }) => ({ key, value: await readFile(path, 'utf8') })))
