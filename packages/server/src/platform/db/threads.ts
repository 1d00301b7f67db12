import { Worker } from 'node:worker_threads'
import { receiveError } from './group-commit.ts'
import type { FromWorker, ToWorker, WorkerData } from './messages.ts'
import type { PoolLoad } from './read-connection.ts'

interface Member {
  readonly thread: Thread
  pending: number
}

interface StreamState {
  readonly by: Member
  pieces: Uint8Array[]
  ended: boolean
  error: Error | undefined
  wake: () => void
}

/** Threads that read, started as they are needed. */
export class ReaderPool {
  readonly #threads: Member[] = []
  readonly #start: () => Thread
  readonly #most: number
  readonly #atOnce: number
  readonly #scans = new Map<number, { readonly by: Member; resolve(value: unknown): void; reject(error: Error): void }>()
  readonly #streams = new Map<number, StreamState>()
  #nextId = 0

  /** `atOnce`: how many reads a thread has under way at one time; more wait. */
  constructor(url: URL, data: WorkerData, count: number, atOnce = 1) {
    this.#most = count
    this.#atOnce = atOnce
    this.#start = () => new Thread(url, data)
  }

  async scan(name: string, input: unknown): Promise<unknown> {
    const least = this.#take()
    const id = this.#nextId++
    least.pending += 1
    try {
      return await new Promise((resolve, reject) => {
        this.#scans.set(id, { by: least, resolve, reject })
        least.thread.send({ type: 'scan', id, name, input })
      })
    } finally {
      least.pending -= 1
      this.#scans.delete(id)
    }
  }

  async *stream(name: string, input: unknown, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const taken = this.#take()
    const { thread } = taken
    taken.pending += 1
    const id = this.#nextId++
    const state: StreamState = { by: taken, pieces: [], ended: false, error: undefined, wake: () => {} }
    this.#streams.set(id, state)
    thread.send({ type: 'stream', id, name, input })
    thread.send({ type: 'pull', id })
    const abort = (): void => { state.ended = true; state.wake() }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      for (;;) {
        const piece = state.pieces.shift()
        if (piece !== undefined) {
          thread.send({ type: 'pull', id })
          yield piece
        } else if (state.error !== undefined) throw state.error
        else if (state.ended) return
        else await new Promise<void>((resolve) => { state.wake = resolve })
      }
    } finally {
      signal?.removeEventListener('abort', abort)
      taken.pending -= 1
      this.#streams.delete(id)
      thread.send({ type: 'cancel', id })
    }
  }

  /** Starts the first thread, if there is none, before it is needed. */
  warm(): void {
    if (this.#threads.length === 0) this.#take()
  }

  get load(): PoolLoad {
    const pending = this.#threads.map((one) => one.pending)
    return { open: pending.length, busy: pending.filter((count) => count > 0).length, waiting: pending.reduce((sum, count) => sum + Math.max(0, count - this.#atOnce), 0) }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ thread }) => thread.close()))
  }

  /** An idle thread; else a new one while there may be more; else the one with least to do. */
  #take(): Member {
    const best = this.#threads.reduce<Member | undefined>(
      (least, candidate) => (least === undefined || candidate.pending < least.pending ? candidate : least), undefined)
    if (best !== undefined && (best.pending === 0 || this.#threads.length >= this.#most)) return best
    const started: Member = { thread: this.#start(), pending: 0 }
    started.thread.onMessage((message) => this.#receive(message))
    started.thread.onExit((error) => this.#lose(started, error))
    this.#threads.push(started)
    return started
  }

  #receive(message: FromWorker): void {
    if (message.type === 'scanned') {
      const waiting = this.#scans.get(message.id)
      if (message.outcome.ok) waiting?.resolve(message.outcome.value)
      else waiting?.reject(receiveError(message.outcome.error))
    } else if (message.type === 'piece' || message.type === 'end') {
      const state = this.#streams.get(message.id)
      if (state === undefined) return
      if (message.type === 'piece') state.pieces.push(message.piece)
      else {
        state.ended = true
        if (message.error !== undefined) state.error = receiveError(message.error)
      }
      state.wake()
    }
  }

  /** A thread that has run out of memory answers nobody any more: the next to read gets another. */
  #lose(member: Member, error: Error): void {
    const at = this.#threads.indexOf(member)
    if (at >= 0) this.#threads.splice(at, 1)
    for (const { by, reject } of this.#scans.values()) if (by === member) reject(error)
    for (const state of this.#streams.values()) {
      if (state.by !== member) continue
      state.error = error
      state.wake()
    }
  }
}

/**
 * A reader's short-lived objects, in MB: as quick as with the 48 that V8 takes by itself, and what it has
 * grown to stays with the process.
 */
const readerYoungMb = 12

/** A database thread: starts it, closes it. What is sent before it listens waits for it. */
export class Thread {
  readonly #worker: Worker
  readonly #exited: Promise<void>
  #closed = false

  constructor(url: URL, data: WorkerData) {
    this.#worker = new Worker(url, { workerData: data, ...(data.role === 'reader' && { resourceLimits: { maxYoungGenerationSizeMb: readerYoungMb } }) })
    // From the start: it may have ended by itself before anybody closes it.
    this.#exited = new Promise((resolve) => { this.#worker.once('exit', () => resolve()) })
  }

  send(message: ToWorker): void {
    if (!this.#closed) this.#worker.postMessage(message)
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#worker.on('message', listener)
  }

  onExit(listener: (error: Error) => void): void {
    this.#worker.on('error', (error) => listener(error as Error))
    this.#worker.on('exit', () => listener(new Error('A database thread has ended.')))
  }

  async close(): Promise<void> {
    this.send({ type: 'close' })
    this.#closed = true
    await this.#exited
  }
}
