import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { frameReader, type ReadFrame } from './frames.ts'

export interface WorkerOptions {
  /** The interpreter of the model's environment. */
  readonly python: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly folder: string
  /** A folder that only this process can enter, for sockets. */
  readonly sockets: string
  /** Another program that speaks the same frames, in place of Python and worker.py; gets the socket and the folder. */
  readonly command?: readonly [string, ...string[]] | undefined
  /** Told each line that the worker writes. */
  readonly say?: ((line: string) => void) | undefined
}

/** What a worker says of itself once its model is loaded and warm. */
export interface Hello {
  readonly pid: number
  readonly python: string
  readonly mlflow: string
  /** Whether several requests may be answered as one. */
  readonly batches: boolean
  readonly load_ms: number
  readonly warm_up_ms: number
  readonly warm_up_status: number | null
}

const script = fileURLToPath(new URL('./worker.py', import.meta.url))
const keptLines = 200

/** One process with the model loaded. It answers one frame at a time, and dies alone. */
export class PythonWorker {
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  #socket: Socket | undefined
  #answer: ((frame: ReadFrame) => void) | undefined
  #ended = false
  readonly hello: Promise<Hello>
  /** Resolves when the process is gone. */
  readonly end: Promise<{ readonly code: number | null; readonly signal: string | null }>

  constructor(options: WorkerOptions, number: number) {
    const path = join(options.sockets, `${number}.sock`)
    const ready = Promise.withResolvers<Hello>()
    this.hello = ready.promise
    const server = createServer((socket) => {
      server.close()
      this.#socket = socket
      let greeted = false
      socket.on('data', frameReader((frame) => {
        if (!greeted) {
          greeted = true
          return ready.resolve(frame.header as Hello)
        }
        const answer = this.#answer
        this.#answer = undefined
        answer?.(frame)
      }))
      // The process's own end is what counts.
      socket.on('error', () => {})
    })
    server.listen(path)
    // -I would hide the model's environment variables; -u, so that its last words are not lost.
    const [program, ...args] = options.command ?? [options.python, '-u', script]
    this.#child = spawn(program, [...args, path, options.folder], {
      env: { ...options.env, PYTHONUNBUFFERED: '1' } as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) this.#read(stream, options.say)
    this.end = new Promise((resolve) => {
      const finish = (code: number | null, signal: string | null): void => {
        if (this.#ended) return
        this.#ended = true
        server.close()
        this.#socket?.destroy()
        ready.reject(new WorkerFailed(this.lastLines(30)))
        resolve({ code, signal })
      }
      this.#child.once('error', (error) => {
        this.#lines.push(error.message)
        finish(null, null)
      })
      // When its output is read to the end, so that its last words are there; a process that it left
      // behind may hold the output open.
      this.#child.once('close', finish)
      this.#child.once('exit', (code, signal) => setTimeout(finish, 200, code, signal))
    })
    this.hello.catch(() => {})
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Answers when the worker did; never when it dies first, which `end` tells. */
  ask(frame: Buffer): Promise<ReadFrame> {
    return new Promise((resolve) => {
      this.#answer = resolve
      this.#socket!.write(frame)
    })
  }

  /** The end of what it wrote. */
  lastLines(count: number): readonly string[] {
    return this.#lines.slice(-count)
  }

  /** Bytes of memory in use, where the system tells. */
  async memory(): Promise<number | undefined> {
    const text = await readFile(`/proc/${this.pid}/statm`, 'utf8').catch(() => undefined)
    return text === undefined ? undefined : Number(text.split(' ')[1]) * 4096
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #read(stream: NodeJS.ReadableStream, say: ((line: string) => void) | undefined): void {
    let pending = ''
    stream.on('data', (chunk: Buffer) => {
      const lines = (pending + chunk.toString()).split('\n')
      pending = lines.pop()!
      for (const line of lines) {
        if (line.trim() === '') continue
        this.#lines.push(line)
        if (this.#lines.length > keptLines) this.#lines.shift()
        say?.(line)
      }
    })
  }
}

/** The model's process ended before its model was ready. */
export class WorkerFailed extends Error {
  readonly lines: readonly string[]

  constructor(lines: readonly string[]) {
    super(lines.at(-1) ?? 'The process of the model ended without a word.')
    this.name = 'WorkerFailed'
    this.lines = lines
  }
}
