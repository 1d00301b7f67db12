import type { LoggedPoint } from '../metrics/index.ts'
import type { OwnSource } from './cairn-view.ts'
import { noCopies, type CopyCounts } from './copy-artifacts.ts'
import type { ExportTarget, PlacedExperiment, PlacedRun } from './export-target.ts'
import { fillFolder } from './fill-folder.ts'
import type { SourceFolder } from './source-artifacts.ts'
import { countedThings, noTotals, type SourceExperiment, type SourceRegisteredModel, type Totals } from './source.ts'

export interface MlflowExportProgress {
  readonly step: string
  readonly runs: number
  readonly points: number
  readonly files: number
  readonly bytes: number
}

export interface MlflowExportOptions {
  /** The folder at a location here; undefined where it cannot be read. Absent: no files are copied. */
  readonly files?: ((uri: string) => SourceFolder | undefined) | undefined
  readonly left: MlflowExport['left']
  readonly signal: AbortSignal
  readonly progress?: ((now: MlflowExportProgress) => void) | undefined
}

export interface MlflowExport {
  readonly target: string
  readonly counts: readonly { readonly thing: string; readonly here: number; readonly target: number }[]
  readonly runs: Record<'new' | 'again', number>
  /** Experiments that have another id there. */
  readonly renumbered: readonly { readonly name: string; readonly was: string; readonly is: string }[]
  /** Experiments of whose name there was one, to which the runs went. */
  readonly merged: readonly string[]
  /** What other workspaces hold, and stays here. */
  readonly left: readonly { readonly what: string; readonly count: number }[]
  /** Locations whose files could not be read here or written there. */
  readonly unreachable: readonly string[]
  readonly failedFiles: CopyCounts['failed']
  /** Everything that is here is there. */
  readonly complete: boolean
}

/** Points that are handed on at once. */
const pointsAtOnce = 20_000

interface Copy {
  readonly from: string
  readonly to: string
}

/** The rows: everything that one state of the database says. Files are copied afterwards, without it. */
export class Exported {
  readonly #source: OwnSource
  readonly #target: ExportTarget
  readonly #options: MlflowExportOptions
  readonly #read: Totals = noTotals()
  readonly #experiments = new Map<string, { from: SourceExperiment; to: PlacedExperiment }>()
  readonly #states = { new: 0, again: 0 }
  readonly #copies: Copy[] = []
  /** Where files went that a model version names. */
  readonly #moved = new Map<string, string>()
  #step = ''
  #points = 0

  constructor(source: OwnSource, target: ExportTarget, options: MlflowExportOptions) {
    this.#source = source
    this.#target = target
    this.#options = options
  }

  async rows(): Promise<void> {
    const registry: SourceRegisteredModel[] = []
    for await (const model of this.#source.registeredModels()) registry.push(model)
    const named = foldersOf(registry.flatMap(({ versions }) => versions.flatMap(({ source, storage_location }) => [source, storage_location])))
    await this.#bringExperiments()
    const linked = await this.#bringRuns(named)
    await this.#bringModels(named)
    this.#tell('links')
    for (let from = 0; from < linked.length; from += 200) await this.#target.links(linked.slice(from, from + 200))
    await this.#bringRegistry(registry)
    await this.#target.finish()
  }

  async files(): Promise<MlflowExport> {
    const counts = noCopies()
    const unreachable: string[] = []
    const { files, signal } = this.#options
    if (files !== undefined) {
      for (const { from, to } of this.#copies) {
        signal.throwIfAborted()
        const folder = files(from)
        const target = this.#target.folder(to)
        if (folder === undefined || target === undefined) unreachable.push(folder === undefined ? from : to)
        else await fillFolder(folder, target, to, counts, signal)
        this.#tell('files', counts)
      }
    }
    this.#tell('counting', counts)
    return this.#report(await this.#target.totals(), counts, unreachable)
  }

  async #bringExperiments(): Promise<void> {
    this.#tell('experiments')
    for (const from of await this.#source.experiments()) {
      this.#options.signal.throwIfAborted()
      this.#experiments.set(from.id, { from, to: await this.#target.experiment(from) })
      this.#read.experiments += 1
      this.#read['experiment tags'] += from.tags.length
    }
  }

  async #bringRuns(named: ReadonlySet<string>): Promise<PlacedRun[]> {
    this.#tell('runs')
    const linked: PlacedRun[] = []
    for await (const page of this.#source.runs()) {
      this.#options.signal.throwIfAborted()
      const known = page.filter(({ experiment_id }) => this.#experiments.has(experiment_id)).map((run) => ({ run, experiment: this.#experiments.get(run.experiment_id)!.to }))
      const placed = new Map((await this.#target.runs(known)).map((one, at): [string, PlacedRun] => [known[at]!.run.run_id, { ...known[at]!, placed: one }]))
      await this.#bringPoints([...placed.values()])
      for (const one of placed.values()) {
        const { run, placed: { state, artifact_uri } } = one
        this.#states[state] += 1
        this.#place(run.artifact_uri, artifact_uri, named)
        if (run.model_inputs.length + run.model_outputs.length > 0) linked.push(one)
        this.#read.runs += 1
        this.#read.params += run.params.length
        this.#read.tags += run.tags.length
        this.#read['dataset inputs'] += run.datasets.length
        this.#read['model inputs'] += run.model_inputs.length
        this.#read['model outputs'] += run.model_outputs.length
        this.#read.metrics += run.metric_keys?.length ?? 0
      }
      this.#tell('runs')
    }
    return linked
  }

  async #bringPoints(runs: readonly PlacedRun[]): Promise<void> {
    const byId = new Map(runs.map((one) => [one.run.run_id, one]))
    let waiting: { run: PlacedRun; points: readonly LoggedPoint[] }[] = []
    let size = 0
    const send = async (): Promise<void> => {
      this.#options.signal.throwIfAborted()
      await this.#target.points(waiting)
      this.#points += size
      this.#tell('runs')
      waiting = []
      size = 0
    }
    for await (const { run_id, points } of this.#source.points(runs.map(({ run }) => run))) {
      waiting.push({ run: byId.get(run_id)!, points })
      size += points.length
      this.#read['metric points'] += points.length
      if (size >= pointsAtOnce) await send()
    }
    if (size > 0) await send()
  }

  async #bringModels(named: ReadonlySet<string>): Promise<void> {
    this.#tell('logged models')
    for await (const page of this.#source.loggedModels()) {
      this.#options.signal.throwIfAborted()
      const known = page.filter(({ experiment_id }) => this.#experiments.has(experiment_id)).map((model) => ({ model, experiment: this.#experiments.get(model.experiment_id)!.to }))
      const placed = await this.#target.models(known)
      for (const [at, { model }] of known.entries()) {
        this.#place(model.artifact_location, placed[at]!.artifact_uri, named)
        this.#read['logged models'] += 1
        this.#read['logged model params'] += model.params.length
        this.#read['logged model tags'] += model.tags.length
        this.#read['logged model metrics'] += model.metrics.length
      }
    }
  }

  async #bringRegistry(registry: readonly SourceRegisteredModel[]): Promise<void> {
    this.#tell('registered models')
    for (const model of registry) {
      this.#options.signal.throwIfAborted()
      const versions = model.versions.map((version) => ({ ...version, source: this.#movedUri(version.source), storage_location: this.#movedUri(version.storage_location) }))
      await this.#target.registeredModel({ ...model, versions })
      this.#read['registered models'] += 1
      this.#read['registered model tags'] += model.tags.length
      this.#read.aliases += model.aliases.length
      this.#read['model versions'] += versions.length
      this.#read['model version tags'] += versions.reduce((sum, { tags }) => sum + tags.length, 0)
    }
  }

  #place(from: string, to: string, named: ReadonlySet<string>): void {
    this.#copies.push({ from, to })
    if (named.has(from)) this.#moved.set(from, to)
  }

  #movedUri(uri: string): string {
    for (let end = uri.length; end > 0; end = uri.lastIndexOf('/', end - 1)) {
      const to = this.#moved.get(uri.slice(0, end))
      if (to !== undefined) return to + uri.slice(end)
    }
    return uri
  }

  #report(there: Totals, files: CopyCounts, unreachable: readonly string[]): MlflowExport {
    const counts: MlflowExport['counts'] = [
      ...countedThings.map((thing) => ({ thing, here: this.#read[thing], target: there[thing] })),
      { thing: 'artifact files', here: files.files, target: files.filesHere }, { thing: 'artifact bytes', here: files.bytes, target: files.bytesHere },
    ]
    const pairs = [...this.#experiments.values()]
    return {
      target: this.#target.title, counts, runs: this.#states,
      renumbered: pairs.filter(({ from, to }) => from.id !== to.id).map(({ from, to }) => ({ name: from.name, was: from.id, is: to.id })),
      merged: pairs.filter(({ to }) => to.state === 'merged').map(({ from }) => from.name),
      left: this.#options.left, unreachable, failedFiles: files.failed,
      complete: unreachable.length === 0 && files.failed.length === 0 && counts.every(({ here, target }) => target >= here),
    }
  }

  #tell(step: string, { filesHere, bytesHere }: Pick<CopyCounts, 'filesHere' | 'bytesHere'> = { filesHere: 0, bytesHere: 0 }): void {
    this.#step = step
    this.#options.progress?.({ step: this.#step, runs: this.#read.runs, points: this.#points, files: filesHere, bytes: bytesHere })
  }
}

/** All folders that these locations are or lie in. */
function foldersOf(uris: readonly string[]): Set<string> {
  const folders = new Set<string>()
  for (const uri of uris) for (let end = uri.length; end > 0; end = uri.lastIndexOf('/', end - 1)) folders.add(uri.slice(0, end))
  return folders
}
