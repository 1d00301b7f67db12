import type { ResourceType } from '@cairn/protocol'
import type { Action } from '../users/index.ts'

/**
 * What a caller needs for an endpoint, as data. `by` names the field of the request that names the
 * resource; a field that lists several asks for each of them.
 *
 * The tiers are MLflow's: a run is decided by what is granted on runs, and where nothing is, by its
 * experiment, which must be readable in any case; so are logged models, and versions by their model.
 */
export type Need =
  | { readonly on: 'experiment'; readonly action: Action; readonly by: string }
  | { readonly on: 'experiment-by-name'; readonly action: Action; readonly by: string }
  /** The experiment and everything in it: deleted and restored together. */
  | { readonly on: 'whole-experiment'; readonly action: Action; readonly by: string }
  | { readonly on: 'run'; readonly action: Action; readonly by: string; /** Another field, where the first is empty. */ readonly or?: string; readonly optional?: true }
  | { readonly on: 'logged-model'; readonly action: Action; readonly by: string; readonly optional?: true }
  /** Logged models that a list of objects names: `metrics[].model_id`. */
  | { readonly on: 'logged-models-in'; readonly action: Action; readonly by: string }
  /** A new run or logged model in an experiment. */
  | { readonly on: 'new-in-experiment'; readonly type: ResourceType; readonly by: string }
  | { readonly on: 'new-experiment' | 'new-model' }
  /** A registered model or a prompt, whichever it is. */
  | { readonly on: 'model'; readonly action: Action; readonly by: string }
  | { readonly on: 'version'; readonly action: Action; readonly by: string }
  /** The model and all its versions. */
  | { readonly on: 'whole-model'; readonly action: Action; readonly by: string }
  | { readonly on: 'alias'; readonly action: Action; readonly by: string }
  | { readonly on: 'new-version'; readonly by: string }
  /** A serving endpoint, by the model that it serves. */
  | { readonly on: 'serving-endpoint'; readonly action: Action; readonly by: string }
  /** A saved view by its experiments; one that is not shared is its owner's alone. */
  | { readonly on: 'view'; readonly action: 'read' | 'update'; readonly by: string }
  /** A new view: one's own for whoever may read its experiments, a shared one for whoever may change them. */
  | { readonly on: 'new-view' }
  /** What the fields of a request say is commented: a run, a panel of an experiment, a version of a model. To write there takes a token that may write. */
  | { readonly on: 'commented'; readonly write?: true }
  /** A comment by what it is about. Its text is its author's; whoever may comment may settle it; `delete` is for whoever may manage the thing, too. */
  | { readonly on: 'comment'; readonly action: 'update' | 'delete'; readonly by: string }
  /** A file or folder below the artifact proxy. */
  | { readonly on: 'file'; readonly action: Action; readonly by: string; readonly or?: string }
  /** A user's own affairs, or an admin. */
  | { readonly on: 'user'; readonly by: string }
  /** A role, by its workspace. */
  | { readonly on: 'role'; readonly action: 'read' | 'manage'; readonly by: 'role_id' | 'role_permission_id' | 'workspace' }
  /** A team: to see it for its members, to change who is in it for its managers. */
  | { readonly on: 'team'; readonly action: 'read' | 'manage'; readonly by: string }
  /** A workspace, by its name. */
  | { readonly on: 'workspace'; readonly action: 'read' | 'create' | 'manage'; readonly by: string }
  /** A resource that a request names by type and id. */
  | { readonly on: 'granted-resource' }
  | { readonly on: 'effective-permission' }
  | { readonly on: 'family'; readonly type: ResourceType; readonly fields: readonly string[] }

export type Right =
  /** Nobody needs to sign in. */
  | { readonly who: 'anybody'; readonly because: string }
  /** Everybody who has signed in; `changes` where it changes something of the caller's own, for which a token must be one that may write; `whole` where a token that is limited to some resources has no business. */
  | { readonly who: 'signed-in'; readonly changes?: true; readonly whole?: true }
  | { readonly who: 'admin' }
  /** Admins, by whatever token, and service accounts. */
  | { readonly who: 'watcher' }
  /** Admins, and the admins of the workspace. */
  | { readonly who: 'workspace-admin' }
  /** Admins, and without workspaces those who manage the one that there is. */
  | { readonly who: 'teams-admin' }
  /** Everybody, who is shown what they may read; `narrows` names the field of experiment ids that is cut to those. */
  | { readonly who: 'reader'; readonly narrows?: string; /** Refuse where nothing is left, as MLflow does. */ readonly orRefuse?: true; readonly tier?: ResourceType; /** A filter that selects by runs asks for the tier of runs. */ readonly filtersRuns?: string }
  | { readonly who: 'needs'; readonly needs: readonly Need[] }
  /** Decided by a rule of its own, in `special.ts`. */
  | { readonly who: 'special'; readonly rule: 'audit' | 'live' | 'presigned-upload' | 'new-location' | 'source' | 'change-runs' | 'change-experiments' | 'experiment-tag'; readonly needs?: readonly Need[] }

export const needs = (...list: Need[]): Right => ({ who: 'needs', needs: list })

/** Whether a request is answered, and perhaps for less than it asked for. */
export type Verdict = boolean | { readonly input: Readonly<Record<string, unknown>> }
