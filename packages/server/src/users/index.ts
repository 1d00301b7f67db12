import type { AnyOperation } from '../platform/db/index.ts'
import { grantOperations } from './grants.ts'
import { roleOperations } from './roles.ts'
import { teamOperations } from './teams.ts'

export { Access, accessOf, type Caller, type Grant, type Requirement, type Scope, type Visibility } from './access.ts'
export { allows, type Action } from './levels.ts'
export { visibleSql } from './grants-store.ts'
export { forgetExperimentGrants, forgetModelGrants, grantOperations, grantToCreator, renameModelGrants } from './grants.ts'
export { checkPassword, Passwords } from './passwords.ts'
export { roleOperations } from './roles.ts'
export { userRoutes, type UserDeps } from './routes.ts'
export { userMigrations } from './tables.ts'
export { teamRoutes } from './team-routes.ts'
export { followGroups, teamOperations, workspaceCreated, workspaceDeleted } from './teams.ts'
export { addUser, auditedUser, checkUsername, departed, followAdmin, longestUsername, requireUser, userOperations, type ForgetUser, type UserOperations } from './users.ts'
export { bumpVersion, hasAdmin, selectUser, selectUserById, type AccessVersions, type UserRow } from './users-store.ts'

/** What database threads can be asked besides the operations on users. */
export const rolesAndGrants: readonly AnyOperation[] = [...Object.values(roleOperations), ...Object.values(grantOperations), ...Object.values(teamOperations)]
