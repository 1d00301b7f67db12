import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineOf } from '@cairn/charts'
import { fileName, linesCsv, pythonOf } from './save.ts'

test('a table of what is drawn has a row for each point, those that are not finite included, and quotes what has commas', () => {
  const line = lineOf({ count: 3, non_finite: { x: [1], value: ['NaN'], count: [1] }, points: { x: [0, 2], value: [0.5, 0.25] }, smooth: { x: [0, 2], value: [0.5, 0.4] } })
  const csv = linesCsv({ lines: [{ id: 'r', name: 'a, "b"', look: { color: '', dash: [] }, line }], xKind: 'whole', xScale: 'linear', yScale: 'linear', clip: false }, 'step', 'loss')
  assert.equal(csv, 'line,step,loss,smoothed\r\n"a, ""b""",0,0.5,0.5\r\n"a, ""b""",1,NaN,\r\n"a, ""b""",2,0.25,0.4\r\n')
})

test('lines of one name are told apart in a file', () => {
  const line = lineOf({ count: 1, non_finite: { x: [], value: [], count: [] }, points: { x: [0], value: [1] } })
  const lines = ['a1', 'b2'].map((id) => ({ id, name: 'twin', look: { color: '', dash: [] }, line }))
  assert.equal(linesCsv({ lines, xKind: 'whole', xScale: 'linear', yScale: 'linear', clip: false }, 'step', 'loss'), 'line,step,loss\r\ntwin (a1),0,1\r\ntwin (b2),0,1\r\n')
})

test('the Python that is copied names the server, the runs and the metric as Python strings', () => {
  const code = pythonOf({ url: 'http://host:5000', metric: 'train/"loss"', runs: [{ id: 'ab12', name: 'first' }], axis: 'relative', yLog: true })
  for (const part of ['mlflow.MlflowClient("http://host:5000")', '"ab12": "first",', 'get_metric_history(run_id, "train/\\"loss\\"")', 'plt.yscale("log")', 'start = client.get_run(run_id).info.start_time', '(p.timestamp - start) / 1000']) assert.ok(code.includes(part), part)
})

test('a file is called after its chart, without what a path could hold', () => {
  assert.deepEqual([fileName('train/loss (best)', 'png'), fileName('../', 'csv')], ['train-loss-best.png', 'chart.csv'])
})
