import type { ActiveRun } from '@cairn/sdk'
import type { Command, Values } from '../project/parameters.ts'
import type { Project } from '../project/spec.ts'
import type { Recorded } from '../record/keeper.ts'
import type { RecordedEnvironment } from '../record/record.ts'
import type { EnvManager, ProjectRun, RunContext } from '../run/context.ts'
import type { Source } from '../source/fetch.ts'
import type { Ended } from './local.ts'

/** What a backend has made ready for a command. */
export interface Ready {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Shell to run before the command. */
  readonly activate: string | undefined
  /** A container's image. */
  readonly image?: string | undefined
  /** What the record says of the environment, and its lock. */
  recorded(): Promise<{ readonly environment: RecordedEnvironment; readonly lock: string | undefined }>
}

export interface Preparation {
  readonly run: ActiveRun
  readonly project: Project
  readonly source: Source
  readonly manager: EnvManager | 'docker'
  readonly wanted: ProjectRun
  readonly context: RunContext
  /** To the person and into the run's log. */
  readonly say: (line: string) => void
}

export interface Execution {
  readonly run: ActiveRun
  readonly project: Project
  readonly source: Source
  readonly command: string
  /** The command with other values for some parameters. */
  readonly commandFor: (set: Values) => Promise<Command>
  /** Of the run, for runs below it. */
  readonly tags: Readonly<Record<string, string>>
  /** The run's record, while it is being made. */
  readonly recorded: Promise<Recorded>
  readonly ready: Ready
  readonly wanted: ProjectRun
  readonly context: RunContext
  readonly say: (line: string) => void
  readonly output: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
}

/** How an execution ended; `status` and `why` where the exit status does not say them. */
export interface BackendEnd extends Ended {
  readonly status?: 'FINISHED' | 'FAILED' | 'KILLED' | undefined
  readonly why?: string | undefined
}

export interface Backend {
  /** Whether the command runs on another machine, whose load this one does not see. */
  readonly elsewhere: boolean
  /** Parameters of the runs below the run, where it stands for several. */
  readonly sets?: readonly Values[] | undefined
  prepare(preparation: Preparation): Promise<Ready>
  execute(execution: Execution): Promise<BackendEnd>
}

/** The variables that every command gets, as MLflow names them. */
export function runVariables(run: ActiveRun, trackingUri: string, { MLFLOW_WORKSPACE: workspace }: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return { ...(workspace !== undefined && workspace !== '' && { MLFLOW_WORKSPACE: workspace }), MLFLOW_RUN_ID: run.id, MLFLOW_TRACKING_URI: trackingUri, MLFLOW_EXPERIMENT_ID: run.info.experiment_id }
}
