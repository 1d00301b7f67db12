import { CairnError, invalid, notFound, teamOfWorkspace, type PermissionLevel, type ResourceType, type Team } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write, type Reader, type Writer } from '../platform/db/index.ts'
import { checkGrant, checkPattern } from './levels.ts'
import { deletePermission, deleteRoleRows, insertPermission, insertRole, rolesIn, rolesNamed, selectPermissionOn, selectPermissions, selectRoleByName, setPermission } from './roles-store.ts'
import {
  deleteMember, deleteTeamRows, insertTeam, selectMembers, selectMembership, selectTeam, selectTeams, selectTeamsOf, upsertMember, type TeamRow,
} from './teams-store.ts'
import { requireUser } from './users.ts'
import { bumpVersion } from './users-store.ts'
import { defaultWorkspace, workspaceNames } from '../workspaces/index.ts'

const longestName = 100
const longestDescription = 1000

async function requireTeam(tx: Reader, name: string): Promise<TeamRow> {
  const row = await selectTeam(tx, name)
  if (row === undefined) throw notFound(`Team with name=${name} not found`)
  return row
}

const audited = ({ id, name }: Pick<TeamRow, 'id' | 'name'>) => ({ entity: 'team', uid: `team:${id}`, name }) as const

/** The role that holds a team's grants in a workspace, and the one that its managers have besides. */
const roleName = (team: string): string => `__team_${team}__`
const managersRoleName = (team: string): string => `__team_${team}__managers`

async function roleIn(tx: Writer, { name, role_id }: TeamRow, workspace: string): Promise<number> {
  if (workspace === defaultWorkspace.name) return role_id
  const role = await selectRoleByName(tx, workspace, roleName(name)) ?? await insertRole(tx, { workspace, name: roleName(name), description: null })
  return role!.id
}

/** What a team may do in its own workspaces: see and make everything there, and change what others made. */
const teamGrants: readonly (readonly [ResourceType, PermissionLevel])[] = [['workspace', 'USE'], ['experiment', 'EDIT'], ['registered_model', 'EDIT'], ['prompt', 'EDIT']]

/** Gives a team its rights in a workspace of its own; its managers manage it. */
async function ownWorkspace(tx: Writer, team: TeamRow, workspace: string): Promise<void> {
  const put = async (role_id: number, resource_type: ResourceType, permission: PermissionLevel): Promise<void> => {
    if (await selectPermissionOn(tx, role_id, resource_type, '*') === undefined) await insertPermission(tx, { role_id, resource_type, resource_pattern: '*', permission })
  }
  const role = await roleIn(tx, team, workspace)
  for (const [type, permission] of teamGrants) await put(role, type, permission)
  const managers = await insertRole(tx, { workspace, name: managersRoleName(team.name), description: null }) ?? await selectRoleByName(tx, workspace, managersRoleName(team.name))
  await put(managers!.id, 'workspace', 'MANAGE')
  await bumpVersion(tx, 'grants')
}

/** A workspace was made: where it is a team's (`<team>--<repo>`), the team gets its rights there. */
export async function workspaceCreated(tx: Writer, workspace: string): Promise<void> {
  const owner = teamOfWorkspace(workspace)
  const team = owner === undefined ? undefined : await selectTeam(tx, owner)
  if (team !== undefined) await ownWorkspace(tx, team, workspace)
}

/** A workspace goes: a later one of its name shall not inherit what was granted in it. */
export async function workspaceDeleted(tx: Writer, workspace: string): Promise<void> {
  for (const role of await rolesIn(tx, workspace)) await deleteRoleRows(tx, role)
  await bumpVersion(tx, 'grants')
}

async function toTeam(tx: Reader, row: TeamRow, workspace: string = defaultWorkspace.name): Promise<Team> {
  const role = workspace === defaultWorkspace.name ? row.role_id : (await selectRoleByName(tx, workspace, roleName(row.name)))?.id
  const permissions = role === undefined ? [] : (await selectPermissions(tx, [role])).get(role) ?? []
  return {
    name: row.name, description: row.description, creation_time: row.creation_time,
    members: (await selectMembers(tx, row.id)).map(({ username, manager, source }) => ({ username, manager: manager === 1, source })),
    grants: permissions.map(({ resource_type, resource_pattern, permission }) => ({ resource_type, resource_id: resource_pattern, permission })),
  }
}

const create = write('teams.create', async (tx, { name, description = '', author }: { name: string; description?: string | undefined; author: Author }): Promise<Team> => {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name) || name.length > longestName) throw invalid(`A team's name has 1 to ${longestName} letters, digits, ".", "_" and "-", and begins with a letter or digit. Got '${name.slice(0, longestName)}'.`)
  if (description.length > longestDescription) throw invalid(`A team's description has at most ${longestDescription} characters.`)
  if (await selectTeam(tx, name) !== undefined) throw new CairnError('RESOURCE_ALREADY_EXISTS', `Team (name=${name}) already exists.`)
  const role = await insertRole(tx, { workspace: defaultWorkspace.name, name: roleName(name), description: null })
  if (role === undefined) throw new CairnError('RESOURCE_ALREADY_EXISTS', `Team (name=${name}) already exists.`)
  const row = { name, description, role_id: role.id, creation_time: author.now }
  const { id } = (await insertTeam(tx, row))!
  for (const workspace of await workspaceNames(tx, `${name}--`)) await workspaceCreated(tx, workspace)
  await recordChange(tx, author, { ...audited({ id, name }), action: 'create', after: { description } })
  return toTeam(tx, { ...row, id })
})

const get = read('teams.get', async (tx, { name, workspace }: { name: string; workspace?: string }): Promise<Team> => toTeam(tx, await requireTeam(tx, name), workspace))

/** All, or those of one user. */
const list = read('teams.list', async (tx, { user_id, workspace }: { user_id?: number | undefined; workspace?: string }): Promise<Team[]> => {
  const teams: Team[] = []
  for (const row of await (user_id === undefined ? selectTeams(tx) : selectTeamsOf(tx, user_id))) teams.push(await toTeam(tx, row, workspace))
  return teams
})

const remove = write('teams.delete', async (tx, { name, author }: { name: string; author: Author }): Promise<void> => {
  const row = await requireTeam(tx, name)
  const before = await toTeam(tx, row)
  await deleteTeamRows(tx, row.id)
  for (const role of [...await rolesNamed(tx, roleName(name)), ...await rolesNamed(tx, managersRoleName(name))]) await deleteRoleRows(tx, role)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, author, { ...audited(row), action: 'delete', before })
})

const addMember = write('teams.addMember', async (tx, input: { name: string; username: string; manager?: boolean | undefined; author: Author }): Promise<Team> => {
  const row = await requireTeam(tx, input.name)
  const user = await requireUser(tx, input.username)
  await upsertMember(tx, row.id, user.id, input.manager ?? false, 'added')
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...audited(row), action: 'add_member', item: user.username, after: { manager: input.manager ?? false } })
  return toTeam(tx, row)
})

const removeMember = write('teams.removeMember', async (tx, input: { name: string; username: string; author: Author }): Promise<void> => {
  const row = await requireTeam(tx, input.name)
  const user = await requireUser(tx, input.username)
  if (await deleteMember(tx, row.id, user.id) === 0) throw notFound(`User with username=${user.username} is not in team ${row.name}`)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...audited(row), action: 'remove_member', item: user.username })
})

interface OnResource {
  readonly name: string
  readonly resource_type: string
  readonly resource_id: string
}

const grant = write('teams.grant', async (tx, { name, resource_type, resource_id, permission, author }: OnResource & { permission: string; author: Author }): Promise<Team> => {
  const row = await requireTeam(tx, name)
  checkPattern(resource_id, resource_type)
  checkGrant(resource_type, permission)
  const workspace = author.workspace?.name ?? defaultWorkspace.name
  const role_id = await roleIn(tx, row, workspace)
  const known = await selectPermissionOn(tx, role_id, resource_type, resource_id)
  if (known === undefined) await insertPermission(tx, { role_id, resource_type: resource_type as never, resource_pattern: resource_id, permission: permission as never })
  else await setPermission(tx, known.id, permission as never)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, author, { ...audited(row), action: 'grant', item: `${resource_type}:${resource_id}`, after: permission, ...(known !== undefined && { before: known.permission }) })
  return toTeam(tx, row, workspace)
})

const revoke = write('teams.revoke', async (tx, { name, resource_type, resource_id, author }: OnResource & { author: Author }): Promise<void> => {
  const row = await requireTeam(tx, name)
  const known = await selectPermissionOn(tx, await roleIn(tx, row, author.workspace?.name ?? defaultWorkspace.name), resource_type, resource_id)
  if (known === undefined) throw notFound(`Permission for team=${name} on resource_type=${resource_type}, resource_id=${resource_id} not found.`)
  await deletePermission(tx, known.id)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, author, { ...audited(row), action: 'revoke', item: `${resource_type}:${resource_id}`, before: known.permission })
})

/** What a user is in a team: undefined for no member, or where there is no such team. */
const membership = read('teams.membership', async (tx, { name, user_id }: { name: string; user_id: number }): Promise<{ manager: boolean } | undefined> => {
  const row = await selectTeam(tx, name)
  const member = row && await selectMembership(tx, row.id, user_id)
  return member && { manager: member.manager === 1 }
})

/**
 * Makes a user a member of the teams that are named like the groups that signing in told of, and no
 * longer of those that an earlier sign-in had put the user into. Who was added by hand stays.
 */
export async function followGroups(tx: Writer, user: { id: number; username: string }, groups: readonly string[], author: Author): Promise<void> {
  const wanted = new Set(groups)
  let changed = false
  for (const row of await selectTeams(tx)) {
    const member = await selectMembership(tx, row.id, user.id)
    if (member === undefined && wanted.has(row.name)) {
      await upsertMember(tx, row.id, user.id, false, 'sign-in')
      await recordChange(tx, author, { ...audited(row), action: 'add_member', item: user.username, after: { source: 'sign-in' } })
      changed = true
    } else if (member?.source === 'sign-in' && !wanted.has(row.name)) {
      await deleteMember(tx, row.id, user.id)
      await recordChange(tx, author, { ...audited(row), action: 'remove_member', item: user.username, after: { source: 'sign-in' } })
      changed = true
    }
  }
  if (changed) await bumpVersion(tx, 'grants')
}

export const teamOperations = { create, get, list, remove, addMember, removeMember, grant, revoke, membership }
