import { getVersionProfile, reportServedRows } from '@cairn/protocol'
import { ApiError, isNotFound, type CairnClient } from '@cairn/sdk'
import type { ServedModel } from '../server/served-model.ts'
import { InputWatch } from './input-watch.ts'

/** Those that were loaded last: a process that goes on for a year loads many. */
const mostVersions = 20

interface Place {
  readonly client: CairnClient
  /** The endpoint. */
  readonly name: string
  readonly model: string
  readonly serverId: string
}

/** What the versions of an endpoint are asked, at one process. */
export class InputWatches {
  readonly #place: Place
  readonly #everyMs: number
  readonly #watches = new Map<string, InputWatch>()
  #due = 0

  constructor(place: Place, everyMs: number) {
    this.#place = place
    this.#everyMs = everyMs
  }

  /** From now on what this model is asked is counted. */
  attach<M extends ServedModel>(model: M): M {
    const inputs = model.model.signature?.inputs
    // Of tensors there is nothing to count by column.
    if (model.watch === undefined || inputs?.kind === 'tensors') return model
    const watch = this.#watches.get(model.version) ?? new InputWatch(model.version, inputs?.columns)
    this.#watches.delete(model.version)
    this.#watches.set(model.version, watch)
    if (this.#watches.size > mostVersions) this.#watches.delete(this.#watches.keys().next().value!)
    model.watch(watch.offer)
    return model
  }

  /** Says what was counted, where it is time for that. */
  async report(options: { readonly signal?: AbortSignal; readonly timeoutMs: number; readonly now?: boolean }): Promise<void> {
    if (options.now !== true && Date.now() < this.#due) return
    this.#due = Date.now() + this.#everyMs
    const watches = [...this.#watches.values()]
    if (watches.length === 0) return
    const { client, name, serverId } = this.#place
    const asked = { retries: 0, timeoutMs: options.timeoutMs, ...(options.signal !== undefined && { signal: options.signal }) }
    const { versions: heard = [] } = await client.call(reportServedRows, { name, server_id: serverId, versions: watches.map((watch) => watch.report()) }, asked).catch((error: unknown) => {
      // What it refuses it would refuse again: what comes next may be right.
      if (error instanceof ApiError && (error.status === 400 || error.status === 409)) for (const watch of watches) watch.heard()
      throw error
    })
    for (const { version, profile_uid, learned = false } of heard) {
      const watch = this.#watches.get(version)
      watch?.heard()
      if (watch === undefined || profile_uid === watch.profile) continue
      if (profile_uid === undefined) watch.beginAnew()
      else await this.#takeUp(watch, learned, asked)
    }
  }

  /** Says the rest, at the end: of rows whose profile it hears of only now, too. */
  async finish(timeoutMs: number): Promise<void> {
    for (let time = 0; time < 2 && [...this.#watches.values()].some((watch) => watch.untold); time += 1) await this.report({ timeoutMs, now: true })
  }

  async #takeUp(watch: InputWatch, learned: boolean, asked: object): Promise<void> {
    const { client, model } = this.#place
    try {
      const { profile } = await client.call(getVersionProfile, { name: model, version: watch.version }, asked)
      watch.compareWith(profile, learned)
    } catch (error) {
      // It was taken away between the two.
      if (!isNotFound(error)) throw error
    }
  }
}
