import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface LoggedRequest {
  /** ISO 8601, UTC. */
  readonly time: string
  readonly request_id: string
  readonly model: string
  readonly version: string
  readonly status: number
  readonly duration_ms: number
  /** The bodies as they were, where they are JSON; else as text. In Parquet always the text. */
  readonly input: unknown
  readonly output: unknown
}

export interface RequestLogOptions {
  /** A file for `jsonl`; for `parquet` a folder, in which each file is whole once it has its name. */
  readonly path: string
  readonly format: 'jsonl' | 'parquet'
  /** The share of requests that is kept, 0 to 1. */
  readonly sample: number
  /** A file that has so many bytes (before compression) is ended. */
  readonly maxBytes: number
  /** One that is so old is ended too; undefined: never. What Parquet has not written until then is lost if the process is killed. */
  readonly maxSeconds: number | undefined
  readonly onError: (error: Error) => void
}

export type LogEntry = Omit<LoggedRequest, 'input' | 'output'> & { readonly input: Uint8Array; readonly output: Uint8Array }
export type ToLog = { readonly entries: readonly LogEntry[] } | { readonly end: true }
/** `written` is less than none where what Parquet had taken is lost. */
export type FromLog = { readonly written: number; readonly lost: number; readonly bytes: number; readonly error?: string } | { readonly ended: true }
export type LogSettings = Pick<RequestLogOptions, 'path' | 'format' | 'maxBytes' | 'maxSeconds'>

/** Handed over together: telling another thread costs more than a request. */
const gatherMs = 50
/** Bytes that may be on their way to the disk. */
const most = 64 * 1024 * 1024

/**
 * Keeps sampled requests with their answers, for monitoring. Another thread makes text or Parquet of
 * them and writes: an answer costs a copy of its bytes. A disk that cannot follow loses requests of the
 * log, which `lost` counts, never an answer.
 */
export class RequestLog implements AsyncDisposable {
  readonly #options: RequestLogOptions
  readonly #thread: Worker
  #entries: LogEntry[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #ended = false
  #said: string | undefined
  /** Requests that are in a file, or in the next Parquet file. */
  written = 0
  /** Requests that were sampled and could not be kept. */
  lost = 0

  constructor(options: RequestLogOptions) {
    this.#options = options
    const { path, format, maxBytes, maxSeconds } = options
    this.#thread = new Worker(new URL('./request-log-worker.ts', import.meta.url), { workerData: { path, format, maxBytes, maxSeconds } satisfies LogSettings })
    this.#thread.on('message', (message: FromLog) => this.#heard(message))
    this.#thread.on('error', (error: unknown) => this.#failed(error as Error))
    this.#thread.on('exit', () => { this.#ended = true })
    this.#thread.unref()
  }

  get wants(): boolean {
    return Math.random() < this.#options.sample
  }

  write(entry: Omit<LoggedRequest, 'input' | 'output'>, input: Uint8Array, output: Uint8Array): void {
    const size = input.length + output.length
    if (this.#ended || this.#bytes + size > most) {
      this.lost += 1
      return
    }
    this.#bytes += size
    // Copies of their own: what is handed over would else be the pool of bytes that they lie in.
    this.#entries.push({ ...entry, input: new Uint8Array(input), output: new Uint8Array(output) })
    this.#timer ??= setTimeout(() => this.#handOver(), gatherMs)
  }

  #handOver(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = this.#entries
    this.#entries = []
    if (entries.length > 0) this.#thread.postMessage({ entries } satisfies ToLog, entries.flatMap(({ input, output }) => [input.buffer, output.buffer] as ArrayBuffer[]))
  }

  #heard(message: FromLog): void {
    if ('ended' in message) return
    this.#bytes -= message.bytes
    this.written += message.written
    this.lost += message.lost
    if (message.error === undefined) this.#said = undefined
    else this.#failed(new Error(message.error))
  }

  /** The same trouble is told once, until it is over. */
  #failed(error: Error): void {
    if (this.#said === error.message) return
    this.#said = error.message
    this.#options.onError(error)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#handOver()
    if (this.#ended) return
    this.#thread.ref()
    const exit = once(this.#thread, 'exit')
    this.#thread.postMessage({ end: true } satisfies ToLog)
    await exit
  }
}
