import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { RunningRun, Series } from '@cairn/protocol'
import { LiveValues, standingOf } from './live-values.ts'
import { keepVisit, readVisit, visitAt } from './visit.ts'

const minute = 60_000

it('a visit goes on while somebody looks, and after half an hour the next one begins where it ended', () => {
  const first = visitAt(undefined, 100_000_000)
  assert.deepEqual(first, { since: 100_000_000 - 86_400_000, first: true, at: 100_000_000 })
  const later = visitAt(first, first.at + 20 * minute)
  assert.deepEqual([later.since, later.first], [first.since, true])
  const next = visitAt(later, later.at + 31 * minute)
  assert.deepEqual([next.since, next.first], [later.at, false])
})

it('a browser that keeps nonsense, or nothing at all, is one that was never here', () => {
  const kept = new Map<string, string>()
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) }
  assert.equal(readVisit(storage), undefined)
  keepVisit(storage, { since: 1, first: false, at: 2 })
  assert.deepEqual(readVisit(storage), { since: 1, first: false, at: 2 })
  kept.set('cairn.visit', '{"since":')
  assert.equal(readVisit(storage), undefined)
  keepVisit({ setItem: () => { throw new Error('full') } }, { since: 1, first: false, at: 2 })
})

const run = (id: string, metrics: RunningRun['metrics']): RunningRun =>
  ({ run_id: id, run_name: id, experiment_id: '1', experiment_name: 'e', user_id: '', start_time: 1, metrics })
const series = (id: string, points: number): Series => ({
  run_id: id, key: 'loss', count: points, non_finite: { x: [], value: [], count: [] },
  points: { x: Array.from({ length: points }, (_, at) => at), value: Array.from({ length: points }, () => 1) },
}) as unknown as Series

it('values and curves of runs move by live points, and nothing is lost or doubled while a curve is read', () => {
  const frames: (() => void)[] = []
  const values = new LiveValues((act) => void frames.push(act))
  const draw = (): void => { for (const act of frames.splice(0)) act() }
  values.set([run('a', [{ key: 'loss', value: 1, step: 2 }, { key: 'acc', value: 0.5, step: 2 }])])
  values.asking()
  assert.equal(values.hear('a', [{ key: 'loss', value: 0.9, step: 3 }, { key: 'acc', value: 0.1, step: 1 }], 7), false)
  // The answer has the point that came meanwhile, or not.
  values.read([series('a', 3)])
  draw()
  const { line, values: last, heard } = standingOf(values.shown(), 'a')
  assert.deepEqual([...line.x], [0, 1, 2, 3])
  assert.deepEqual([last.get('loss')?.value, last.get('acc')?.value, heard], [0.9, 0.5, 7])
  // What was read is older than what came live.
  values.set([run('a', [{ key: 'loss', value: 1, step: 2 }])])
  assert.equal(standingOf(values.shown(), 'a').values.get('loss')?.value, 0.9)
  assert.equal(values.hear('other', [{ key: 'loss', value: 1, step: 1 }], 1), false)
  // A metric that the run has now too is news, once, as long as there is room for it.
  assert.equal(values.hear('a', [{ key: 'f1', value: 1, step: 1 }], 1), true)
  assert.equal(values.hear('a', [{ key: 'f1', value: 1, step: 2 }], 1), false)
  values.set([run('b', [])])
  assert.equal(values.hear('b', [{ key: 'loss', value: 1, step: 1 }], 1), true)
})
