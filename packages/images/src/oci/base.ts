import { ImageError } from '../errors.ts'
import type { Image } from './source.ts'
import { layerEntries } from './tar-read.ts'

/** What of a base's file system decides how a model is put on it. */
export interface BaseFacts {
  /** `/usr/local/bin/python3.12` by `3.12`, the first on the PATH of each. */
  readonly pythons: ReadonlyMap<string, string>
  /** Whether it has a `python` or `python3` on the PATH. */
  readonly anyPython: boolean
  /** A Node of this major version or a newer one, which the image says that it has. */
  readonly node: string | undefined
  readonly musl: boolean
}

export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export const environmentOf = ({ config }: Image): Map<string, string> =>
  new Map((config.config?.Env ?? []).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))

const interesting = /(?:^|\/)bin\/(?:python3?|python3\.\d+|node)$|^(?:usr\/)?lib\/ld-musl-[^/]*$/

/** Looks through the layers of a base by the names in them. */
export async function inspectBase(image: Image): Promise<BaseFacts> {
  const { source, manifest } = image
  const found = new Set<string>()
  for (const layer of manifest.layers) {
    const here = new Set<string>()
    for await (const { path } of layerEntries(await source.open(layer), `${source.where}, layer ${layer.digest}`)) {
      // https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts: of the layers below.
      const [, folder = '', name] = /^(.*\/)?\.wh\.(.+)$/.exec(path) ?? []
      if (name === '.wh..opq') remove(found, (other) => other.startsWith(folder))
      else if (name !== undefined) remove(found, (other) => other === folder + name || other.startsWith(`${folder}${name}/`))
      else if (interesting.test(path)) here.add(path)
    }
    for (const path of here) found.add(path)
  }
  const env = environmentOf(image)
  const folders = (env.get('PATH') ?? defaultPath).split(':').filter((folder) => folder.startsWith('/'))
  const pythons = new Map<string, string>()
  for (const folder of folders) {
    for (const path of found) {
      const minor = /\/python(3\.\d+)$/.exec(path)?.[1]
      if (minor !== undefined && `/${path}` === `${folder}/python${minor}` && !pythons.has(minor)) pythons.set(minor, `/${path}`)
    }
  }
  const [major = 0] = (env.get('NODE_VERSION') ?? '').split('.').map(Number)
  return {
    pythons, anyPython: folders.some((folder) => found.has(`${folder.slice(1)}/python3`) || found.has(`${folder.slice(1)}/python`)),
    node: found.has('usr/local/bin/node') && major >= Number(process.versions.node.split('.')[0]) ? '/usr/local/bin/node' : undefined,
    musl: [...found].some((path) => path.includes('ld-musl-')),
  }
}

function remove(from: Set<string>, which: (path: string) => boolean): void {
  for (const path of from) if (which(path)) from.delete(path)
}

/** The base's Python of a minor version. @throws ImageError with those that it has */
export function pythonOf({ pythons, musl }: BaseFacts, minor: string, where: string): string {
  const path = pythons.get(minor)
  const take = `Take a base that has it: --base python:${minor}-slim`
  if (path === undefined) throw new ImageError(`${where} has no Python ${minor}, which the model asks for; it has ${pythons.size === 0 ? 'none' : [...pythons.keys()].join(', ')}.`, take)
  if (musl) throw new ImageError(`${where} is built on musl (as Alpine is), for which packages of Python are compiled otherwise than here.`, take)
  return path
}
