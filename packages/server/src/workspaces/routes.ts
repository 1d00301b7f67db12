import * as api from '@cairn/protocol'
import { invalid } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { Reply, route, type Context, type Principal, type Route } from '../platform/http/index.ts'
import { authorOf, defaultWorkspace } from './current.ts'
import { checkKnownName, checkWorkspaceName, deletionMode, type WorkspaceOperations, type WorkspaceTexts } from './workspaces.ts'

export interface WorkspaceDeps {
  readonly db: Database
  readonly operations: WorkspaceOperations
  /** Checks where a workspace would keep its artifacts; throws in MLflow's words. */
  checkRoot(root: string, field: string): string
  /** Whether somebody may have a workspace keep its artifacts there; throws where not. */
  mayKeepAt?(root: string, workspace: string, context: Context): void
  /** Told after each change. */
  changed(): void
  /** Which of the workspaces somebody may see, by name; undefined for all. */
  visible(principal: Principal): Promise<ReadonlySet<string> | undefined>
}

export function workspaceRoutes({ db, operations, checkRoot, mayKeepAt, changed, visible }: WorkspaceDeps): Route[] {
  interface Given {
    readonly description?: string | undefined
    readonly default_artifact_root?: string | undefined
    readonly trace_archival_config?: { readonly location?: string; readonly retention?: string } | undefined
  }
  const checked = ({ description, default_artifact_root: root, trace_archival_config: { location, retention } = {} }: Given): WorkspaceTexts => ({
    description,
    default_artifact_root: root && checkedRoot(root.trim()),
    trace_archival_location: location && checkRoot(location.trim(), 'trace_archival_config.location'),
    trace_archival_retention: retention && checkedRetention(retention.trim()),
  })
  function checkedRoot(root: string): string {
    if (root === '') return ''
    const safe = checkRoot(root, 'default_artifact_root')
    // Clients would take it for a folder of their own.
    if (!/^[a-z][a-z0-9+.-]+:/i.test(root) && !root.startsWith('/')) throw invalid(`Invalid value for 'default_artifact_root'. Expected a URI (for example 's3://bucket/prefix' or 'mlflow-artifacts:/prefix') or an absolute path, got '${root}'.`)
    return safe
  }
  const done = <T>(answer: T): T => {
    changed()
    return answer
  }
  return [
    route(api.listWorkspaces, async (_input, { principal }) => {
      const seen = await visible(principal)
      const workspaces = (await db.read(operations.list, null)).filter(({ name }) => seen === undefined || seen.has(name))
      return workspaces.length === 0 ? {} : { workspaces }
    }),
    route(api.createWorkspace, async (input, context) => {
      const { name } = input
      if (name === defaultWorkspace.name) throw invalid("The 'default' workspace is reserved and cannot be created")
      checkWorkspaceName(name)
      const texts = checked(input)
      if (texts.default_artifact_root) mayKeepAt?.(texts.default_artifact_root, name, context)
      const workspace = await db.write(operations.create, { name, ...texts, author: authorOf(context) })
      return done(new Reply({ status: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ workspace }) }))
    }),
    route(api.getWorkspace, async ({ workspace_name: name }) => {
      checkKnownName(name)
      return { workspace: await db.read(operations.get, { name }) }
    }),
    route(api.updateWorkspace, async (input, context) => {
      const { workspace_name: name, description, default_artifact_root: root, trace_archival_config: config } = input
      checkKnownName(name)
      if (description === undefined && root === undefined && config?.location === undefined && config?.retention === undefined) throw invalid('Workspace update must have at least one key')
      const texts = checked(input)
      if (texts.default_artifact_root) mayKeepAt?.(texts.default_artifact_root, name, context)
      return done({ workspace: await db.write(operations.update, { name, ...texts, author: authorOf(context) }) })
    }),
    route(api.deleteWorkspace, async ({ workspace_name: name, mode }, context) => {
      if (name === defaultWorkspace.name) throw invalid("The 'default' workspace is reserved and cannot be deleted")
      checkWorkspaceName(name)
      await db.write(operations.remove, { name, mode: deletionMode(mode), author: authorOf(context) })
      return done(new Reply({ status: 204 }))
    }),
  ]
}

function checkedRetention(retention: string): string {
  if (retention !== '' && !/^[1-9]\d*[mhd]$/.test(retention)) throw invalid("Invalid value for 'trace_archival_config.retention'. Expected a duration in the form `<int><unit>`, where unit is one of 'm', 'h', or 'd' (for example '30d' or '12h').")
  return retention
}

/** With workspaces off their endpoints answer this, as in MLflow. */
export const workspacesAbsent = (): Route[] => api.workspaceEndpoints.map((endpoint) => ({
  endpoint,
  handle: () => new Reply({
    status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `Endpoint: /api/3.0/mlflow${endpoint.path.replace('{workspace_name}', '<workspace_name>')} disabled because the server is running without workspaces support. To enable workspace, run \`mlflow server\` with \`--enable-workspaces\``,
  }),
}))
