import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EnvironmentError } from '@cairn/environments'
import { getRun, tags as meaning } from '@cairn/protocol'
import { ActiveRun, ApiError } from '@cairn/sdk'
import { diskQueue, resendQueued } from '@cairn/sdk/node'
import { describeEnd, statusOf } from '../backends/local.ts'
import { backendOf } from '../backends/choose.ts'
import { ConsoleLog } from '../console/console-log.ts'
import { resendFiles, RunFiles } from '../console/run-files.ts'
import { ProjectError } from '../errors.ts'
import { checkValues, computeCommand, type Command, type Values } from '../project/parameters.ts'
import { findEntryPoint, loadProject, type EntryPoint } from '../project/spec.ts'
import { changesOf } from '../record/changes.ts'
import { dataDigests } from '../record/data.ts'
import { machineOf, seedOf, tellingVariables } from '../record/machine.ts'
import { makeRecord } from '../record/record.ts'
import { changesRoot, RecordKeeper, type Recorded } from '../record/keeper.ts'
import { fetchProject } from '../source/fetch.ts'
import { repositoryOf } from '../source/git.ts'
import { logSystemMetrics, systemMetricsOptions } from '../system/system-metrics.ts'
import type { ProjectRun, RunContext, RunOutcome } from './context.ts'
import { downloader } from './download.ts'
import { chooseManager } from './environment.ts'
import { resolveExperiment } from './experiment.ts'
import { endOrphans, noteFollower } from './orphans.ts'
import { cairnTags, projectTags } from './tags.ts'

/**
 * Runs a project as one run, to its end. What can be refused is refused before there is a run; from
 * then on every way out ends the run, with its log.
 *
 * @throws ProjectError for what is wrong with the project or the request, and the SDK's errors
 */
export async function runProject(wanted: ProjectRun, context: RunContext): Promise<RunOutcome> {
  const { client, env, cwd, say, signal } = context
  const { entryPoint = 'main', version, parameters = {}, backend = 'local' } = wanted
  await using fetched = wanted.source === undefined ? await fetchProject({ uri: wanted.uri, version, cwd, env, signal, say }) : undefined
  const source = wanted.source ?? fetched!
  const project = await loadProject(source.folder)
  const entry = findEntryPoint(project, entryPoint, env)
  const manager = chooseManager(project.env, wanted.envManager)
  const chosen = backendOf(backend, { project, manager, config: wanted.backendConfig ?? {}, cwd })
  const sets = chosen.sets ?? [{}]
  for (const set of sets) checkValues(entry, { ...parameters, ...set })
  const repository = await repositoryOf(source.folder, env)
  const changes = changesOf(source.folder, repository, env)
  // Awaited below; without this a failure in between would end the process.
  changes.catch(() => {})
  if (wanted.requireClean === true) refuseDirty(source.folder, repository?.commit, await changes)

  if (wanted.storageDir !== undefined) await mkdir(wanted.storageDir, { recursive: true })
  const storage = await mkdtemp(join(wanted.storageDir ?? tmpdir(), 'cairn-storage-'))
  await using _storage = { [Symbol.asyncDispose]: async () => (wanted.storageDir === undefined ? rm(storage, { recursive: true, force: true }) : undefined) }
  const commandFor = (set: Values): Promise<Command> => computeCommand(entry, { ...parameters, ...set }, { cwd, storage, download: downloader(client, signal) })
  const command = await commandFor(sets[0]!)
  const tags = {
    ...await projectTags({ source, cwd, entryPoint, backend, env: manager === 'local' ? undefined : manager, repository, variables: env }),
    ...((await changes).dirty && repository?.commit !== undefined && { [cairnTags.gitDirty]: 'true' }),
    ...(wanted.rerunOf !== undefined && { [cairnTags.rerunOf]: wanted.rerunOf }),
  }
  // A run that stands for several has the params that they share.
  const params = Object.fromEntries(Object.entries(command.logged).filter(([name]) => !sets.some((set) => Object.hasOwn(set, name))))
  const run = await openRun(wanted, context, { tags, params })
  const files = new RunFiles(client, run.info, context.queue.files, say)
  const log = new ConsoleLog(files, join(context.queue.logs, `${run.id}.log`))
  // A job elsewhere goes on without its follower; only a command here ends with it.
  const follower = chosen.elsewhere ? undefined : await noteFollower(context, run.id)
  const tell = (line: string): void => {
    log.write(`${line}\n`)
    say(line)
  }
  const ending = new Ending(run, context)
  try {
    // What the server refuses of the params stops here, before anything runs under a name it does not know.
    await run.flush()
    const root = changesRoot(source.folder, repository)
    const keeper = new RecordKeeper(files, root)
    for (const name of undeclared(entry, parameters)) tell(`The entry point ${entry.name} declares no parameter "${name}" (it has ${entry.parameters.map((one) => one.name).join(', ')}): its command gets it as --${name}.`)
    const ready = await chosen.prepare({ run, project, source, manager, wanted, context, say: tell })
    const data = dataDigests(entry, command.values, command.paths, source.folder)
    data.catch(() => {})
    say(`Running '${command.text}' as run ${run.id}.`)
    log.write(`$ ${command.text}\n`)
    await using _metrics = wanted.systemMetrics === false || env['MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING'] === 'true' || chosen.elsewhere
      ? undefined : logSystemMetrics(run, systemMetricsOptions(env), env)
    // Made beside the command, which need not wait for it.
    const recorded = (async (): Promise<Recorded> => {
      const { environment, lock } = await ready.recorded()
      const record = makeRecord({
        cairn: context.version, source, repository, changes: await changes, project: project.name, entry, given: parameters, command, backend, backendConfig: wanted.backendConfig,
        docker: { args: wanted.dockerArgs ?? {}, build_image: wanted.buildImage === true }, seed: seedOf(command.values, env), data: await data, environment, machine: await machineOf(env), variables: tellingVariables(env), rerunOf: wanted.rerunOf,
      })
      return { record, changes: await changes, lock, root }
    })()
    const recording = recorded.then((one) => keeper.keep(one))
    recording.catch(() => {})
    const executing = chosen.execute({
      run, project, source, command: command.text, commandFor, tags, recorded, ready, wanted, context, say: tell,
      output: (stream, chunk) => {
        log.write(chunk)
        context.output(stream, chunk)
      },
    })
    const ended = await executing
    await recording.catch((error: unknown) => tell(`The record of how to repeat this run is incomplete: ${(error as Error).message}`))
    const status = ended.status ?? statusOf(ended)
    await keeper.finish(ended, status)
    run.setTags({
      [cairnTags.exitStatus]: ended.signal ?? ended.exit ?? 'unknown',
      ...(ended.cpu_seconds !== undefined && { [cairnTags.cpuSeconds]: ended.cpu_seconds }),
      ...(ended.max_memory_bytes !== undefined && { [cairnTags.maxMemoryMegabytes]: Math.round(ended.max_memory_bytes / 1e5) / 10 }),
    })
    ending.is({ status, exit_status: ended.exit ?? null, signal: ended.signal ?? null, why: status === 'FINISHED' ? null : ended.why ?? `its command ended with ${describeEnd(ended)}` })
  } catch (error) {
    const stopped = signal.aborted && !(error instanceof ProjectError)
    if (!stopped && !(error instanceof ProjectError || error instanceof EnvironmentError || error instanceof ApiError)) ending.bug = error
    const why = stopped ? 'it was stopped before its command began' : (error as Error).message
    log.write(`${why}\n`)
    run.setTag(cairnTags.failure, why.slice(0, 4000))
    ending.is({ status: stopped ? 'KILLED' : 'FAILED', exit_status: null, signal: null, why, fix: (error as { fix?: string }).fix ?? null })
  }
  await log[Symbol.asyncDispose]()
  await rm(log.path, { force: true })
  const outcome = await ending.send()
  await follower?.[Symbol.asyncDispose]()
  if (ending.bug !== undefined) throw ending.bug
  // What earlier runs, or this one, could not send: in the order in which it was meant to arrive.
  if (!outcome.waiting) {
    await resendQueued(client, context.queue.batches).catch(() => 0)
    await resendFiles(client, context.queue.files).catch(() => 0)
    await endOrphans(context).catch(() => {})
  }
  return outcome
}

/** Parameters that may be misspelt: MLflow hands them on, and a program may pass over what it does not know. */
const undeclared = ({ parameters }: EntryPoint, given: Values): readonly string[] =>
  (parameters.length === 0 ? [] : Object.keys(given).filter((name) => !parameters.some((one) => one.name === name)))

function refuseDirty(folder: string, commit: string | undefined, { dirty, untracked, patch_sha256 }: Awaited<ReturnType<typeof changesOf>>): void {
  if (commit === undefined) throw new ProjectError(`${folder} is in no commit of a git repository, and --require-clean asks for one.`, 'Commit it, or leave --require-clean out.')
  if (!dirty) return
  const what = [...(patch_sha256 === undefined ? [] : ['changed files']), ...(untracked.length === 0 ? [] : [`files that git does not know (${untracked.slice(0, 3).map(({ path }) => path).join(', ')}${untracked.length > 3 ? ', …' : ''})`])]
  throw new ProjectError(`The working tree of ${folder} has ${what.join(' and ')}, and --require-clean refuses that.`, 'Commit them (git status shows them), or leave --require-clean out.')
}

interface Opening {
  readonly tags: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
}

/** The run to log to: made with the tags and params of a project, or the one that was named, as it is. */
async function openRun(wanted: ProjectRun, { client, env, queue, say }: RunContext, { tags, params }: Opening): Promise<ActiveRun> {
  const options = { store: diskQueue(queue.batches), onError: (error: unknown) => say(`The server refused something: ${(error as Error).message}`) }
  if (wanted.runId !== undefined) {
    const run = new ActiveRun(client, await client.runs.update({ run_id: wanted.runId, status: 'RUNNING' }), options, () => {})
    // Its source and params are whose it was made by; how it is run now is said as MLflow does.
    run.setTags(Object.fromEntries(Object.entries(tags).filter(([key]) => key === meaning.projectBackend || key === meaning.projectEnv || key.startsWith('cairn.'))))
    return run
  }
  const experiment_id = await resolveExperiment(client, wanted, env, say)
  const all = { ...tags, ...(wanted.parentRunId !== undefined && { 'mlflow.parentRunId': wanted.parentRunId }) }
  const { info } = await client.runs.create({
    experiment_id, start_time: Date.now(), ...(wanted.runName !== undefined && { run_name: wanted.runName }),
    tags: Object.entries(all).map(([key, value]) => ({ key, value })),
  })
  const run = new ActiveRun(client, info, options, () => {})
  run.logParams(params)
  return run
}

/** How a run ends, and its way to the server. */
class Ending {
  bug: unknown
  readonly #run: ActiveRun
  readonly #context: RunContext
  #outcome: Omit<RunOutcome, 'run_id' | 'experiment_id' | 'waiting'> = { status: 'FAILED', exit_status: null, signal: null, why: 'it ended without a result', fix: null }

  constructor(run: ActiveRun, context: RunContext) {
    this.#run = run
    this.#context = context
  }

  is(outcome: Omit<RunOutcome, 'run_id' | 'experiment_id' | 'waiting' | 'fix'> & { fix?: string | null }): void {
    this.#outcome = { fix: null, ...outcome }
  }

  async send(): Promise<RunOutcome> {
    const { client, say } = this.#context
    let waiting = false
    // The program may have ended its run itself: what it said stands, unless its process says worse.
    const over = this.#outcome.status === 'FINISHED' && await client.call(getRun, { run_id: this.#run.id }, { retries: 1 })
      .then(({ run }) => ['FINISHED', 'FAILED', 'KILLED'].includes(run.info.status), () => false)
    try {
      await (over ? this.#run.flush() : this.#run.end(this.#outcome.status))
    } catch (error) {
      waiting = true
      say(`What was logged last did not reach the server: ${(error as Error).message}`)
    }
    return { run_id: this.#run.id, experiment_id: this.#run.info.experiment_id, waiting, ...this.#outcome }
  }
}
