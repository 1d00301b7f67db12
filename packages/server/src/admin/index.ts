export { adminRoutes, type AdminDeps } from './routes.ts'
