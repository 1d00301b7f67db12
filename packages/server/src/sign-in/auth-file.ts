import { permissionLevels, type PermissionLevel } from '@cairn/protocol'

/** What MLflow's file for its auth app (`MLFLOW_AUTH_CONFIG_PATH`) says. */
export interface AuthSettings {
  readonly defaultLevel: PermissionLevel
  /** Whether everybody has `defaultLevel` in the workspace that is always there, where there are others. */
  readonly defaultWorkspaceOpen: boolean
  readonly adminUsername: string | undefined
  readonly adminPassword: string | undefined
  /** What of the file has no effect here, a sentence each. */
  readonly notices: readonly string[]
}

/** What is wrong with the file, for the person who starts the server. */
export class AuthFileProblem extends Error {}

const ignored: Readonly<Record<string, string>> = {
  database_uri: 'users live in the same database as the runs.',
  read_database_uri: 'users live in the same database as the runs.',
  workspace_cache_max_size: 'nothing is asked of another store.',
  workspace_cache_ttl_seconds: 'nothing is asked of another store.',
  auth_cache_max_size: 'passwords that were checked are kept for as long as they are valid.',
  auth_cache_ttl_seconds: 'passwords that were checked are kept for as long as they are valid.',
}
const known = new Set(['default_permission', 'admin_username', 'admin_password', 'authorization_function', 'grant_default_workspace_access', ...Object.keys(ignored)])
const mlflowFunction = 'mlflow.server.auth:authenticate_request_basic_auth'

/** Reads the text of the file; without one, MLflow's defaults. */
export function readAuthFile(text: string | undefined): AuthSettings {
  const values = text === undefined ? new Map<string, string>() : sectionOf(text)
  const notices: string[] = []
  for (const [key, value] of values) {
    if (!known.has(key)) notices.push(`${key} in the auth configuration is not known and has no effect.`)
    else if (ignored[key] !== undefined && value !== '') notices.push(`${key} in the auth configuration has no effect: ${ignored[key]}`)
  }
  const authorize = values.get('authorization_function')
  if (authorize !== undefined && authorize !== mlflowFunction) {
    throw new AuthFileProblem(`authorization_function = ${authorize} is Python, which this server does not run. Leave it out; users sign in by password, token or OpenID Connect.`)
  }
  const level = values.get('default_permission') ?? 'READ'
  if (!(permissionLevels as readonly string[]).includes(level) || level === 'DENY') {
    throw new AuthFileProblem(`default_permission = ${level} is no permission. Give READ, USE, EDIT, MANAGE or NO_PERMISSIONS.`)
  }
  const open = (values.get('grant_default_workspace_access') ?? 'false').toLowerCase()
  if (!['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'].includes(open)) throw new AuthFileProblem(`grant_default_workspace_access = ${open} is neither true nor false.`)
  return { defaultLevel: level as PermissionLevel, defaultWorkspaceOpen: ['true', '1', 'yes', 'on'].includes(open), adminUsername: values.get('admin_username') || undefined, adminPassword: values.get('admin_password') || undefined, notices }
}

/** The section `mlflow` of a file as Python's configparser reads it. */
function sectionOf(text: string): Map<string, string> {
  const values = new Map<string, string>()
  let section: string | undefined
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue
    const header = /^\[([^\]]+)\]/.exec(line)
    if (header !== null) {
      section = header[1]
      continue
    }
    const pair = /^\s*([^=:\s][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line)
    if (pair === null || section === undefined) throw new AuthFileProblem(`The auth configuration has a line that is neither a section, a comment nor "name = value": ${line.slice(0, 80)}`)
    if (section === 'mlflow') values.set(pair[1]!.toLowerCase(), pair[2]!.replaceAll('%%', '%'))
  }
  if (section === undefined) throw new AuthFileProblem('The auth configuration has no section [mlflow].')
  return values
}
