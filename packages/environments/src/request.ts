import type { Variables } from './installer.ts'
import type { PythonEnv } from './python-env.ts'

export type EnvironmentManager = 'virtualenv' | 'uv' | 'conda'

export interface EnvironmentRequest {
  /**
   * `virtualenv` and `uv` make a virtual environment, by uv where it is on the PATH, else by venv and
   * pip; `uv` insists on uv. `conda` takes mamba, micromamba or conda and needs `condaFile`.
   */
  readonly manager: EnvironmentManager
  readonly spec: PythonEnv
  /** Where relative files in the requirements are. */
  readonly folder: string
  readonly condaFile?: string | undefined
  /** Requirements besides the project's or model's own, installed after them. */
  readonly extra?: readonly string[] | undefined
  /** Requirements that are installed last, whatever the others say: they take the place of what is there. */
  readonly override?: readonly string[] | undefined
  /** A lock that another build wrote: exactly this is installed, and no dependency is looked for. */
  readonly lock?: string | undefined
  /** Use what is cached, and reach for no network. */
  readonly offline?: boolean | undefined
  /** Where environments are kept; default `environmentRoot(env)`. */
  readonly root?: string | undefined
  /** The environment variables of the caller. */
  readonly env: Variables
  /** Told what happens, in short lines, and what installers write. */
  readonly say?: ((line: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}
