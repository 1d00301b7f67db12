import type { LoggedPoint } from '../metrics/index.ts'
import type { SourceExperiment, SourceLoggedModel, SourceRegisteredModel, SourceRun, Totals } from './source.ts'

/** An experiment as it is at the target. */
export interface PlacedExperiment {
  readonly id: string
  readonly artifact_location: string
  /** `merged`: there was one of its name. */
  readonly state: 'new' | 'merged'
}

/** A run or a logged model as it is at the target. */
export interface Placed {
  readonly id: string
  readonly artifact_uri: string
  /** `again`: it was there already, and got what it lacked. */
  readonly state: 'new' | 'again'
}

export interface RunToPlace {
  readonly run: SourceRun
  readonly experiment: PlacedExperiment
}

export interface ModelToPlace {
  readonly model: SourceLoggedModel
  readonly experiment: PlacedExperiment
}

export interface PlacedRun extends RunToPlace {
  readonly placed: Placed
}

/** Where files of a run or a model go. */
export interface TargetFolder {
  /** What is there already: sizes by path. */
  sizes(): Promise<ReadonlyMap<string, number>>
  /** Answers how many bytes are there then. */
  put(path: string, body: AsyncIterable<Uint8Array>, size: number): Promise<number>
}

/**
 * A tracker that is written. Everything is given in this order, each thing once, and may have been given
 * before: what is there already is not there twice.
 */
export interface ExportTarget extends AsyncDisposable {
  /** For people: "MLflow in SQLite, schema dc11669786a5". */
  readonly title: string
  experiment(experiment: SourceExperiment): Promise<PlacedExperiment>
  /** All of some runs but their points and their links to models. */
  runs(runs: readonly RunToPlace[]): Promise<Placed[]>
  points(of: readonly { readonly run: PlacedRun; readonly points: readonly LoggedPoint[] }[]): Promise<void>
  /** The runs of models are there before. */
  models(models: readonly ModelToPlace[]): Promise<Placed[]>
  /** What runs read and made of models, which are there before. */
  links(runs: readonly PlacedRun[]): Promise<void>
  /** Sources are locations at the target. */
  registeredModel(model: SourceRegisteredModel): Promise<void>
  /** Nothing more is written: what is deleted here may be deleted there. */
  finish(): Promise<void>
  /** Undefined where this program cannot write there. */
  folder(uri: string): TargetFolder | undefined
  /** Counted by the target, of what was given. */
  totals(): Promise<Totals>
}
