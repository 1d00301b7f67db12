import { readdir, realpath, stat } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesBelow } from '@cairn/serving'
import { ImageError } from '../errors.ts'
import { places, type ImagePlan } from '../plan.ts'
import { runtimeFiles, type Runtime } from '../runtime.ts'
import type { TarEntry } from './tar-write.ts'

/** A file of this machine at `path` in the image; of its mode only whether it is a program is kept. */
export async function fileEntry(source: string, path: string): Promise<TarEntry> {
  const { mode, size } = await stat(source)
  return { kind: 'file', path: path.replace(/^\//, ''), mode: (mode & 0o100) === 0 ? 0o644 : 0o755, size, source }
}

const within = (place: string, name: string): string => `${place.slice(1)}/${name}`

/** The program, with its Node unless the base has one, and a `/tmp` that the container's account may use. */
export async function runtimeEntries(runtime: Runtime, ownNode: boolean): Promise<TarEntry[]> {
  const entries = await Promise.all((await runtimeFiles(runtime)).map((path) => fileEntry(join(runtime.home, path), within(places.cairn, path))))
  entries.push({ kind: 'folder', path: 'tmp', mode: 0o1777 })
  if (!ownNode) return entries
  const node = await fileEntry(await realpath(process.execPath), within(places.cairn, 'bin/node'))
  entries.push({ ...node, mode: 0o755 } as TarEntry)
  const atomic = libatomic()
  if (atomic !== undefined) entries.push(await fileEntry(await realpath(atomic), within(places.cairn, 'lib/libatomic.so.1')))
  return entries
}

/** What Node is linked with and slim images lack, where it is loaded into this process. */
function libatomic(): string | undefined {
  const { sharedObjects } = process.report.getReport() as unknown as { readonly sharedObjects?: readonly string[] }
  return sharedObjects?.find((path) => /\/libatomic\.so\.1(?:\.|$)/.test(path))
}

export const modelEntries = async ({ fetched }: ImagePlan): Promise<TarEntry[]> =>
  Promise.all((await filesBelow(fetched.folder)).map((path) => fileEntry(join(fetched.folder, path), within(places.model, path))))

/** onnxruntime-node with the libraries of one processor, and the package that it needs. */
export async function onnxEntries({ folder }: NonNullable<ImagePlan['onnx']>, architecture: string): Promise<TarEntry[]> {
  const own = architecture === 'amd64' ? 'x64' : architecture
  const files = (await filesBelow(folder)).filter((path) => /^(?:package\.json$|LICENSE|dist\/|lib\/)/.test(path) ? !path.endsWith('.map') : new RegExp(`^bin/napi-v\\d+/linux/${own}/`).test(path))
  if (!files.some((path) => path.startsWith('bin/'))) throw new ImageError(`${folder} has no library for linux/${own}.`, 'Install onnxruntime-node again (npm install onnxruntime-node --ignore-scripts), or take Python: --python-only')
  const common = packageBeside(folder, 'onnxruntime-common')
  const commonFiles = (await filesBelow(common)).filter((path) => /^(?:package\.json$|LICENSE|dist\/)/.test(path) && !path.endsWith('.map'))
  const place = within(places.onnx, 'node_modules')
  return Promise.all([
    ...files.map((path) => fileEntry(join(folder, path), `${place}/onnxruntime-node/${path}`)),
    ...commonFiles.map((path) => fileEntry(join(common, path), `${place}/onnxruntime-common/${path}`)),
  ])
}

function packageBeside(folder: string, name: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, 'node_modules', name, 'package.json'))) return join(at, 'node_modules', name)
  throw new ImageError(`${folder} is not whole: ${name} is not installed beside it.`, 'npm install onnxruntime-node --ignore-scripts')
}

/** All below a folder as entries below `place`: files, also behind links to files, and links to folders within. */
export async function treeEntries(folder: string, place: string, leaveOut: (path: string) => boolean): Promise<TarEntry[]> {
  const entries: TarEntry[] = []
  const top = await realpath(folder)
  const pending = ['']
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const entry of await readdir(join(folder, at), { withFileTypes: true })) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (leaveOut(path)) continue
      const source = join(folder, path)
      if (entry.isDirectory()) pending.push(path)
      else if (entry.isFile()) entries.push(await fileEntry(source, `${place}/${path}`))
      else if (entry.isSymbolicLink()) {
        const target = await realpath(source).catch(() => undefined)
        if (target === undefined) continue
        if ((await stat(target)).isFile()) entries.push(await fileEntry(target, `${place}/${path}`))
        else if (target.startsWith(`${top}/`)) entries.push({ kind: 'link', path: `${place}/${path}`, target: `/${place}${target.slice(top.length)}` })
      }
    }
  }
  return entries
}
