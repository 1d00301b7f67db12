import * as api from '@cairn/protocol'
import { CairnError, invalid, type Role } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf } from './access.ts'
import { grantOperations, inFamily } from './grants.ts'
import { checkPassword, type Passwords } from './passwords.ts'
import { roleOperations as roles } from './roles.ts'
import { checkUsername, type UserOperations } from './users.ts'
import { authorOf, workspaceOf } from '../workspaces/index.ts'

export interface UserDeps {
  readonly db: Database
  readonly operations: UserOperations
  readonly passwords: Passwords
  /** What somebody may do with whatever nothing is granted on. */
  readonly defaultLevel: api.PermissionLevel
  /** The same by workspace, where there are some. */
  absentLevel?(workspace: string): api.PermissionLevel
  /** Told after each change to users, roles or grants. */
  changed(): void
  /** Whether this is the password of the caller, who cannot guess without end. */
  confirm(password: string, context: Context): Promise<boolean>
}

/** What is granted, is granted in the workspace of the request. */
const placeOf = ({ principal }: Pick<Context, 'principal'>): { workspace: string } => ({ workspace: workspaceOf(principal).name })
const nothing = {}

/** Who asks has passed the gate, which knows what each of these needs; here only what an answer may hold. */
export const userRoutes = (deps: UserDeps): Route[] => [...accountRoutes(deps), ...roleRoutes(deps), ...grantRoutes(deps)]

function accountRoutes({ db, operations, passwords, changed, confirm }: UserDeps): Route[] {
  return [
    route(api.createUser, async ({ username, password }, context) => {
      checkUsername(username)
      checkPassword(password)
      const user = await db.write(operations.create, { username, password_hash: await passwords.hash(password), is_admin: false, kind: 'person', author: authorOf(context) })
      changed()
      return { user }
    }),
    route(api.createServiceAccount, async ({ username }, context) => {
      checkUsername(username)
      const user = await db.write(operations.create, { username, password_hash: null, is_admin: false, kind: 'service', author: authorOf(context) })
      changed()
      return { user }
    }),
    route(api.getUser, async (input) => ({ user: await db.read(operations.get, input) })),
    route(api.listUsers, async (_input, { principal }) => ({
      users: (await db.scan(operations.list, null)).map((user) => (user.username === principal.name ? user : { ...user, roles: shownTo(principal, user.roles) })),
    })),
    route(api.getCurrentUser, async (_input, { principal }) => {
      const { id, username, is_admin } = await db.read(operations.get, { username: principal.name })
      return { user: { id, username, is_admin }, is_basic_auth: true }
    }),
    route(api.updateUserPassword, async ({ username, password, current_password }, context) => {
      if (username === context.principal.name) {
        if (!current_password) throw invalid('Current password is required when changing your own password.')
        if (!await confirm(current_password, context)) throw invalid('Current password does not match.')
        if (password === current_password) throw invalid('New password must differ from the current password.')
      }
      checkPassword(password)
      await db.write(operations.setPassword, { username, password_hash: await passwords.hash(password), author: authorOf(context) })
      changed()
      return nothing
    }),
    route(api.updateUserAdmin, async ({ username, is_admin }, context) => {
      await db.write(operations.makeAdmin, { username, is_admin, author: authorOf(context) })
      changed()
      return nothing
    }),
    route(api.deleteUser, async ({ username }, context) => {
      if (username === context.principal.name) throw new CairnError('BAD_REQUEST', 'Users cannot delete their own account. Ask another admin to delete this user instead.')
      await db.write(operations.remove, { username, author: authorOf(context) })
      changed()
      return nothing
    }),
  ]
}

/** Of others' roles, admins see all and an admin of the workspace those in it. */
function shownTo(principal: Context['principal'], of: readonly Role[]): Role[] {
  const access = accessOf(principal)
  if (access?.isAdmin === true) return [...of]
  return access?.managesWorkspace === true ? of.filter(({ workspace }) => workspace === access.workspace) : []
}

function roleRoutes({ db, changed }: UserDeps): Route[] {
  const done = <T>(answer: T): T => {
    changed()
    return answer
  }
  const filled = (workspaces: readonly string[] | undefined): readonly string[] | undefined => {
    if (workspaces?.some((workspace) => workspace.trim() === '')) throw invalid("Parameter 'workspace' must be a non-empty string when provided.")
    return workspaces?.length === 0 ? undefined : workspaces
  }
  return [
    route(api.createRole, async (input, context) => ({ role: await db.write(roles.create, { ...input, author: authorOf(context) }) })),
    route(api.getRole, async (input) => ({ role: await db.read(roles.get, input) })),
    route(api.listRoles, async ({ workspace }) => ({ roles: await db.scan(roles.list, { workspaces: filled(workspace) }) })),
    route(api.updateRole, async (input, context) => ({ role: await db.write(roles.update, { ...input, author: authorOf(context) }) })),
    route(api.deleteRole, async (input, context) => {
      await db.write(roles.remove, { ...input, author: authorOf(context) })
      return done(nothing)
    }),
    route(api.addRolePermission, async (input, context) => done({ role_permission: await db.write(roles.addPermission, { ...input, author: authorOf(context) }) })),
    route(api.updateRolePermission, async (input, context) => done({ role_permission: await db.write(roles.updatePermission, { ...input, author: authorOf(context) }) })),
    route(api.removeRolePermission, async (input, context) => {
      await db.write(roles.removePermission, { ...input, author: authorOf(context) })
      return done(nothing)
    }),
    route(api.listRolePermissions, async (input) => ({ role_permissions: await db.read(roles.listPermissions, input) })),
    route(api.assignRole, async (input, context) => done({ assignment: await db.write(roles.assign, { ...input, author: authorOf(context) }) })),
    route(api.unassignRole, async (input, context) => {
      await db.write(roles.unassign, { ...input, author: authorOf(context) })
      return done(nothing)
    }),
    route(api.listRoleUsers, async (input) => ({ assignments: await db.read(roles.listUsers, input) })),
    route(api.listUserRoles, async ({ username }, { principal }) => {
      const found = await db.read(roles.ofUser, { username })
      return { roles: username === principal.name ? found : shownTo(principal, found) }
    }),
  ]
}

function grantRoutes({ db, changed, defaultLevel, absentLevel }: UserDeps): Route[] {
  return [
    route(api.listCurrentUserPermissions, (_input, { principal }) => db.read(roles.permissionsOfUser, { username: principal.name })),
    route(api.listUserPermissions, async ({ username }, { principal }) => {
      const { is_admin, permissions } = await db.read(roles.permissionsOfUser, { username })
      const all = username === principal.name || accessOf(principal)?.isAdmin === true
      return { is_admin, permissions: all ? permissions : permissions.filter(({ workspace }) => workspace === workspaceOf(principal).name) }
    }),
    route(api.grantUserPermission, async (input, context) => {
      await db.write(grantOperations.grant, { ...input, ...placeOf(context), author: authorOf(context) })
      changed()
      return nothing
    }),
    route(api.revokeUserPermission, async (input, context) => {
      await db.write(grantOperations.revoke, { ...input, ...placeOf(context), author: authorOf(context) })
      changed()
      return nothing
    }),
    route(api.getUserPermission, (input, context) => db.read(grantOperations.effective, { ...input, ...placeOf(context), default: defaultLevel, absent: absentLevel?.(workspaceOf(context.principal).name) })),
    ...api.permissionFamilies.flatMap((family) => {
      const held = (input: Record<string, string>, workspace: string, grant: { user_id: number; permission: string }) => ({
        [family.answer]: { ...Object.fromEntries(family.fields.map((field) => [field, input[field]!])), ...(family.type === 'registered_model' && { workspace }), ...grant },
      })
      type Input = Record<string, string> & { permission: string }
      return [
        route(family.create, async (raw, context) => {
          const input = raw as Input
          const { workspace } = placeOf(context)
          const user_id = await db.write(grantOperations.createInFamily, { ...inFamily(family, input, workspace), permission: input.permission, author: authorOf(context) })
          changed()
          return held(input, workspace, { user_id, permission: input.permission })
        }),
        route(family.get, async (raw, context) => {
          const { workspace } = placeOf(context)
          return held(raw as Input, workspace, await db.read(grantOperations.getInFamily, inFamily(family, raw as Input, workspace)))
        }),
        route(family.update, async (raw, context) => {
          const input = raw as Input
          const { workspace } = placeOf(context)
          await db.write(grantOperations.updateInFamily, { ...inFamily(family, input, workspace), permission: input.permission, author: authorOf(context) })
          changed()
          return nothing
        }),
        route(family.remove, async (raw, context) => {
          await db.write(grantOperations.removeInFamily, { ...inFamily(family, raw as Input, placeOf(context).workspace), author: authorOf(context) })
          changed()
          return nothing
        }),
      ]
    }),
  ]
}
