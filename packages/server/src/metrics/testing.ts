import fc from 'fast-check'
import { keysMigrations } from '../keys/index.ts'
import { openDatabase, read, write, type Database, type Migration } from '../platform/db/index.ts'
import { appendPoints, latestMetrics, type RunRef } from './metrics-store.ts'
import type { Spot } from './points.ts'
import type { LoggedPoint, PackedPoints } from './segment.ts'
import { metricsMigrations } from './tables.ts'

/** Integers that collide often, and those around the borders of exactness. */
const anyInt = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 12 }) },
  { weight: 2, arbitrary: fc.integer({ min: -1_000_000, max: 1_764_000_000_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 51, -(2 ** 51) - 1, 2 ** 53 - 1, -(2 ** 53) + 1) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 63n - 1n, 2n ** 63n - 2n, -(2n ** 63n), -(2n ** 53n) - 3n) },
)

const anyValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, -1, 0.5, NaN, Infinity, -Infinity, Number.MAX_VALUE, -Number.MAX_VALUE) },
  { weight: 2, arbitrary: fc.double().map((value) => value + 0) },
)

export const anySpot: fc.Arbitrary<Spot> = fc.record({ step: anyInt, timestamp: anyInt, value: anyValue }, { noNullPrototype: true })

export const testMigrations: Migration[] = [...keysMigrations, ...metricsMigrations]

export const append = write('test.append', (tx, input: { run: RunRef; points: readonly LoggedPoint[] | PackedPoints }) =>
  appendPoints(tx, input.run, input.points))
export const latest = read('test.latest', (tx, runId: number) => latestMetrics(tx, runId))

/** A database in memory with this slice's tables. */
export const openTestDatabase = (): Promise<Database> => openDatabase({ path: ':memory:', migrations: testMigrations })
