import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SparkStore } from './spark-store.ts'

interface Asked {
  readonly runs: readonly string[]
  readonly keys: readonly string[]
  answer(values: Readonly<Record<string, readonly number[]>>): Promise<void>
  readonly signal: AbortSignal
}

function world() {
  const asked: Asked[] = []
  const rests = new Set<() => void>()
  const frames: (() => void)[] = []
  const store = new SparkStore({
    read: (runs, keys, signal) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')))
      asked.push({ runs, keys, signal, async answer(values) {
        resolve(Object.entries(values).map(([name, value]) => {
          const [run_id, key] = name.split(' ') as [string, string]
          return { run_id, key, count: value.length, non_finite: { x: [], value: [], count: [] }, points: { x: value.map((_, at) => at), value } }
        }))
        await new Promise((done) => { setImmediate(done) })
      } })
    }),
    rest: (act) => { rests.add(act); return () => void rests.delete(act) },
    nextFrame: (act) => void frames.push(act),
  })
  const settle = (): void => { for (const act of rests) { rests.delete(act); act() } }
  const frame = (): void => { for (const act of frames.splice(0)) act() }
  return { store, asked, settle, frame }
}

test('what is in sight is one question, asked when scrolling rests; what is known is not asked again', async () => {
  const { store, asked, settle } = world()
  store.want(['a'], ['loss'])
  store.want(['a', 'b'], ['loss', 'auc'])
  settle()
  assert.deepEqual(asked.map(({ runs, keys }) => [runs, keys]), [[['a', 'b'], ['loss', 'auc']]])
  await asked[0]!.answer({ 'a loss': [3, 2, 1], 'b auc': [0.5, 0.6] })
  assert.deepEqual(store.line('a', 'loss')?.y, [3, 2, 1])
  assert.deepEqual(store.line('a', 'auc')?.y, [])
  store.want(['b', 'c'], ['loss'])
  settle()
  assert.deepEqual(asked.slice(1).map(({ runs, keys }) => [runs, keys]), [[['c'], ['loss']]])
})

test('live points join their curve once, before and after it is read, and wake only who shows it', async () => {
  const { store, asked, settle, frame } = world()
  let woken = 0
  let others = 0
  store.watch('a', 'loss', () => { woken += 1 })
  store.watch('b', 'loss', () => { others += 1 })
  store.want(['a', 'b'], ['loss'])
  settle()
  store.hear('a', [{ key: 'loss', value: 1, step: 2 }, { key: 'other', value: 1, step: 2 }])
  await asked[0]!.answer({ 'a loss': [3, 2, 1], 'b loss': [1] })
  assert.deepEqual(store.line('a', 'loss')?.y, [3, 2, 1])
  assert.deepEqual([woken, others], [1, 1])
  store.hear('a', [{ key: 'loss', value: 0.5, step: 3 }])
  store.hear('a', [{ key: 'loss', value: 0.25, step: 4 }])
  frame()
  assert.deepEqual(store.line('a', 'loss')?.y, [3, 2, 1, 0.5, 0.25])
  assert.deepEqual([woken, others], [2, 1])
})

test('an answer that was overtaken is dropped, and one that failed is asked for again', async () => {
  const { store, asked, settle } = world()
  store.want(['a'], ['loss'])
  settle()
  store.want(['a', 'b'], ['loss'])
  settle()
  assert.equal(asked[0]!.signal.aborted, true)
  await asked[0]!.answer({ 'a loss': [9] })
  assert.equal(store.line('a', 'loss'), undefined)
  await asked[1]!.answer({ 'a loss': [1, 2] })
  assert.deepEqual(store.line('a', 'loss')?.y, [1, 2])
})

test('a curve that has grown long by live points is read again', async () => {
  const { store, asked, settle, frame } = world()
  store.want(['a'], ['loss'])
  settle()
  await asked[0]!.answer({ 'a loss': [1] })
  for (let step = 1; step <= 500; step += 1) store.hear('a', [{ key: 'loss', value: step, step }])
  frame()
  assert.deepEqual(asked.map(({ runs }) => runs), [['a'], ['a']])
})
