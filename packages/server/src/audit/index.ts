export { auditMigrations } from './tables.ts'
export { auditOperations, listEntries, recordDeletedFiles, recordReplacedFile } from './audit.ts'
export { auditRoutes } from './routes.ts'
export { changesWithin, findChange, moveEntries, recordChange, type Author, type Change, type RecordedChange } from './audit-store.ts'
