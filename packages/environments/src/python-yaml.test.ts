import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePythonYaml, pythonRepr, pythonText, YamlError } from './python-yaml.ts'

test('plain scalars mean what PyYAML takes them for', () => {
  const read = (text: string): unknown => (parsePythonYaml(`v: ${text}`) as Record<string, unknown>)['v']
  assert.deepEqual(['yes', 'Off', 'y', 'null', '~', ''].map(read), [true, false, 'y', null, null, null])
  assert.deepEqual(['1', '010', '0x1f', '1_000', '1:30', '-7', '08'].map(read), [1n, 8n, 31n, 1000n, 90n, -7n, '08'])
  assert.deepEqual(['1.0', '.5', '1e-3', '1.0e-3', '1.5e+3', '-.inf'].map(read), [1, 0.5, '1e-3', 0.001, 1500, -Infinity])
  assert.deepEqual(["'1'", '"yes"', '2020-01-02', '2020-01-02T03:04:05Z'].map(read), ['1', 'yes', '2020-01-02', '2020-01-02 03:04:05+00:00'])
})

test('anchors, merges and repeated keys end as in PyYAML', () => {
  assert.deepEqual(parsePythonYaml('a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\nc: *x'), { a: { k: 1n, l: 2n }, b: { k: 1n, l: 3n }, c: { k: 1n, l: 2n } })
  assert.deepEqual(parsePythonYaml('a: 1\na: 2'), { a: 2n })
  assert.deepEqual(parsePythonYaml(''), null)
})

test('values have the text that Python gives them', () => {
  assert.deepEqual([1.0, 0.1, 1e16, 1e15, 1e-5, 0.0001, 123456789.125, -0, 1e22, 5e-324].map(pythonText),
    ['1.0', '0.1', '1e+16', '1000000000000000.0', '1e-05', '0.0001', '123456789.125', '-0.0', '1e+22', '5e-324'])
  assert.equal(pythonRepr({ a: [true, null, "it's", 'b"\n'] }), `{'a': [True, None, "it's", 'b"\\n']}`)
})

test('what is no YAML is told by line and column', () => {
  assert.throws(() => parsePythonYaml('a: [1\nb: 2'), (error: Error) => error instanceof YamlError && /^line \d+, column \d+: /.test(error.message))
})
