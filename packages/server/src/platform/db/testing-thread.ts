import { serveDatabaseThread } from './worker.ts'
import { testOperations } from './testing.ts'

serveDatabaseThread(testOperations)
