export { commentFacts, commentOperations } from './comments.ts'
export { countComments, forgetComments, forgetTargets, leaveComments, targetsOfNothing } from './comments-store.ts'
export { commentRoutes, panelComments, type CommentDeps } from './routes.ts'
export { commentMigrations } from './comments-tables.ts'
