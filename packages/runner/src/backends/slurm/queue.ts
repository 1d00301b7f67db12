import { ProjectError } from '../../errors.ts'
import { ask, capture, type Variables } from '../../process.ts'

/** States of https://slurm.schedmd.com/squeue.html by what they mean for a run. */
const states: Readonly<Record<string, 'waiting' | 'running' | 'done' | 'failed' | 'killed'>> = {
  PENDING: 'waiting', REQUEUED: 'waiting', REQUEUE_HOLD: 'waiting', REQUEUE_FED: 'waiting', SPECIAL_EXIT: 'waiting', CONFIGURING: 'waiting', RESV_DEL_HOLD: 'waiting', SUSPENDED: 'running',
  RUNNING: 'running', COMPLETING: 'running', STAGE_OUT: 'running', SIGNALING: 'running', STOPPED: 'running', RESIZING: 'running',
  COMPLETED: 'done', FAILED: 'failed', TIMEOUT: 'failed', OUT_OF_MEMORY: 'failed', NODE_FAIL: 'failed', BOOT_FAIL: 'failed', DEADLINE: 'failed', CANCELLED: 'killed', PREEMPTED: 'killed', REVOKED: 'killed',
}

export interface TaskState {
  /** Slurm's word, for instance `RUNNING` or `TIMEOUT`. */
  readonly word: string
  readonly meaning: 'waiting' | 'running' | 'done' | 'failed' | 'killed'
  readonly reason: string
  readonly exit: number | undefined
  readonly signal: number | undefined
  /** Where it runs. */
  readonly nodes: string
}

/** Hands a script to sbatch; answers the job's id. */
export async function submit(args: readonly string[], script: string, env: Variables): Promise<string> {
  const { code, out, err } = await capture(['sbatch', '--parsable', ...args, script], { env })
  if (code === 127) throw new ProjectError('There is no sbatch on the PATH.', 'Run this on a machine from which jobs are handed to Slurm, a login node for instance.')
  if (code !== 0) throw new ProjectError(`sbatch refused the job: ${err.trim().replace(/^sbatch: (?:error: )?/gm, '')}`, 'Look at --backend-config; sinfo shows the partitions.')
  // With several clusters the name of one follows.
  return out.toString().trim().split(';')[0]!
}

/**
 * The states of a job's tasks, by task number (0 for a job that is no array); undefined where Slurm
 * does not answer now. A job that Slurm has forgotten has none.
 */
export async function look(job: string, env: Variables): Promise<Map<number, TaskState> | undefined> {
  const { code, out, err } = await capture(['scontrol', '--oneliner', 'show', 'job', job], { env })
  if (code !== 0) return /Invalid job id/i.test(err) ? new Map() : undefined
  const tasks = new Map<number, TaskState>()
  for (const line of out.toString().split('\n')) {
    const word = field(line, 'JobState')
    if (word === undefined) continue
    const [exit, signal] = (field(line, 'ExitCode') ?? '').split(':').map(Number)
    const state: TaskState = { word, meaning: states[word] ?? 'running', reason: field(line, 'Reason') ?? '', exit, signal: signal || undefined, nodes: field(line, 'NodeList') ?? '' }
    for (const task of taskNumbers(field(line, 'ArrayTaskId'))) tasks.set(task, state)
  }
  return tasks
}

const field = (line: string, name: string): string | undefined => new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1]

/** `7`, `0-3`, `1,4-5%2`: tasks that have not begun share a line. */
export function taskNumbers(text: string | undefined): number[] {
  if (text === undefined || text === 'N/A') return [0]
  return text.replace(/%.*$/, '').split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number) as [number, number?]
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** Asks Slurm to end a job; `kill` gives it no time. */
export async function cancel(job: string, kill: boolean, env: Variables): Promise<void> {
  await ask(['scancel', ...(kill ? ['--signal=KILL', '--full'] : []), job], { env })
}
