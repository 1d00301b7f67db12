import { readdir, readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ImageError } from './errors.ts'

/** Cairn as it goes into an image. */
export interface Runtime {
  readonly version: string
  /** The package `cairn`: its `package.json`, its licence and `dist`. */
  readonly home: string
}

/** Files of the package that an image needs, relative to it, sorted. The web page stays behind. */
export async function runtimeFiles({ home }: Runtime): Promise<string[]> {
  const dist = join(home, 'dist')
  if (!existsSync(join(dist, 'cairn.js'))) throw new ImageError(`There is no ${join(dist, 'cairn.js')}: this checkout of Cairn was not built, and an image gets the built program.`, 'npm run build')
  const entries = await readdir(dist, { withFileTypes: true })
  const program = entries.filter((entry) => entry.isFile()).map(({ name }) => `dist/${name}`)
  return [...program, 'package.json', ...(existsSync(join(home, 'LICENSE')) ? ['LICENSE'] : [])].toSorted()
}

/** The Node that this Cairn runs on, as its package pins it. */
export async function nodeVersion({ home }: Runtime): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
  return dependencies?.['node'] ?? process.versions.node
}
