import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { quantile } from '@cairn/charts'
import { brushOf, chosenBy, rangeOf, readBrush, writeBrush, type Brush } from './brushes.ts'
import { columnOf, type Column, type RunTable } from './columns.ts'
import { FieldStore, type FieldsRequest } from './field-store.ts'
import { importanceOf } from './importance.ts'
import { panelKinds, runKinds, readPanel, readPanels, writePanel, type Panel } from './panel.ts'
import { byCorrelation, moved, parallelView } from './parallel-view.ts'
import { panelPython } from './python.ts'
import { barView, boxView, contourView, histogramView, scatterView, type ViewData } from './views.ts'
import { coloring, type View } from './view.ts'

const text = fc.string({ minLength: 1 })

describe('a column', () => {
  test('of params is of numbers where all that are not nothing are numbers, else of words in their order', () => {
    const lr = columnOf('params.lr', { texts: ['0.1', 'None', '1e-3'], at: [0, 1, 2, -1, 0] })
    assert.deepEqual([...lr.values], [0.1, NaN, 0.001, NaN, 0.1])
    assert.equal(lr.names, undefined)
    const model = columnOf('params.model', { texts: ['v10', 'v9', 'None'], at: [0, 1, -1, 2] })
    assert.deepEqual([model.names, [...model.values]], [['None', 'v9', 'v10'], [2, 1, NaN, 0]])
    assert.deepEqual([...columnOf('metrics.auc', { numbers: [0.5, 'NaN', null, Number.MAX_VALUE] }).values], [0.5, NaN, NaN, NaN])
    assert.equal(columnOf('attributes.duration', { numbers: [1] }).kind, 'duration')
  })
})

describe('brushes', () => {
  const anyBrush: fc.Arbitrary<Brush> = fc.oneof(
    fc.record({ field: text, range: fc.tuple(fc.integer(), fc.nat()).map(([from, width]): [number, number] => [from, from + width]) }, { noNullPrototype: true }),
    fc.record({ field: text, names: fc.array(text, { minLength: 1 }) }, { noNullPrototype: true }))
  test('are read back from an address, and what is none is left out', () => {
    fc.assert(fc.property(anyBrush, (brush) => assert.deepEqual(readBrush(writeBrush(brush)), [brush])))
    for (const nonsense of ['', 'a', 'a*1', 'a*2*1', 'a*x*y', 'a*is', 'a*1*2*3']) assert.deepEqual(readBrush(nonsense), [])
  })

  const columns = new Map<string, Column>([['metrics.a', columnOf('metrics.a', { numbers: [1, 2, 3, null] })], ['params.m', columnOf('params.m', { texts: ['x', 'y'], at: [0, 1, 0, 0] })]])
  test('let through what lies in all of them, and nothing that has no value', () => {
    assert.deepEqual([...chosenBy([{ field: 'metrics.a', range: [2, 3] }], columns, 4)!], [0, 1, 1, 0])
    assert.deepEqual([...chosenBy([{ field: 'metrics.a', range: [2, 3] }, { field: 'params.m', names: ['x'] }], columns, 4)!], [0, 0, 1, 0])
    assert.equal(chosenBy([{ field: 'gone', range: [0, 1] }], columns, 4), undefined)
  })

  test('of a part of an axis choose what is drawn in that part', () => {
    fc.assert(fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (from, width) => {
      const brush = brushOf(columns.get('metrics.a')!, [from, from + width])
      const [low, high] = rangeOf(brush, columns.get('metrics.a')!)!
      // No more than a thousandth beyond either end, and nothing of it is lost.
      assert.ok(low <= from && high >= from + width && high - low <= width * 1.0021 + 1e-9)
    }))
    assert.deepEqual(brushOf(columns.get('params.m')!, [0.5, 1.5]), { field: 'params.m', names: ['y'] })
    assert.deepEqual(rangeOf({ field: 'params.m', names: ['y'] }, columns.get('params.m')!), [0.5, 1.5])
  })
})

describe('panels', () => {
  const anyPanel: fc.Arbitrary<Panel> = fc.record({ id: fc.stringMatching(/^\w{1,8}$/), kind: fc.constantFrom(...panelKinds), roles: fc.array(fc.tuple(fc.constantFrom('x', 'y', 'axis'), text)) }, { noNullPrototype: true })
  test('are read back from an address, and what is none is left out', () => {
    fc.assert(fc.property(anyPanel, (panel) => assert.deepEqual(readPanel(writePanel(panel)), [panel])))
    for (const nonsense of ['', '1', '1*pie', '1*scatter*x', '-*scatter']) assert.deepEqual(readPanel(nonsense), [])
    assert.equal(readPanels(['1*bar', '1*box']).length, 1)
  })

  test('have a Python snippet each that names their fields', () => {
    for (const kind of runKinds) {
      const python = panelPython({ id: '1', kind, roles: [['x', 'params.lr'], ['y', 'metrics.auc'], ['z', 'metrics.auc'], ['axis', 'params.lr'], ['axis', 'metrics.auc'], ['by', 'params.model'], ['log', 'x']] }, { url: 'http://here', experiments: ['1', '2'], filter: "a = 'b\"'", params: ['params.lr'] })
      assert.match(python, kind === 'bar' || kind === 'box' || kind === 'violin' ? /metrics\.auc/ : /params\.lr/)
      assert.ok(python.includes(String.raw`mlflow.search_runs(["1", "2"], filter_string="a = 'b\"'"`))
    }
  })
})

describe('views of runs', () => {
  const rows = 40
  const numbers = (of: (row: number) => number | null) => ({ numbers: Array.from({ length: rows }, (_, row) => of(row)) })
  const columns = new Map(([
    ['metrics.auc', numbers((row) => (row === 3 ? null : row / rows))], ['metrics.loss', numbers((row) => 1 - row / rows)], ['attributes.run_name', { texts: Array.from({ length: rows }, (_, row) => `run ${row}`), at: Array.from({ length: rows }, (_, row) => row) }],
    ['params.model', { texts: ['forest', 'boost'], at: Array.from({ length: rows }, (_, row) => row % 2) }],
  ] as const).map(([id, column]) => [id, columnOf(id, column)]))
  const table: RunTable = { ids: Array.from({ length: rows }, (_, row) => `id${row}`), total: rows, columns }
  const data = (panel: string, change: Partial<ViewData> = {}): ViewData => ({ panel: readPanel(panel)[0]!, table, brushes: [], chosen: undefined, ...change })

  test('say in words what they show, and have all of it as rows', () => {
    const scatter = scatterView(data('1*scatter*x*metrics.loss*y*metrics.auc*color*params.model'))!
    assert.equal(scatter.summary, 'Scatter of auc by loss, 39 runs, rank correlation -1')
    assert.equal(scatter.table().rows.length, 40)
    assert.deepEqual(scatter.tip(5), { title: 'run 5', rows: [['loss', '0.875'], ['auc', '0.125'], ['model', 'boost']] })
    assert.match(histogramView(data('1*histogram*x*metrics.auc'))!.summary, /^Histogram of auc, 39 runs in \d+ bins, median 0\.\d+$/)
    assert.match(boxView(data('1*box*y*metrics.auc*by*params.model'))!.summary, /^Boxes of auc for each model, 39 runs: boost median 0\.5\d*, forest median 0\.\d+$/)
    assert.match(barView(data('1*bar*y*metrics.auc*by*params.model'))!.summary, /^Mean of auc for each model, 2 bars, highest 0\.\d+ for boost$/)
    assert.match(contourView(data('1*contour*x*metrics.auc*y*metrics.loss*z*metrics.auc'))!.summary, /39 runs, highest 0\.975/)
    assert.match(parallelView(data('1*parallel*axis*metrics.auc*axis*params.model'))!.note, /^40 runs, some without auc$/)
    assert.equal(scatterView(data('1*scatter*x*metrics.gone*y*metrics.auc')), undefined)
  })

  test('count only what is chosen, and every run in one group', () => {
    const chosen = Uint8Array.from({ length: rows }, (_, row) => (row < 10 ? 1 : 0))
    assert.deepEqual(barView(data('1*bar*by*params.model', { chosen }))!.table().rows, [['boost', 5], ['forest', 5]])
    assert.equal(histogramView(data('1*histogram*x*metrics.auc*by*params.model', { chosen }))!.table().rows.flatMap(([, , ...counts]) => counts as number[]).reduce((sum, one) => sum + one, 0), 9)
    assert.equal(scatterView(data('1*scatter*x*metrics.loss*y*metrics.auc', { chosen }))!.note, '10 of 39 runs chosen, 1 without a value, ρ -1.00')
  })

  test('keep what does not change with a choice: whatever was chosen before, they say the same as panels made anew', () => {
    const texts = ['1*scatter*x*metrics.loss*y*metrics.auc*color*params.model', '1*histogram*x*metrics.auc', '1*box*y*metrics.auc*by*params.model', '1*box*y*metrics.auc', '1*parallel*axis*metrics.auc*axis*params.model']
    const viewOf = (one: ViewData): View => ({ scatter: scatterView, histogram: histogramView, box: boxView, parallel: parallelView } as Record<string, (of: ViewData) => View | undefined>)[one.panel.kind]!(one)!
    const said = (view: View): unknown => ({ note: view.note, summary: view.summary, table: view.table(), first: view.rows?.(0), tip: view.tip(0), stops: view.figure.stops({ width: 400, height: 300 }) })
    const kept = texts.map((text) => data(text))
    fc.assert(fc.property(fc.array(fc.option(fc.uint8Array({ min: 0, max: 1, minLength: rows, maxLength: rows }), { nil: undefined }), { minLength: 1, maxLength: 4 }), (choices) => {
      for (const chosen of choices) {
        for (const [at, text] of texts.entries()) assert.deepEqual(said(viewOf({ ...kept[at]!, chosen })), said(viewOf(data(text, { chosen, table: { ...table } }))))
      }
    }))
    const chosen = Uint8Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? 1 : 0))
    const values = Array.from({ length: rows }, (_, row) => row / rows).filter((_, row) => row !== 3 && row % 3 === 0)
    assert.deepEqual(boxView(data('1*box*y*metrics.auc', { chosen }))!.table().rows, [['All runs', values.length, ...[0, 0.25, 0.5, 0.75, 1].map((part) => quantile(values, part))]])
    assert.equal(histogramView(data('1*histogram*x*metrics.auc', { chosen }))!.table().rows.reduce((sum, [, , one]) => sum + Number(one), 0), values.length)
  })

  test('group numbers of many values by even steps, and every run in one', () => {
    const { head, rows: bars } = barView(data('1*bar*by*metrics.auc'))!.table()
    assert.equal(head[0], 'auc')
    assert.ok(bars.length <= 13 && bars.every(([name]) => name === 'none' || / to /.test(String(name))), String(bars))
    assert.deepEqual([bars.reduce((sum, [, count]) => sum + Number(count), 0), bars.at(-1)], [rows, ['none', 1]])
  })

  test('colour words by colour and mark, numbers by even steps, and what has none pale', () => {
    const words = coloring(columnOf('params.w', { texts: Array.from({ length: 25 }, (_, at) => `w${at}`), at: Array.from({ length: 26 }, (_, at) => (at === 25 ? -1 : at)) }), 26)
    assert.equal(new Set(words.inks.slice(0, 20).map(({ color, shape }) => `${color} ${shape}`)).size, 20)
    assert.equal(words.inks[words.ink[25]!]!.color, '--line-strong')
    const ramp = coloring(columns.get('metrics.auc'), rows)
    assert.deepEqual([ramp.ink[0], ramp.ink[39], ramp.inks[ramp.ink[3]!]!.color], [0, 11, '--line-strong'])
  })

  test('order axes by how much they say about the last', () => {
    const noise = columnOf('params.noise', numbers((row) => (row * 7919) % 13))
    assert.deepEqual(byCorrelation([columns.get('metrics.loss')!, noise, columns.get('metrics.auc')!]), ['params.noise', 'metrics.loss', 'metrics.auc'])
    assert.deepEqual([moved(['a', 'b', 'c'], 0, 1), moved(['a', 'b', 'c'], 2, -9)], [['b', 'a', 'c'], ['c', 'a', 'b']])
  })

  test('find the param that matters, words as well as numbers, from a part of many runs', () => {
    const many = 5000
    const model = columnOf('params.model', { texts: ['a', 'b', 'c'], at: Array.from({ length: many }, (_, row) => row % 3) })
    const seed = columnOf('params.seed', { texts: Array.from({ length: 7 }, (_, at) => String(at)), at: Array.from({ length: many }, (_, row) => row % 7) })
    const { rows: found, runs, sampled } = importanceOf([seed, model], Float64Array.from({ length: many }, (_, row) => [5, 1, 3][row % 3]!))
    assert.deepEqual([found.map(({ id }) => id), runs, sampled], [['params.model', 'params.seed'], 5000, 2000])
    assert.ok(found[0]!.forest > 0.95 && Number.isNaN(found[0]!.spearman))
  })
})

describe('the store of fields', () => {
  const answerOf = (ids: string[]) => ({ fields }: FieldsRequest) => Promise.resolve({ run_ids: ids, total: ids.length, columns: fields.map(() => ({ numbers: ids.map((_, at) => at) })) })
  const settled = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve) })

  test('asks for each field once, and for all again when the runs are others', async () => {
    const asked: string[][] = []
    let ids = ['a', 'b']
    const store = new FieldStore((request) => { asked.push(request.fields.map(({ key }) => key)); return answerOf(ids)(request) }, 100)
    store.want(['metrics.x'], 100)
    await settled()
    store.want(['metrics.x', 'metrics.y'], 100)
    await settled()
    assert.deepEqual(asked, [['x'], ['y']])
    ids = ['c', 'a', 'b']
    store.want(['metrics.x', 'metrics.y', 'metrics.z'], 100)
    await settled()
    assert.deepEqual(asked.slice(2), [['z'], ['x', 'y']])
    assert.deepEqual([...store.state.table!.columns.keys()].sort(), ['metrics.x', 'metrics.y', 'metrics.z'])
    store.reload()
    await settled()
    assert.equal(asked.length, 5)
  })

  test('keeps what it has when the server fails, and says so', async () => {
    let fails = false
    const store = new FieldStore((request) => (fails ? Promise.reject(new Error('no server')) : answerOf(['a'])(request)), 100)
    store.want(['metrics.x'], 100)
    await settled()
    fails = true
    store.reload()
    await settled()
    assert.equal(store.state.error, 'no server')
    assert.equal(store.state.table!.ids.length, 1)
    fails = false
    store.reload()
    await settled()
    assert.equal(store.state.error, undefined)
  })
})
