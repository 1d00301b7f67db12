import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'

export interface LoggedRequest {
  readonly time: string
  readonly request_id: string
  readonly model: string
  readonly version: string
  readonly status: number
  readonly duration_ms: number
  /** The bodies as they were, where they are JSON; else as text. */
  readonly input: unknown
  readonly output: unknown
}

/** Appends sampled requests to a file, a JSON object a line. A disk that cannot follow loses lines, never requests. */
export class RequestLog implements AsyncDisposable {
  readonly #stream: WriteStream
  readonly #sample: number
  #full = false
  lost = 0

  /** `sample` is the share of requests that is kept, 0 to 1. */
  constructor(path: string, sample: number, onError: (error: Error) => void) {
    this.#sample = sample
    this.#stream = createWriteStream(path, { flags: 'a' })
    this.#stream.on('drain', () => { this.#full = false })
    this.#stream.on('error', onError)
  }

  get wants(): boolean {
    return Math.random() < this.#sample
  }

  write(entry: Omit<LoggedRequest, 'input' | 'output'>, input: Uint8Array, output: Uint8Array): void {
    if (this.#full || this.#stream.destroyed) {
      this.lost += 1
      return
    }
    this.#full = !this.#stream.write(`${JSON.stringify({ ...entry, input: readable(input), output: readable(output) })}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stream.destroyed) return
    this.#stream.end()
    await once(this.#stream, 'close').catch(() => {})
  }
}

function readable(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
