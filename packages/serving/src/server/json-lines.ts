import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import type { LogEntry, LogSettings } from './request-log.ts'

/** Where a thread puts requests. */
export interface Sink {
  write(entries: readonly LogEntry[]): void
  /** Called every second. */
  tick(): void
  end(): void
}

/** Appends to one file; one that is full or old gets the time into its name. Sync calls: the thread has nothing else to do. */
export function openJsonLines({ path, maxBytes, maxSeconds }: LogSettings): Sink {
  let file: { readonly fd: number; readonly since: number; bytes: number } | undefined
  const open = () => {
    mkdirSync(dirname(path), { recursive: true })
    const fd = openSync(path, 'a')
    return { fd, since: Date.now(), bytes: fstatSync(fd).size }
  }
  const close = (): void => {
    if (file !== undefined) closeSync(file.fd)
    file = undefined
  }
  const rotate = (): void => {
    close()
    renameSync(path, freeName(path))
  }
  return {
    write(entries) {
      for (const { input, output, ...entry } of entries) {
        file ??= open()
        const line = Buffer.from(`${JSON.stringify({ ...entry, input: readable(input), output: readable(output) })}\n`)
        for (let at = 0; at < line.length;) at += writeSync(file.fd, line, at)
        file.bytes += line.length
        if (file.bytes >= maxBytes) rotate()
      }
    },
    tick() {
      if (file !== undefined && maxSeconds !== undefined && file.bytes > 0 && Date.now() - file.since >= maxSeconds * 1000) rotate()
    },
    end: close,
  }
}

/** `requests.jsonl` becomes `requests-2026-11-25T22-10-00.123Z.jsonl`. */
function freeName(path: string): string {
  const ending = extname(path)
  const base = `${path.slice(0, path.length - ending.length)}-${timeName()}`
  for (let number = 0; ; number += 1) {
    const name = `${base}${number === 0 ? '' : `-${number}`}${ending}`
    if (!existsSync(name)) return name
  }
}

/** A time that sorts, without colons, which some file systems refuse. */
export const timeName = (): string => new Date().toISOString().replaceAll(':', '-')

export const text = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')

function readable(bytes: Uint8Array): unknown {
  const body = text(bytes)
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
