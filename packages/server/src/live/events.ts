import type { Int64, Param, RunInfo, RunTag } from '@cairn/protocol'

/**
 * What happened, as live pages hear of it. Published after the commit, so whoever hears of
 * something can read it.
 */
export type LiveEvent =
  | { readonly type: 'points'; readonly experiment_id: string; readonly run_id: string; readonly points: readonly LivePoint[] }
  | { readonly type: 'params'; readonly experiment_id: string; readonly run_id: string; readonly params: readonly Param[] }
  | { readonly type: 'tags'; readonly experiment_id: string; readonly run_id: string; readonly tags?: readonly RunTag[]; readonly removed?: readonly string[] }
  /** Created, renamed, ended, deleted, restored: the run as it is now. */
  | { readonly type: 'run'; readonly experiment_id: string; readonly run_id: string; readonly info: RunInfo }
  | { readonly type: 'inputs' | 'outputs'; readonly experiment_id: string; readonly run_id: string }
  /** Of a run or of a logged model, `path` within its files; of neither where it lies elsewhere behind the proxy. */
  | { readonly type: 'artifact'; readonly experiment_id?: string; readonly run_id?: string; readonly model_id?: string; readonly path: string; readonly removed?: boolean }
  | { readonly type: 'experiment'; readonly experiment_id: string; readonly change: string; readonly name?: string; readonly key?: string; readonly value?: string }
  | { readonly type: 'logged-model'; readonly experiment_id: string; readonly model_id: string; readonly change: string }
  | { readonly type: 'registry'; readonly prompt?: boolean; readonly name: string; readonly version?: string; readonly change: string; /** Where it happened; absent for the workspace that is always there. */ readonly workspace?: number }
  /** A saved view of the experiment that is shared. */
  | { readonly type: 'view'; readonly experiment_id: string; readonly view_id: string; readonly change: string }
  /** On a run, a panel of an experiment, or a version of a model. */
  | { readonly type: 'comment'; readonly comment_id: string; readonly change: string; readonly mentions: readonly string[]; readonly experiment_id?: string; readonly run_id?: string; readonly panel?: string; readonly name?: string; readonly version?: string; readonly workspace?: number }
  /** Somebody who looks at a run, an experiment, a model or a version; told to those who listen now, and not kept. */
  | { readonly type: 'presence'; readonly viewer: string; readonly person: string; readonly change: 'ask' | 'here' | 'left'; readonly follows?: string; readonly state?: string; readonly turn?: number; readonly experiment_id?: string; readonly run_id?: string; readonly name?: string; readonly version?: string; readonly workspace?: number }
  /** A serving endpoint, or what a process that serves it said. */
  | { readonly type: 'endpoint'; readonly name: string; readonly model_name: string; readonly change: string; readonly revision?: number; readonly workspace?: number }

export interface LivePoint {
  readonly key: string
  readonly value: number
  readonly timestamp: Int64
  readonly step?: Int64 | undefined
}

/** What slices need of the live slice. Publishing never waits and never fails. */
export interface LiveSink {
  publish(event: LiveEvent): void
}
