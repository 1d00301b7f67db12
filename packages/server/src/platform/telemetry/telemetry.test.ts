import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Telemetry } from './telemetry.ts'

test('counters, gauges and histograms are written as Prometheus reads them', () => {
  const telemetry = new Telemetry()
  const requests = telemetry.counter('requests_total', 'Requests.')
  requests({ path: 'a"b\\c\n' }).add()
  requests({ path: 'a"b\\c\n' }).add(2)
  telemetry.gauge('depth', 'Depth.', () => 7)
  const seconds = telemetry.histogram('seconds', 'Duration.', [0.1, 1])({ kind: 'x' })
  for (const value of [0.05, 0.1, 0.5, 3]) seconds.observe(value)
  assert.equal(telemetry.expose(), [
    '# HELP requests_total Requests.', '# TYPE requests_total counter', 'requests_total{path="a\\"b\\\\c\\n"} 3',
    '# HELP depth Depth.', '# TYPE depth gauge', 'depth 7',
    '# HELP seconds Duration.', '# TYPE seconds histogram',
    'seconds_bucket{kind="x",le="0.1"} 2', 'seconds_bucket{kind="x",le="1"} 3', 'seconds_bucket{kind="x",le="+Inf"} 4',
    'seconds_sum{kind="x"} 3.65', 'seconds_count{kind="x"} 4', '',
  ].join('\n'))
  assert.throws(() => telemetry.counter('depth', 'Again.'), /Two families/)
})
