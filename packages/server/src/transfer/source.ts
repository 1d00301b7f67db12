import type { DatasetInput, Int64, VersionProfile } from '@cairn/protocol'
import type { LoggedPoint } from '../metrics/index.ts'
import type { SourceArtifacts } from './source-artifacts.ts'

/** What lies in another tracker, in the terms of MLflow: ids and times as they are there. */
export interface KeyValue {
  readonly key: string
  readonly value: string
}

export interface SourceExperiment {
  /** As the source writes it; file stores give numbers that Cairn cannot keep. */
  readonly id: string
  readonly name: string
  /** In which it has that name; absent where the source has only one. */
  readonly workspace?: string
  readonly artifact_location: string
  readonly lifecycle_stage: 'active' | 'deleted'
  readonly creation_time: number
  readonly last_update_time: number
  readonly tags: readonly KeyValue[]
}

export interface SourceRun {
  readonly run_id: string
  readonly experiment_id: string
  readonly name: string
  readonly user_id: string
  readonly status: string
  readonly start_time: Int64
  readonly end_time: Int64 | null
  readonly deleted: boolean
  /** Undefined where the source does not tell. */
  readonly deleted_time: Int64 | undefined
  readonly artifact_uri: string
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
  readonly datasets: readonly DatasetInput[]
  readonly model_inputs: readonly string[]
  readonly model_outputs: readonly { readonly model_id: string; readonly step: Int64 }[]
  /** Differs when the run's metrics do, as far as the source can tell without reading all points. */
  readonly metrics: string
  /** Names of its metrics, where the source lists them with the run. */
  readonly metric_keys?: readonly string[]
}

export interface SourceModelMetric {
  readonly key: string
  readonly timestamp: Int64
  readonly step: Int64
  readonly run_id: string
  readonly dataset_name: string
  readonly dataset_digest: string
  readonly value: number
}

export interface SourceLoggedModel {
  readonly model_id: string
  readonly experiment_id: string
  readonly name: string
  readonly artifact_location: string
  readonly creation_timestamp: number
  readonly last_updated_timestamp: number
  readonly status: 'UNSPECIFIED' | 'PENDING' | 'READY' | 'FAILED'
  readonly model_type: string
  readonly source_run_id: string
  readonly status_message: string | null
  readonly deleted: boolean
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
  readonly metrics: readonly SourceModelMetric[]
}

export interface SourceModelVersion {
  readonly version: number
  readonly creation_time: number
  readonly last_updated_time: number
  readonly description: string | null
  readonly stage: string
  readonly source: string
  /** Where it differs from the source, else the same. */
  readonly storage_location: string
  readonly run_id: string | null
  readonly run_link: string | null
  readonly logged_model_id: string | null
  readonly tags: readonly KeyValue[]
  /** What its inputs are compared with, which MLflow has no place for: only Cairn tells and takes it. */
  readonly profile?: VersionProfile
}

export interface SourceRegisteredModel {
  readonly name: string
  /** In which it has that name; absent where the source has only one. */
  readonly workspace?: string
  readonly creation_time: number
  readonly last_updated_time: number
  readonly description: string | null
  readonly tags: readonly KeyValue[]
  readonly aliases: readonly { readonly alias: string; readonly version: number }[]
  /** Above every number that a version ever had, as far as the source still knows. */
  readonly next_version: number
  readonly versions: readonly SourceModelVersion[]
}

export interface SourcePoints {
  readonly run_id: string
  /** Some of the run's points, of any keys. */
  readonly points: readonly LoggedPoint[]
}

/** Of what there are how many; the rows of the report. */
export const countedThings = [
  'experiments', 'experiment tags', 'runs', 'params', 'tags', 'metrics', 'metric points', 'dataset inputs', 'model inputs', 'model outputs',
  'logged models', 'logged model params', 'logged model tags', 'logged model metrics',
  'registered models', 'registered model tags', 'model versions', 'model version tags', 'aliases',
] as const
export type Totals = Record<(typeof countedThings)[number], number>

export const noTotals = (): Totals => Object.fromEntries(countedThings.map((thing) => [thing, 0])) as Totals

/** A tracker that is read. Everything is asked for in this order, each thing once. */
export interface Source extends AsyncDisposable {
  /** The same for the same store, also tomorrow; without a password. */
  readonly identity: string
  /** What it is, for people: "MLflow in SQLite, schema 1971f2d9a75b". */
  readonly title: string
  /** Counted by the source itself, apart from what is read; undefined where only reading tells. */
  totals(): Promise<Totals | undefined>
  /** What is there and is not brought. */
  left(): Promise<readonly { readonly what: string; readonly count: number }[]>
  experiments(): Promise<readonly SourceExperiment[]>
  loggedModels(): AsyncIterable<readonly SourceLoggedModel[]>
  /** All runs, also deleted ones, a page of some hundred at a time. */
  runs(): AsyncIterable<readonly SourceRun[]>
  /** All points of some runs of a page. */
  points(runs: readonly SourceRun[]): AsyncIterable<SourcePoints>
  registeredModels(): AsyncIterable<SourceRegisteredModel>
  readonly artifacts: SourceArtifacts
}

/** What stands at the source cannot be read; the message says what and, where known, what to do. */
export class SourceRefused extends Error {}
