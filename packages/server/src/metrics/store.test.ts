import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compactionLimits } from './compaction.ts'
import { readToken } from './history-json.ts'
import { sampleIndices } from './interval.ts'
import { spotAt, type Points, type Spot } from './points.ts'
import { addRun, append, compact, extremesIn, historyOf, historyText, openMetricsDatabase, sampleOf } from './testing.ts'
import { anyCommands, asStored, byStep, byTime, keys, runCommands, unique } from './testing-model.ts'

const spotsOf = (points: Points): Spot[] => Array.from({ length: points.count }, (_, index) => asStored(spotAt(points, index)))

describe('the metric store against a list of points', () => {
  it('answers histories, pages and samples alike, whatever was compacted in between', async () => {
    await fc.assert(fc.asyncProperty(anyCommands(), fc.integer({ min: 1, max: 9 }), async (commands, size) => {
      await using db = await openMetricsDatabase()
      const model = await runCommands(db, commands)
      for (const run of [1, 2]) {
        for (const key of keys) {
          const spots = model.get(`${run} ${key}`) ?? []
          const expected = unique(spots, byTime).map(asStored)
          assert.deepEqual(await historyOf(db, run, key), expected)
          assert.deepEqual(await historyOf(db, run, key, { whole: 1, window: 2 }), expected)
          assert.deepEqual(await pagesOf(db, run, key, size), expected)
          const sorted = unique(spots, byStep).map(asStored)
          assert.deepEqual(spotsOf(await sampleOf(db, run, key, size)), sampleByDealing(sorted, size))
          const range = { from: -1, to: 9 }
          assert.deepEqual(
            spotsOf(await sampleOf(db, run, key, size, range)),
            sampleByDealing(sorted.filter(({ step }) => step >= range.from && step <= range.to), size))
        }
      }
    }), { numRuns: 150 })
  })

  it('knows the least and the greatest of every curve at any time, whatever was compacted in between', async () => {
    await fc.assert(fc.asyncProperty(anyCommands(), async (commands) => {
      await using db = await openMetricsDatabase()
      for (const id of [1, 2]) await db.write(addRun, { id, runId: `run ${id}`, startTime: 0 })
      const model = new Map<string, number[]>()
      for (const command of commands) {
        for (const [name, spots] of await runCommands(db, [command])) model.set(name, [...model.get(name) ?? [], ...spots.map(({ value }) => value).filter(Number.isFinite)])
        for (const key of keys) {
          const expected = [1, 2].flatMap((run): [number, number, number][] => {
            const values = model.get(`${run} ${key}`) ?? []
            return values.length === 0 ? [] : [[run, Math.min(...values), Math.max(...values)]]
          })
          assert.deepEqual(await extremesIn(db, [1, 2], key), expected)
        }
      }
    }), { numRuns: 30 })
  })

  it('keeps every point while compaction goes from segments to bundles to chunks', async () => {
    await using db = await openMetricsDatabase()
    const expected: Spot[] = []
    for (let request = 0; request < 60; request += 1) {
      const points = Array.from({ length: 100 }, (_, index) => ({ key: 'loss', step: request * 100 + index, timestamp: request, value: index }))
      expected.push(...points.map(({ step, timestamp, value }) => ({ step, timestamp, value })))
      await db.write(append, { run: { id: 1, experimentId: 1 }, points })
      if (request % 7 === 0) await compact(db, 1, compactionLimits)
    }
    assert.deepEqual(await historyOf(db, 1, 'loss'), expected)
    assert.equal(JSON.parse(await historyText(db, { runId: 1, key: 'loss' })).metrics.length, 6000)
  })
})

async function pagesOf(db: Awaited<ReturnType<typeof openMetricsDatabase>>, runId: number, key: string, size: number): Promise<Spot[]> {
  const all: Spot[] = []
  let after: Spot | undefined
  for (;;) {
    const text = await historyText(db, { runId, key, limit: size, after })
    const page = JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      (typeof value === 'number' && /^-?\d+$/.test(context!.source!) && !Number.isSafeInteger(value) ? BigInt(context!.source!) : value)) as
      { metrics?: { value: number | string; timestamp: number; step: number }[]; next_page_token?: string }
    for (const { value, timestamp, step } of page.metrics ?? []) all.push({ step, timestamp, value: Number(value) })
    assert.ok((page.metrics?.length ?? 0) <= size)
    if (page.next_page_token === undefined) return all
    assert.equal(page.metrics!.length, size)
    after = readToken(page.next_page_token)
  }
}

/** SQL's NTILE in words: deal the rows into piles, larger ones first; take the first of each. */
function sampleByDealing(rows: readonly Spot[], limit: number): Spot[] {
  const taken: Spot[] = []
  let start = 0
  for (let pile = 0; pile < limit && start < rows.length; pile += 1) {
    taken.push(rows[start]!)
    start += Math.floor(rows.length / limit) + (pile < rows.length % limit ? 1 : 0)
  }
  if (rows.length > 0 && taken.at(-1) !== rows.at(-1)) {
    if (taken.length >= limit) taken.pop()
    taken.push(rows.at(-1)!)
  }
  return taken
}

it('samples as the sheet says: steps -5 to 994 in ten are -5, 95, …, 795, 994; one is the last', () => {
  assert.deepEqual(sampleIndices(1000, 10).map((index) => index - 5), [-5, 95, 195, 295, 395, 495, 595, 695, 795, 994])
  assert.deepEqual(sampleIndices(1000, 1), [999])
  assert.deepEqual(sampleIndices(3, 10), [0, 1, 2])
  assert.deepEqual(sampleIndices(0, 10), [])
})
