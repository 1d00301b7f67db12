import { listAuditEntries } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Route } from '../platform/http/index.ts'
import { listEntries } from './audit.ts'

export const auditRoutes = ({ db }: { db: Database }): Route[] => [
  route(listAuditEntries, (input) => db.scan(listEntries, input)),
]
