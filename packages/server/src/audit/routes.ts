import { listAuditEntries } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Principal, type Route } from '../platform/http/index.ts'
import { listEntries } from './audit.ts'

/** `placeOf` says in which workspace a request is: its changes are the ones that are listed. */
export const auditRoutes = ({ db, placeOf }: { db: Database; placeOf(principal: Principal): { readonly id: number } }): Route[] => [
  route(listAuditEntries, (input, { principal }) => db.scan(listEntries, { ...input, workspace: placeOf(principal).id })),
]
