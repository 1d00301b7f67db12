import { readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runStep, type Environment } from '@cairn/environments'
import { ImageError } from '../errors.ts'
import { places } from '../plan.ts'
import { treeEntries } from './files.ts'
import type { TarEntry } from './tar-write.ts'

export interface PythonFiles {
  readonly environment: Environment
  /** The interpreter in the base image: `/usr/local/bin/python3.12`. */
  readonly python: string
  /** An empty folder that may be written to. */
  readonly scratch: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/**
 * A virtual environment of this machine as it has to be in the image: on the base's Python, under its
 * own path, and with nothing in it that differs between two builds of the same packages.
 */
export async function environmentEntries({ environment, python, scratch, env, signal }: PythonFiles): Promise<TarEntry[]> {
  const editable = environment.lock.split('\n').find((line) => line.startsWith('-e '))
  if (editable !== undefined) throw new ImageError(`The environment has a package in a folder of this machine (${editable}).`, 'Name it without -e, so that it is installed as a copy.')
  const from = await realpath(environment.path)
  const to = places.environment.slice(1)
  const minor = /^\d+\.\d+/.exec(environment.python.version)![0]
  const library = `lib/python${minor}`
  const files = await treeEntries(from, to, (path) => leftOut(path) || (path.startsWith('bin/') && notInBin.test(path)))
  const entries = await Promise.all(files.map((entry) => portable(entry, from)))
  const compiled = await compile({ environment, python, scratch, env, signal }, from, library)
  return [
    ...entries, ...compiled,
    { kind: 'link', path: `${to}/bin/python`, target: python },
    { kind: 'link', path: `${to}/bin/python3`, target: 'python' },
    { kind: 'link', path: `${to}/bin/python${minor}`, target: 'python' },
    text(`${to}/pyvenv.cfg`, `home = ${python.replace(/\/[^/]*$/, '')}\ninclude-system-site-packages = false\nversion = ${environment.python.version}\n`),
  ]
}

// What this machine's build left, and byte code with its path and times in it.
const leftOut = (path: string): boolean => /(?:^|\/)__pycache__$|\.pyc$|^(?:environment\.json|pyvenv\.cfg|lib64|CACHEDIR\.TAG|\.gitignore|\.lock|requirements-\d+\.txt)$/.test(path)
const notInBin = /^bin\/(?:python[\d.]*|pip[\d.]*|[Aa]ctivate.*|deactivate.*|pydoc\.bat)$/

const text = (path: string, content: string): TarEntry & { kind: 'file' } => {
  const source = Buffer.from(content)
  return { kind: 'file', path, mode: 0o644, size: source.length, source }
}

/** Scripts begin with the path of their Python, and lists of installed files name them and their digests. */
async function portable(entry: TarEntry, from: string): Promise<TarEntry> {
  if (entry.kind !== 'file' || typeof entry.source !== 'string') return entry
  if (entry.path.endsWith('.dist-info/RECORD')) {
    const lines = (await readFile(entry.source, 'utf8')).split(/\r?\n/).filter((line) => line !== '' && !/^"?(?:\.\.\/)+bin\/|__pycache__|\.pyc"?,/.test(line))
    return text(entry.path, `${lines.toSorted().join('\n')}\n`)
  }
  if (!/\/bin\/[^/]+$/.test(entry.path) || entry.size > 1 << 20) return entry
  const content = await readFile(entry.source)
  if (content.toString('latin1', 0, 2) !== '#!') return entry
  return { ...text(entry.path, content.toString('utf8').replaceAll(from, places.environment)), mode: entry.mode }
}

// The tests of packages are a third of what there is to compile, and nothing imports them.
const testFolders = '/tests?/'

/**
 * Byte code, since the container's account may not write it and a start without it takes seconds. It is
 * bound to nothing outside (`unchecked-hash`): no time of a file, no path of this machine.
 */
async function compile({ environment, scratch, env, signal }: PythonFiles, from: string, library: string): Promise<TarEntry[]> {
  const prefix = await realpath(scratch)
  // One process and one seed: what several do at once differs from time to time.
  const { lines } = await runStep({
    command: [environment.python.path, '-X', `pycache_prefix=${prefix}`, '-W', 'ignore', '-m', 'compileall', '-q', '-x', testFolders, '-s', from, '-p', places.environment, '--invalidation-mode', 'unchecked-hash', join(from, library)],
    cwd: prefix, env: { ...env, PYTHONHASHSEED: '0', PYTHONNOUSERSITE: '1', PYTHONPATH: undefined, PYTHONHOME: undefined, PYTHONOPTIMIZE: undefined }, signal,
  })
  const root = join(prefix, from, library)
  // Sources that are not for this version of Python fail alone; where nothing came, the call itself did.
  if (!await stat(root).then((info) => info.isDirectory(), () => false)) throw new ImageError(`${environment.python.path} could not compile the environment:\n${lines.slice(-10).join('\n')}`, 'Look whether this Python is whole.')
  const found = await treeEntries(root, `${places.environment.slice(1)}/${library}`, () => false)
  return found.map((entry) => ({ ...entry, path: entry.path.replace(/\/([^/]+)$/, '/__pycache__/$1') }))
}
