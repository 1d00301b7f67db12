import { endpoint } from './endpoint.ts'
import { answer, Empty, List, message, Str, type Static } from './schema.ts'

/** Where traces go that are old, and when: `{location, retention: '30d'}`. */
const TraceArchivalConfig = answer({}, { location: Str, retention: Str })

/** A part of the server with experiments, models and members of its own. */
export const Workspace = answer({
  /** 2 to 63 of `a-z`, `0-9` and `-`; `team--repo` is reached by `/team/repo.mlflow` too. */
  name: Str,
}, {
  description: Str,
  /** Under which its new experiments keep artifacts; absent: `workspaces/<name>` below the server's root. */
  default_artifact_root: Str,
  trace_archival_config: TraceArchivalConfig,
})
export type Workspace = Static<typeof Workspace>

/** What becomes of what is in a workspace that is deleted. */
export const workspaceDeletionModes = ['SET_DEFAULT', 'CASCADE', 'RESTRICT'] as const
export type WorkspaceDeletionMode = (typeof workspaceDeletionModes)[number]

const group = 'workspaces'
const api = 'mlflow'
const config = message({}, { location: Str, retention: Str })
const workspace = answer({ workspace: Workspace })

export const listWorkspaces = endpoint({
  name: 'listWorkspaces', method: 'GET', api, path: '/workspaces', group,
  summary: 'The workspaces that the caller may see, by name.', request: Empty, response: answer({}, { workspaces: List(Workspace) }),
})

export const createWorkspace = endpoint({
  name: 'createWorkspace', method: 'POST', api, path: '/workspaces', group,
  summary: 'Adds a workspace; for admins, and for managers of a team where its name is `<team>--<repo>`. Answers 201.',
  request: message({ name: Str }, { description: Str, default_artifact_root: Str, trace_archival_config: config }), response: workspace,
})

export const getWorkspace = endpoint({
  name: 'getWorkspace', method: 'GET', api, path: '/workspaces/{workspace_name}', group,
  summary: 'One workspace, for whoever may see it.', request: message({ workspace_name: Str }), response: workspace,
})

export const updateWorkspace = endpoint({
  name: 'updateWorkspace', method: 'PATCH', api, path: '/workspaces/{workspace_name}', group,
  summary: 'Changes what is given; "" takes a value away.',
  request: message({ workspace_name: Str }, { description: Str, default_artifact_root: Str, trace_archival_config: config }), response: workspace,
})

export const deleteWorkspace = endpoint({
  name: 'deleteWorkspace', method: 'DELETE', api, path: '/workspaces/{workspace_name}', group, body: 'raw',
  summary: 'Deletes a workspace. `mode` RESTRICT (default): only an empty one; SET_DEFAULT: what is in it moves to `default`; CASCADE: it is deleted too. Answers 204.',
  request: message({ workspace_name: Str }, { mode: Str }), response: Empty,
})

export const workspaceEndpoints = [listWorkspaces, createWorkspace, getWorkspace, updateWorkspace, deleteWorkspace]

/** Names the workspace of a request; without it, `default`. */
export const workspaceHeader = 'x-mlflow-workspace'

/**
 * The path under which a workspace answers besides the header: `vision--churn` is
 * `/vision/churn.mlflow`, `shop` is `/shop.mlflow`.
 */
export function workspacePath(name: string): string {
  const parts = name.split('--')
  return parts.length === 2 && parts.every(isPart) ? `/${parts[0]}/${parts[1]}.mlflow` : `/${name}.mlflow`
}

const isPart = (text: string): boolean => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(text) && !text.includes('--')

/** The workspace that a path begins with, and how long that beginning is; undefined for other paths. */
export function workspaceInPath(path: string): { readonly name: string; readonly length: number } | undefined {
  const match = /^\/(?:([a-z0-9-]+)\/)?([a-z0-9-]+)\.mlflow(?=\/|$)/.exec(path)
  if (match === null) return undefined
  const [whole, team, repo] = match
  if (team === undefined) return { name: repo!, length: whole.length }
  return isPart(team) && isPart(repo!) ? { name: `${team}--${repo!}`, length: whole.length } : undefined
}

/** The team whose repository a workspace is; undefined for one that is no team's. */
export function teamOfWorkspace(name: string): string | undefined {
  const parts = name.split('--')
  return parts.length === 2 && parts.every(isPart) ? parts[0] : undefined
}
