import { CairnError, invalid, notFound, resourceTypes, type PermissionFamily, type PermissionLevel, type ResourceType } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import { read, write, type Reader, type Writer } from '../platform/db/index.ts'
import { Access, type Grant } from './access.ts'
import { deleteGrantsOn, renameGrantsOn, selectGrants } from './grants-store.ts'
import { checkGrant, checkLevel, checkPattern, checkResourceType } from './levels.ts'
import {
  deletePermission, insertAssignment, insertPermission, insertRole, selectPermissionOn, selectRoleByName, setPermission,
} from './roles-store.ts'
import { auditedUser, ownRoleName, requireUser } from './users.ts'
import { bumpVersion, selectUserById, selectUsers, type UserRow } from './users-store.ts'

/** The role that holds what is granted to a user alone in a workspace; made when it is first needed. */
async function ownRole(tx: Writer, userId: number, workspace: string): Promise<number> {
  const name = ownRoleName(userId)
  const role = await selectRoleByName(tx, workspace, name) ?? await insertRole(tx, { workspace, name, description: null })
  await insertAssignment(tx, userId, role!.id)
  return role!.id
}

async function ownPermission(tx: Reader, userId: number, workspace: string, type: string, pattern: string) {
  const role = await selectRoleByName(tx, workspace, ownRoleName(userId))
  return role && selectPermissionOn(tx, role.id, type, pattern)
}

/** Whoever makes something may manage it. Runs in the transaction that makes it. */
export async function grantToCreator(tx: Writer, userId: number | undefined, type: ResourceType, id: string, workspace: string): Promise<void> {
  if (userId === undefined) return
  const role = await ownRole(tx, userId, workspace)
  const known = await selectPermissionOn(tx, role, type, id)
  if (known === undefined) await insertPermission(tx, { role_id: role, resource_type: type, resource_pattern: id, permission: 'MANAGE' })
  else await setPermission(tx, known.id, 'MANAGE')
  await bumpVersion(tx, 'grants')
}

const modelTypes = ['registered_model', 'prompt'] as const

/** Of a registered model or prompt that is gone: a later one of its name shall not inherit what was granted. */
export async function forgetModelGrants(tx: Writer, workspace: string, name: string): Promise<void> {
  if (await deleteGrantsOn(tx, workspace, modelTypes, name) > 0) await bumpVersion(tx, 'grants')
}

/** Of an experiment that is gone for good: an import may give its id to another. */
export async function forgetExperimentGrants(tx: Writer, id: number): Promise<void> {
  if (await deleteGrantsOn(tx, undefined, ['experiment'], String(id)) > 0) await bumpVersion(tx, 'grants')
}

export async function renameModelGrants(tx: Writer, workspace: string, from: string, to: string): Promise<void> {
  if (from !== to && await renameGrantsOn(tx, workspace, modelTypes, from, to) > 0) await bumpVersion(tx, 'grants')
}

interface OnResource {
  /** The workspace that the resource is in, by its name. */
  readonly workspace: string
  readonly username: string
  readonly resource_type: string
  readonly resource_id: string
}

function checkPerUser(type: string): void {
  if (type === 'workspace') throw invalid("resource_type 'workspace' is not supported by the per-user permission convenience APIs. Use set_workspace_permission / delete_workspace_permission for workspace-wide grants.")
  checkResourceType(type)
}

const noted = (type: string, id: string): string => `${type}:${id}`

const grant = write('grants.grant', async (tx, input: OnResource & { permission: string; author: Author }): Promise<void> => {
  const { username, resource_type, resource_id, permission } = input
  const user = await requireUser(tx, username)
  checkPerUser(resource_type)
  checkPattern(resource_id, resource_type)
  checkGrant(resource_type, permission)
  await addOwn(tx, user, input.workspace, resource_type as ResourceType, resource_id, permission as PermissionLevel, input.author,
    `Permission for user=${username} on resource_type=${resource_type}, resource_id=${resource_id} already exists.`)
})

async function addOwn(tx: Writer, user: UserRow, workspace: string, type: ResourceType, id: string, permission: PermissionLevel, author: Author, taken: string): Promise<void> {
  const row = await insertPermission(tx, { role_id: await ownRole(tx, user.id, workspace), resource_type: type, resource_pattern: id, permission })
  if (row === undefined) throw new CairnError('RESOURCE_ALREADY_EXISTS', taken)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, author, { ...auditedUser(user), action: 'grant', item: noted(type, id), after: permission })
}

const revoke = write('grants.revoke', async (tx, input: OnResource & { author: Author }): Promise<void> => {
  const { username, resource_type, resource_id } = input
  const user = await requireUser(tx, username)
  checkPerUser(resource_type)
  await removeOwn(tx, user, input.workspace, resource_type, resource_id, input.author, `Permission for user=${username} on resource_type=${resource_type}, resource_id=${resource_id} not found.`)
})

async function removeOwn(tx: Writer, user: UserRow, workspace: string, type: string, id: string, author: Author, missing: string): Promise<void> {
  const row = await ownPermission(tx, user.id, workspace, type, id)
  if (row === undefined) throw notFound(missing)
  await deletePermission(tx, row.id)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, author, { ...auditedUser(user), action: 'revoke', item: noted(type, id), before: row.permission })
}

/** Everything that is granted to a user in a workspace, with the user; undefined where there is none. */
const load = read('grants.load', async (tx, input: { user_id: number; workspace: string }): Promise<{ user: UserRow; grants: Grant[] } | undefined> => {
  const user = await selectUserById(tx, input.user_id)
  if (user === undefined) return undefined
  return { user: { ...user }, grants: (await selectGrants(tx, user.id, input.workspace)).map((row) => ({ ...row })) }
})

/** Types of which MLflow tells what a user may do by id; the others only for all of the type. */
const askedById: readonly ResourceType[] = ['experiment', 'registered_model', 'prompt', 'scorer', 'gateway_secret', 'gateway_endpoint', 'gateway_model_definition', 'mcp_server']

const effective = read('grants.effective', async (tx, input: OnResource & { default: PermissionLevel; absent?: PermissionLevel | undefined }): Promise<{ allowed: boolean; permission: PermissionLevel }> => {
  const user = await requireUser(tx, input.username)
  checkPerUser(input.resource_type)
  const type = input.resource_type as ResourceType
  if (input.resource_id !== '*' && (resourceTypes[type] === 'all' || !askedById.includes(type))) throw invalid(`resource_type '${type}' is not supported by the per-user permission convenience APIs.`)
  if (type === 'scorer' && input.resource_id !== '*' && !input.resource_id.includes('/')) throw invalid("Invalid scorer resource_id. Expected '<experiment_id>/<scorer_name>'.")
  // An admin's rights are no grants: MLflow answers what the grants say.
  const access = new Access({ id: user.id, username: user.username, is_admin: false }, await selectGrants(tx, user.id, input.workspace), { floor: input.default, absent: input.absent ?? input.default, workspace: input.workspace })
  const permission = access.level(type, input.resource_id)
  return { allowed: permission === 'USE' || permission === 'EDIT' || permission === 'MANAGE', permission }
})

/** Users whose name holds a text and who may read something; service accounts are nobody to talk to. */
const readers = read('grants.readers', async (tx, input: { workspace: string; text: string; type: ResourceType; id: string; default: PermissionLevel; absent?: PermissionLevel | undefined; limit: number }): Promise<string[]> => {
  const wanted = input.text.toLowerCase()
  const found: string[] = []
  for (const user of await selectUsers(tx)) {
    if (user.kind === 'service' || !user.username.toLowerCase().includes(wanted)) continue
    const access = new Access({ id: user.id, username: user.username, is_admin: user.is_admin === 1 }, await selectGrants(tx, user.id, input.workspace), { floor: input.default, absent: input.absent ?? input.default, workspace: input.workspace })
    if (access.canRead(input.type, input.id) && found.push(user.username) >= input.limit) break
  }
  return found
})

// What follows answers clients before MLflow 3.13, with the words of those versions.

interface ByFamily {
  readonly workspace: string
  readonly type: ResourceType
  readonly id: string
  readonly username: string
  /** Names the resource in errors: `experiment_id=5`. */
  readonly shown: string
}

const familyWords: Partial<Record<ResourceType, string>> = {
  experiment: 'Experiment', registered_model: 'Registered model', scorer: 'Scorer', gateway_secret: 'Gateway secret', gateway_endpoint: 'Gateway endpoint', gateway_model_definition: 'Gateway model definition',
}

const notGranted = ({ type, shown, username, workspace }: ByFamily): string =>
  `${familyWords[type]} permission with ${type === 'registered_model' ? `workspace=${workspace}, ${shown}` : shown} and username=${username} not found`

/** NO_PERMISSIONS, which cannot be granted any more, is how older clients take a right away. */
function checkFamilyGrant(type: ResourceType, id: string, permission: string): void {
  checkLevel(permission)
  checkPattern(id, type)
}

const createInFamily = write('grants.createInFamily', async (tx, input: ByFamily & { permission: string; author: Author }): Promise<number> => {
  checkFamilyGrant(input.type, input.id, input.permission)
  const user = await requireUser(tx, input.username)
  await addOwn(tx, user, input.workspace, input.type, input.id, input.permission as PermissionLevel, input.author, `${familyWords[input.type]} permission (${input.shown}, username=${input.username}) already exists.`)
  return user.id
})

const getInFamily = read('grants.getInFamily', async (tx, input: ByFamily): Promise<{ user_id: number; permission: PermissionLevel }> => {
  const user = await requireUser(tx, input.username)
  const row = await ownPermission(tx, user.id, input.workspace, input.type, input.id)
  if (row === undefined) throw notFound(notGranted(input))
  return { user_id: user.id, permission: row.permission }
})

const updateInFamily = write('grants.updateInFamily', async (tx, input: ByFamily & { permission: string; author: Author }): Promise<void> => {
  checkFamilyGrant(input.type, input.id, input.permission)
  const user = await requireUser(tx, input.username)
  const row = await ownPermission(tx, user.id, input.workspace, input.type, input.id)
  if (row === undefined) throw notFound(notGranted(input))
  await setPermission(tx, row.id, input.permission as PermissionLevel)
  await bumpVersion(tx, 'grants')
  await recordChange(tx, input.author, { ...auditedUser(user), action: 'grant', item: noted(input.type, input.id), before: row.permission, after: input.permission })
})

const removeInFamily = write('grants.removeInFamily', async (tx, input: ByFamily & { author: Author }): Promise<void> =>
  removeOwn(tx, await requireUser(tx, input.username), input.workspace, input.type, input.id, input.author, notGranted(input)))

/** The resource that a request of an older client names. */
export function inFamily({ type, fields }: PermissionFamily, input: Readonly<Record<string, string>>, workspace: string): ByFamily {
  // A scorer's name is quoted behind its experiment's id, as in grants by current clients.
  const values = fields.map((field, index) => (index === 0 ? input[field]! : encodeURIComponent(input[field]!)))
  return { workspace, type, id: values.join('/'), username: input['username']!, shown: fields.map((field) => `${field}=${input[field]}`).join(', ') }
}

export const grantOperations = { grant, revoke, load, effective, readers, createInFamily, getInFamily, updateInFamily, removeInFamily }
