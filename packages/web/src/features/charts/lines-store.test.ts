import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Series } from '@cairn/protocol'
import { LinesStore, type LinesRequest } from './lines-store.ts'

interface Asked {
  readonly request: LinesRequest
  /** With every point, or, where these are many, with parts of the axis. */
  answer(value?: (run: string, key: string) => number, many?: boolean): Promise<void>
  fail(): Promise<void>
}

/** A store whose frames and answers come when the test says so. */
function setUp() {
  const frames: (() => void)[] = []
  const laters: (() => void)[] = []
  const asked: Asked[] = []
  const settle = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
  const store = new LinesStore({
    nextFrame: (act) => frames.push(act), later: (act) => laters.push(act),
    read: (request) => new Promise((resolve, reject) => {
      asked.push({
        request,
        answer(value = () => 1, isMany = false) {
          resolve(request.run_ids.flatMap((run_id) => request.keys.map((key): Series => ({ run_id, key, count: 2, non_finite: { x: [], value: [], count: [] }, ...(isMany ? { buckets: { from: 0, width: 1, index: [0, 1], count: [1, 1], mean: [1, 2], min: [1, 2], min_x: [0, 1], max: [1, 2], max_x: [0, 1], first: [1, 2], first_x: [0, 1], last: [1, 2], last_x: [0, 1] } } : { points: { x: [0, 1], value: [value(run_id, key), 2] } }), ...(request.smoothing !== undefined && { smooth: { x: [0, 1], value: [1, 1.5] } }) }))))
          return settle()
        },
        fail() {
          reject(new Error('no server'))
          return settle()
        },
      })
    }),
  })
  const frame = (): void => { for (const act of frames.splice(0)) act() }
  return { store, frame, asked, laters }
}

const two = [{ id: 'a', start: 0 }, { id: 'b', start: 10 }]
const step = { axis: 'step', smoothing: undefined } as const

test('what is looked at is asked for in one request a frame; what is not, never', async () => {
  const { store, frame, asked } = setUp()
  store.show(two, step)
  store.watch('loss', undefined, 400)
  frame()
  assert.equal(asked.length, 0, 'the stream is not open yet')
  store.ready()
  store.watch('auc', undefined, 300)
  store.lines('hidden', undefined)
  frame()
  assert.deepEqual(asked.map(({ request }) => request), [{ run_ids: ['a', 'b'], keys: ['loss', 'auc'], x: 'step', buckets: 400 }])
  await asked[0]!.answer()
  assert.deepEqual([...store.lines('loss', undefined).of.keys()], ['a', 'b'])
  // A run more: only that run.
  store.show([...two, { id: 'c', start: 0 }], step)
  frame()
  assert.deepEqual(asked[1]!.request.run_ids, ['c'])
  // A part of the axis: only that metric.
  store.watch('loss', [0, 1], 400)
  frame()
  assert.deepEqual([asked[2]!.request.keys, asked[2]!.request.from, asked[2]!.request.to], [['loss'], 0, 1])
})

test('runs that have ended are read before the stream is open, and not again when it opens for the first time', async () => {
  const { store, frame, asked } = setUp()
  store.show(two.map((run) => ({ ...run, ended: true })), step)
  store.watch('loss', undefined, 400)
  frame()
  assert.equal(asked.length, 1)
  store.connected(false)
  frame()
  assert.equal(asked.length, 1)
  store.connected(true)
  frame()
  assert.equal(asked.length, 1)
  store.connected(false)
  frame()
  assert.equal(asked.length, 2, 'something may have been missed')
})

test('of many lines only the extremes are asked for, of parts of two pixels', () => {
  const { store, frame, asked } = setUp()
  store.ready()
  store.show(Array.from({ length: 50 }, (_, at) => ({ id: `run ${at}`, start: 0 })), step)
  store.watch('loss', undefined, 400)
  frame()
  assert.deepEqual([asked[0]!.request.buckets, asked[0]!.request.detail], [150, 'extremes'])
})

test('a live point wakes only the panel of its metric, once a frame', async () => {
  const { store, frame, asked } = setUp()
  store.show(two, step)
  store.ready()
  const woken: string[] = []
  for (const key of ['loss', 'auc']) {
    store.watch(key, undefined, 400)
    store.subscribe(key, undefined, () => woken.push(key))
  }
  frame()
  await asked[0]!.answer()
  woken.length = 0
  const auc = store.lines('auc', undefined)
  store.hear([{ run: 'a', key: 'loss', value: 5, step: 2, timestamp: 0 }])
  store.hear([{ run: 'a', key: 'loss', value: 6, step: 3, timestamp: 0 }, { run: 'stranger', key: 'auc', value: 6, step: 3, timestamp: 0 }])
  frame()
  assert.deepEqual(woken, ['loss'])
  assert.deepEqual(store.lines('loss', undefined).of.get('a')!.y, [1, 2, 5, 6])
  assert.equal(store.lines('auc', undefined), auc)
})

test('points that came while an answer was on its way join it; an answer that was overtaken is dropped', async () => {
  const { store, frame, asked } = setUp()
  store.show(two, step)
  store.ready()
  store.watch('loss', undefined, 400)
  frame()
  store.hear([{ run: 'a', key: 'loss', value: 7, step: 2, timestamp: 0 }])
  store.reload()
  frame()
  store.hear([{ run: 'a', key: 'loss', value: 8, step: 3, timestamp: 0 }])
  await asked[1]!.answer(() => 20)
  assert.deepEqual(store.lines('loss', undefined).of.get('a')!.y, [20, 2, 8])
  await asked[0]!.answer(() => 10)
  assert.deepEqual(store.lines('loss', undefined).of.get('a')!.y, [20, 2, 8])
  assert.equal(store.lines('loss', undefined).loading, false)
})

test('a panel out of sight takes a few points along, and is read again when it is looked at after many', async () => {
  const { store, frame, asked } = setUp()
  store.show(two, step)
  store.ready()
  const leave = store.watch('loss', undefined, 400)
  frame()
  await asked[0]!.answer()
  leave()
  store.hear([{ run: 'a', key: 'loss', value: 5, step: 2, timestamp: 0 }])
  frame()
  assert.deepEqual(store.lines('loss', undefined).of.get('a')!.y, [1, 2, 5])
  store.watch('loss', undefined, 400)()
  frame()
  assert.equal(asked.length, 1)
  store.hear(Array.from({ length: 300 }, (_, at) => ({ run: 'a', key: 'loss', value: at, step: 3 + at, timestamp: 0 })))
  frame()
  assert.equal(store.lines('loss', undefined).of.get('a')!.y.length, 203)
  store.watch('loss', undefined, 400)
  frame()
  assert.equal(asked.length, 2)
})

test('a smoothed line is led on by live points, and asked for again where that cannot be', async () => {
  const { store, frame, asked, laters } = setUp()
  store.show(two, { axis: 'step', smoothing: { kind: 'ema', amount: 0.5 } })
  store.ready()
  store.watch('loss', undefined, 400)
  frame()
  await asked[0]!.answer(undefined, true)
  store.hear([{ run: 'a', key: 'loss', value: 5, step: 2, timestamp: 0 }])
  frame()
  assert.deepEqual(store.lines('loss', undefined).of.get('a')!.smooth!.x, [0, 1, 2])
  store.show(two, { axis: 'step', smoothing: { kind: 'mean', amount: 3 } })
  frame()
  await asked[1]!.answer(undefined, true)
  for (const act of laters.splice(0)) act()
  frame()
  assert.equal(asked.length, 2, 'nothing has come')
  store.hear([{ run: 'a', key: 'loss', value: 5, step: 3, timestamp: 0 }])
  frame()
  for (const act of laters) act()
  frame()
  assert.deepEqual(asked[2]!.request.smoothing, 'mean')
})

test('where every point is here smoothing asks for nothing, as long as points come in too', async () => {
  const { store, frame, asked, laters } = setUp()
  store.show(two, step)
  store.ready()
  store.watch('loss', undefined, 400)
  frame()
  await asked[0]!.answer()
  const smooth = () => store.lines('loss', undefined).of.get('a')!.smooth
  store.show(two, { axis: 'step', smoothing: { kind: 'mean', amount: 3 } })
  frame()
  assert.deepEqual(smooth(), { x: [0, 1], y: [1.5, 1.5] })
  store.hear([{ run: 'a', key: 'loss', value: 6, step: 2, timestamp: 0 }])
  frame()
  assert.deepEqual(smooth(), { x: [0, 1, 2], y: [1.5, 3, 4] })
  store.show(two, { axis: 'step', smoothing: { kind: 'ema', amount: 0.5 } })
  frame()
  assert.deepEqual(smooth()!.y.map((value) => Math.round(value * 1e6) / 1e6), [1, 1.666667, 4.142857])
  // One that comes late is in the middle.
  store.hear([{ run: 'a', key: 'loss', value: 2, step: 1.5, timestamp: 0 }])
  frame()
  assert.deepEqual([smooth()!.x, asked.length, laters.length], [[0, 1, 1.5, 2], 1, 0])
  // A panel that nobody looks at is smoothed when somebody does.
  store.watch('auc', undefined, 400)()
  const leave = store.watch('auc', undefined, 400)
  frame()
  await asked[1]!.answer()
  leave()
  store.show(two, { axis: 'step', smoothing: { kind: 'mean', amount: 3 } })
  frame()
  store.watch('auc', undefined, 400)
  frame()
  assert.deepEqual([store.lines('auc', undefined).of.get('b')!.smooth!.y, asked.length], [[1.5, 1.5], 2])
})

test('back along the axis that was left last asks for nothing, unless something was logged meanwhile', async () => {
  const { store, frame, asked } = setUp()
  const time = { axis: 'time', smoothing: undefined } as const
  store.show(two, step)
  store.ready()
  store.watch('loss', undefined, 400)
  frame()
  await asked[0]!.answer(() => 7, true)
  const before = store.lines('loss', undefined)
  store.show(two, time)
  frame()
  store.show(two, step)
  assert.equal(store.lines('loss', undefined), before)
  // What was on its way for the other axis is not drawn along this one; there it is asked for again.
  await asked[1]!.answer(() => 8, true)
  frame()
  assert.deepEqual([asked.length, store.lines('loss', undefined).of.get('a')!.y], [2, [1, 2]])
  store.show(two, time)
  frame()
  await asked[2]!.answer(() => 9, true)
  store.show(two, step)
  frame()
  store.show(two, time)
  frame()
  assert.equal(asked.length, 3)
  store.hear([{ run: 'b', key: 'loss', value: 5, step: 2, timestamp: 50 }])
  frame()
  assert.deepEqual(store.lines('loss', undefined).of.get('b')!.x, [0, 1, 50])
  store.show(two, step)
  frame()
  assert.deepEqual([asked.length, asked[3]!.request.x], [4, 'step'])
  await asked[3]!.answer(undefined, true)
  // The way of smoothing was another there.
  store.show(two, { axis: 'step', smoothing: { kind: 'ema', amount: 0.5 } })
  frame()
  await asked[4]!.answer(undefined, true)
  store.show(two, { axis: 'time', smoothing: { kind: 'ema', amount: 0.5 } })
  frame()
  assert.deepEqual([asked[5]!.request.x, asked[5]!.request.smoothing], ['time', 'ema'])
})

test('smoothing that is taken away asks for nothing: the lines themselves are there, also where they were still on their way', async () => {
  const { store, frame, asked } = setUp()
  const smoothed = { axis: 'step', smoothing: { kind: 'ema', amount: 0.5 } } as const
  store.show(two, smoothed)
  store.ready()
  store.watch('loss', undefined, 400)
  store.watch('auc', undefined, 400)
  frame()
  await asked[0]!.answer(undefined, true)
  let told = 0
  store.subscribe('loss', undefined, () => { told += 1 })
  store.show(two, step)
  frame()
  const line = store.lines('loss', undefined).of.get('a')!
  assert.deepEqual([asked.length, told, line.smooth, line.y], [1, 1, undefined, [1, 2]])
  store.show(two, smoothed)
  frame()
  store.show(two, step)
  frame()
  await asked[1]!.answer(undefined, true)
  const later = store.lines('auc', undefined)
  assert.deepEqual([asked.length, later.loading, later.of.get('b')!.smooth], [2, false, undefined])
  // Asked for again it is read, not remembered.
  store.show(two, smoothed)
  frame()
  assert.equal(asked[2]!.request.smoothing, 'ema')
})

test('a failure leaves what was there, says so, and is asked again on request', async () => {
  const { store, frame, asked } = setUp()
  store.show(two, step)
  store.ready()
  store.watch('loss', undefined, 400)
  frame()
  await asked[0]!.answer()
  store.reload()
  frame()
  await asked[1]!.fail()
  const { error, of } = store.lines('loss', undefined)
  assert.deepEqual([error, of.size], ['no server', 2])
  store.reload()
  frame()
  await asked[2]!.answer()
  assert.equal(store.lines('loss', undefined).error, undefined)
})
