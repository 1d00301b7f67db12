import { createHash } from 'node:crypto'
import { appendToUri } from '../experiments/index.ts'
import { copyFolder, type CopyCounts, type CopyTarget } from './copy-artifacts.ts'
import type { BroughtExperiment } from './operations.ts'
import type { SourceExperiment } from './source.ts'
import type { LocationOwner, SourceArtifacts, SourceFolder } from './source-artifacts.ts'

/** Where something is to be from now on, and the way to get its files there. */
export interface Moved {
  readonly uri: string
  copy(): Promise<void>
}

/** Locations of the source, and what becomes of them here. */
export class Locations {
  readonly #source: SourceArtifacts
  readonly #target: CopyTarget
  readonly #counts: CopyCounts
  readonly #experiments = new Map<string, { readonly from: SourceExperiment; readonly to: string }>()
  readonly #unreadable = new Set<string>()

  constructor(source: SourceArtifacts, target: CopyTarget, counts: CopyCounts) {
    this.#source = source
    this.#target = target
    this.#counts = counts
  }

  get unreadable(): readonly string[] {
    return [...this.#unreadable]
  }

  addExperiment(from: SourceExperiment, to: BroughtExperiment): void {
    if (from.artifact_location !== '') this.#experiments.set(withoutSlash(from.artifact_location), { from, to: to.artifact_location })
  }

  /** For what lies in its experiment's place: a run or a logged model. */
  async move(uri: string, owner: LocationOwner & { readonly experiment: SourceExperiment }): Promise<Moved> {
    const folder = await this.#readable(uri, owner)
    if (folder === undefined) return stays(this.#source.absolute(uri))
    const { to } = this.#experiments.get(withoutSlash(owner.experiment.artifact_location)) ?? {}
    const root = to ?? appendToUri(this.#target.copy!.root, owner.experiment.id)
    return this.#moved(folder, owner.run_id === undefined ? appendToUri(root, 'models', owner.model_id!, 'artifacts') : appendToUri(root, owner.run_id, 'artifacts'))
  }

  /** For a model version: its files are those of a run or a logged model, as a rule. */
  async moveVersion(uri: string, name: string, version: number): Promise<Moved> {
    if (/^(?:runs|models):/.test(uri) || uri === '') return stays(uri)
    const experiment = this.#experimentOf(uri)
    const within = experiment === undefined ? '' : uri.slice(withoutSlash(experiment.from.artifact_location).length)
    const folder = await this.#readable(uri, experiment === undefined ? {} : { experiment: experiment.from, ...ownerOf(within) })
    if (folder === undefined) return stays(this.#source.absolute(uri))
    // It is copied with what it is a part of.
    if (experiment !== undefined) return stays(appendToUri(experiment.to, within))
    // Names of models may hold what no file's name can.
    const place = createHash('sha256').update(name).digest('hex').slice(0, 16)
    return this.#moved(folder, appendToUri(this.#target.copy!.root, 'registered-models', place, String(version)))
  }

  #experimentOf(uri: string): { readonly from: SourceExperiment; readonly to: string } | undefined {
    for (let end = uri.lastIndexOf('/'); end > 0; end = uri.lastIndexOf('/', end - 1)) {
      const found = this.#experiments.get(uri.slice(0, end))
      if (found !== undefined) return found
    }
    return undefined
  }

  async #readable(uri: string, owner: LocationOwner): Promise<SourceFolder | undefined> {
    if (this.#target.copy === undefined) return undefined
    const folder = await this.#source.folder(uri, owner)
    if (folder === undefined) this.#unreadable.add(uri)
    return folder
  }

  #moved(folder: SourceFolder, uri: string): Moved {
    const { copy, signal } = this.#target
    return { uri, copy: () => copyFolder(folder, uri, copy!.roots, this.#counts, signal) }
  }
}

/** Whose files those are, by the place in the experiment that MLflow gives them. */
function ownerOf(within: string): LocationOwner {
  const [, model, run] = /^\/(?:models\/(m-[0-9a-f]+)|([0-9a-f]{32}))\/artifacts(?:\/|$)/.exec(within) ?? []
  return { ...(run !== undefined && { run_id: run }), ...(model !== undefined && { model_id: model }) }
}

const stays = (uri: string): Moved => ({ uri, copy: async () => {} })
const withoutSlash = (uri: string): string => uri.replace(/\/+$/, '')
