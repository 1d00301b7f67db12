import { createHash } from 'node:crypto'
import { judgeStep, sumOfSeen, writeLatencies, type StepPolicy } from '@cairn/protocol'
import { PoolRefused, type Answer } from '../pool/python-pool.ts'
import { ScoringError } from '../errors.ts'
import type { Frame } from '../signature/columns.ts'
import type { ServedModel } from '../server/served-model.ts'
import { Recent } from './recent.ts'
import { latestP99, newStats, observe, type ArmStats } from './rollout.ts'
import { Shadow } from './shadow.ts'
import { WarmModels } from './warm-models.ts'

export interface Share {
  readonly model: ServedModel
  readonly percent: number
}

/** Who answers from the next request on. */
export interface Traffic {
  /** Percents that make 100; of one that is tried, the rest is the others'. */
  readonly shares: readonly Share[]
  /** Clients with the same key and salt stay with one version. */
  readonly salt: string
  readonly trial?: Trial | undefined
}

/** One of the shares is a version that is tried: it is judged beside the others until there is a verdict. */
export interface Trial {
  readonly version: string
  readonly policy: StepPolicy
  /** Told once. It gets no more requests here; what follows else is for who is told to say. */
  readonly fail: (reason: string) => void
  /** Told once, where what this process saw is enough; without it somebody else decides that. */
  readonly pass?: ((reason: string) => void) | undefined
}

interface Arm extends Share {
  readonly stats: ArmStats
}

interface Judged {
  readonly trial: Trial
  readonly arm: Arm
  readonly since: number
  /** Asks the tried version what the others answered; only where answers are to be compared. */
  readonly comparison: Shadow | undefined
  decided: boolean
  /** It failed. */
  over: boolean
}

const checkMs = 250

/**
 * One name that is answered by changing versions. A new one is made ready beside the old one and then
 * takes over between two requests: those under way end where they began. It is a `ServedModel` like
 * any other to the server.
 */
export class Endpoint implements ServedModel {
  readonly name: string
  /** The header whose value is a client's key; undefined for the server's. */
  stickyHeader: string | undefined
  readonly #warm: WarmModels
  #arms: readonly Arm[] = []
  #salt = ''
  #judged: Judged | undefined
  readonly #recent = new Recent()
  #shadow: Shadow | undefined
  #timer: NodeJS.Timeout | undefined

  /** `keepWarmMs`: how long a version that gets no traffic any more stays ready. */
  constructor(name: string, model: ServedModel, { keepWarmMs }: { readonly keepWarmMs: number }) {
    this.name = name
    this.#warm = new WarmModels(keepWarmMs)
    this.setTraffic({ shares: [{ model, percent: 100 }], salt: '' })
  }

  /** Who answers for the endpoint as a whole: the first that is not only tried. */
  get #first(): Arm {
    return this.#arms.find((arm) => arm !== this.#judged?.arm) ?? this.#arms[0]!
  }

  get version(): string { return this.#first.model.version }
  get uri(): string { return this.#first.model.uri }
  get digest(): string { return this.#first.model.digest }
  get model(): ServedModel['model'] { return this.#first.model.model }
  get engine(): ServedModel['engine'] { return this.#first.model.engine }
  get mlflowVersion(): string { return this.#first.model.mlflowVersion }
  get healthy(): boolean { return this.#first.model.healthy }
  get workers(): ServedModel['workers'] { return this.#first.model.workers }

  /** Who answers how much, and what was seen of each since that last changed. */
  get traffic() {
    const trial = this.#judged
    return {
      versions: this.#arms.map(({ model, percent, stats }) => ({
        version: model.version, uri: model.uri, percent: trial?.over === true && trial.arm.model === model ? 0 : percent, ready: model.healthy,
        requests: stats.requests, errors: stats.errors, p99_ms: Math.round(latestP99(stats) * 1000) / 1000,
        ...(trial?.arm.model === model && { tried: true, ...(trial.comparison !== undefined && { compared: trial.comparison.compared, disagreed: trial.comparison.counts.disagreed }) }),
      })),
      warm: this.#warm.versions,
      ...(this.#shadow !== undefined && { shadow: { version: this.#shadow.model.version, ready: this.#shadow.model.healthy, ...this.#shadow.counts } }),
    }
  }

  /** How long the requests of each version took since the traffic last changed, and what was asked in the last minutes. */
  get seen() {
    const judged = this.#judged
    return {
      took: new Map(this.#arms.map(({ model, stats }) => [model.version, writeLatencies(stats.took)])),
      recent: this.#recent.slots(),
      ...(judged !== undefined && { tried: { version: judged.trial.version, seconds: (performance.now() - judged.since) / 1000 } }),
    }
  }

  /** A version that is ready already: it answers, or is still warm from before. */
  find(version: string): ServedModel | undefined {
    const shadow = this.#shadow?.model
    return this.#arms.find(({ model }) => model.version === version)?.model ?? this.#warm.get(version) ?? (shadow !== undefined && this.#isOwn(shadow) && shadow.version === version ? shadow : undefined)
  }

  /** From the next request on. What answers no more stays warm; what is counted begins anew. */
  setTraffic({ shares, salt, trial }: Traffic): void {
    const before = this.#models()
    for (const { model } of shares) this.#unwarm(model)
    this.#arms = shares.map((share) => ({ ...share, stats: newStats() }))
    this.#salt = salt
    clearInterval(this.#timer)
    this.#judged = undefined
    const arm = trial && this.#arms.find(({ model }) => model.version === trial.version)
    if (trial !== undefined && arm !== undefined) {
      // As often as it is asked itself, where the others' share allows.
      const comparison = trial.policy.maxDisagreement === undefined ? undefined : new Shadow(arm.model, Math.min(1, arm.percent / (100 - arm.percent)), trial.policy.tolerance ?? 0)
      this.#judged = { trial, arm, since: performance.now(), comparison, decided: false, over: false }
      this.#timer = setInterval(() => this.#check(), checkMs)
      this.#timer.unref()
    }
    this.#retire(before)
  }

  /** Sends a share of the requests to another model too, whose answers are compared and dropped. */
  setShadow(model: ServedModel | undefined, sample: number): void {
    const before = this.#models()
    if (model !== undefined && this.#isOwn(model)) this.#unwarm(model)
    this.#shadow = model === undefined ? undefined : new Shadow(model, sample)
    this.#retire(before)
  }

  /** Keeps a model that is ready for when it is needed. */
  keepWarm(model: ServedModel): void {
    if (!this.#models().includes(model)) this.#warm.keep(model)
  }

  async invoke(body: Uint8Array, type: string | undefined, key?: string): Promise<Answer> {
    return this.#ask((model) => model.invoke(body, type), key)
  }

  async invokeFrame(frame: Frame, key?: string): Promise<Answer> {
    return this.#ask((model) => model.invokeFrame(frame), key)
  }

  async #ask(ask: (model: ServedModel) => Promise<Answer>, key: string | undefined): Promise<Answer> {
    const judged = this.#judged
    const arm = this.#pick(key)
    const began = performance.now()
    try {
      const answer = await ask(arm.model)
      this.#saw(arm, answer.status, performance.now() - began)
      this.#shadow?.offer(ask, answer)
      if (judged !== undefined && judged.arm !== arm && !judged.over) judged.comparison?.offer(ask, answer)
      return { ...answer, version: arm.model.version }
    } catch (error) {
      this.#saw(arm, error instanceof ScoringError ? 400 : 500, performance.now() - began)
      // What a version that is tried cannot answer for want of a process, the old one can.
      const first = this.#first
      if (arm !== first && error instanceof PoolRefused && error.reason !== 'late') return { ...await ask(first.model), version: first.model.version }
      throw error
    }
  }

  /** What is wrong with a version that is tried is found at once, not at the next look. */
  #saw(arm: Arm, status: number, ms: number): void {
    observe(arm.stats, status, ms)
    this.#recent.observe(status, ms)
    if (status >= 400 && this.#judged?.arm === arm && !this.#judged.decided) this.#check()
  }

  /** The same key stays with the same version; the version that is tried keeps its clients while its share grows. */
  #pick(key: string | undefined): Arm {
    if (this.#arms.length === 1) return this.#arms[0]!
    let place = 100 * (key === undefined ? Math.random() : createHash('sha256').update(`${this.#salt} ${key}`).digest().readUInt32LE(0) / 2 ** 32)
    const tried = this.#judged?.arm
    if (tried !== undefined) {
      if (place < tried.percent) return this.#judged!.over ? this.#first : tried
      place -= tried.percent
    }
    let last = this.#first
    for (const arm of this.#arms) {
      if (arm === tried || arm.percent === 0) continue
      if (place < arm.percent) return arm
      place -= arm.percent
      last = arm
    }
    return last
  }

  #check(): void {
    const { trial, arm, since, comparison } = this.#judged!
    const others = sumOfSeen(this.#arms.filter((one) => one !== arm).map(({ stats }) => stats))
    const verdict = judgeStep({ ...arm.stats, compared: comparison?.compared ?? 0, disagreed: comparison?.counts.disagreed ?? 0 }, others, (performance.now() - since) / 1000, trial.policy)
    if (verdict.kind === 'wait' || (verdict.kind === 'pass' && trial.pass === undefined)) return
    clearInterval(this.#timer)
    this.#judged!.decided = true
    this.#judged!.over = verdict.kind === 'fail'
    if (verdict.kind === 'fail') trial.fail(verdict.reason)
    else trial.pass?.(`${arm.stats.requests} requests at ${arm.percent} % passed the checks`)
  }

  /** Versions of the endpoint itself bear its name; a shadow may be any model. */
  #isOwn(model: ServedModel): boolean {
    return model.name === this.name
  }

  #models(): readonly ServedModel[] {
    return [...new Set([...this.#arms.map(({ model }) => model), ...(this.#shadow === undefined ? [] : [this.#shadow.model])])]
  }

  #unwarm(model: ServedModel): void {
    const warm = this.#warm.take(model.version)
    if (warm !== undefined && warm !== model) void warm.drain()
  }

  #retire(before: readonly ServedModel[]): void {
    const now = this.#models()
    for (const model of before) {
      if (now.includes(model)) continue
      if (this.#isOwn(model)) this.#warm.keep(model)
      else void model.drain()
    }
  }

  async drain(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([...this.#models(), ...this.#warm.takeAll()].map((model) => model.drain()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([...this.#models(), ...this.#warm.takeAll()].map((model) => model[Symbol.asyncDispose]()))
  }
}
