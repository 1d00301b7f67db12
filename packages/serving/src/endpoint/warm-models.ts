import type { ServedModel } from '../server/served-model.ts'

/** Models without traffic that stay ready for a while, so that going back to one takes no time. */
export class WarmModels {
  readonly #keepMs: number
  readonly #models = new Map<string, { readonly model: ServedModel; readonly timer: NodeJS.Timeout }>()

  constructor(keepMs: number) {
    this.#keepMs = keepMs
  }

  get versions(): readonly string[] {
    return [...this.#models.keys()]
  }

  get(version: string): ServedModel | undefined {
    return this.#models.get(version)?.model
  }

  keep(model: ServedModel): void {
    const before = this.take(model.version)
    if (before !== undefined && before !== model) void before.drain()
    const timer = setTimeout(() => {
      this.#models.delete(model.version)
      void model.drain()
    }, this.#keepMs)
    timer.unref()
    this.#models.set(model.version, { model, timer })
  }

  /** Gives a model out, which is somebody else's to end from then on. */
  take(version: string): ServedModel | undefined {
    const warm = this.#models.get(version)
    if (warm === undefined) return undefined
    clearTimeout(warm.timer)
    this.#models.delete(version)
    return warm.model
  }

  takeAll(): ServedModel[] {
    return this.versions.flatMap((version) => this.take(version) ?? [])
  }
}
