export { graphqlRoutes } from './routes.ts'
export type { QueryLimits } from './limits.ts'
