import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareRuns, evaluate, parseRunFilter, parseRunOrder, type Clause, type Order, type SearchableRun } from '@cairn/protocol'
import fc from 'fast-check'
import { keysMigrations } from '../../keys/index.ts'
import { appendPoints, metricsMigrations } from '../../metrics/index.ts'
import { read, write, type Value } from '../../platform/db/index.ts'
import { openTestDatabase } from '../../platform/db/testing-database.ts'
import { insertParams, insertRuns, setRunDeleted, upsertTags } from '../runs-store.ts'
import { runsMigrations } from '../tables.ts'
import { countRuns, findRuns, type RunQuery, type Tuning } from './plan.ts'

type Stored = SearchableRun & { experiment: number; deleted: boolean }

const add = write('test.addRuns', async (tx, runs: Stored[]) => {
  for (const run of runs) {
    const [id] = await insertRuns(tx, [{
      run_id: run.run_id, experiment_id: run.experiment, name: run.run_name!, user_id: run.user_id!, status: run.status,
      start_time: run.start_time!, artifact_uri: run.artifact_uri!,
    }])
    const key = { id: id!, experimentId: run.experiment, startTime: run.start_time! }
    if (run.end_time !== null) await tx.run('UPDATE runs SET end_time = ? WHERE id = ?', [run.end_time, key.id])
    if (run.deleted) await setRunDeleted(tx, key.id, 1)
    await upsertTags(tx, key, [...run.tags].map(([name, value]) => ({ key: name, value })))
    await insertParams(tx, key, [...run.params].map(([name, value]) => ({ key: name, value })))
    await appendPoints(tx, key, [...run.metrics].map(([name, value]) => ({ key: name, value, timestamp: 1 })))
  }
})
const find = read('test.find', async (tx, { query, tuning }: { query: RunQuery; tuning: Tuning }) => {
  const found = await findRuns(tx, query, tuning)
  const ids: [string, readonly Value[]][] = []
  for (const { id, key } of found) ids.push([(await tx.one<{ run_id: string }>('SELECT run_id FROM runs WHERE id = ?', [id]))!.run_id, key])
  return ids
})

const count = read('test.count', (tx, { query, tuning }: { query: Omit<RunQuery, 'limit' | 'order'>; tuning: Tuning }) => countRuns(tx, query, tuning))

const names = ['a', 'b c', 'd/e']
const texts = ['', 'x', 'X', 'xyz', 'ä', 'é', '%', '_', '\u{1f600}', '\ufffd', 'y'.repeat(200), `${'y'.repeat(200)}1`, `${'y'.repeat(200)}2`]
const numbers = [0, 1, -1, 0.5, NaN, Infinity, -Infinity, Number.MAX_VALUE]
const text = fc.constantFrom(...texts)
const someOf = <T>(values: fc.Arbitrary<T>) => fc.uniqueArray(fc.tuple(fc.constantFrom(...names), values), { selector: ([name]) => name }).map((pairs) => new Map(pairs))

let serial = 0
const anyRun: fc.Arbitrary<Stored> = fc.record({
  run_id: fc.integer().map(() => `run-${(serial += 1) * 7919 % 100_003}-${serial}`),
  run_name: text, user_id: text, status: fc.constantFrom('RUNNING', 'FINISHED', 'FAILED'), artifact_uri: text,
  start_time: fc.integer({ min: 0, max: 3 }), end_time: fc.option(fc.integer({ min: 0, max: 3 })),
  metrics: someOf(fc.constantFrom(...numbers)), params: someOf(text), tags: someOf(text),
  datasets: fc.constant([]), experiment: fc.integer({ min: 1, max: 2 }), deleted: fc.boolean(),
}, { noNullPrototype: true }).map((run) => ({ ...run, tags: new Map([...run.tags, ['mlflow.runName', run.run_name]]) }))

const anyClause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ type: fc.constant('metric' as const), key: fc.constantFrom(...names, 'never'), op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value: fc.constantFrom(...numbers.filter((value) => Number.isFinite(value))), at: fc.constant(0) }),
  fc.record({ type: fc.constantFrom('param' as const, 'tag' as const), key: fc.constantFrom(...names, 'never'), op: fc.constantFrom('=', '!=', 'LIKE', 'ILIKE'), value: fc.oneof(text, fc.constantFrom('%y%', 'x%', '_', '%1')), at: fc.constant(0) }),
  fc.record({ type: fc.constantFrom('param' as const, 'tag' as const), key: fc.constantFrom(...names, 'never'), op: fc.constantFrom('IS NULL', 'IS NOT NULL'), value: fc.constant(null), at: fc.constant(0) }),
  fc.record({ type: fc.constant('attribute' as const), key: fc.constantFrom('status', 'run_name', 'user_id', 'artifact_uri'), op: fc.constantFrom('=', '!=', 'LIKE', 'ILIKE'), value: fc.constantFrom('RUNNING', 'x', 'F%', '%y%', ''), at: fc.constant(0) }),
  fc.record({ type: fc.constant('attribute' as const), key: fc.constantFrom('start_time', 'end_time'), op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value: fc.integer({ min: 0, max: 3 }), at: fc.constant(0) }),
) as fc.Arbitrary<Clause>

const anyOrder: fc.Arbitrary<Order> = fc.oneof(
  fc.record({ type: fc.constantFrom('metric', 'param', 'tag'), key: fc.constantFrom(...names, 'never'), ascending: fc.boolean() }),
  fc.record({ type: fc.constant('attribute'), key: fc.constantFrom('start_time', 'end_time', 'status', 'run_name', 'run_id', 'artifact_uri', 'user_id'), ascending: fc.boolean() }),
) as fc.Arbitrary<Order>

describe('the search planner', () => {
  it('finds, orders and counts the runs that a plain evaluation in memory does, page by page and from any offset', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(anyRun, { maxLength: 40 }),
      fc.array(fc.record({
        clauses: fc.array(anyClause, { maxLength: 3 }), order: fc.uniqueArray(anyOrder, { maxLength: 3, selector: (order) => `${order.type}.${order.key}` }),
        experimentIds: fc.subarray([1, 2], { minLength: 1 }), deleted: fc.subarray<0 | 1>([0, 1], { minLength: 1 }), page: fc.integer({ min: 1, max: 9 }), skip: fc.integer({ min: 0, max: 45 }),
        tuning: fc.record({ few: fc.constantFrom(0, 3, 500), probe: fc.constantFrom(1, 5, 1000), countLimit: fc.constantFrom(4, 20_000), values: fc.constantFrom(0, 2, 300), pages: fc.constantFrom(0, 1, 4), rememberMs: fc.constantFrom(0, 60_000) }),
      }), { minLength: 5, maxLength: 15 }),
      async (runs, queries) => {
        await using db = await openTestDatabase({ migrations: [...keysMigrations, ...runsMigrations, ...metricsMigrations] })
        let there = -1
        // The second time there are more runs, and what is remembered of the first still holds.
        for (const [part, { page, skip, tuning, ...query }] of [...queries.map((asked) => [0, asked] as const), ...queries.map((asked) => [1, asked] as const)]) {
          const all = part === 0 ? runs.slice(0, -3) : runs
          if (part > there) {
            there = part
            await db.write(add, part === 0 ? all : runs.slice(-3))
          }
          const expected = all
            .filter((run) => query.experimentIds.includes(run.experiment) && query.deleted.includes(run.deleted ? 1 : 0) && evaluate(query.clauses, run))
            .sort(compareRuns(query.order)).map((run) => run.run_id)
          const found: string[] = []
          let after: readonly Value[] | undefined
          for (;;) {
            const rows = await db.read(find, { query: { ...query, limit: page, after }, tuning })
            found.push(...rows.map(([id]) => id))
            if (rows.length < page) break
            after = rows.at(-1)![1]
          }
          assert.deepEqual(found, expected, JSON.stringify({ query, tuning }))
          if (skip % 3 !== 0) continue
          const window = await db.read(find, { query: { ...query, limit: page, skip }, tuning })
          assert.deepEqual(window.map(([id]) => id), expected.slice(skip, skip + page), JSON.stringify({ query, tuning, skip, page }))
          assert.equal(await db.read(count, { query, tuning }), expected.length, JSON.stringify({ query, tuning }))
        }
      }), { numRuns: Number(process.env['RUNS'] ?? 80) })
  })

  it('finds the same pages where the runs of a clause are sorted by the order before they are checked', async () => {
    const some = <T>(i: number, name: string, value: T): [string, T][] => (i % 5 === 0 ? [] : [[name, value]])
    const runs = Array.from({ length: 60 }, (_, i): Stored => ({
      run_id: `sorted-${i * 37 % 60}`, run_name: 'x', user_id: 'x', status: 'FINISHED', artifact_uri: '', start_time: i % 3, end_time: null, datasets: [], experiment: 1 + i % 2, deleted: i % 7 === 0,
      metrics: new Map([['a', i % 4], ...some(i, 'b c', i % 11 === 0 ? NaN : i * 29 % 13)]),
      params: new Map([['a', i % 3 === 0 ? 'x' : 'y'], ...some(i + 1, 'b c', texts[i % texts.length]!)]),
      tags: new Map([['mlflow.runName', 'x'], ['a', `team-${i % 6}`], ...some(i + 2, 'b c', texts[i * 7 % texts.length]!)]),
    }))
    await using db = await openTestDatabase({ migrations: [...keysMigrations, ...runsMigrations, ...metricsMigrations] })
    await db.write(add, runs)
    const filters = ["params.a = 'y'", "params.a = 'y' AND metrics.a > 0", "metrics.a > 0 AND tags.a LIKE '%-_'", "tags.a LIKE 'team-%' AND params.a != 'x'", "metrics.a < 3 AND metrics.`b c` > 2"]
    const orders = ['metrics.`b c` ASC', 'metrics.`b c` DESC', 'metrics.a ASC', 'params.`b c` DESC', 'tags.`b c` ASC']
    for (const [clauses, order] of filters.flatMap((filter) => orders.map((by) => [parseRunFilter(filter), parseRunOrder([by])] as const))) {
      for (const [experimentIds, limit] of [[[1], 3], [[1, 2], 7]] as const) {
        const expected = runs.filter((run) => !run.deleted && experimentIds.some((id) => id === run.experiment) && evaluate(clauses, run)).sort(compareRuns(order)).map((run) => run.run_id)
        const query = { clauses, order, experimentIds, deleted: [0] as const, limit }
        for (const pages of [0, Infinity]) {
          const tuning = { few: 500, probe: 1000, countLimit: 20_000, values: 300, pages, rememberMs: 60_000 }
          const found: string[] = []
          // Each page is found anew, and then the way that is remembered.
          for (let after: readonly Value[] | undefined; ;) {
            const rows = await db.read(find, { query: { ...query, after }, tuning })
            assert.deepEqual(await db.read(find, { query: { ...query, after }, tuning }), rows)
            found.push(...rows.map(([id]) => id))
            if (rows.length < limit) break
            after = rows.at(-1)![1]
          }
          assert.deepEqual(found, expected, JSON.stringify({ clauses, order, pages }))
          assert.deepEqual((await db.read(find, { query: { ...query, skip: 4 }, tuning })).map(([id]) => id), expected.slice(4, 4 + limit))
        }
      }
    }
  })
})
