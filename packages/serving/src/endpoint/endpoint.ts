import { createHash, randomBytes } from 'node:crypto'
import { PoolRefused, type Answer } from '../pool/python-pool.ts'
import { ScoringError } from '../errors.ts'
import type { Frame } from '../signature/columns.ts'
import type { ServedModel } from '../server/served-model.ts'
import { judge, newStats, observe, type ArmStats, type RolloutPolicy, type Verdict } from './rollout.ts'

export interface EndpointOptions {
  /** How long a version that was replaced stays warm, so that going back takes no time. */
  readonly keepWarmMs: number
  readonly policy: RolloutPolicy
  /** Told what happens, as one object. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void
  /**
   * Called once for a rollout that passed its last step, or failed. Who is told does what follows, by
   * `replaceByReady` or `stopRollout`, once the registry has it; without it the endpoint does so itself.
   */
  readonly onVerdict?: ((verdict: 'promote' | 'rollback', version: string, reason: string) => void) | undefined
}

interface Arm {
  readonly model: ServedModel
  stats: ArmStats
}

interface Canary extends Arm {
  step: number
  since: number
  readonly salt: string
  /** Passed or failed; what follows from it is under way. */
  judged: boolean
  /** Gets no traffic any more. */
  over: boolean
}

interface Warm {
  readonly model: ServedModel
  readonly timer: NodeJS.Timeout
}

/** Shadow requests under way at once; more are not sent. */
const shadowLimit = 16

/**
 * One name that is answered by changing versions. A new one is made ready beside the old one and then
 * takes over between two requests: those under way end where they began. It is a `ServedModel` like
 * any other to the server.
 */
export class Endpoint implements ServedModel {
  readonly name: string
  readonly #options: EndpointOptions
  #champion: Arm
  #canary: Canary | undefined
  #shadow: ServedModel | undefined
  #shadowSample = 0
  #shadowBusy = 0
  readonly shadowCounts = { sent: 0, skipped: 0, errors: 0, disagreed: 0 }
  readonly #warm = new Map<string, Warm>()
  #timer: NodeJS.Timeout | undefined

  constructor(name: string, model: ServedModel, options: EndpointOptions) {
    this.name = name
    this.#options = options
    this.#champion = { model, stats: newStats() }
  }

  get version(): string { return this.#champion.model.version }
  get uri(): string { return this.#champion.model.uri }
  get digest(): string { return this.#champion.model.digest }
  get model(): ServedModel['model'] { return this.#champion.model.model }
  get engine(): ServedModel['engine'] { return this.#champion.model.engine }
  get mlflowVersion(): string { return this.#champion.model.mlflowVersion }
  get healthy(): boolean { return this.#champion.model.healthy }
  get workers(): ServedModel['workers'] { return this.#champion.model.workers }

  /** Who answers how much, for people and programs. */
  get traffic(): Readonly<Record<string, unknown>> {
    const arm = ({ model, stats: { requests, errors } }: Arm): object => ({ version: model.version, uri: model.uri, requests, errors })
    return {
      champion: arm(this.#champion), warm: [...this.#warm.keys()],
      ...(this.#canary !== undefined && { canary: { ...arm(this.#canary), percent: this.#percent } }),
      ...(this.#shadow !== undefined && { shadow: { version: this.#shadow.version, ...this.shadowCounts } }),
    }
  }

  /** The version is ready already: it is champion, or still warm from before. */
  isReady(version: string): boolean {
    return this.version === version || this.#warm.has(version) || this.#canary?.model.version === version
  }

  /** Lets a model answer from the next request on; the one before stays warm. */
  replace(model: ServedModel): void {
    const before = this.#champion.model
    if (before === model) return
    if (this.#canary?.model === model) this.#stopRollout()
    const warm = this.#warm.get(model.version)
    if (warm !== undefined) {
      clearTimeout(warm.timer)
      this.#warm.delete(model.version)
    }
    this.#champion = { model, stats: newStats() }
    this.#keepWarm(before)
    this.#options.log({ event: 'swapped', endpoint: this.name, from: before.version, to: model.version })
  }

  /** Goes to a version that is ready. @returns whether it was */
  replaceByReady(version: string): boolean {
    const model = this.#canary?.model.version === version ? this.#canary.model : this.#warm.get(version)?.model
    if (model !== undefined) this.replace(model)
    return model !== undefined || this.version === version
  }

  /** Gives a new version its first share of the traffic. */
  startRollout(model: ServedModel): void {
    this.stopRollout()
    this.#champion.stats = newStats()
    this.#canary = { model, stats: newStats(), step: 0, since: Date.now(), salt: randomBytes(8).toString('hex'), judged: false, over: false }
    this.#timer = setInterval(() => this.#check(), 250)
    this.#timer.unref()
    this.#options.log({ event: 'rollout', endpoint: this.name, version: model.version, percent: this.#percent })
  }

  /** Takes a new version out of the traffic; it stays warm for a while. */
  stopRollout(): void {
    const canary = this.#canary
    this.#stopRollout()
    if (canary !== undefined) this.#keepWarm(canary.model)
  }

  /** Sends a share of the requests to another model too, whose answers are compared and dropped. */
  setShadow(model: ServedModel | undefined, sample: number): void {
    const before = this.#shadow
    this.#shadow = model
    this.#shadowSample = sample
    Object.assign(this.shadowCounts, { sent: 0, skipped: 0, errors: 0, disagreed: 0 })
    if (before !== undefined && before !== model) void before.drain()
  }

  async invoke(body: Uint8Array, type: string | undefined, key?: string): Promise<Answer> {
    return this.#ask((model) => model.invoke(body, type), key)
  }

  async invokeFrame(frame: Frame, key?: string): Promise<Answer> {
    return this.#ask((model) => model.invokeFrame(frame), key)
  }

  async #ask(ask: (model: ServedModel) => Promise<Answer>, key: string | undefined): Promise<Answer> {
    const arm = this.#pick(key)
    const began = performance.now()
    try {
      const answer = await ask(arm.model)
      observe(arm.stats, answer.status, performance.now() - began)
      if (this.#shadow !== undefined && Math.random() < this.#shadowSample) this.#ask2(this.#shadow, ask, answer)
      return { ...answer, version: arm.model.version }
    } catch (error) {
      observe(arm.stats, error instanceof ScoringError ? 400 : 500, performance.now() - began)
      // What a canary cannot answer for want of a process, the old version can.
      if (arm !== this.#champion && error instanceof PoolRefused && error.reason !== 'late') return { ...await ask(this.#champion.model), version: this.version }
      throw error
    }
  }

  /** The same key stays with the same version as long as a rollout goes on. */
  #pick(key: string | undefined): Arm {
    const canary = this.#canary
    if (canary === undefined || canary.over) return this.#champion
    const place = key === undefined ? Math.random() : createHash('sha256').update(`${canary.salt} ${key}`).digest().readUInt32LE(0) / 2 ** 32
    return place * 100 < this.#percent ? canary : this.#champion
  }

  get #percent(): number {
    return this.#canary === undefined ? 0 : this.#options.policy.steps[this.#canary.step] ?? 100
  }

  #ask2(shadow: ServedModel, ask: (model: ServedModel) => Promise<Answer>, answer: Answer): void {
    if (this.#shadowBusy >= shadowLimit) {
      this.shadowCounts.skipped += 1
      return
    }
    this.#shadowBusy += 1
    this.shadowCounts.sent += 1
    ask(shadow).then((other) => {
      if (other.status !== answer.status || Buffer.compare(other.body, answer.body) !== 0) this.shadowCounts.disagreed += 1
    }, () => { this.shadowCounts.errors += 1 }).finally(() => { this.#shadowBusy -= 1 })
  }

  #check(): void {
    const canary = this.#canary
    if (canary === undefined || canary.judged) return
    const verdict: Verdict = judge(canary.stats, this.#champion.stats, (Date.now() - canary.since) / 1000, this.#options.policy)
    if (verdict.kind === 'wait') return
    if (verdict.kind === 'fail') {
      canary.judged = true
      canary.over = true
      this.#options.log({ event: 'rolled-back', endpoint: this.name, version: canary.model.version, reason: verdict.reason })
      if (this.#options.onVerdict === undefined) this.stopRollout()
      else this.#options.onVerdict('rollback', canary.model.version, verdict.reason)
      return
    }
    if (canary.step + 1 < this.#options.policy.steps.length) {
      canary.step += 1
      canary.since = Date.now()
      canary.stats = newStats()
      this.#champion.stats = newStats()
      this.#options.log({ event: 'rollout', endpoint: this.name, version: canary.model.version, percent: this.#percent })
      return
    }
    const reason = `${canary.stats.requests} requests at ${this.#percent} % passed the checks`
    canary.judged = true
    this.#options.log({ event: 'promoted', endpoint: this.name, version: canary.model.version, reason })
    if (this.#options.onVerdict === undefined) this.replace(canary.model)
    else this.#options.onVerdict('promote', canary.model.version, reason)
  }

  #stopRollout(): void {
    clearInterval(this.#timer)
    this.#canary = undefined
  }

  #keepWarm(model: ServedModel): void {
    const timer = setTimeout(() => {
      this.#warm.delete(model.version)
      void model.drain()
    }, this.#options.keepWarmMs)
    timer.unref()
    const before = this.#warm.get(model.version)
    if (before !== undefined) {
      clearTimeout(before.timer)
      if (before.model !== model) void before.model.drain()
    }
    this.#warm.set(model.version, { model, timer })
  }

  #all(): readonly ServedModel[] {
    return [this.#champion.model, ...[...this.#warm.values()].map(({ model }) => model), ...(this.#canary === undefined ? [] : [this.#canary.model]), ...(this.#shadow === undefined ? [] : [this.#shadow])]
  }

  async drain(): Promise<void> {
    clearInterval(this.#timer)
    for (const { timer } of this.#warm.values()) clearTimeout(timer)
    await Promise.all(this.#all().map((model) => model.drain()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    for (const { timer } of this.#warm.values()) clearTimeout(timer)
    await Promise.all(this.#all().map((model) => model[Symbol.asyncDispose]()))
  }
}
