import { listAuditEntries } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Principal, type Route } from '../platform/http/index.ts'
import { listEntries } from './audit.ts'

/**
 * `placeOf` says in which workspace a request is: its changes are the ones that are listed. Who `alsoGone`
 * says is shown what happened in workspaces that were deleted, too: nobody can ask there any more.
 */
export const auditRoutes = ({ db, placeOf, alsoGone = () => false }: { db: Database; placeOf(principal: Principal): { readonly id: number }; alsoGone?(principal: Principal): boolean }): Route[] => [
  route(listAuditEntries, (input, { principal }) => db.scan(listEntries, { ...input, workspace: placeOf(principal).id, gone: alsoGone(principal) })),
]
