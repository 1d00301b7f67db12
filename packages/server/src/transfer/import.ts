import { createHash } from 'node:crypto'
import { tags as knownTags } from '@cairn/protocol'
import { packPoints, type LoggedPoint } from '../metrics/index.ts'
import { newId } from '../names/index.ts'
import type { Database } from '../platform/db/index.ts'
import { defaultWorkspace } from '../workspaces/index.ts'
import { noCopies, type CopyCounts, type CopyTarget } from './copy-artifacts.ts'
import { Locations } from './locations.ts'
import * as operations from './operations.ts'
import type { BroughtExperiment, BroughtRun } from './operations.ts'
import { countedThings, noTotals, type Source, type SourceExperiment, type SourceRun, type Totals } from './source.ts'

export interface ImportProgress {
  readonly step: 'counting' | 'experiments' | 'logged models' | 'runs' | 'registered models' | 'checking'
  readonly runs: number
  /** Undefined where the source cannot tell. */
  readonly ofRuns: number | undefined
  readonly points: number
  readonly files: number
  readonly bytes: number
}

export interface ImportTarget extends CopyTarget {
  readonly db: Database
  /** In which everything will be. */
  readonly workspace: { readonly id: number; readonly name: string }
  /** Who is written down as having done it: the program, and the machine's account that ran it. */
  readonly principal: string
  readonly account: string | undefined
  readonly now: () => number
  readonly progress?: (progress: ImportProgress) => void
}

export interface ImportReport {
  readonly source: string
  readonly counts: readonly { readonly thing: string; readonly source: number; readonly here: number }[]
  readonly runs: Record<BroughtRun['state'], number>
  /** Experiments whose id was not free or cannot be kept. */
  readonly renumbered: readonly { readonly name: string; readonly was: string; readonly is: string }[]
  readonly merged: readonly string[]
  /** Things of the source that Cairn has no place for. */
  readonly left: readonly { readonly what: string; readonly count: number }[]
  /** Locations whose files could not be read, so that they are named as they were. */
  readonly unreadable: readonly string[]
  readonly failedFiles: CopyCounts['failed']
  /** Versions whose number another version has here. */
  readonly takenVersions: readonly { readonly name: string; readonly version: number }[]
  /** Runs whose experiment the source does not have. */
  readonly orphans: number
  /** Everything of the source is here. */
  readonly complete: boolean
}

/** Writes that are on their way at once: they share commits. */
const writesAtOnce = 64

/**
 * Brings everything from a source, with its ids and times. What was brought before is passed over, so
 * an import that was ended goes on when it is started again; a run that has changed at the source
 * since is brought anew.
 */
export async function importAll(source: Source, target: ImportTarget): Promise<ImportReport> {
  const run = new ImportRun(source, target)
  return run.all()
}

/** One import from its beginning to its report. */
class ImportRun {
  readonly #source: Source
  readonly #target: ImportTarget
  readonly #db: Database
  readonly #locations: Locations
  readonly #copies = noCopies()
  readonly #experiments = new Map<string, BroughtExperiment & { readonly from: SourceExperiment }>()
  readonly #read: Totals = noTotals()
  readonly #states: Record<BroughtRun['state'], number> = { new: 0, again: 0, whole: 0, other: 0 }
  readonly #brought = { runs: [] as number[], loggedModels: [] as string[], versions: [] as { name: string; versions: number[] }[] }
  readonly #takenVersions: { name: string; version: number }[] = []
  #orphans = 0
  #number = 0
  /** Of the audit trail. */
  #entry = 0
  #step: ImportProgress['step'] = 'counting'
  #ofRuns: number | undefined

  constructor(source: Source, target: ImportTarget) {
    this.#source = source
    this.#target = target
    this.#db = target.db
    this.#locations = new Locations(source.artifacts, target, this.#copies)
  }

  async all(): Promise<ImportReport> {
    this.#tell('counting')
    const totals = await this.#source.totals()
    this.#ofRuns = totals?.runs
    const { title } = this.#source
    const begun = await this.#db.write(operations.beginImport, { identity: this.#identity, title, author: this.#author, account: this.#target.account })
    this.#number = begun.number
    this.#entry = begun.entry
    await this.#bringExperiments()
    await this.#bringLoggedModels()
    this.#tell('runs')
    for await (const page of this.#source.runs()) {
      await this.#bringRuns(page)
      this.#tell('runs')
    }
    await this.#bringRegistry()
    this.#tell('checking')
    const report = await this.#report(totals ?? this.#read)
    const here = Object.fromEntries(report.counts.filter(({ here }) => here > 0).map(({ thing, here }) => [thing, here]))
    await this.#db.write(operations.endImport, { number: this.#number, title, brought: { complete: report.complete, runs: report.runs, here }, by: this.#by })
    return report
  }

  get #author(): operations.Bringer['author'] {
    const { principal, workspace, now } = this.#target
    return { principal, workspace, now: now() }
  }

  get #by(): operations.Bringer {
    return { author: this.#author, partOf: this.#entry }
  }

  /** The same source may be brought into several workspaces: each has experiments of its own. */
  get #identity(): string {
    const { identity } = this.#source
    const { id } = this.#target.workspace
    return id === defaultWorkspace.id ? identity : `${identity} for workspace ${id}`
  }

  async #bringExperiments(): Promise<void> {
    this.#tell('experiments')
    const experiments = await this.#source.experiments()
    this.#source.artifacts.learn(experiments)
    for (const experiment of experiments) {
      this.#target.signal.throwIfAborted()
      const located = { ...experiment, artifact_location: this.#source.artifacts.absolute(experiment.artifact_location) }
      const here = await this.#db.write(operations.bringExperiment, { source: this.#number, workspace: this.#target.workspace.id, experiment: located, root: this.#target.copy?.root, by: this.#by })
      this.#experiments.set(experiment.id, { ...here, from: experiment })
      this.#locations.addExperiment(experiment, here)
      this.#read.experiments += 1
      this.#read['experiment tags'] += experiment.tags.length
    }
  }

  async #bringLoggedModels(): Promise<void> {
    this.#tell('logged models')
    for await (const page of this.#source.loggedModels()) {
      this.#target.signal.throwIfAborted()
      for (const model of page) {
        const experiment = this.#experiments.get(model.experiment_id)
        if (experiment === undefined) continue
        const at = await this.#locations.move(model.artifact_location, { experiment: experiment.from, model_id: model.model_id })
        const { params, tags, metrics, deleted, ...row } = model
        await this.#db.write(operations.bringLoggedModel, {
          row: { ...row, experiment_id: experiment.id, artifact_location: at.uri, deleted: deleted ? 1 : 0 }, params, tags, metrics,
        })
        await at.copy()
        this.#brought.loggedModels.push(model.model_id)
        this.#read['logged models'] += 1
        this.#read['logged model params'] += params.length
        this.#read['logged model tags'] += tags.length
        this.#read['logged model metrics'] += metrics.length
      }
    }
  }

  async #bringRuns(page: readonly SourceRun[]): Promise<void> {
    const known = page.filter(({ experiment_id }) => this.#experiments.has(experiment_id))
    this.#orphans += page.length - known.length
    const brought = await inParallel(known, async (run) => {
      const at = await this.#locations.move(run.artifact_uri, { experiment: this.#experiments.get(run.experiment_id)!.from, run_id: run.run_id })
      return { run, at, here: await this.#bringRun(run, at.uri) }
    })
    this.#target.signal.throwIfAborted()
    const wanted = new Map(brought.filter(({ here }) => here.state === 'new' || here.state === 'again').map(({ run, here }) => [run.run_id, { run, here, points: 0 }]))
    const writes = new Set<Promise<unknown>>()
    for await (const { run_id, points } of this.#source.points([...wanted.values()].map(({ run }) => run))) {
      this.#target.signal.throwIfAborted()
      const entry = wanted.get(run_id)!
      entry.points += points.length
      this.#read['metric points'] += points.length
      const write: Promise<unknown> = this.#writePoints(entry.here, points).finally(() => writes.delete(write))
      writes.add(write)
      if (writes.size >= writesAtOnce / 8) await Promise.race(writes)
      this.#tell('runs')
    }
    await Promise.all(writes)
    await inParallel([...wanted.values()], ({ here, points }) => this.#db.write(operations.finishRun, { run: here.run.id, points }))
    for (const { run, at, here } of brought) {
      this.#target.signal.throwIfAborted()
      if (here.state !== 'other') await at.copy()
      this.#count(run, here)
    }
  }

  #bringRun(run: SourceRun, artifactUri: string): Promise<BroughtRun> {
    const { params, tags, datasets, model_inputs, model_outputs } = run
    const row = {
      run_id: run.run_id, experiment_id: this.#experiments.get(run.experiment_id)!.id, name: run.name, user_id: run.user_id, status: run.status,
      start_time: run.start_time, end_time: run.end_time, deleted: run.deleted ? 1 : 0,
      deleted_time: run.deleted ? run.deleted_time ?? this.#target.now() : null, artifact_uri: artifactUri,
    }
    return this.#db.write(operations.bringRun, {
      source: this.#number, run: { row, params, tags, datasets, model_inputs, model_outputs }, fingerprint: fingerprintOf(run, row.experiment_id, artifactUri), by: this.#by,
    })
  }

  #writePoints({ run }: BroughtRun, points: readonly LoggedPoint[]): Promise<unknown> {
    return this.#db.write(operations.bringPoints, { run, points: packPoints(points) })
  }

  #count(run: SourceRun, here: BroughtRun): void {
    this.#states[here.state] += 1
    this.#brought.runs.push(here.run.id)
    this.#read.runs += 1
    this.#read.params += run.params.length
    this.#read.tags += run.tags.length
    this.#read['dataset inputs'] += run.datasets.length
    this.#read.metrics += run.metric_keys?.length ?? 0
    this.#read['metric points'] += here.points
    this.#read['model inputs'] += run.model_inputs.length
    this.#read['model outputs'] += run.model_outputs.length
  }

  async #bringRegistry(): Promise<void> {
    this.#tell('registered models')
    for await (const model of this.#source.registeredModels()) {
      this.#target.signal.throwIfAborted()
      const versions = []
      const copies = []
      // The text of a prompt stands in a tag; MLflow invents a source for it.
      const prompt = model.tags.some(({ key }) => key === knownTags.isPrompt)
      for (const version of model.versions) {
        if (prompt) {
          versions.push(version)
          continue
        }
        const { uri: source } = await this.#locations.moveVersion(version.source, model.name, version.version)
        const at = await this.#locations.moveVersion(version.storage_location, model.name, version.version)
        versions.push({ ...version, source, storage_location: at.uri })
        copies.push(at)
      }
      const taken = await this.#db.write(operations.bringRegisteredModel, { ...model, workspace: this.#target.workspace.id, versions, uid: newId(this.#target.now()), by: this.#by })
      this.#takenVersions.push(...taken.map((version) => ({ name: model.name, version })))
      for (const at of copies) await at.copy()
      const kept = model.versions.filter(({ version }) => !taken.includes(version))
      this.#brought.versions.push({ name: model.name, versions: kept.map(({ version }) => version) })
      this.#read['registered models'] += 1
      this.#read['registered model tags'] += model.tags.length
      this.#read.aliases += model.aliases.length
      this.#read['model versions'] += model.versions.length
      this.#read['model version tags'] += model.versions.reduce((sum, { tags }) => sum + tags.length, 0)
    }
  }

  async #report(totals: Totals): Promise<ImportReport> {
    const experiments = [...this.#experiments.values()]
    const here = await this.#db.scan(operations.countTarget, { ...this.#brought, workspace: this.#target.workspace.id, experiments: experiments.map(({ id }) => id) })
    const copies = this.#copies
    const counts = [
      ...countedThings.map((thing) => ({ thing: thing as string, source: totals[thing], here: here[thing] })),
      ...(this.#target.copy === undefined ? [] : [
        { thing: 'artifact files', source: copies.files, here: copies.filesHere }, { thing: 'artifact bytes', source: copies.bytes, here: copies.bytesHere },
      ]),
    ]
    const unreadable = this.#locations.unreadable
    return {
      source: this.#source.title, counts, runs: this.#states,
      renumbered: experiments.filter(({ from, id }) => from.id !== String(id)).map(({ from, id }) => ({ name: from.name, was: from.id, is: String(id) })),
      merged: experiments.filter(({ merged, from }) => merged && from.id !== '0').map(({ from }) => from.name),
      left: await this.#source.left(), unreadable, failedFiles: copies.failed, takenVersions: this.#takenVersions, orphans: this.#orphans,
      complete: counts.every((count) => count.here >= count.source) && unreadable.length === 0 && copies.failed.length === 0 && this.#takenVersions.length === 0,
    }
  }

  #tell(step: ImportProgress['step']): void {
    this.#step = step
    this.#target.progress?.({
      step: this.#step, runs: this.#read.runs, ofRuns: this.#ofRuns, points: this.#read['metric points'], files: this.#copies.files, bytes: this.#copies.bytes,
    })
  }
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += writesAtOnce) results.push(...await Promise.all(items.slice(at, at + writesAtOnce).map(work)))
  return results
}

/** Tells a run that has changed, or that is to stand elsewhere, from what was brought before. */
function fingerprintOf(run: SourceRun, experimentId: number, artifactUri: string): string {
  const text = JSON.stringify([run, experimentId, artifactUri], (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  return createHash('sha256').update(text).digest('base64url')
}
