import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { childSeconds, sessionMemory } from '../system/proc.ts'

export interface Ended {
  readonly exit: number | undefined
  readonly signal: NodeJS.Signals | undefined
  /** Whether somebody asked it to end. */
  readonly asked: boolean
  readonly started_at: number
  readonly ended_at: number
  /** Of the command and all that it waited for; undefined where the system does not say. */
  readonly cpu_seconds: number | undefined
  /** The most that its processes held at once, as sampled. */
  readonly max_memory_bytes: number | undefined
}

/** Signals that came to Cairn; `take` gets them from then on. */
export type SignalSource = (take: (signal: NodeJS.Signals) => void) => Disposable

export interface LocalCommand {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly output: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
  readonly signals: SignalSource
  readonly started?: ((pid: number) => void) | undefined
}

/**
 * Runs a command as the leader of a session of its own, so that what it starts can be reached too.
 * A first signal is passed on to all of them; a second one kills them.
 */
export async function runLocal({ argv: [file, ...args], cwd, env, output, signals, started }: LocalCommand): Promise<Ended> {
  const startedAt = Date.now()
  const cpuBefore = childSeconds()
  // Python keeps output that goes to no terminal for itself; a person watches here, and on the run's page.
  const child = spawn(file, args, { cwd, env: { PYTHONUNBUFFERED: '1', ...env } as NodeJS.ProcessEnv, detached: true, stdio: ['inherit', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk: Buffer) => output('stdout', chunk))
  child.stderr.on('data', (chunk: Buffer) => output('stderr', chunk))
  const exited = new Promise<{ exit: number | undefined; signal: NodeJS.Signals | undefined }>((done, fail) => {
    child.once('error', fail)
    child.once('exit', (code, signal) => done({ exit: code ?? undefined, signal: signal ?? undefined }))
  })
  const closed = new Promise((done) => child.once('close', done))
  const pid = child.pid
  if (pid !== undefined) started?.(pid)

  let asked = 0
  using _signals = signals((signal) => {
    asked += 1
    if (pid !== undefined) tell(pid, asked === 1 ? signal : 'SIGKILL')
  })
  using memory = pid === undefined ? undefined : watchMemory(pid)
  const { exit, signal } = await exited
  const endedAt = Date.now()
  // What it left running may hold the output open for ever; what it wrote until now is here soon.
  await Promise.race([closed, sleep(asked > 0 ? 200 : 2000, undefined, { ref: false })])
  if (asked > 0 && pid !== undefined) tell(pid, 'SIGKILL')
  const after = childSeconds()
  return {
    exit, signal, asked: asked > 0, started_at: startedAt, ended_at: endedAt,
    cpu_seconds: cpuBefore === undefined || after === undefined ? undefined : Math.max(0, Math.round((after - cpuBefore) * 100) / 100),
    max_memory_bytes: memory?.most,
  }
}

function tell(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // All of them have ended.
  }
}

function watchMemory(session: number): Disposable & { most: number | undefined } {
  let timer: ReturnType<typeof setTimeout>
  const watch = { most: undefined as number | undefined, [Symbol.dispose]: () => clearTimeout(timer) }
  // Soon at first, so that a short command is seen as well; a look costs some milliseconds.
  const look = (waitMs: number): void => {
    timer = setTimeout(() => {
      const now = sessionMemory(session)
      if (now !== undefined) watch.most = Math.max(watch.most ?? 0, now)
      look(Math.min(2000, waitMs * 2))
    }, waitMs)
    timer.unref()
  }
  look(50)
  return watch
}

/** The run's status by how its command ended. */
export function statusOf({ exit, signal, asked }: Pick<Ended, 'exit' | 'signal' | 'asked'>): 'FINISHED' | 'FAILED' | 'KILLED' {
  if (exit === 0) return 'FINISHED'
  // A shell says 128 + signal for what a signal ended under it.
  const killed = ['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGHUP'].includes(signal ?? '') || [129, 130, 137, 143].includes(exit ?? 0)
  return asked || killed ? 'KILLED' : 'FAILED'
}

export function describeEnd({ exit, signal }: Pick<Ended, 'exit' | 'signal'>): string {
  return signal === undefined ? `exit status ${exit ?? '?'}` : `signal ${signal}`
}
