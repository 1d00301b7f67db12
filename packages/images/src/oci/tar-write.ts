import { createReadStream } from 'node:fs'

/** A file, folder or link in an archive; `path` has no slash at either end. */
export type TarEntry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly size: number; readonly source: string | Uint8Array }
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

const block = 512

/**
 * An archive whose bytes depend on its entries alone: in order of their paths, each folder before what
 * is in it, all of them root's and from `seconds` (Unix time).
 */
export async function* writeTar(entries: readonly TarEntry[], seconds: number): AsyncGenerator<Buffer> {
  for (const entry of ordered(entries)) {
    yield header(entry, seconds)
    if (entry.kind !== 'file') continue
    let left = entry.size
    if (typeof entry.source === 'string') {
      for await (const chunk of createReadStream(entry.source, { highWaterMark: 1 << 20 })) {
        left -= (chunk as Buffer).length
        if (left < 0) break
        yield chunk as Buffer
      }
    } else {
      left -= entry.source.length
      yield Buffer.from(entry.source)
    }
    if (left !== 0) throw new Error(`${entry.path} changed while it was packed`)
    const rest = entry.size % block
    if (rest > 0) yield Buffer.alloc(block - rest)
  }
  yield Buffer.alloc(2 * block)
}

/** Sorted, with the folders above each entry. */
export function ordered(entries: readonly TarEntry[]): TarEntry[] {
  const all = new Map<string, TarEntry>()
  for (const entry of entries) {
    for (let at = entry.path.indexOf('/'); at > 0; at = entry.path.indexOf('/', at + 1)) {
      const path = entry.path.slice(0, at)
      if (!all.has(path)) all.set(path, { kind: 'folder', path, mode: 0o755 })
    }
    all.set(entry.path, entry)
  }
  // `a/b` comes right after `a` and before `a-b`, so that a folder and what is in it stay together.
  const key = (path: string): string => path.replaceAll('/', '\0')
  return [...all.values()].toSorted((a, b) => (key(a.path) < key(b.path) ? -1 : 1))
}

/** POSIX ustar, with a pax record in front where it is too narrow. */
function header(entry: TarEntry, seconds: number): Buffer {
  const name = entry.kind === 'folder' ? `${entry.path}/` : entry.path
  const size = entry.kind === 'file' ? entry.size : 0
  const target = entry.kind === 'link' ? entry.target : ''
  const split = splitName(name)
  const records = [
    ...(split === undefined ? [record('path', name)] : []),
    ...(Buffer.byteLength(target) > 100 ? [record('linkpath', target)] : []),
    ...(size >= 8 ** 11 ? [record('size', String(size))] : []),
  ].join('')
  const type = entry.kind === 'file' ? '0' : entry.kind === 'folder' ? '5' : '2'
  const own = ustar({ ...(split ?? { name: cut(name), prefix: '' }), mode: entry.kind === 'link' ? 0o777 : entry.mode, size: size >= 8 ** 11 ? 0 : size, type, target: cut(target), seconds })
  if (records === '') return own
  const body = Buffer.from(records)
  const padding = Buffer.alloc((block - (body.length % block)) % block)
  return Buffer.concat([ustar({ name: 'pax', prefix: '', mode: 0o644, size: body.length, type: 'x', target: '', seconds }), body, padding, own])
}

const cut = (text: string): string => Buffer.from(text).subarray(0, 100).toString('latin1').replace(/[^\x20-\x7e]/g, '_')

function splitName(name: string): { name: string; prefix: string } | undefined {
  if (!/^[\x20-\x7e]*$/.test(name)) return undefined
  if (name.length <= 100) return { name, prefix: '' }
  const at = name.indexOf('/', name.length - 101)
  return at > 0 && at <= 155 && at < name.length - 1 ? { name: name.slice(at + 1), prefix: name.slice(0, at) } : undefined
}

/** A pax record counts its own length in. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + String(bytes).length
  if (String(length).length > String(bytes).length) length += 1
  return `${length}${rest}`
}

interface Fields {
  readonly name: string
  readonly prefix: string
  readonly mode: number
  readonly size: number
  readonly type: string
  readonly target: string
  readonly seconds: number
}

function ustar({ name, prefix, mode, size, type, target, seconds }: Fields): Buffer {
  const bytes = Buffer.alloc(block)
  const octal = (value: number, at: number, width: number): void => { bytes.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1') }
  bytes.write(name, 0, 'latin1')
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(seconds, 136, 12)
  bytes.write(' '.repeat(8), 148, 'latin1')
  bytes.write(type, 156, 'latin1')
  bytes.write(target, 157, 'latin1')
  bytes.write('ustar\x0000', 257, 'latin1')
  bytes.write(prefix, 345, 'latin1')
  const sum = bytes.reduce((all, byte) => all + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}
