import { invalid, permissionLevels, resourceTypes, type PermissionLevel, type ResourceType } from '@cairn/protocol'

/** What an operation does with a resource. `not_denied` asks for no right, only that nobody forbade it. */
export type Action = 'read' | 'use' | 'update' | 'delete' | 'manage' | 'not_denied'

const ranks: Record<PermissionLevel, number> = { DENY: -1, NO_PERMISSIONS: 0, READ: 1, USE: 2, EDIT: 3, MANAGE: 4 }
const needed: Record<Action, number> = { read: 1, use: 2, update: 3, delete: 4, manage: 4, not_denied: 0 }

export const allows = (level: PermissionLevel, action: Action): boolean => ranks[level] >= needed[action]

/** What two grants on one key come to: DENY wins, else the higher. */
export function together(a: PermissionLevel | undefined, b: PermissionLevel | undefined): PermissionLevel | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (a === 'DENY' || b === 'DENY') return 'DENY'
  return ranks[a] >= ranks[b] ? a : b
}

/** A grant never comes to less than the default, but for one that takes away. */
export function atLeast(level: PermissionLevel, least: PermissionLevel): PermissionLevel {
  return level === 'DENY' || level === 'NO_PERMISSIONS' || ranks[level] >= ranks[least] ? level : least
}

const inPython = (words: readonly string[]): string => `(${words.map((word) => `'${word}'`).join(', ')}${words.length === 1 ? ',' : ''})`
const isType = (type: string): type is ResourceType => Object.hasOwn(resourceTypes, type)
const grantable: readonly string[] = ['DENY', 'EDIT', 'MANAGE', 'READ', 'USE']

export function checkResourceType(type: string): asserts type is ResourceType {
  if (!isType(type)) throw invalid(`Invalid resource type '${type}'. Valid resource types are: ${inPython(Object.keys(resourceTypes).sort())}`)
}

export function checkLevel(level: string): asserts level is PermissionLevel {
  if (!(permissionLevels as readonly string[]).includes(level)) throw invalid(`Invalid permission '${level}'. Valid permissions are: ${inPython(permissionLevels)}`)
}

/** MLflow's rules for what may be granted on which type, in its words. */
export function checkGrant(type: string, level: string): void {
  checkLevel(level)
  checkResourceType(type)
  if (type === 'workspace') {
    if (level !== 'USE' && level !== 'MANAGE') throw invalid(`Invalid permission '${level}' for resource_type='workspace'. Workspace-wide grants accept only: ('MANAGE', 'USE').`)
  } else if (!grantable.includes(level)) {
    throw invalid(`Invalid permission '${level}' for resource_type='${type}'. Resource-level grants accept only: ${inPython(grantable)}.`)
  }
}

const longestPattern = 255

export function checkPattern(pattern: string, type: string): void {
  checkResourceType(type)
  if (pattern === '*') return
  if (resourceTypes[type] === 'all') throw invalid(`Invalid resource_pattern '${pattern}' for resource_type='${type}'. This resource type supports only wildcard ('*') grants.`)
  if (pattern.length > longestPattern) throw invalid(`resource_pattern must not be longer than ${longestPattern} characters.`)
  // Another spelling of an id would be kept and never apply: a DENY that protects nothing.
  if (type === 'experiment' && !/^(?:0|[1-9]\d{0,15})$/.test(pattern)) throw invalid(`Invalid resource_pattern '${pattern}' for resource_type='experiment'. Give the experiment's id, or '*'.`)
}
