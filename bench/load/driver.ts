import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Job, Outcome, Reply } from './job.ts'

const program = fileURLToPath(new URL('./generator.ts', import.meta.url))

/** The generator's process: one job at a time. */
export class Generator implements AsyncDisposable {
  /** What was done to keep the generator off the servers' cores, in words. */
  readonly pinning: string
  readonly #child: ChildProcess

  constructor() {
    const cores = availableParallelism()
    const canPin = cores > 1 && spawnSync('taskset', ['--version']).status === 0
    const command = [process.execPath, '--conditions=source', '--max-semi-space-size=64', program]
    if (canPin) command.unshift('taskset', '-c', String(cores - 1))
    this.pinning = canPin ? `generator pinned to core ${cores - 1} of ${cores}, servers free to use all` : `generator not pinned (${cores} cores, no taskset)`
    this.#child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' })
  }

  async run(job: Job): Promise<Outcome> {
    this.#child.send(job)
    const ended = new AbortController()
    try {
      const reply = await Promise.race([
        once(this.#child, 'message', { signal: ended.signal }).then(([message]) => message as Reply),
        once(this.#child, 'exit', { signal: ended.signal }).then((): Reply => ({ error: 'the generator died' })),
      ])
      if ('error' in reply) throw new Error(reply.error)
      return reply.outcome
    } finally {
      ended.abort()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill()
    await exit
  }
}
