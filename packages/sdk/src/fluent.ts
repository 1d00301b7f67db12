import { tags as meaning, type Int64, type RunInfo, type RunStatus } from '@cairn/protocol'
import type { UploadBody } from './artifacts.ts'
import { CairnClient, type ClientOptions } from './client.ts'
import { isAlreadyExists, isNotFound } from './errors.ts'
import { Outbox, type OutboxOptions } from './outbox.ts'

export interface MetricOptions {
  /** Default 0, as in MLflow. */
  readonly step?: Int64 | undefined
  /** Milliseconds since the epoch; default now. */
  readonly timestamp?: Int64 | undefined
}

export type ParamValue = string | number | boolean | bigint | null

/**
 * A run that is being logged to. `log…` and `set…` return at once; what they log goes out in the
 * background, in order. `flush` and `end` wait for it and throw what went wrong.
 */
export class ActiveRun implements AsyncDisposable {
  readonly client: CairnClient
  readonly info: RunInfo
  readonly #outbox: Outbox
  readonly #ended: (run: ActiveRun) => void
  #over = false

  constructor(client: CairnClient, info: RunInfo, options: OutboxOptions, ended: (run: ActiveRun) => void) {
    this.client = client
    this.info = info
    this.#outbox = new Outbox(client, info.run_id, options)
    this.#ended = ended
  }

  get id(): string {
    return this.info.run_id
  }

  logMetric(key: string, value: number, { step = 0, timestamp = Date.now() }: MetricOptions = {}): void {
    this.#outbox.add({ metric: { key, value, step, timestamp } })
  }

  logMetrics(values: Readonly<Record<string, number>>, options: MetricOptions = {}): void {
    const timestamp = options.timestamp ?? Date.now()
    for (const [key, value] of Object.entries(values)) this.logMetric(key, value, { ...options, timestamp })
  }

  /** A param never changes: the same value again is accepted, another one is refused by the server. */
  logParam(key: string, value: ParamValue): void {
    this.#outbox.add({ param: { key, value: String(value) } })
  }

  logParams(values: Readonly<Record<string, ParamValue>>): void {
    for (const [key, value] of Object.entries(values)) this.logParam(key, value)
  }

  setTag(key: string, value: ParamValue): void {
    this.#outbox.add({ tag: { key, value: String(value) } })
  }

  setTags(values: Readonly<Record<string, ParamValue>>): void {
    for (const [key, value] of Object.entries(values)) this.setTag(key, value)
  }

  /** Stores a file under the run; `path` is relative to its artifact root, with `/`. */
  logArtifact(path: string, body: UploadBody): Promise<void> {
    return this.client.artifacts.upload(this.id, path, body)
  }

  logText(path: string, text: string): Promise<void> {
    return this.logArtifact(path, text)
  }

  logJson(path: string, value: unknown): Promise<void> {
    return this.logArtifact(path, JSON.stringify(value, null, 2))
  }

  flush(): Promise<void> {
    return this.#outbox.flush()
  }

  /**
   * Sends what is left and ends the run, after all that was logged. When the server is away the end
   * waits with the rest: ending again changes no status, but tries again.
   */
  end(status: RunStatus = 'FINISHED'): Promise<void> {
    if (!this.#over) {
      this.#over = true
      this.#ended(this)
      this.#outbox.add({ end: { status, end_time: Date.now() } })
    }
    return this.flush()
  }

  /** `await using run = await startRun()` ends it as FINISHED; call `end('FAILED')` before for others. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}

/** Which run is active where: a stack, or in Node one for each chain of async calls. */
export interface ActiveRuns {
  current(): ActiveRun | undefined
  enter(run: ActiveRun): void
  leave(run: ActiveRun): void
  within<T>(run: ActiveRun, work: () => Promise<T>): Promise<T>
}

export function runStack(): ActiveRuns {
  const stack: ActiveRun[] = []
  const leave = (run: ActiveRun): void => {
    const at = stack.lastIndexOf(run)
    if (at >= 0) stack.splice(at, 1)
  }
  return {
    current: () => stack.at(-1),
    enter: (run) => void stack.push(run),
    leave,
    async within(run, work) {
      stack.push(run)
      try {
        return await work()
      } finally {
        leave(run)
      }
    },
  }
}

export interface StartRunOptions {
  readonly runName?: string | undefined
  /** Default: the experiment of `setExperiment`, else `Default`. */
  readonly experimentName?: string | undefined
  readonly experimentId?: string | undefined
  /** Goes on with this run instead of making one. */
  readonly runId?: string | undefined
  /** Makes the run a child of the active one. */
  readonly nested?: boolean | undefined
  readonly parentRunId?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly params?: Readonly<Record<string, ParamValue>> | undefined
}

export interface FluentOptions extends OutboxOptions {
  readonly activeRuns?: ActiveRuns | undefined
  /** Tags that every new run gets. */
  readonly tags?: (() => Promise<Readonly<Record<string, string>>>) | undefined
  readonly experimentName?: string | undefined
  readonly experimentId?: string | undefined
}

export type Fluent = ReturnType<typeof fluent>

/**
 * The fluent level: the functions of MLflow's Python API, with an active run in the background.
 *
 *     const { startRun, logMetric, endRun } = fluent({ url: 'http://127.0.0.1:5000' })
 *     await startRun({ runName: 'first' })
 *     logMetric('loss', 0.5, { step: 1 })
 *     await endRun()
 */
export function fluent(clientOrOptions: CairnClient | ClientOptions, options: FluentOptions = {}) {
  const client = clientOrOptions instanceof CairnClient ? clientOrOptions : new CairnClient(clientOrOptions)
  const runs = options.activeRuns ?? runStack()
  let experiment: { id?: string | undefined; name?: string | undefined } = { id: options.experimentId, name: options.experimentName }

  const experimentId = async ({ id, name }: typeof experiment): Promise<string> => {
    if (id !== undefined) return id
    if (name === undefined) return '0'
    try {
      return (await client.experiments.getByName(name)).experiment_id
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    try {
      return await client.experiments.create({ name })
    } catch (error) {
      // Somebody else was quicker.
      if (!isAlreadyExists(error)) throw error
      return (await client.experiments.getByName(name)).experiment_id
    }
  }

  async function makeRun(start: StartRunOptions): Promise<ActiveRun> {
    let info: RunInfo
    if (start.runId !== undefined) info = await client.runs.update({ run_id: start.runId, status: 'RUNNING' })
    else {
      const parent = start.parentRunId ?? (start.nested ? active().id : undefined)
      const tags = { ...await options.tags?.(), ...start.tags, ...(parent !== undefined && { [meaning.parentRunId]: parent }) }
      const given = start.experimentId !== undefined || start.experimentName !== undefined
      const id = given ? await experimentId({ id: start.experimentId, name: start.experimentName })
        : parent !== undefined && start.nested ? active().info.experiment_id : await experimentId(experiment)
      info = (await client.runs.create({
        experiment_id: id, start_time: Date.now(), ...(start.runName !== undefined && { run_name: start.runName }),
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      })).info
    }
    const run = new ActiveRun(client, info, options, (ended) => runs.leave(ended))
    if (start.runId !== undefined && start.tags !== undefined) run.setTags(start.tags)
    if (start.params !== undefined) run.logParams(start.params)
    return run
  }

  function active(): ActiveRun {
    const run = runs.current()
    if (run === undefined) throw new Error('No run is active. Call startRun() first, or use the run that it gave you.')
    return run
  }

  return {
    client,
    activeRun: (): ActiveRun | undefined => runs.current(),
    /** Runs go to this experiment from now on; it is made when it is not there. Answers its id. */
    async setExperiment(name: string): Promise<string> {
      const id = await experimentId({ name })
      experiment = { id, name }
      return id
    },
    /** Starts a run and makes it the active one. */
    async startRun(start: StartRunOptions = {}): Promise<ActiveRun> {
      if (runs.current() !== undefined && !start.nested) {
        throw new Error(`Run ${runs.current()!.id} is active. End it with endRun(), or start this one with { nested: true }.`)
      }
      const run = await makeRun(start)
      runs.enter(run)
      return run
    },
    /** Runs `work` with a new active run, which ends as FINISHED, or as FAILED when `work` throws. */
    async withRun<T>(start: StartRunOptions, work: (run: ActiveRun) => Promise<T> | T): Promise<T> {
      const run = await makeRun({ nested: runs.current() !== undefined, ...start })
      try {
        const result = await runs.within(run, async () => work(run))
        await run.end()
        return result
      } catch (error) {
        await run.end('FAILED').catch(() => {})
        throw error
      }
    },
    async endRun(status: RunStatus = 'FINISHED'): Promise<void> {
      await runs.current()?.end(status)
    },
    logMetric: (key: string, value: number, at?: MetricOptions): void => active().logMetric(key, value, at),
    logMetrics: (values: Readonly<Record<string, number>>, at?: MetricOptions): void => active().logMetrics(values, at),
    logParam: (key: string, value: ParamValue): void => active().logParam(key, value),
    logParams: (values: Readonly<Record<string, ParamValue>>): void => active().logParams(values),
    setTag: (key: string, value: ParamValue): void => active().setTag(key, value),
    setTags: (values: Readonly<Record<string, ParamValue>>): void => active().setTags(values),
    logText: (path: string, text: string): Promise<void> => active().logText(path, text),
    logJson: (path: string, value: unknown): Promise<void> => active().logJson(path, value),
    logBlob: (path: string, body: UploadBody): Promise<void> => active().logArtifact(path, body),
    flush: async (): Promise<void> => runs.current()?.flush(),
  }
}
