import { writeFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActiveRun } from '@cairn/sdk'
import type { RecordKeeper } from '../../record/keeper.ts'
import { loadReader } from '../../system/load-notes.ts'
import { fileTail } from './file-tail.ts'
import type { TaskState } from './queue.ts'
import { readEnd, taskScript } from './script.ts'

/** How a task ended. */
export interface TaskEnd {
  readonly exit: number | undefined
  readonly status: 'FINISHED' | 'FAILED' | 'KILLED'
  readonly why: string | undefined
  readonly cpu_seconds: number | undefined
}

export interface TaskInput {
  readonly number: number
  readonly run: ActiveRun
  readonly work: string
  readonly command: string
  readonly variables: Readonly<Record<string, string>>
  readonly setup: string | undefined
  readonly activate: string | undefined
  readonly output: (chunk: Buffer) => void
  /** Stores the record of a run of its own. */
  readonly keep: (() => Promise<RecordKeeper>) | undefined
}

/** Looks without a note after which Slurm's word counts: the note may still be on its way through a network's file system. */
const patience = 3

/** One task of a job: its script, what it writes, and how it ends. */
export class SlurmTask {
  readonly number: number
  readonly run: ActiveRun
  readonly keep: TaskInput['keep']
  end: TaskEnd | undefined
  startedAt: number | undefined
  status: 'SCHEDULED' | 'RUNNING' | undefined
  readonly #input: TaskInput
  readonly #tail: () => Promise<Buffer>
  readonly #load: () => Promise<Buffer>
  readonly #readLoad = loadReader()
  #without = 0

  constructor(input: TaskInput) {
    this.#input = input
    this.number = input.number
    this.run = input.run
    this.keep = input.keep
    this.#tail = fileTail(join(input.work, `out-${input.number}.log`))
    this.#load = fileTail(join(input.work, `load-${input.number}`))
  }

  async write(): Promise<void> {
    const { work, number } = this.#input
    await writeFile(join(work, `task-${number}.sh`), taskScript(this.#input), { mode: 0o700 })
  }

  /** Takes what the task wrote since, and notes its end. `state` is undefined where Slurm has forgotten it. */
  async look(state: TaskState | undefined, asked: boolean): Promise<void> {
    const note = await readFile(join(this.#input.work, `end-${this.number}`), 'utf8').then(readEnd, () => undefined)
    // After the note was read: what was written before it is then all there is.
    for (let chunk = await this.#tail(); chunk.length > 0; chunk = await this.#tail()) this.#input.output(chunk)
    for (const { timestamp, step, values } of this.#readLoad((await this.#load()).toString())) {
      for (const [name, value] of values) this.run.logMetric(`system/${name}`, value, { timestamp, step })
    }
    if (state?.meaning === 'running') this.startedAt ??= Date.now()
    if (note !== undefined) {
      const killed = asked || note.exit === 137 || note.exit === 143 || state?.meaning === 'killed'
      this.end = {
        exit: note.exit, cpu_seconds: note.cpu_seconds, status: note.exit === 0 ? 'FINISHED' : killed ? 'KILLED' : 'FAILED',
        why: note.exit === 0 ? undefined : `its command ended with exit status ${note.exit}`,
      }
      return
    }
    if (state?.meaning === 'waiting' && state.reason === 'DependencyNeverSatisfied') {
      this.end = { exit: undefined, cpu_seconds: undefined, status: 'FAILED', why: 'what it waits for did not end as it should have (DependencyNeverSatisfied)' }
      return
    }
    if (state?.meaning === 'waiting' || state?.meaning === 'running') return
    this.#without += 1
    if (this.#without < patience) return
    this.end = state === undefined
      ? { exit: undefined, cpu_seconds: undefined, status: 'FAILED', why: 'Slurm no longer knows the job, and it left no note of how it ended' }
      : { exit: state.exit, cpu_seconds: undefined, status: state.meaning === 'done' ? 'FINISHED' : state.meaning === 'killed' ? 'KILLED' : 'FAILED', why: state.meaning === 'done' ? undefined : `Slurm ended it: ${state.word}` }
  }
}

/** The end of a job by those of its tasks. */
export function endOfAll(tasks: readonly SlurmTask[]): TaskEnd {
  const ends = tasks.map(({ end }) => end!)
  const bad = ends.filter(({ status }) => status !== 'FINISHED')
  const seconds = ends.map(({ cpu_seconds }) => cpu_seconds)
  const cpu_seconds = seconds.every((one) => one !== undefined) ? seconds.reduce((sum, one) => sum + one, 0) : undefined
  if (tasks.length === 1) return ends[0]!
  return {
    exit: bad.length === 0 ? 0 : bad.find(({ exit }) => exit !== undefined)?.exit, cpu_seconds,
    status: bad.length === 0 ? 'FINISHED' : bad.some(({ status }) => status === 'FAILED') ? 'FAILED' : 'KILLED',
    why: bad.length === 0 ? undefined : `${bad.length} of ${tasks.length} tasks did not finish: ${bad[0]!.why ?? 'they were killed'}`,
  }
}
