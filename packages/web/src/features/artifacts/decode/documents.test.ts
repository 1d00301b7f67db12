import assert from 'node:assert/strict'
import { it } from 'node:test'
import { jsonTable, parseJson, prettyJson } from './json.ts'
import { askBody, parseMlModel, snippets } from './mlmodel.ts'
import { parseNotebook } from './notebook.ts'
import { figurePage, isPlotly, wantsPlotly, withPlotly } from './plotly.ts'
import { viewerOf } from '../kinds.ts'

const mlmodel = `artifact_path: model
flavors:
  python_function: {loader_module: mlflow.sklearn, python_version: 3.12.3}
  sklearn: {pickled_model: model.pkl, sklearn_version: 1.9.0}
mlflow_version: 3.17.2
run_id: abc
model_id: m-1
saved_input_example_info: {artifact_path: input_example.json, type: dataframe}
signature:
  inputs: '[{"type": "double", "name": "tenure", "required": true}, {"type": "string", "name": "plan''s name", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: '[{"name": "cut", "type": "double", "default": 0.5, "shape": null}]'
`

it('an MLmodel is read with its signature, flavors and defaults', () => {
  const model = parseMlModel(mlmodel)
  assert.deepEqual(model.inputs, [{ name: 'tenure', type: 'double', required: true }, { name: "plan's name", type: 'string', required: false }])
  assert.deepEqual(model.outputs, [{ name: '(unnamed)', type: 'tensor(int64, [-1])', required: true }])
  assert.equal(model.params[0]!.default, '0.5')
  assert.deepEqual(model.flavors.map(([name]) => name), ['python_function', 'sklearn'])
  assert.deepEqual([model.runId, model.modelId, model.example], ['abc', 'm-1', 'input_example.json'])
  const chat = parseMlModel(`signature: {inputs: '[{"type": "map", "values": {"type": "string"}, "required": true}]', params: '[{"name": "stops", "type": "string", "default": ["a"], "shape": [-1]}]'}`)
  assert.deepEqual([chat.inputs[0]!.type, chat.params[0]!.type, askBody(chat.inputs)], ['map(string)', 'array(string)', { inputs: [{ key: 'a' }] }])
  assert.throws(() => parseMlModel('- just\n- a list'), /no description/)
})

it('snippets hold the columns of the signature, safe for the shell', () => {
  const [python, served, script, curl] = snippets('models:/churn@champion', 'http://s', parseMlModel(mlmodel).inputs)
  assert.match(python!.code, /load_model\("models:\/churn@champion"\)[^]*pd\.DataFrame\(\[\{"tenure": 0\.5, "plan's name": "a"\}\]\)/)
  assert.match(served!.code, /^# Serve it first: .*cairn models serve[^]*requests\.post\([^]*json=\{"dataframe_split": \{"columns": \["tenure", "plan's name"\], "data": \[\[0\.5, "a"\]\]\}\}\)/)
  assert.match(script!.code, /"dataframe_split"/)
  assert.match(curl!.code, /plan'\\''s name/)
})

it('snippets hold values of the types that the signature wants, and names that hold quotes', () => {
  const field = (type: string, name = 'x') => ({ name, type, required: true })
  const [python, , , curl] = snippets('models:/it\'s "x"@champion', 'http://s', [field('integer', 'i'), field('float', 'f'), field('binary', 'b'), field('datetime', 'd'), field('array(object(a: double, b: array(string)))', 'o')])
  assert.ok(python!.code.includes('load_model("models:/it\'s \\"x\\"@champion")'))
  assert.ok(python!.code.includes('pd.DataFrame([{"i": 1, "f": 0.5, "b": b"a", "d": pd.Timestamp("2026-01-31T12:00:00"), "o": [{"a": 0.5, "b": ["a"]}]}]).astype({"i": "int32", "f": "float32"})'))
  assert.ok(curl!.code.includes(`-m 'models:/it'\\''s "x"@champion' -p`))
  const [tensors] = snippets('m', 'http://s', [field('tensor(float32, [-1,2])', 'p'), field('tensor(int64, [-1,1])', 'q')])
  assert.ok(tensors!.code.includes('data = {"p": np.array([[0,0]], dtype="float32"), "q": np.array([[0]], dtype="int64")}'))
  assert.deepEqual(askBody([field('tensor(float32, [-1,2])', 'p')]), { inputs: { p: [[0, 0]] } })
  assert.deepEqual([askBody([field('string', '(unnamed)')]), askBody([field('long', '(0)'), field('string', '(1)')])], [{ inputs: ['a'] }, { inputs: [[1, 'a']] }])
})

it('a notebook shows text, images and errors itself, and hands markup to the sandbox', () => {
  const book = parseNotebook(JSON.stringify({
    metadata: { kernelspec: { language: 'python' } },
    cells: [
      { cell_type: 'markdown', source: ['# Title\n', 'text'] },
      { cell_type: 'code', execution_count: 3, source: 'f()', outputs: [
        { output_type: 'stream', text: ['one\n', '\u001b[31mtwo\u001b[0m'] },
        { output_type: 'display_data', data: { 'image/png': 'aGk=\n', 'text/plain': 'x' } },
        { output_type: 'execute_result', data: { 'text/html': '<b onclick="x">', 'text/plain': 'x' } },
        { output_type: 'error', ename: 'E', evalue: 'v', traceback: [] },
      ] },
    ],
  }))
  assert.equal(book.cells[0]!.source, '# Title\ntext')
  assert.deepEqual(book.cells[1]!.outputs, [
    { kind: 'text', text: 'one\ntwo' }, { kind: 'image', url: 'data:image/png;base64,aGk=' },
    { kind: 'html', html: '<b onclick="x">' }, { kind: 'error', text: 'E: v' },
  ])
  assert.throws(() => parseNotebook('{}'), /no notebook/)
  assert.throws(() => parseNotebook('{'), /no JSON/)
})

it('a notebook keeps what was printed last on a line, its own pictures, Markdown and JSON', () => {
  const { cells } = parseNotebook(JSON.stringify({ cells: [
    { cell_type: 'markdown', source: '![plot](attachment:my%20plot.png) ![gone](attachment:gone.png)', attachments: { 'my plot.png': { 'image/png': 'aGk=' } } },
    { cell_type: 'code', source: '', outputs: [
      { output_type: 'stream', text: '\rstep 1\rstep 2\rstep 3\ndone\n' }, { output_type: 'display_data', data: { 'text/markdown': '**bold**', 'text/plain': 'x' } },
      { output_type: 'display_data', data: { 'application/json': { a: [1] } } },
    ] },
  ] }))
  assert.equal(cells[0]!.source, '![plot](data:image/png;base64,aGk=) ![gone](attachment:gone.png)')
  assert.deepEqual(cells[1]!.outputs, [{ kind: 'text', text: 'step 3\ndone\n' }, { kind: 'markdown', text: '**bold**' }, { kind: 'text', text: '{\n  "a": [\n    1\n  ]\n}' }])
})

it('whole numbers of JSON keep their digits, whatever their size', () => {
  const read = parseJson('{"id": 9007199254740993123, "n": -12345678901234567890, "x": 1e400, "f": 3.14159265358979323846}')
  assert.deepEqual(read, { id: 9007199254740993123n, n: -12345678901234567890n, x: Infinity, f: Math.PI })
  assert.equal(prettyJson(parseJson('[9007199254740993123]')), '[\n  9007199254740993123\n]')
  assert.deepEqual(jsonTable(parseJson('[{"id": 9007199254740993123}]'))!.columns, [{ name: 'id', numeric: true }])
})

it('a Plotly figure is known by its traces, and cannot end the script that holds it', () => {
  assert.equal(isPlotly({ data: [{ type: 'bar', x: [1] }], layout: {} }), true)
  assert.equal(isPlotly({ columns: ['a'], data: [[1]] }), false)
  assert.equal(isPlotly({ data: [{ type: 'person' }] }), false)
  assert.ok(!figurePage('{"title":"</script><script>x"}', 'lib').includes('</script><script>x'))
})

it('a page that loads Plotly from the network gets it from here', () => {
  const html = '<div></div><script charset="utf-8" src="https://cdn.plot.ly/plotly-3.1.0.min.js"></script><script>Plotly.newPlot()</script>'
  assert.equal(wantsPlotly(html), true)
  assert.equal(withPlotly(html, "a='</script>'"), "<div></div><script>a='<\\/script>'</script><script>Plotly.newPlot()</script>")
  assert.equal(wantsPlotly('<p>plotly.js</p>'), false)
})

it('the viewer is chosen by the name', () => {
  assert.deepEqual(['a/MLmodel', 'x.PNG', 'a.tsv', 'model.pkl', 'notes', 'Dockerfile', 'b.parquet', 'c.npz', 'requirements.txt'].map(viewerOf), ['mlmodel', 'image', 'table', 'binary', 'text', 'text', 'table', 'numpy', 'text'])
})

it('NaN and the infinities of Python’s JSON are numbers, and texts that read like them are texts', () => {
  const text = '{"nan": NaN, "low": -Infinity, "high": [Infinity], "text": "NaN", "said": "it is \\"NaN\\", -Infinity", "NaN": 1}'
  const read = parseJson(text)
  assert.deepEqual(read, { nan: NaN, low: -Infinity, high: [Infinity], text: 'NaN', said: 'it is "NaN", -Infinity', NaN: 1 })
  assert.deepEqual(prettyJson(read).split('\n'), ['{', '  "nan": NaN,', '  "low": -Infinity,', '  "high": [', '    Infinity', '  ],', '  "text": "NaN",', '  "said": "it is \\"NaN\\", -Infinity",', '  "NaN": 1', '}'])
  assert.deepEqual(parseJson('[NaN, 9007199254740993123]'), [NaN, 9007199254740993123n])
  const table = jsonTable(parseJson('{"columns": ["loss", "word"], "data": [[NaN, "NaN"], [Infinity, "x"]]}'))!
  assert.deepEqual(table.columns, [{ name: 'loss', numeric: true }, { name: 'word', numeric: false }])
})
