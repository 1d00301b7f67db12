import type { AnyOperation } from '../platform/db/index.ts'
import { experimentWindow } from './experiments.ts'
import { home } from './home.ts'

export { overviewRoutes } from './routes.ts'

export const overviewOperations: AnyOperation[] = [experimentWindow, home]
