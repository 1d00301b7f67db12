import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ActiveRun } from '@cairn/sdk'
import { diskQueue } from '@cairn/sdk/node'
import { ConsoleLog } from '../../console/console-log.ts'
import { RunFiles } from '../../console/run-files.ts'
import { ProjectError } from '../../errors.ts'
import { RecordKeeper } from '../../record/keeper.ts'
import { seedOf } from '../../record/machine.ts'
import { cairnTags } from '../../run/tags.ts'
import { systemMetricsOptions } from '../../system/system-metrics.ts'
import { runVariables, type Backend, type BackendEnd, type Execution } from '../backend.ts'
import { prepareHere } from '../local-backend.ts'
import type { SlurmConfig } from './config.ts'
import { cancel, look, submit } from './queue.ts'
import { jobScript } from './script.ts'
import { endOfAll, SlurmTask } from './tasks.ts'

/**
 * Runs a project as a Slurm job: the environment is made here, in a folder that the nodes see too,
 * and the job is followed to its end. An array is one run with a run below it for each task.
 */
export function slurmBackend(config: SlurmConfig): Backend {
  return { elsewhere: true, sets: config.array, prepare: prepareHere, execute: (execution) => execute(config, execution) }
}

async function execute(config: SlurmConfig, execution: Execution): Promise<BackendEnd> {
  const { run, context, source, say } = execution
  const work = join(config.folder ?? join(dirname(context.queue.logs), 'slurm'), run.id)
  await mkdir(work, { recursive: true })
  // What was fetched lies in a folder of this machine's own.
  const own = source.kind === 'folder' && source.origin === undefined
  const folder = own ? source.folder : join(work, 'project')
  if (!own) await cp(source.folder, folder, { recursive: true })
  await using logs = new AsyncDisposableStack()
  const tasks = await makeTasks(config, execution, work, logs)
  await Promise.all(tasks.map((task) => task.write()))
  const script = join(work, 'job.sh')
  const loadSeconds = execution.wanted.systemMetrics === false || context.env['MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING'] === 'true' ? undefined : systemMetricsOptions(context.env).intervalMs / 1000
  await writeFile(script, jobScript({ runId: run.id, folder, work, loadSeconds }), { mode: 0o700 })
  const array = config.array === undefined ? [] : [`--array=0-${tasks.length - 1}${config.arrayLimit === undefined ? '' : `%${config.arrayLimit}`}`]
  const dependency = await dependencies(config, execution)
  const { MLFLOW_EXPERIMENT_NAME: _, ...variables } = execution.ready.variables
  const submitted = Date.now()
  const job = await submit([
    `--job-name=${execution.project.name ?? 'cairn'}`, `--output=${join(work, config.array === undefined ? 'out-0.log' : 'out-%a.log')}`, '--open-mode=append', ...array,
    ...(dependency === undefined ? [] : [`--dependency=${dependency}`]), ...config.sbatch,
  ], script, variables)
  run.setTag(cairnTags.slurmJob, job)
  say(`Slurm has it as job ${job}.`)
  const asked = await follow(config, execution, job, tasks)
  const end = endOfAll(tasks)
  if (end.status === 'FINISHED') await rm(work, { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
  const starts = tasks.flatMap(({ startedAt }) => startedAt ?? [])
  return { ...end, signal: undefined, asked, started_at: starts.length === 0 ? submitted : Math.min(...starts), ended_at: Date.now(), max_memory_bytes: undefined }
}

/** One task that is the run itself, or one for each set of parameters with a run of its own. */
async function makeTasks(config: SlurmConfig, execution: Execution, work: string, logs: AsyncDisposableStack): Promise<SlurmTask[]> {
  const { run, context, ready, tags, output } = execution
  const manager = ready.activate === undefined && ready.variables['VIRTUAL_ENV'] === undefined ? {} : { PATH: ready.variables['PATH'] ?? '', ...(ready.variables['VIRTUAL_ENV'] !== undefined && { VIRTUAL_ENV: ready.variables['VIRTUAL_ENV'] }) }
  const task = (number: number, of: ActiveRun, command: string, write: (chunk: Buffer) => void, keep?: () => Promise<RecordKeeper>): SlurmTask => new SlurmTask({
    number, run: of, work, command, keep, setup: config.setup, activate: ready.activate, output: write,
    variables: { PYTHONUNBUFFERED: '1', ...manager, ...runVariables(of, context.trackingUri, context.env) },
  })
  if (config.array === undefined) return [task(0, run, execution.command, (chunk) => output('stdout', chunk))]
  const made: SlurmTask[] = []
  for (const [number, set] of config.array.entries()) {
    const { text, logged, values, paths } = await execution.commandFor(set)
    const { info } = await context.client.runs.create({
      experiment_id: run.info.experiment_id, start_time: Date.now(), run_name: `${run.info.run_name} ${number}`,
      tags: Object.entries({ ...tags, 'mlflow.parentRunId': run.id }).map(([key, value]) => ({ key, value })),
    })
    const child = new ActiveRun(context.client, info, { store: diskQueue(context.queue.batches) }, () => {})
    child.logParams(logged)
    const files = new RunFiles(context.client, info, context.queue.files, execution.say)
    const log = logs.use(new ConsoleLog(files, join(context.queue.logs, `${info.run_id}.log`)))
    log.write(`$ ${text}\n`)
    const shown = prefixed(`[${number}] `, (line) => output('stdout', Buffer.from(line)))
    made.push(task(number, child, text, (chunk) => {
      log.write(chunk)
      shown(chunk)
    }, async () => {
      const all = await execution.recorded
      const { array: _array, array_limit: _limit, ...config } = execution.wanted.backendConfig ?? {}
      const keeper = new RecordKeeper(files, all.root)
      await keeper.keep({ ...all, record: { ...all.record, given: { ...all.record.given, ...set }, parameters: values, paths, command: text, seed: seedOf(values, context.env) ?? null, backend_config: config } })
      return keeper
    }))
  }
  return made
}

/** Whole lines with a word in front, so that tasks that write at once can be told apart. */
function prefixed(prefix: string, write: (line: string) => void): (chunk: Buffer) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop()!
    for (const line of lines) write(`${prefix}${line}\n`)
  }
}

/** What --dependency takes: runs stand for the jobs that they are. */
async function dependencies({ dependencies: wanted }: SlurmConfig, { context }: Execution): Promise<string | undefined> {
  const parts = await Promise.all(wanted.map(async ({ kind, on }) => [kind, ...await Promise.all(on.map(async (one) => {
    if (!/^[0-9a-f]{32}$/.test(one)) return one
    const { data } = await context.client.runs.get(one)
    const job = data.tags?.find(({ key }) => key === cairnTags.slurmJob)?.value
    if (job === undefined) throw new ProjectError(`Run ${one} is no job of Slurm, so nothing can wait for it there.`, 'Name a run of the slurm backend, or a job’s id.')
    return job
  }))].join(':')))
  return parts.length === 0 ? undefined : parts.join(',')
}

/** Looks at the job until all its tasks have ended; answers whether somebody asked it to end. */
async function follow(config: SlurmConfig, { run, context, say }: Execution, job: string, tasks: readonly SlurmTask[]): Promise<boolean> {
  const { env, client } = context
  let asked = 0
  let wake = new AbortController()
  using _signals = context.signals(() => {
    asked += 1
    say(asked === 1 ? `Cancelling job ${job}.` : `Killing job ${job}.`)
    void cancel(job, asked > 1, env).then(() => wake.abort())
  })
  let told = false
  while (tasks.some(({ end }) => end === undefined)) {
    const states = await look(job, env)
    if (states === undefined && !told) say('Slurm does not answer; the job goes on, and so does the waiting.')
    told = states === undefined
    for (const task of states === undefined ? [] : tasks) {
      if (task.end !== undefined) continue
      const state = states!.get(task.number)
      await task.look(state, asked > 0)
      const status = state?.meaning === 'waiting' ? 'SCHEDULED' as const : state?.meaning === 'running' ? 'RUNNING' as const : undefined
      if (status !== undefined && status !== task.status && task.end === undefined) {
        if (status === 'RUNNING') say(`${tasks.length === 1 ? `Job ${job}` : `Task ${task.number} of job ${job}`} runs on ${state!.nodes}.`)
        task.status = status
        await client.runs.update({ run_id: task.run.id, status }).catch(() => {})
      }
      if (task.end !== undefined && task.run !== run) await endChild(task)
    }
    if (tasks.some(({ end }) => end === undefined)) await sleep(config.pollMs, undefined, { signal: wake.signal }).catch(() => { wake = new AbortController() })
  }
  // A job that waits for what will never be stays in the queue else.
  if (tasks.some(({ end }) => end?.why?.includes('DependencyNeverSatisfied'))) await cancel(job, false, env)
  return asked > 0
}

async function endChild({ run, end, startedAt, keep }: SlurmTask): Promise<void> {
  const ended_at = Date.now()
  await keep?.().then((keeper) => keeper.finish({ exit: end!.exit, signal: undefined, started_at: startedAt ?? ended_at, ended_at, cpu_seconds: end!.cpu_seconds, max_memory_bytes: undefined }, end!.status)).catch(() => {})
  run.setTags({ [cairnTags.exitStatus]: end!.exit ?? 'unknown', ...(end!.why !== undefined && { [cairnTags.failure]: end!.why }), ...(end!.cpu_seconds !== undefined && { [cairnTags.cpuSeconds]: end!.cpu_seconds }) })
  await run.end(end!.status).catch(() => {})
}
