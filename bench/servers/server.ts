import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { treePids } from '../measure/process-tree.ts'
import { freePort } from '../../tools/processes.ts'

export const peerNames = ['cairn', 'mlflow', 'fasttrackml'] as const
export type PeerName = (typeof peerNames)[number]

/** A system that can be started on a folder of its own. */
export interface Peer {
  readonly name: PeerName
  readonly version: string
  /** How it is started, for the report. */
  readonly how: string
  command(folder: string, port: number): Command
  /** Its database inside the folder, for seeding; undefined where seeding goes through the API. */
  readonly database?: string
  /** The files that hold the points, for bytes on disk. */
  isData(file: string): boolean
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

interface Started {
  readonly child: ChildProcess
  readonly port: number
  readonly ms: number
}

export class Server implements AsyncDisposable {
  readonly peer: Peer
  readonly folder: string
  #started: Started

  private constructor(peer: Peer, folder: string, started: Started) {
    this.peer = peer
    this.folder = folder
    this.#started = started
  }

  static async start(peer: Peer, folder: string): Promise<Server> {
    return new Server(peer, folder, await launch(peer, folder))
  }

  get pid(): number {
    return this.#started.child.pid!
  }

  get port(): number {
    return this.#started.port
  }

  /** From the start of the process to its first answer that needs the database. */
  get startMs(): number {
    return this.#started.ms
  }

  /** Ends it the hard way and starts it anew on its data: it would go on with what nobody waits for. */
  async restart(): Promise<void> {
    killGroup(this.#started.child)
    await sleep(500)
    this.#started = await launch(this.peer, this.folder)
  }

  /** An answer to a single request, outside any measurement. */
  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${this.peer.name}: ${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }

  async diskBytes(): Promise<number> {
    let sum = 0
    for (const entry of await readdir(this.folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && this.peer.isData(entry.name)) sum += (await stat(join(entry.parentPath, entry.name))).size
    }
    return sum
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child } = this.#started
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([exit, sleep(10_000, undefined, { ref: false })])
    }
    killGroup(child)
  }
}

async function launch(peer: Peer, folder: string): Promise<Started> {
  const port = await freePort()
  const { program, args, env } = peer.command(folder, port)
  const log = join(folder, 'server.log')
  const fd = openSync(log, 'a')
  const began = performance.now()
  // A group of its own, so that whatever it starts can be ended with it.
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', fd, fd], detached: true })
  closeSync(fd)
  running.add(child)
  const failed = once(child, 'exit').then(([code]) => `ended with ${code}`, (error: Error) => error.message)
  const answered = firstAnswer(port, '/api/2.0/mlflow/experiments/get?experiment_id=0', began + 120_000)
  const outcome = await Promise.race([answered, failed])
  if (typeof outcome === 'string') {
    killGroup(child)
    throw new Error(`${peer.name} did not start: ${outcome}\n${readFileSync(log, 'utf8').slice(-2000)}`)
  }
  return { child, port, ms: outcome - began }
}

const running = new Set<ChildProcess>()

function killGroup(child: ChildProcess): void {
  running.delete(child)
  if (child.pid === undefined) return
  for (const pid of [-child.pid, ...treePids(child.pid)]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch { /* gone already */ }
  }
}

/** For when the benchmark itself is interrupted. */
export function killAll(): void {
  for (const child of running) killGroup(child)
}

/** Asks every few milliseconds until there is a 200; the time of that answer. */
async function firstAnswer(port: number, path: string, deadline: number): Promise<number | string> {
  while (performance.now() < deadline) {
    if (await answersOnce(port, path)) return performance.now()
    await sleep(4)
  }
  return 'no answer in two minutes'
}

function answersOnce(port: number, path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`))
    socket.setTimeout(60_000, () => socket.destroy())
    socket.once('data', data => {
      resolve(data.toString('latin1').startsWith('HTTP/1.1 200'))
      socket.destroy()
    })
    socket.on('error', () => resolve(false))
    socket.on('close', () => resolve(false))
  })
}
