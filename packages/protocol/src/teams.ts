import { endpoint } from './endpoint.ts'
import { answer, Bool, Empty, Int64, List, message, Str, type Static } from './schema.ts'

/** Somebody of a team. A manager adds and removes members. */
export const TeamMember = answer({
  username: Str, manager: Bool,
  /** `added` by hand, or `sign-in`: by a group of the same name where the user signs in, and as long as that says so. */
  source: Str,
})
export type TeamMember = Static<typeof TeamMember>

/** Users who have grants together. */
export const Team = answer({
  name: Str, description: Str,
  /** Milliseconds since the epoch. */
  creation_time: Int64,
  members: List(TeamMember),
  grants: List(answer({ resource_type: Str, resource_id: Str, permission: Str })),
})
export type Team = Static<typeof Team>

const group = 'teams'
const api = 'cairn'
const team = answer({ team: Team })
const onResource = { name: Str, resource_type: Str, resource_id: Str }

export const createTeam = endpoint({
  name: 'createTeam', method: 'POST', api, path: '/teams', group,
  summary: 'Adds a team (letters, digits, ".", "_", "-"; at most 100); for admins.', request: message({ name: Str }, { description: Str }), response: team,
})

export const listTeams = endpoint({
  name: 'listTeams', method: 'GET', api, path: '/teams', group,
  summary: 'All teams for admins, one\'s own for others.', request: Empty, response: answer({ teams: List(Team) }),
})

export const getTeam = endpoint({
  name: 'getTeam', method: 'GET', api, path: '/teams/{name}', group,
  summary: 'A team with its members and grants; for its members and admins.', request: message({ name: Str }), response: team,
})

export const deleteTeam = endpoint({
  name: 'deleteTeam', method: 'DELETE', api, path: '/teams/{name}', group,
  summary: 'Deletes a team with its grants; its members stay users. For admins.', request: message({ name: Str }), response: Empty,
})

export const addTeamMember = endpoint({
  name: 'addTeamMember', method: 'POST', api, path: '/teams/{name}/members', group,
  summary: 'Adds a user to a team, or changes whether a member manages it; for managers of the team and admins.',
  request: message({ name: Str, username: Str }, { manager: Bool }), response: team,
})

export const removeTeamMember = endpoint({
  name: 'removeTeamMember', method: 'DELETE', api, path: '/teams/{name}/members/{username}', group,
  summary: 'Takes a user out of a team; for managers of the team and admins.', request: message({ name: Str, username: Str }), response: Empty,
})

export const grantTeamPermission = endpoint({
  name: 'grantTeamPermission', method: 'POST', api, path: '/teams/{name}/grants', group,
  summary: 'Grants a team READ, USE, EDIT or MANAGE on a resource, or DENY, in place of what it had; for whoever may manage the resource.',
  request: message({ ...onResource, permission: Str }), response: team,
})

export const revokeTeamPermission = endpoint({
  name: 'revokeTeamPermission', method: 'DELETE', api, path: '/teams/{name}/grants', group,
  summary: 'Takes back what was granted to a team on a resource; for whoever may manage the resource.', request: message(onResource), response: Empty,
})

export const teamEndpoints = [createTeam, listTeams, getTeam, deleteTeam, addTeamMember, removeTeamMember, grantTeamPermission, revokeTeamPermission] as const
