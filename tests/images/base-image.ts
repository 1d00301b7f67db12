import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/**
 * Fills a folder, from this machine's own files, with the C library, what Node is linked with but
 * libatomic, the programs named, and the Python of an interpreter at /usr/local: a small stand-in for a slim image.
 */
export function makeRoot(folder: string, { python, programs = [] }: { readonly python?: string; readonly programs?: readonly string[] }): { readonly minor: string | undefined } {
  const libraries = new Set(linked(process.execPath).filter((path) => !path.includes('libatomic')))
  for (const name of ['etc', 'usr/local/bin', 'usr/local/lib', 'tmp']) mkdirSync(join(folder, name), { recursive: true })
  let minor: string | undefined
  if (python !== undefined) {
    const [prefix, version, library, own] = JSON.parse(execFileSync(python, ['-c', 'import json, sys, sysconfig, os; print(json.dumps([sys.base_prefix, "%d.%d" % sys.version_info[:2], sysconfig.get_path("stdlib"), os.path.realpath(sys.executable)]))'], { encoding: 'utf8' })) as [string, string, string, string]
    minor = version
    assertInside(library, prefix)
    cpSync(own, join(folder, `usr/local/bin/python${version}`))
    symlinkSync(`python${version}`, join(folder, 'usr/local/bin/python3'))
    const skipped = new Set(['test', 'tests', '__pycache__', 'site-packages', 'dist-packages', 'idlelib', 'tkinter', 'turtledemo', 'ensurepip', 'lib2to3'])
    cpSync(library, join(folder, `usr/local/lib/python${version}`), { recursive: true, dereference: true, filter: (path) => path === library || existsSync(path) && !(skipped.has(basename(path)) || basename(path).startsWith('config-')) })
    const loaded = join(library, 'lib-dynload')
    for (const path of [own, ...readdirSync(loaded).filter((name) => name.endsWith('.so')).map((name) => join(loaded, name))]) for (const one of linked(path)) libraries.add(one)
  }
  for (const path of programs) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    cpSync(realpathSync(path), join(folder, path))
    for (const one of linked(path)) libraries.add(one)
  }
  // The C library's other parts, which wheels and addons are linked with.
  const libc = [...libraries].find((path) => path.endsWith('/libc.so.6'))!
  for (const name of ['librt.so.1', 'libutil.so.1', 'libresolv.so.2', 'libnss_files.so.2', 'libnss_dns.so.2', 'libpthread.so.0', 'libdl.so.2']) if (existsSync(join(dirname(libc), name))) libraries.add(join(dirname(libc), name))
  for (const path of libraries) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    cpSync(realpathSync(path), join(folder, path))
  }
  return { minor }
}

function assertInside(path: string, folder: string): void {
  if (!path.startsWith(`${folder}/`)) throw new Error(`${path} is outside of ${folder}`)
}

/** The shared libraries that a program loads, by their full paths. */
const linked = (path: string): string[] =>
  [...execFileSync('ldd', [path], { encoding: 'utf8' }).matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map((match) => match[1]!)

export interface BaseOptions {
  readonly tag?: string
  readonly env?: readonly string[]
  readonly architecture?: string
  /** How the layer is packed; Docker's names are for the same bytes. */
  readonly docker?: boolean
  /** Whether files keep their times, by which Python knows byte code that was compiled before. */
  readonly keepTimes?: boolean
}

export const ownArchitecture = process.arch === 'x64' ? 'amd64' : process.arch

/** Writes an OCI layout of one layer by hand and by GNU tar: nothing of Cairn's is in it. */
export function writeBase(layout: string, root: string, { tag = 'base', env = [], architecture = ownArchitecture, docker = false, keepTimes = false }: BaseOptions = {}): string {
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true })
  const tar = execFileSync('tar', ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', ...(keepTimes ? [] : ['--mtime=@1']), '-C', root, '-cf', '-', '.'], { maxBuffer: 2 ** 30 })
  const put = (mediaType: string, bytes: Uint8Array): { mediaType: string; digest: string; size: number } => {
    const digest = sha256(bytes)
    writeFileSync(join(layout, 'blobs/sha256', digest.slice(7)), bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
  const config = put(docker ? 'application/vnd.docker.container.image.v1+json' : 'application/vnd.oci.image.config.v1+json', json({
    os: 'linux', architecture, config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env], Labels: { of: 'the base' }, Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: [sha256(tar)] }, history: [{ created_by: 'a test' }, { created_by: 'ENV', empty_layer: true }],
  }))
  const layer = put(docker ? 'application/vnd.docker.image.rootfs.diff.tar.gzip' : 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar, { level: 1 }))
  const mediaType = docker ? 'application/vnd.docker.distribution.manifest.v2+json' : 'application/vnd.oci.image.manifest.v1+json'
  const manifest = put(mediaType, json({ schemaVersion: 2, mediaType, config, layers: [layer] }))
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}')
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations: { 'org.opencontainers.image.ref.name': tag } }] }))
  return manifest.digest
}

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Every file below a folder with the digest of its contents. */
export function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile()).toSorted()
  return Object.fromEntries(files.map((name) => [name, sha256(readFileSync(join(folder, name)))]))
}
