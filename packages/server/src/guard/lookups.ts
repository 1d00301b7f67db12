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

/** What the checks ask about the resources that a request names, in one workspace: what lies in another is not there. */
export interface Lookups {
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
  /** Whether a user has a role, alone or by a team. */
  holdsRole(input: { role_id?: number | bigint | undefined }, userId: number): Promise<boolean>
}

/** The lookups of each workspace, and what is asked across them. */
export interface AllLookups {
  in(workspace: number): Lookups
  /** The workspaces of experiments; undefined where there is no such experiment. */
  workspaces(experimentIds: readonly string[]): (number | undefined)[] | Promise<(number | undefined)[]>
  /** The workspace of an experiment as far as it is known now. */
  knownWorkspace(experimentId: string): number | undefined
  runExperiments: Lookups['runExperiments']
  modelExperiment: Lookups['modelExperiment']
  experimentsAt: Lookups['experimentsAt']
  experimentsBelow: Lookups['experimentsBelow']
  /** Forgets where runs are. */
  forget(): void
  /** Forgets in which workspaces experiments are. */
  forgetWorkspaces(): void
}

const keptRuns = 50_000
const keptExperiments = 100_000
/** A workspace that another server deletes may leave its experiments to the one that is always there. */
const workspacesFreshMs = 5000

/** Where a run is, is kept: logging asks for each request. Moving one counts as a change to what is granted. */
export function openLookups(db: Database, experiments: ExperimentOperations, registry: RegistryOperations, confined: boolean): AllLookups {
  const known = new Map<string, string>()
  const places = new Map<string, number>()
  let placesSince = performance.now()
  const inWorkspace = new Map<number, Lookups>()

  const all: Omit<AllLookups, 'in'> = {
    forget: () => known.clear(),
    forgetWorkspaces: () => places.clear(),
    knownWorkspace: (id) => places.get(id),
    workspaces(ids) {
      if (performance.now() - placesSince > workspacesFreshMs) {
        places.clear()
        placesSince = performance.now()
      }
      const missing = ids.filter((id) => !places.has(id))
      if (missing.length === 0) return ids.map((id) => places.get(id))
      return db.read(experiments.workspacesOf, { experiment_ids: missing }).then((found) => {
        const answer = ids.map((id) => places.get(id) ?? found[id])
        for (const [id, workspace] of Object.entries(found)) {
          places.set(id, workspace)
          if (places.size > keptExperiments) places.delete(places.keys().next().value!)
        }
        return answer
      })
    },
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
    experimentsAt: (locations) => db.read(experiments.at, { locations }),
    experimentsBelow: (folders, limit) => db.read(experiments.below, { folders, limit }),
  }

  /** Experiments that are elsewhere are not there; where there are no workspaces nothing is elsewhere. */
  const only = (workspace: number, ids: (string | undefined)[]): (string | undefined)[] | Promise<(string | undefined)[]> => {
    if (!confined) return ids
    const asked = ids.filter((id) => id !== undefined)
    const cut = (found: readonly (number | undefined)[]): (string | undefined)[] => {
      const here = new Set(asked.filter((_, at) => found[at] === workspace))
      return ids.map((id) => (id !== undefined && here.has(id) ? id : undefined))
    }
    const found = all.workspaces(asked)
    return found instanceof Promise ? found.then(cut) : cut(found)
  }
  const lookupsOf = (workspace: number): Lookups => ({
    runExperiments(runIds) {
      const found = all.runExperiments(runIds)
      return found instanceof Promise ? found.then((ids) => only(workspace, ids)) : only(workspace, found)
    },
    modelExperiment: async (modelId) => (await only(workspace, [await all.modelExperiment(modelId)]))[0],
    experimentByName: (name) => db.read(experiments.idOf, { workspace, name }),
    experimentsAt: all.experimentsAt,
    experimentsBelow: all.experimentsBelow,
    kindOf: (name) => db.read(registry.kindOf, { workspace, name }),
    modelOfEndpoint: (name) => db.read(modelOfEndpoint, { workspace, name }),
    endpointFacts: (name) => db.read(endpointFacts, { workspace, name }),
    async viewFacts(view_id) {
      const facts = await db.read(viewFacts, { view_id })
      const here = facts && await only(workspace, [...facts.experiment_ids])
      return here?.every((id) => id !== undefined) === true ? facts : undefined
    },
    async commentFacts(comment_id) {
      const facts = await db.read(commentFacts, { comment_id })
      if (facts === undefined || !confined) return facts
      const { run_id, experiment_id } = facts.target
      const [on] = await only(workspace, [experiment_id ?? (run_id === undefined ? undefined : (await all.runExperiments([run_id]))[0])])
      return (facts.workspace ?? (on === undefined ? undefined : workspace)) === workspace ? facts : undefined
    },
    teamMembership: (name, user_id) => db.read(teamOperations.membership, { name, user_id }),
    roleWorkspace: (input) => db.read(roleOperations.workspaceOf, input),
    holdsRole: ({ role_id }, user_id) => db.read(roleOperations.holds, { role_id, user_id }),
  })
  return {
    ...all,
    in(workspace) {
      let lookups = inWorkspace.get(workspace)
      if (lookups === undefined) {
        inWorkspace.set(workspace, lookups = lookupsOf(workspace))
        if (inWorkspace.size > 10_000) inWorkspace.delete(inWorkspace.keys().next().value!)
      }
      return lookups
    },
  }
}
