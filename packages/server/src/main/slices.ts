import { keysMigrations } from '../keys/index.ts'
import { metricsMigrations } from '../metrics/index.ts'
import type { AnyOperation, Migration } from '../platform/db/index.ts'
import { runsMigrations, runsOperations } from '../runs/index.ts'

/** In the order in which tables are made. */
export const migrations: readonly Migration[] = [
  ...keysMigrations,
  ...runsMigrations,
  ...metricsMigrations,
]

/** Everything that a database thread can be asked to do. */
export const operations: readonly AnyOperation[] = [
  ...runsOperations,
]
