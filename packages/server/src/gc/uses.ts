import type { ArtifactRoots } from '../artifacts/index.ts'
import type { Database } from '../platform/db/index.ts'
import { unknownIds } from './due-store.ts'
import { PlaceIndex, placeName, sparedPlace, type KnownPlace } from './places.ts'
import { allPlaces, unusualPlaces, versionPlaces } from './uses-view.ts'

/** A run or a logged model whose files are to go. */
export interface Going {
  readonly kind: 'run' | 'model'
  readonly id: string
  readonly place: KnownPlace
}

/** Runs and models in whose folder a place lies, by their usual names. */
const around = /\/(?:([0-9a-f]{32})|models\/(m-[0-9a-f]{32}))\/artifacts(?=\/)/g

/** Who else needs files. Kept in memory: only places that do not follow from ids, which are few. */
export class Uses {
  readonly #db: Pick<Database, 'scan'>
  readonly #roots: ArtifactRoots
  readonly #host: string | undefined
  readonly #places = new PlaceIndex<string>()
  readonly #versions = new PlaceIndex<string>()
  readonly #runs = new Map<string, string>()
  readonly #gone = new Set<string>()
  #readAt = 0

  private constructor(db: Pick<Database, 'scan'>, roots: ArtifactRoots, host: string | undefined) {
    this.#db = db
    this.#roots = roots
    this.#host = host
  }

  static async read(db: Pick<Database, 'scan'>, roots: ArtifactRoots, host: string | undefined): Promise<Uses> {
    const uses = new Uses(db, roots, host)
    for (const [owner, uri] of await db.scan(unusualPlaces, null)) {
      const place = sparedPlace(roots, uri, host)
      if (place !== undefined) uses.#places.add(place.name, owner)
    }
    await uses.refresh()
    return uses
  }

  /** Reads the versions that were registered meanwhile. */
  async refresh(): Promise<void> {
    // Clocks of several servers differ a little.
    const since = this.#readAt === 0 ? 0 : this.#readAt - 60_000
    this.#readAt = Date.now()
    for (const { name, version, source, storage_location } of await this.#db.scan(versionPlaces, { since })) {
      const label = `${name} ${version}`
      for (const uri of new Set([source, storage_location])) {
        const run = /^runs:\/+([^/]+)/.exec(uri)?.[1]
        if (run !== undefined) this.#runs.set(`run:${run}`, label)
        const place = sparedPlace(this.#roots, uri, this.#host)
        if (place !== undefined && !this.#versions.at(place.name).includes(label)) this.#versions.add(place.name, label)
      }
    }
  }

  /** A model version whose files are among those of this owner, or are these and more. */
  versionOf(owner: string, name: string | undefined): string | undefined {
    const run = this.#runs.get(owner)
    if (run !== undefined || name === undefined) return run
    for (const version of [...this.#versions.at(name), ...this.#versions.above(name)]) return version
    for (const [, version] of this.#versions.below(name)) return version
    return undefined
  }

  /** Its rows are gone: it needs nothing any more. */
  forget(owner: string): void {
    this.#gone.add(owner)
  }

  /**
   * Names of the places inside `place` that must stay, because somebody else has files there; that of
   * `place` itself or of a folder around it where all of it must.
   */
  async spared({ kind, id, place: { name } }: Going): Promise<string[]> {
    const owner = `${kind}:${id}`
    const spared = new Set<string>()
    const others = (one: string): boolean => one !== owner && !this.#gone.has(one)
    if (this.#places.at(name).some(others) || this.#versions.at(name).length > 0) spared.add(name)
    // Experiments lie above all their runs; runs and models above somebody else's files own those too.
    for (const above of this.#places.above(name)) if (!above.startsWith('experiment:') && others(above)) spared.add(name)
    if (!this.#versions.above(name).next().done) spared.add(name)
    for (const [below, one] of this.#places.below(name)) if (others(one)) spared.add(below)
    for (const [below] of this.#versions.below(name)) spared.add(below)
    if (await this.#inSomebody(name)) spared.add(name)
    // At `<id>/artifacts` nobody else is, but for those that were looked at above.
    if (!name.endsWith(`/${id}/artifacts`) && !spared.has(name)) for (const below of await this.#everybodyIn(name, others)) spared.add(below)
    return [...spared]
  }

  /** Whether it lies in the folder of a run or a model that is there. */
  async #inSomebody(name: string): Promise<boolean> {
    for (const [, run, model] of name.matchAll(around)) {
      const id = (run ?? model)!
      if ((await this.#db.scan(unknownIds, { kind: run === undefined ? 'model' : 'run', ids: [id] })).length === 0) return true
    }
    return false
  }

  /** For a place of no usual form, which may hold places of the usual one. */
  async #everybodyIn(name: string, others: (owner: string) => boolean): Promise<string[]> {
    const found: string[] = []
    for (const kind of ['run', 'model'] as const) {
      for (let after = -1; ;) {
        const rows = await this.#db.scan(allPlaces, { kind, after })
        for (const [, owner, uri] of rows) {
          if (!others(owner)) continue
          const place = sparedPlace(this.#roots, uri, this.#host)
          if (place !== undefined && (place.name === name || place.name.startsWith(`${name}/`))) found.push(place.name)
        }
        if (rows.length === 0) break
        after = rows.at(-1)![0]
      }
    }
    return found
  }

  /** Whether this place is, or lies in, that of a run, a model or a version. */
  owned(name: string): boolean {
    const notExperiment = (one: string): boolean => !one.startsWith('experiment:') && !this.#gone.has(one)
    return this.#places.at(name).some(notExperiment) || [...this.#places.above(name)].some(notExperiment) || this.#versions.at(name).length > 0 || !this.#versions.above(name).next().done
  }

  /** Whether anybody is at, above or below this place, which belongs to nobody by its name. */
  touched(place: Omit<KnownPlace, 'name'>): boolean {
    const name = placeName(this.#roots, place)
    return this.owned(name) || this.#places.at(name).length > 0 || !this.#places.below(name).next().done || !this.#versions.below(name).next().done
  }
}
