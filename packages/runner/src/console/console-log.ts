import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RunFiles } from './run-files.ts'

/** Bytes of a segment. The last one is sent again as it grows, so this bounds what a second costs. */
export const segmentBytes = 64 * 1024

export const consoleFile = 'console.log'
export const segmentFolder = 'console'
export const segmentPath = (index: number): string => `${segmentFolder}/${String(index).padStart(6, '0')}.log`

/**
 * What a run prints, kept in a file here and sent to the run while it grows: as segments
 * `console/000000.log`, … of 64 KiB, in the end whole as `console.log`. Memory does not grow with it,
 * and a server that is away only delays it. See the README for who reads this.
 */
export class ConsoleLog implements AsyncDisposable {
  readonly path: string
  readonly #files: RunFiles
  readonly #file: number
  readonly #timer: ReturnType<typeof setInterval>
  #size = 0
  #sent = 0
  #sending: Promise<void> | undefined
  #segments = 0
  #closed = false

  /** `everyMs`: the longest that a line waits before it is sent; default 1000. */
  constructor(files: RunFiles, path: string, everyMs = 1000) {
    this.#files = files
    this.path = path
    mkdirSync(dirname(path), { recursive: true })
    this.#file = openSync(path, 'a', 0o600)
    this.#timer = setInterval(() => this.#send(), everyMs)
    this.#timer.unref()
  }

  write(chunk: Uint8Array | string): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at)
    this.#size += bytes.length
  }

  #send(): void {
    if (this.#sending !== undefined || this.#sent === this.#size) return
    this.#sending = this.#sendNew().catch(() => {
      // The server is away or refuses: the file has it all, and the next second tries again.
    }).finally(() => { this.#sending = undefined })
  }

  async #sendNew(): Promise<void> {
    while (this.#sent < this.#size && !this.#closed) {
      const index = Math.floor(this.#sent / segmentBytes)
      const end = Math.min(this.#size, (index + 1) * segmentBytes)
      await this.#files.try(segmentPath(index), await readPart(this.path, index * segmentBytes, end))
      this.#segments = Math.max(this.#segments, index + 1)
      this.#sent = end
    }
  }

  /** Sends the whole as one file, or leaves it in the queue on disk where the server is away. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    closeSync(this.#file)
    await this.#sending
    if (this.#size === 0) return
    const whole = await this.#files.putFile(consoleFile, this.path)
    // The segments say what the whole says; they stay where it could not be sent.
    if (whole && this.#segments > 0) await this.#files.remove(segmentFolder)
  }
}

async function readPart(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(end - start), 0, end - start, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
