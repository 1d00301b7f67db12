export { viewRoutes, visibleViews, type ViewDeps } from './routes.ts'
export { viewFacts, viewOperations } from './views.ts'
export { forgetViews, forgetViewsOfNothing, leaveViews, viewsOfNothing } from './views-store.ts'
export { viewMigrations } from './views-tables.ts'
