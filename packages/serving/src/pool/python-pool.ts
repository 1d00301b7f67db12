import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBatch, type BatchRows } from './batch.ts'
import { encodeFrame, type ReadFrame } from './frames.ts'
import { PythonWorker, type Hello, type WorkerOptions } from './python-worker.ts'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Uint8Array
  /** Which version answered, where several do. */
  readonly version?: string
}

export interface PoolOptions extends Omit<WorkerOptions, 'sockets'> {
  readonly workers: number
  /** Graphics cards by number or name: the first worker sees the first only, and so on, round and round. Without any, each sees what this process sees. */
  readonly devices?: readonly string[] | undefined
  /** Requests that may wait; one more is refused. */
  readonly maxQueue: number
  /** Rows that one call of the model answers at most; 1 asks for each request alone. */
  readonly maxBatchRows: number
  /** From the arrival of a request to its answer. */
  readonly deadlineMs: number
  /** A worker that uses more is replaced once it is idle. */
  readonly memoryLimitBytes?: number | undefined
  /** Crashes within a minute after which the model counts as broken and rests; default 5. */
  readonly crashLimit?: number | undefined
  /** Whether the workers read bodies as they came; default true. Otherwise a request alone is a batch of one. */
  readonly readsBodies?: boolean | undefined
}

/** What the pool did so far. */
export interface PoolCounts {
  calls: number
  batchedRequests: number
  retries: number
  crashes: number
  timeouts: number
  rejected: number
  recycled: number
}

/** No answer: `full` and `broken` say when to come again. */
export class PoolRefused extends Error {
  readonly reason: 'full' | 'broken' | 'late' | 'crashed' | 'closed'
  readonly retryAfterSeconds: number

  constructor(reason: PoolRefused['reason'], message: string, retryAfterSeconds = 1) {
    super(message)
    this.name = 'PoolRefused'
    this.reason = reason
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** One request: as it came, and as rows where it can be answered among others. */
export interface PoolRequest {
  readonly body: Uint8Array
  readonly type: string | undefined
  readonly rows?: BatchRows | undefined
  /** For bodies that the worker itself can put together: those of the same key, with how many rows each has. */
  readonly joins?: { readonly key: string; readonly rows: number } | undefined
}

interface Item extends PoolRequest {
  readonly deadline: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: PoolRefused) => void
  attempts: number
  /** Not among others: a batch with it failed, or the worker died with it. */
  alone: boolean
  done: boolean
}

interface Slot {
  readonly number: number
  worker: PythonWorker
  state: 'starting' | 'idle' | 'busy'
  readySince: number
  failures: number
  recycle: boolean
}

const loop = { crashes: 5, withinMs: 60_000, restMs: 15_000 } as const

/**
 * Workers for one model. A request goes to an idle worker at once; those that come while all are busy
 * wait, and the next worker that is free takes all that fit in one call. When a worker dies, its
 * requests are asked once more, each alone, on another.
 */
export class PythonPool implements AsyncDisposable {
  readonly #options: PoolOptions
  readonly #sockets: string
  readonly #slots: Slot[] = []
  #queue: Item[] = []
  #crashes: number[] = []
  #brokenUntil = 0
  #lastWords: readonly string[] = []
  #closing = false
  #next = 0
  #batches: boolean | undefined
  readonly #timer: NodeJS.Timeout
  hello: Hello | undefined
  readonly counts: PoolCounts = { calls: 0, batchedRequests: 0, retries: 0, crashes: 0, timeouts: 0, rejected: 0, recycled: 0 }

  private constructor(options: PoolOptions, sockets: string) {
    this.#options = options
    this.#sockets = sockets
    this.#timer = setInterval(() => this.#watch(), 100)
    this.#timer.unref()
  }

  /** Resolves when the first worker is warm. @throws WorkerFailed with the worker's last words */
  static async start(options: PoolOptions): Promise<PythonPool> {
    // mkdtemp makes a folder that only its owner enters.
    const pool = new PythonPool(options, await mkdtemp(join(tmpdir(), 'cairn-serve-')))
    for (let count = 0; count < options.workers; count++) pool.#slots.push(pool.#startSlot(count))
    try {
      pool.hello = await Promise.any(pool.#slots.map(({ worker }) => worker.hello))
    } catch (error) {
      await pool[Symbol.asyncDispose]()
      throw (error as AggregateError).errors[0]
    }
    pool.#batches = pool.hello.batches
    return pool
  }

  get ready(): number {
    return this.#slots.filter(({ state }) => state !== 'starting').length
  }

  get waiting(): number {
    return this.#queue.length
  }

  get pids(): readonly number[] {
    return this.#slots.flatMap(({ worker }) => (worker.pid === undefined || worker.ended ? [] : [worker.pid]))
  }

  /** Why the model counts as broken now, if it does. */
  get broken(): readonly string[] | undefined {
    return Date.now() < this.#brokenUntil ? this.#lastWords : undefined
  }

  /** @throws PoolRefused */
  ask(request: PoolRequest): Promise<Answer> {
    if (this.#closing) return Promise.reject(new PoolRefused('closed', 'The server is stopping.'))
    if (this.broken !== undefined) {
      return Promise.reject(this.#brokenError())
    }
    if (this.#queue.length >= this.#options.maxQueue) {
      this.counts.rejected += 1
      return Promise.reject(new PoolRefused('full', `${this.#queue.length} requests wait for this model already.`))
    }
    return new Promise((resolve, reject) => {
      const batches = this.#batches === true && (this.#options.maxBatchRows > 1 || this.#options.readsBodies === false)
      this.#queue.push({ ...request, rows: batches ? request.rows : undefined, joins: this.#options.maxBatchRows > 1 ? request.joins : undefined, deadline: Date.now() + this.#options.deadlineMs, resolve, reject, attempts: 0, alone: false, done: false })
      this.#dispatch()
    })
  }

  #startSlot(number: number): Slot {
    const slot: Slot = { number, worker: this.#spawn(number), state: 'starting', readySince: 0, failures: 0, recycle: false }
    this.#follow(slot)
    return slot
  }

  /** The one that takes another's place gets its graphics card too. */
  #spawn(place: number): PythonWorker {
    const { devices = [], env } = this.#options
    const own = devices.length === 0 ? env : { ...env, CUDA_VISIBLE_DEVICES: devices[place % devices.length] }
    return new PythonWorker({ ...this.#options, env: own, sockets: this.#sockets }, this.#next++)
  }

  #follow(slot: Slot): void {
    const { worker } = slot
    worker.hello.then(() => {
      slot.state = 'idle'
      slot.readySince = Date.now()
      this.#dispatch()
    }, () => {})
    void worker.end.then(() => this.#restart(slot, worker))
  }

  #restart(slot: Slot, worker: PythonWorker): void {
    if (this.#closing || slot.worker !== worker) return
    const planned = slot.recycle
    slot.recycle = false
    slot.failures = Date.now() - slot.readySince < 10_000 || slot.state === 'starting' ? slot.failures + 1 : 0
    slot.state = 'starting'
    if (!planned) this.#noteCrash(worker)
    const restMs = Math.max(planned ? 0 : Math.min(5000, 50 * 2 ** slot.failures) - 50, this.#brokenUntil - Date.now())
    setTimeout(() => {
      if (this.#closing) return
      slot.worker = this.#spawn(slot.number)
      this.#follow(slot)
    }, restMs)
  }

  #noteCrash(worker: PythonWorker): void {
    this.counts.crashes += 1
    this.#lastWords = worker.lastLines(30)
    const now = Date.now()
    this.#crashes = [...this.#crashes.filter((at) => now - at < loop.withinMs), now]
    if (this.#crashes.length < (this.#options.crashLimit ?? loop.crashes) || this.ready > 0) return
    this.#crashes = []
    this.#brokenUntil = now + loop.restMs
    const queue = this.#queue
    this.#queue = []
    for (const item of queue) this.#refuse(item, this.#brokenError())
  }

  #brokenError(): PoolRefused {
    return new PoolRefused('broken', `The model's process crashed again and again, and rests.${this.#words()}`, Math.ceil((this.#brokenUntil - Date.now()) / 1000))
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const slot = this.#slots.find(({ state }) => state === 'idle')
      if (slot === undefined) return
      void this.#call(slot, this.#take())
    }
  }

  /** The first that waits, and those after it that fit into one call with it. */
  #take(): Item[] {
    const first = this.#queue.shift()!
    const taken = [first]
    if ((first.rows ?? first.joins) === undefined || first.alone) return taken
    let rows = (first.rows ?? first.joins)!.rows
    const left: Item[] = []
    for (const item of this.#queue) {
      const more = item.alone ? Infinity : (item.rows ?? item.joins)?.rows ?? Infinity
      if (rows + more > this.#options.maxBatchRows || item.rows?.columns.length !== first.rows?.columns.length || item.joins?.key !== first.joins?.key) left.push(item)
      else {
        rows += more
        taken.push(item)
      }
    }
    this.#queue = left
    return taken
  }

  async #call(slot: Slot, items: readonly Item[]): Promise<void> {
    const { worker } = slot
    slot.state = 'busy'
    this.counts.calls += 1
    const batch = items[0]!.rows !== undefined && (!items[0]!.alone || this.#options.readsBodies === false)
    if (batch || items.length > 1) this.counts.batchedRequests += items.length
    const frame = batch
      ? encodeBatch(items.map(({ rows }) => rows!))
      : encodeFrame({ type: items[0]!.type ?? null, ...(items[0]!.joins !== undefined && { sizes: items.map(({ body }) => body.byteLength) }) }, items.map(({ body }) => body))
    const deadline = setTimeout(() => this.#overrun(worker, items), Math.max(0, Math.min(...items.map((item) => item.deadline)) - Date.now()))
    const answer = await Promise.race([worker.ask(frame), worker.end.then(() => undefined)])
    clearTimeout(deadline)
    if (answer === undefined) return this.#afterDeath(items)
    this.#deliver(items, answer)
    slot.state = 'idle'
    if (slot.recycle) {
      this.counts.recycled += 1
      slot.state = 'starting'
      worker.kill()
    }
    this.#dispatch()
  }

  #deliver(items: readonly Item[], { header, payload }: ReadFrame): void {
    const { items: answers, again } = header as { items?: readonly (readonly [number, string, number])[]; again?: boolean }
    if (again === true || answers === undefined) {
      // Which of them is at fault, if any, MLflow's own code says for each alone.
      for (const item of items.filter(({ done }) => !done).toReversed()) {
        item.alone = true
        this.#queue.unshift(item)
      }
      return
    }
    let at = 0
    for (const [index, [status, type, size]] of answers.entries()) {
      const item = items[index]!
      if (!item.done) {
        item.done = true
        item.resolve({ status, type, body: payload.subarray(at, at + size) })
      }
      at += size
    }
  }

  #afterDeath(items: readonly Item[]): void {
    for (const item of items.toReversed()) {
      if (item.done) continue
      item.attempts += 1
      item.alone = true
      if (item.attempts > 1) this.#refuse(item, new PoolRefused('crashed', `The model's process died twice while it answered this request.${this.#words()}`))
      else {
        this.counts.retries += 1
        this.#queue.unshift(item)
      }
    }
    this.#dispatch()
  }

  #words(): string {
    const last = this.#lastWords.at(-1)
    return last === undefined ? '' : ` Its last words: ${last}`
  }

  /** A worker that does not come back in time is killed: Python cannot be interrupted inside a model. */
  #overrun(worker: PythonWorker, items: readonly Item[]): void {
    const now = Date.now()
    for (const item of items) if (item.deadline <= now) this.#late(item)
    const slot = this.#slots.find((one) => one.worker === worker)
    if (slot !== undefined) slot.state = 'starting'
    worker.kill()
  }

  #late(item: Item): void {
    this.counts.timeouts += 1
    this.#refuse(item, new PoolRefused('late', 'Request processing time exceeded limit'))
  }

  #refuse(item: Item, error: PoolRefused): void {
    if (item.done) return
    item.done = true
    item.reject(error)
  }

  #watch(): void {
    const now = Date.now()
    if (this.#queue.some((item) => item.deadline <= now)) {
      for (const item of this.#queue) if (item.deadline <= now) this.#late(item)
      this.#queue = this.#queue.filter(({ done }) => !done)
    }
    const limit = this.#options.memoryLimitBytes
    if (limit === undefined) return
    for (const slot of this.#slots) {
      if (slot.state === 'starting' || slot.recycle) continue
      void slot.worker.memory().then((bytes) => {
        if (bytes === undefined || bytes <= limit || slot.recycle || slot.state === 'starting') return
        slot.recycle = true
        if (slot.state !== 'idle') return
        this.counts.recycled += 1
        slot.state = 'starting'
        slot.worker.kill()
      })
    }
  }

  /** Waits for what is under way, at most as long as a request may take, and ends the workers. */
  async drain(): Promise<void> {
    const until = Date.now() + this.#options.deadlineMs
    while ((this.#queue.length > 0 || this.#slots.some(({ state }) => state === 'busy')) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10))
    await this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    clearInterval(this.#timer)
    for (const item of this.#queue) this.#refuse(item, new PoolRefused('closed', 'The server is stopping.'))
    this.#queue = []
    for (const { worker } of this.#slots) worker.kill()
    await Promise.all(this.#slots.map(({ worker }) => worker.end))
    await rm(this.#sockets, { recursive: true, force: true })
  }
}
