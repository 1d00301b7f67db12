import fc from 'fast-check'
import { findKey, keysMigrations } from '../keys/index.ts'
import { read, write, type Database, type Migration } from '../platform/db/index.ts'
import { openTestDatabase } from '../platform/db/testing-database.ts'
import type { CompactionLimits } from './compaction.ts'
import { applyCompaction, planCompactionOf } from './compactor.ts'
import { extremesOf } from './extremes-view.ts'
import { history, type HistoryBounds } from './history.ts'
import { renderHistory, type HistoryPart } from './history-json.ts'
import { sampleInterval, type StepRange } from './interval.ts'
import { appendPoints, latestMetrics, type RunRef } from './metrics-store.ts'
import { noPoints, spotAt, storedValue, type Points, type Spot } from './points.ts'
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

/** The columns of the runs' table that this slice reads. */
const runsTable: Migration = {
  name: 'test/0001-runs',
  up: ({ id }) => [`CREATE TABLE runs (id ${id}, run_id TEXT NOT NULL UNIQUE, start_time BIGINT NOT NULL)`],
}

export const testMigrations: Migration[] = [...keysMigrations, runsTable, ...metricsMigrations]

export const addRun = write('test.addRun', async (tx, { id, runId, startTime }: { id: number; runId: string; startTime: number }) => {
  await tx.run('INSERT INTO runs (id, run_id, start_time) VALUES (?, ?, ?)', [id, runId, startTime])
})

export const append = write('test.append', (tx, input: { run: RunRef; points: readonly LoggedPoint[] | PackedPoints }) =>
  appendPoints(tx, input.run, input.points))
export const latest = read('test.latest', (tx, runId: number) => latestMetrics(tx, runId))

/** A database in memory with this slice's tables. */
export const openMetricsDatabase = (): Promise<Database> => openTestDatabase({ migrations: testMigrations })

export const historyOp = read('test.history', async (tx, { run, key, bounds }: { run: number; key: string; bounds: HistoryBounds | undefined }) => {
  const keyId = await findKey(tx, key)
  const spots: Spot[] = []
  if (keyId === undefined) return spots
  for await (const block of history(tx, run, keyId, undefined, bounds)) {
    for (let index = 0; index < block.count; index += 1) {
      const spot = spotAt(block, index)
      spots.push({ ...spot, value: Number.isNaN(spot.value) ? NaN : storedValue(spot.value) })
    }
  }
  return spots
})
export const historyOf = (db: Database, run: number, key: string, bounds?: HistoryBounds): Promise<Spot[]> =>
  db.read(historyOp, { run, key, bounds })

const textOp = read('test.text', async (tx, part: HistoryPart) => {
  let text = ''
  for await (const { bytes } of renderHistory(tx, part, 100)) text += new TextDecoder().decode(bytes)
  return text
})
export const historyText = (db: Database, part: HistoryPart): Promise<string> => db.read(textOp, part)

const sampleOp = read('test.sample', async (tx, { run, key, limit, range }: { run: number; key: string; limit: number; range: StepRange | undefined }) => {
  const keyId = await findKey(tx, key)
  return keyId === undefined ? noPoints : sampleInterval(tx, run, keyId, limit, range)
})
export const sampleOf = (db: Database, run: number, key: string, limit: number, range?: StepRange): Promise<Points> =>
  db.read(sampleOp, { run, key, limit, range })

/** One transaction's worth of compaction. */
export async function compact(db: Database, runId: number, limits: CompactionLimits): Promise<void> {
  const plan = await db.read(planCompactionOf, { runId, limits })
  if (plan !== undefined) await db.write(applyCompaction, plan)
}

/** Rows of each table, to see what compaction did. */
export const countRows = read('test.countRows', async (tx, _input: null) => ({
  segments: (await tx.one<{ n: number }>('SELECT COUNT(*) AS n FROM metric_segments'))!.n,
  bundles: (await tx.one<{ n: number }>('SELECT COUNT(*) AS n FROM metric_chunks WHERE key_id = 0'))!.n,
  chunks: (await tx.one<{ n: number }>('SELECT COUNT(*) AS n FROM metric_chunks WHERE key_id <> 0'))!.n,
}))

/** As "low high", by number of the run. */
const extremesOp = read('test.extremes', async (tx, { runs, key }: { runs: readonly number[]; key: string }) => {
  const keyId = await findKey(tx, key)
  return keyId === undefined ? [] : [...await extremesOf(tx, runs, keyId)].map(([run, { low, high }]): [number, number, number] => [run, low, high])
})
export const extremesIn = (db: Database, runs: readonly number[], key: string): Promise<[run: number, low: number, high: number][]> => db.read(extremesOp, { runs, key })

export const testOperations = [append, latest, addRun, historyOp, textOp, sampleOp, extremesOp, countRows]

/** A database in a folder that goes with it, with its threads. */
export const openThreadedTestDatabase = (): Promise<Database> =>
  openTestDatabase({ migrations: testMigrations, thread: new URL('./testing-thread.ts', import.meta.url) })

/** What request `number` of the crash test logs: to one of three runs, sometimes late, of one to five points. */
export function crashRequest(number: number): { run: RunRef; points: LoggedPoint[] } {
  const step = number % 7 === 0 ? number - 50 : number
  return {
    run: { id: 1 + number % 3, experimentId: 1 },
    points: Array.from({ length: 1 + number % 5 }, (_, index) => ({ key: index % 2 ? 'loss' : 'acc', step, timestamp: index, value: number })),
  }
}
