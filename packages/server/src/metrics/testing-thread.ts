import { serveDatabaseThread } from '../platform/db/index.ts'
import { metricsOperations } from './index.ts'
import { testOperations } from './testing.ts'

serveDatabaseThread([...metricsOperations, ...testOperations])
