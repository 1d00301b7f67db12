import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bandKinds, scaleKinds } from '@cairn/charts'
import fc from 'fast-check'
import { finder, noChoice, readCharts, saysCharts, smoothedBy, stepAxes, writeCharts, type ChartsState } from './charts-state.ts'

const anyState: fc.Arbitrary<ChartsState> = fc.record({
  axis: fc.constantFrom(...stepAxes, 'metrics.epoch' as const), xLog: fc.boolean(), yScale: fc.constantFrom(...scaleKinds), clip: fc.boolean(),
  smoothing: fc.option(fc.constantFrom({ kind: 'ema' as const, amount: 0.9 }, { kind: 'gaussian' as const, amount: 2.5 }, { kind: 'mean' as const, amount: 11 }), { nil: undefined }),
  find: fc.string(),
  zooms: fc.array(fc.record({ key: fc.string({ minLength: 1 }), range: fc.tuple(fc.integer(), fc.integer({ min: 1 })).map(([from, width]) => [from, from + width] as const) }, { noNullPrototype: true })),
  group: fc.string(), within: fc.string(), band: fc.constantFrom(...bandKinds), folded: fc.array(fc.string({ minLength: 1 })), panels: fc.array(fc.string({ minLength: 1 })), brushes: fc.array(fc.string()), puts: fc.array(fc.string()), sizes: fc.array(fc.string()), order: fc.array(fc.string()), off: fc.array(fc.string()), most: fc.integer({ min: 1, max: 100_000 }),
}, { noNullPrototype: true }).map((state) => (state.group === '' ? { ...state, within: '' } : state))

test('what was chosen is read back from the address, and leaves alone what else stands in it', () => {
  fc.assert(fc.property(anyState, (state) => {
    const query = new URLSearchParams('q=metrics.auc+%3E+1&view=charts&x=time&zoom=1~2~old')
    writeCharts(state, query)
    const again = new URLSearchParams(query.toString())
    assert.deepEqual(readCharts(again), state)
    assert.deepEqual([again.get('q'), again.get('view')], ['metrics.auc > 1', 'charts'])
  }))
})

test('an address with nothing in it, or with nonsense, means the usual', () => {
  assert.deepEqual(readCharts(new URLSearchParams()), noChoice)
  assert.deepEqual(readCharts(new URLSearchParams('x=sideways&smooth=1.5&y=cubic&zoom=9~1~loss&band=wide&smooth=gaussian:0')), noChoice)
  const query = new URLSearchParams()
  writeCharts(noChoice, query)
  assert.equal(query.toString(), '')
  assert.equal(saysCharts(new URLSearchParams('q=1')), false)
  assert.equal(saysCharts(new URLSearchParams('clip=1')), true)
})

test('metrics are found by regular expression, and by plain text where it is none', () => {
  assert.deepEqual(['train/loss', 'valid/loss', 'auc'].filter(finder('^(train|valid)/')), ['train/loss', 'valid/loss'])
  assert.deepEqual(['f(1)', 'g'].filter(finder('f(')), ['f(1)'])
  assert.deepEqual(['Loss', 'loss'].filter(finder('L')), ['Loss'])
})

test('smoothing grows and falls by steps, begins with the first and ends with none', () => {
  assert.deepEqual(smoothedBy(undefined, 1), { kind: 'ema', amount: 0.05 })
  assert.deepEqual(smoothedBy({ kind: 'gaussian', amount: 5 }, 1), { kind: 'gaussian', amount: 7 })
  assert.equal(smoothedBy({ kind: 'ema', amount: 0.05 }, -1), undefined)
  assert.deepEqual(smoothedBy({ kind: 'mean', amount: 5001 }, 1), { kind: 'mean', amount: 5001 })
})
