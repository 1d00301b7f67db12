import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerReader, type Answer } from '../../bench/load/answer-reader.ts'
import { api, encode } from '../../bench/load/requests.ts'
import { Latencies } from './latencies.ts'

export interface LogLoad {
  readonly port: number
  readonly clients: number
  /** Requests that each client sends in a second, as a training loop does; it never has two under way. */
  readonly perSecond: number
  readonly seconds: number
  /** Where the runs are made, one after the other by client; default the first experiment. */
  readonly experiments?: readonly string[]
  /** After so many requests a run is finished and another begun. */
  readonly requestsPerRun?: number
}

export interface LogOutcome {
  readonly latencies: Latencies
  readonly points: number
  /** What went wrong, with how often. */
  readonly errors: ReadonlyMap<string, number>
  /** Of the last run of each client: its id, and how many points of `loss` were acknowledged. */
  readonly acknowledged: ReadonlyMap<string, number>
}

/** Clients that create runs, log to them point by point and in batches, and finish them, for a while. */
export async function log({ port, clients, perSecond, seconds, experiments = ['0'], requestsPerRun = 200 }: LogLoad): Promise<LogOutcome> {
  const latencies = new Latencies()
  const errors = new Map<string, number>()
  const acknowledged = new Map<string, number>()
  const end = performance.now() + seconds * 1000
  let points = 0

  const client = async (number: number): Promise<void> => {
    using connection = new Connection(port)
    const send = async (path: string, body: unknown): Promise<string> => {
      const began = performance.now()
      const { status, body: answer } = await connection.ask(encode(port, { method: 'POST', path: `${api}/${path}`, body }))
      latencies.add(performance.now() - began)
      const text = answer.toString('utf8')
      if (status !== 200) throw new Error(`${path} answered ${status}: ${text.slice(0, 200)}`)
      return text
    }
    // Not all in the same moment.
    let due = performance.now() + Math.random() * 1000 / perSecond
    for (let step = 0; performance.now() < end;) {
      try {
        const created = await send('runs/create', { experiment_id: experiments[number % experiments.length], run_name: `soak-${number}`, start_time: Date.now() })
        const { run: { info: { run_id } } } = JSON.parse(created) as { run: { info: { run_id: string } } }
        let losses = 0
        for (let request = 0; request < requestsPerRun && performance.now() < end; request += 1, step += 1) {
          // Steps take now longer, now shorter: clients that one stall has held up together must not stay together.
          await sleep(Math.max(0, (due += (0.8 + 0.4 * Math.random()) * 1000 / perSecond) - performance.now()))
          // A client that was held up does not make up for it in a rush.
          due = Math.max(due, performance.now() - 1000 / perSecond)
          const point = (key: string) => ({ key, value: Math.random(), timestamp: Date.now(), step })
          if (request % 10 === 9) await send('runs/log-batch', { run_id, metrics: Array.from({ length: 10 }, (_, key) => point(key === 0 ? 'loss' : `metric_${key}`)) })
          else await send('runs/log-metric', { run_id, ...point('loss') })
          points += request % 10 === 9 ? 10 : 1
          losses += 1
        }
        await send('runs/update', { run_id, status: 'FINISHED', end_time: Date.now() })
        if (performance.now() >= end) acknowledged.set(run_id, losses)
      } catch (error) {
        const { message } = error as Error
        errors.set(message, (errors.get(message) ?? 0) + 1)
        await sleep(100)
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return { latencies, points, errors, acknowledged }
}

/** One connection that is kept; made anew after it broke. */
class Connection implements Disposable {
  readonly #port: number
  #socket: ReturnType<typeof connect> | undefined
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined

  constructor(port: number) {
    this.#port = port
  }

  ask(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#open().write(request)
    })
  }

  #open(): ReturnType<typeof connect> {
    if (this.#socket !== undefined) return this.#socket
    const reader = answerReader((answer) => {
      const waiting = this.#waiting
      this.#waiting = undefined
      if (answer.closes) this.#drop()
      waiting?.resolve(answer)
    })
    reader.keep = 'all'
    const socket = this.#socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    const broken = (error?: Error): void => {
      if (this.#socket === socket) this.#socket = undefined
      this.#waiting?.reject(error ?? new Error('the server closed the connection in the middle'))
      this.#waiting = undefined
    }
    socket.on('data', (chunk: Buffer) => reader.push(chunk)).on('error', broken).on('close', () => { if (this.#socket === socket) broken() })
    return socket
  }

  #drop(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  [Symbol.dispose](): void {
    this.#drop()
  }
}

/** How many points of `loss` each run has, as MLflow's clients read them; only runs that differ are answered. */
export async function missing(port: number, acknowledged: ReadonlyMap<string, number>): Promise<string[]> {
  const wrong: string[] = []
  for (const [run, count] of acknowledged) {
    const answer = await fetch(`http://127.0.0.1:${port}${api}/metrics/get-history?run_id=${run}&metric_key=loss&max_results=25000`)
    const { metrics = [] } = await answer.json() as { metrics?: unknown[] }
    if (metrics.length !== count) wrong.push(`${run}: ${metrics.length} points of ${count}`)
  }
  return wrong
}
