export { presenceRoutes, type PresenceDeps } from './routes.ts'
