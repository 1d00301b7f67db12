import { CairnError, invalid, notFound, type User, type UserWithRoles } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write, type Reader, type Writer } from '../platform/db/index.ts'
import { deleteAssignment, deleteRoleRows, permissionsOf, rolesOfAllUsers, selectRolesOfUser, toRoles } from './roles-store.ts'
import { deleteMemberships } from './teams-store.ts'
import {
  bumpVersion, countOtherAdmins, deleteUserRow, hasAdmin, insertUser, selectUser, selectUserById, selectUsers, selectVersions, setAdmin, setPasswordHash, type UserRow,
} from './users-store.ts'

export const longestUsername = 255

/** Under these the server and its programs stand in the audit trail; nobody who looks like them may. */
const ofPrograms = /^(?:server|anonymous|retention|unknown|set-up link|cairn .*)$/i

export function checkUsername(username: string): void {
  if (username.trim() === '') throw invalid('Username cannot be empty.')
  if (username.length > longestUsername) throw invalid(`Username must be at most ${longestUsername} characters.`)
  // Basic authentication ends a name at the first colon; what nobody sees could pass for another.
  if (/[:\p{Cc}\p{Cf}]/u.test(username) || username !== username.trim()) throw invalid('Username must not contain a colon or invisible characters, nor begin or end with spaces.')
  if (ofPrograms.test(username)) throw invalid(`'${username}' is what a program is called in the audit trail. Choose another name.`)
}

export async function requireUser(tx: Reader, username: string): Promise<UserRow> {
  const user = await selectUser(tx, username)
  if (user === undefined) throw notFound(`User with username=${username} not found`)
  return user
}

export const toUser = ({ id, username, is_admin, kind }: UserRow): User =>
  ({ id, username, is_admin: is_admin === 1, ...(kind === 'service' && { kind }) })

/** What the audit trail calls a user. */
export const auditedUser = ({ id, username }: { id: number; username: string }) => ({ entity: 'user', uid: `user:${id}`, name: username }) as const

/** What a user's own role is called, which holds what is granted to the user alone. */
export const ownRoleName = (userId: number): string => `__user_${userId}__`

interface NewUser {
  readonly username: string
  readonly password_hash: string | null
  readonly is_admin: boolean
  readonly kind: UserRow['kind']
  readonly author: Author
}

export async function addUser(tx: Writer, { username, password_hash, is_admin, kind, author }: NewUser): Promise<UserRow> {
  const row = { username, password_hash, is_admin: is_admin ? 1 : 0, kind, creation_time: author.now }
  const id = await insertUser(tx, row)
  if (id === undefined) throw new CairnError('RESOURCE_ALREADY_EXISTS', `User (username=${username}) already exists.`)
  await recordChange(tx, author, { ...auditedUser({ id, username }), action: 'create', after: { is_admin, kind } })
  return { ...row, id }
}

const create = write('users.create', async (tx, input: NewUser): Promise<User> => toUser(await addUser(tx, input)))

/** The first admin; false when there is one already. */
const createFirst = write('users.createFirst', async (tx, input: { username: string; password_hash: string; author: Author }): Promise<boolean> => {
  if (await hasAdmin(tx)) return false
  await addUser(tx, { ...input, is_admin: true, kind: 'person' })
  return true
})

const anyAdmin = read('users.anyAdmin', (tx) => hasAdmin(tx))
const versions = read('users.versions', (tx) => selectVersions(tx))

/** Also what clients before MLflow 3.13 read of a user, which fail without it. */
const get = read('users.get', async (tx, input: { username: string }): Promise<User> => {
  const user = await requireUser(tx, input.username)
  const own = (await toRoles(tx, await selectRolesOfUser(tx, user.id))).filter(({ name, workspace }) => name === ownRoleName(user.id) && workspace === 'default')
  const grants = (type: string) => permissionsOf(own).filter(({ resource_type }) => resource_type === type)
    .map(({ resource_pattern: on, permission }) => ({ on, user_id: user.id, permission }))
  return {
    ...toUser(user),
    experiment_permissions: grants('experiment').map(({ on, ...rest }) => ({ experiment_id: on, ...rest })),
    registered_model_permissions: grants('registered_model').map(({ on, ...rest }) => ({ workspace: 'default', name: on, ...rest })),
    scorer_permissions: grants('scorer').map(({ on, ...rest }) => ({ experiment_id: on.split('/', 1)[0]!, scorer_name: decodeURIComponent(on.slice(on.indexOf('/') + 1)), ...rest })),
  }
})

const list = read('users.list', async (tx): Promise<UserWithRoles[]> => {
  const roles = await rolesOfAllUsers(tx)
  return (await selectUsers(tx)).map((user) => ({ ...toUser(user), roles: roles.get(user.id) ?? [] }))
})

/** The row of a user, for signing in; undefined where there is none. */
const find = read('users.find', async (tx, input: { username: string } | { id: number }): Promise<UserRow | undefined> => {
  const row = 'id' in input ? await selectUserById(tx, input.id) : await selectUser(tx, input.username)
  return row && { ...row }
})

/** What slices above keep of a user goes in the same transaction. */
export type ForgetUser = (tx: Writer, user: { readonly id: number; readonly username: string }) => Promise<void>

/**
 * Whom something is from that a user made who is there no more. Names are given again, and nobody's may
 * hold a colon: whoever is called so later has not written it.
 */
export const departed = ({ id, username }: { readonly id: number; readonly username: string }): string => `${username} (deleted: ${id})`

const setPassword = (signOut: ForgetUser) => write('users.setPassword', async (tx, input: { username: string; password_hash: string; author: Author }): Promise<number> => {
  const user = await requireUser(tx, input.username)
  if (user.kind === 'service') throw invalid(`'${user.username}' is a service account, which signs in by tokens and has no password.`)
  await setPasswordHash(tx, user.id, input.password_hash)
  await signOut(tx, user)
  await bumpVersion(tx, 'credentials')
  await recordChange(tx, input.author, { ...auditedUser(user), action: 'set_password' })
  return user.id
})

const makeAdmin = write('users.setAdmin', async (tx, input: { username: string; is_admin: boolean; author: Author }): Promise<void> => {
  const user = await requireUser(tx, input.username)
  if (user.is_admin === (input.is_admin ? 1 : 0)) return
  if (!input.is_admin && await countOtherAdmins(tx, user.id) === 0) throw lastAdmin()
  await setAdmin(tx, user.id, input.is_admin)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...auditedUser(user), action: 'set_admin', before: user.is_admin === 1, after: input.is_admin })
})

/** An admin as long as a group says so; the last admin stays one. */
export async function followAdmin(tx: Writer, user: UserRow, isAdmin: boolean, author: Author): Promise<void> {
  if ((user.is_admin === 1) === isAdmin || (!isAdmin && await countOtherAdmins(tx, user.id) === 0)) return
  await setAdmin(tx, user.id, isAdmin)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, author, { ...auditedUser(user), action: 'set_admin', before: !isAdmin, after: isAdmin })
}

const remove = (forget: ForgetUser) => write('users.delete', async (tx, input: { username: string; author: Author }): Promise<void> => {
  const user = await requireUser(tx, input.username)
  if (user.is_admin === 1 && await countOtherAdmins(tx, user.id) === 0) throw lastAdmin()
  for (const role of await selectRolesOfUser(tx, user.id)) {
    if (role.name === ownRoleName(user.id)) await deleteRoleRows(tx, role.id)
    else await deleteAssignment(tx, user.id, role.id)
  }
  await deleteMemberships(tx, user.id)
  await forget(tx, user)
  await deleteUserRow(tx, user.id)
  await bumpVersion(tx, 'credentials')
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...auditedUser(user), action: 'delete', before: { is_admin: user.is_admin === 1, kind: user.kind } })
})

const lastAdmin = (): CairnError => new CairnError('BAD_REQUEST', 'This is the last admin. Make somebody else an admin first.')

export interface UserHooks {
  /** Drops everything by which a user has signed in, and what nobody of that name may come to own. */
  readonly forget: ForgetUser
  /** Ends a user's sessions. */
  readonly signOut: ForgetUser
}

export const userOperations = ({ forget, signOut }: UserHooks) =>
  ({ create, createFirst, anyAdmin, versions, get, list, find, setPassword: setPassword(signOut), makeAdmin, remove: remove(forget) })
export type UserOperations = ReturnType<typeof userOperations>
