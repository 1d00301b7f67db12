export { Mirror, type MirrorOptions } from './mirror.ts'
export { mirrorOperations, noteFiles } from './operations.ts'
export { mirrorRoutes } from './routes.ts'
export { mirrorMigrations } from './tables.ts'
