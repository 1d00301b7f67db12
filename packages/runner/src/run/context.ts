import type { CairnClient } from '@cairn/sdk'
import type { SignalSource } from '../backends/local.ts'
import type { Variables } from '../process.ts'
import type { Source } from '../source/fetch.ts'

/** The world that a project runs in. */
export interface RunContext {
  readonly client: CairnClient
  /** What the project gets as MLFLOW_TRACKING_URI. */
  readonly trackingUri: string
  readonly env: Variables
  readonly cwd: string
  /** Version of Cairn, for the record. */
  readonly version: string
  /** Where what the server could not take waits: batches in `batches`, files in `files`, logs under way in `logs`. */
  readonly queue: { readonly batches: string; readonly files: string; readonly logs: string }
  /** What the project writes, as it writes it. */
  readonly output: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
  /** What Cairn itself says, a line. */
  readonly say: (line: string) => void
  readonly signals: SignalSource
  /** Aborted with the first signal. */
  readonly signal: AbortSignal
}

export type EnvManager = 'local' | 'virtualenv' | 'uv' | 'conda'

export interface ProjectRun {
  /** A folder, a zip, or a git address; `#subfolder` behind it. */
  readonly uri: string
  /** Default `main`. */
  readonly entryPoint?: string | undefined
  /** Branch, tag or commit of a git address. */
  readonly version?: string | undefined
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly dockerArgs?: Readonly<Record<string, string | true>> | undefined
  /** Made where it is not there. At most one of this and `experimentId`. */
  readonly experimentName?: string | undefined
  readonly experimentId?: string | undefined
  readonly runName?: string | undefined
  /** Goes on with this run instead of making one. */
  readonly runId?: string | undefined
  readonly parentRunId?: string | undefined
  /** Default: by what the project has. */
  readonly envManager?: EnvManager | undefined
  /** `local` (default), `slurm` or `kubernetes`. */
  readonly backend?: string | undefined
  readonly backendConfig?: Readonly<Record<string, unknown>> | undefined
  readonly buildImage?: boolean | undefined
  /** Where parameters of type path are fetched to. */
  readonly storageDir?: string | undefined
  /** Refuse a working tree with changes that no commit holds. */
  readonly requireClean?: boolean | undefined
  /** Build the environment from what is on this machine. */
  readonly offline?: boolean | undefined
  /** Log the machine's load under `system/…`. Default true. */
  readonly systemMetrics?: boolean | undefined
  /** Sources that are here already, in place of what `uri` names; whoever made them removes them. */
  readonly source?: Source | undefined
  /** Exactly these packages and this Python, for a rerun. */
  readonly lock?: string | undefined
  readonly python?: string | undefined
  readonly rerunOf?: string | undefined
}

export interface RunOutcome {
  readonly run_id: string
  readonly experiment_id: string
  readonly status: 'FINISHED' | 'FAILED' | 'KILLED'
  readonly exit_status: number | null
  readonly signal: string | null
  /** Why it did not finish, a sentence; null where it did. */
  readonly why: string | null
  /** What to do about it, where that is known. */
  readonly fix: string | null
  /** Whether something waits on disk for the server. */
  readonly waiting: boolean
}
