import { commentFacts } from '../comments/index.ts'
import { endpointFacts, modelOfEndpoint } from '../endpoints/index.ts'
import { modelExperiment } from '../logged-models/index.ts'
import type { ExperimentOperations } from '../experiments/index.ts'
import type { Database } from '../platform/db/index.ts'
import type { RegistryOperations } from '../registry/index.ts'
import { runExperiments } from '../runs/index.ts'
import { viewFacts } from '../views/index.ts'
import { roleOperations, teamOperations } from '../users/index.ts'

export interface ViewFacts {
  readonly experiment_ids: readonly string[]
  readonly shared: boolean
  readonly created_by: string
}

/** What the checks ask about the resources that a request names. */
export interface Lookups {
  /** Forgets where runs are. */
  forget(): void
  /** The experiments of runs; undefined where there is no such run. */
  runExperiments(runIds: readonly string[]): (string | undefined)[] | Promise<(string | undefined)[]>
  modelExperiment(modelId: string): Promise<string | undefined>
  experimentByName(name: string): Promise<string | undefined>
  /** Whose artifacts lie at these locations. */
  experimentsAt(locations: readonly string[]): Promise<{ readonly id: number; readonly artifact_location: string }[]>
  /** Experiments that keep their artifacts below one of these folders, up to `limit` of them. */
  experimentsBelow(folders: readonly string[], limit: number): Promise<number[]>
  /** Whether a registered model is a prompt; undefined where there is no such model. */
  kindOf(name: string): Promise<{ readonly uid: string; readonly prompt: boolean } | undefined>
  /** The model that a serving endpoint serves; undefined where there is no such endpoint. */
  modelOfEndpoint(name: string): Promise<string | undefined>
  /** The same with the id under which its changes are kept. */
  endpointFacts(name: string): Promise<{ readonly uid: string; readonly model: string } | undefined>
  /** What the rights to a saved view depend on; undefined where there is none. */
  viewFacts(viewId: string): Promise<ViewFacts | undefined>
  /** What a comment is about, and whose it is; undefined where there is none. */
  commentFacts(commentId: string): Promise<{ readonly target: object; readonly author: string } | undefined>
  /** What a user is in a team; undefined for no member. */
  teamMembership(name: string, userId: number): Promise<{ readonly manager: boolean } | undefined>
  roleWorkspace(input: { role_id?: number | bigint | undefined; role_permission_id?: number | bigint | undefined }): Promise<string | undefined>
}

const keptRuns = 50_000

/** Where a run is, is kept: logging asks for each request. Moving one counts as a change to what is granted. */
export function openLookups(db: Database, experiments: ExperimentOperations, registry: RegistryOperations): Lookups {
  const known = new Map<string, string>()
  return {
    forget: () => known.clear(),
    runExperiments(runIds) {
      const missing = runIds.filter((runId) => !known.has(runId))
      if (missing.length === 0) return runIds.map((runId) => known.get(runId))
      return db.read(runExperiments, { run_ids: missing }).then((found) => {
        // Before older ones go: more may have been asked for than are kept.
        const answer = runIds.map((runId) => known.get(runId) ?? found[runId])
        for (const [runId, experiment] of Object.entries(found)) {
          known.set(runId, experiment)
          if (known.size > keptRuns) known.delete(known.keys().next().value!)
        }
        return answer
      })
    },
    modelExperiment: (model_id) => db.read(modelExperiment, { model_id }),
    experimentByName: (name) => db.read(experiments.idOf, { name }),
    experimentsAt: (locations) => db.read(experiments.at, { locations }),
    experimentsBelow: (folders, limit) => db.read(experiments.below, { folders, limit }),
    kindOf: (name) => db.read(registry.kindOf, { name }),
    modelOfEndpoint: (name) => db.read(modelOfEndpoint, { name }),
    endpointFacts: (name) => db.read(endpointFacts, { name }),
    viewFacts: (view_id) => db.read(viewFacts, { view_id }),
    commentFacts: (comment_id) => db.read(commentFacts, { comment_id }),
    teamMembership: (name, user_id) => db.read(teamOperations.membership, { name, user_id }),
    roleWorkspace: (input) => db.read(roleOperations.workspaceOf, input),
  }
}
