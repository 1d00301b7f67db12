import { serveDatabaseThread } from '../platform/db/index.ts'
import { operations } from './slices.ts'

serveDatabaseThread(operations)
