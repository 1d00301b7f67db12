import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { openRegistryImage } from '../registry/pull.ts'
import { openLayout } from './layout.ts'
import type { ImageSource } from './source.ts'

export interface OpenOptions {
  readonly cwd: string
  /** Where blobs of registries are kept. */
  readonly cache: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly plainHttp: boolean
  readonly tls?: boolean | undefined
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * An image by what a person writes: `oci:FOLDER[:TAG]`, `oci-archive:FILE.tar[:TAG]`, a path of either,
 * or an image of a registry, with `docker://` in front or without.
 */
export async function openImage(text: string, options: OpenOptions): Promise<ImageSource> {
  const place = layoutPlace(text, options.cwd)
  if (place !== undefined) return openLayout(place.path, place.tag)
  return openRegistryImage(text, options)
}

/** The layout that a text names, if it names one. What looks like a path is one, whether it is there or not. */
export function layoutPlace(text: string, cwd: string): { path: string; tag: string | undefined } | undefined {
  const named = /^oci(?:-archive)?:(.+)$/.exec(text)?.[1]
  const written = named ?? text
  if (named === undefined && text.startsWith('docker://')) return undefined
  const whole = resolve(cwd, written)
  if (existsSync(whole) && (named !== undefined || /^[./~]/.test(text) || existsSync(`${whole}/index.json`) || whole.endsWith('.tar'))) return { path: whole, tag: undefined }
  const [, path, tag] = /^(.+?):([\w][\w.-]*|sha256:[0-9a-f]{64})$/.exec(written) ?? []
  if (path !== undefined && (existsSync(`${resolve(cwd, path)}/index.json`) || (path.endsWith('.tar') && existsSync(resolve(cwd, path))))) return { path: resolve(cwd, path), tag }
  return named !== undefined || /^\.{0,2}\//.test(text) ? { path: path === undefined ? whole : resolve(cwd, path), tag } : undefined
}
