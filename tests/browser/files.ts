import { readFile } from 'node:fs/promises'
import { deflateSync, crc32 } from 'node:zlib'

/** Sets a mark wherever it runs, and tries to reach what it must not: the page around it, and the server. */
const attack = `try { parent.document.title = 'stolen'; parent.attacked = true } catch {} try { top.attacked = true } catch {} window.attacked = true; fetch('/api/2.0/mlflow/experiments/search?max_results=1').then(() => { document.title = 'reached' }, () => {});`

export const png = (width: number, height: number, red: number): Buffer => {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.concat(Array.from({ length: height }, (_, y) => Buffer.from([0, ...Array.from({ length: width }, (_x, x) => [red, Math.round(x / width * 255), Math.round(y / height * 255)]).flat()])))
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

const npy = (): Buffer => {
  const header = `${"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 20, 30), }".padEnd(117)}\n`
  const data = Float32Array.from({ length: 1800 }, (_, index) => Math.sin(index % 30 / 5) * Math.cos(Math.floor(index / 30) / 6))
  return Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY\x01\x00'), Buffer.from([118, 0]), Buffer.from(header), Buffer.from(data.buffer)])
}

const wav = (): Buffer => {
  const samples = 8000
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8000, 24)
  head.writeUInt32LE(8000, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(samples, 40)
  return Buffer.concat([head, Buffer.from(Array.from({ length: samples }, (_, index) => 128 + Math.round(60 * Math.sin(index / 4))))])
}

/** Half a second of two colours, 32 × 24, as Chromium records a canvas (VP8). */
const webm = (): Buffer => Buffer.from(
  'GkXfo59ChoEBQveBAULygQRC84EIQoKEd2VibUKHgQRChYECGFOAZwEAAAAAAALcEU2bdLlNu4tTq4QVSalmU6yBbk27i1OrhBZUrmtTrIGTTbuLU6uEH0O2dVOsgdRNu4xTq4QcU7trU6yCAsrsrgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAVSalmoCrXsYMPQkBEiYRD/20OTYCGQ2hyb21lV0GGQ2hyb21lFlSua7yuuteBAXPFh2IHAG3SiZ6DgQFV7oEBhoVWX1ZQOOCdsIEguoEYU8CBAVWwkFWxgQFVuYECVbqBDVW7gQEfQ7Z1AQAAAAAA' +
  'AerngQCg5aG6gQAAABADAJ0BKiAAGAACRwiFhYiZhIgMggJ1qgP4A/gCCFkhpND+62Rf/cf/rNl/s9f/W/+oID9IAHWhpqak7oEBpZ8wAgCdASogABgABwcIhYWImYSIJgIAB5DzycD+8F0AoMihqIEAbQDRAQAJEIAAGAAeV/QMAA+YAP7a' +
  'Jv/pNGqfj7S3/00UYUx9tAB1oZimlu6BAaWRsQEAHBE8ABgAGFgv9AAIcAD7gQCgyaGpgQDRANEBAAkQVAAYAB5X9AwANQcA/uxJ3/3nzWA6r+41/7KvhMj/2SB1oZimlu6BAaWRsQEAHBEsABgAGFgv9AAIcAD7gW2gyqGqgQE2ANEBAAkQ' +
  'RAAYAB5X9AwAD5gA/uQBf/eM86C5v7F3/vPmsB1X9owAdaGYppbugQGlkbEBABwRHAAYABhYL/QACHAA+4HRoM2hrIEBmgDRAQAJEDgAGAAeV/QMADUHAP7uXj//HNvjm3xzb/jm3/vGedBc39aAdaGYppbugQGlkbEBABwQ7AAYABhYL/QA' +
  'CHAA+4IBNqDOoa2BAf4AEQIACRAsABgHOAghenLNQBE4AP7paR/8y5rQe9/5l5/+a53IRG/80GB1oZimlu6BAaWRsQEAHBDcABgAGFgv9AAIcAD7ggGaHFO7a427i7OBALeG94EB8YHU', 'base64')

/** One page that says “Report of churn”. */
const pdf = (): Buffer => {
  const content = 'BT /F1 32 Tf 60 700 Td (Report of churn) Tj ET'
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, index) => {
    const at = text.length
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
    return at
  })
  const start = text.length
  text += `xref\n0 6\n0000000000 65535 f \n${places.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${start}\n%%EOF`
  return Buffer.from(text)
}

/** A protobuf message: numbers as varints, all else by its bytes. */
function message(...parts: readonly (readonly [number: number, value: number | string | Uint8Array])[]): Uint8Array {
  const varint = (value: number): number[] => (value < 128 ? [value] : [value & 127 | 128, ...varint(Math.floor(value / 128))])
  return new Uint8Array(parts.flatMap(([number, value]) => {
    if (typeof value === 'number') return [...varint(number << 3), ...varint(value)]
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    return [...varint(number << 3 | 2), ...varint(bytes.length), ...bytes]
  }))
}

const onnx = (): Uint8Array => {
  const value = (name: string, width: number) => message([1, name], [2, message([1, message([1, 1], [2, message([1, message([2, 'N'])], [1, message([1, width])])])])])
  const node = (op: string, inputs: string[], output: string) => [1, message(...inputs.map((name) => [1, name] as const), [2, output], [3, `/net/${op.toLowerCase()}`], [4, op])] as const
  return message([1, 8], [2, 'pytorch'], [3, '2.9'], [8, message([2, 17])], [7, message(
    node('Gemm', ['x', 'w'], 'a'), node('Relu', ['a'], 'b'), node('Gemm', ['b', 'v'], 'c'), node('Add', ['c', 'x'], 'd'), node('Sigmoid', ['d'], 'y'),
    [2, 'net'], [5, message([1, 4], [1, 4], [2, 1], [8, 'w'])], [5, message([1, 4], [1, 4], [2, 1], [8, 'v'])], [11, value('x', 4)], [12, value('y', 4)],
  )])
}

const notebook = JSON.stringify({
  nbformat: 4, metadata: { language_info: { name: 'python' } },
  cells: [
    { cell_type: 'markdown', source: '# Churn\nWhat we *found*.' },
    { cell_type: 'code', execution_count: 1, source: 'print("hello")  # greets', outputs: [
      { output_type: 'stream', text: 'hello\n' },
      { output_type: 'display_data', data: { 'text/html': `<table><tr><td>from the notebook</td></tr></table><script>${attack}</script>` } },
      { output_type: 'display_data', data: { 'image/svg+xml': `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="${attack.replaceAll('"', "'")}"><circle cx="20" cy="20" r="18"/></svg>` } },
    ] },
  ],
})

const mlmodel = `artifact_path: model
flavors:
  python_function: {loader_module: mlflow.sklearn, python_version: 3.12.3}
  sklearn: {pickled_model: model.pkl, sklearn_version: 1.9.0}
mlflow_version: 3.17.2
saved_input_example_info: {artifact_path: input_example.json, type: dataframe}
signature:
  inputs: '[{"type": "double", "name": "tenure", "required": true}, {"type": "string", "name": "contract", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
`

/** A file of each kind that has a viewer, by its path; among them those that would run scripts if they could. */
export async function sampleFiles(): Promise<Record<string, string | Uint8Array>> {
  const columnar = async (name: string) => new Uint8Array(await readFile(new URL(`../../packages/web/src/features/artifacts/decode/testdata/${name}`, import.meta.url)))
  return {
    'model/MLmodel': mlmodel,
    'model/input_example.json': '{"columns": ["tenure", "contract"], "data": [[12.5, "monthly"]]}',
    'plots/roc.png': png(240, 180, 40), 'plots/roc-2.png': png(240, 180, 220),
    'plots/evil.svg': `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" onload="attacked=true"><script>${attack}</script><rect width="200" height="100" fill="teal"/></svg>`,
    'report.md': `# Report\n\n<script>${attack}</script>\n\n<img src=x onerror="attacked=true">\n\n[link](javascript:attacked=true) ![roc](plots/roc.png)\n\n| metric | value |\n|---|--:|\n| auc | 0.9 |\n`,
    'page.html': `<h1>A page</h1><script>${attack} document.querySelector('h1').textContent = 'Scripts run here'</script>`,
    'figure.json': JSON.stringify({ data: [{ type: 'bar', x: ['a', 'b'], y: [1, 3] }], layout: { title: { text: 'Bars' } } }),
    'metrics.json': '{"auc": 0.91, "folds": [0.9, NaN, 0.92], "worst": -Infinity, "said": "NaN", "nested": {"deep": {"deeper": true}}}',
    'table.json': '{"columns": ["question", "answer"], "data": [["what?", "this"], ["why?", "because"]]}',
    'train.py': `import mlflow\n\n${Array.from({ length: 400 }, (_, index) => `def step_${index}():  # number ${index}\n    return ${index}`).join('\n')}\n`,
    'predictions.csv': `id,label,score\n${Array.from({ length: 50_000 }, (_, index) => `${index},"customer, ${index}",${(index * 7919 % 50_000) / 50_000}`).join('\n')}\n`,
    'features.tsv': 'a\tb\n1\tx\n2\ty\n',
    'data.parquet': await columnar('parquet-snappy.parquet'), 'data.arrow': await columnar('arrow-lz4.arrow'),
    'notebook.ipynb': notebook, 'weights.npy': npy(), 'net.onnx': onnx(), 'report.pdf': pdf(), 'tone.wav': wav(), 'clip.webm': webm(),
    'model/model.pkl': Buffer.from([0x80, 4, 0x95]), 'broken.parquet': Buffer.alloc(500, 7), 'broken.png': 'not a png', 'empty.txt': '', 'odd.log': Buffer.from([65, 0, 1, 2, 66]),
  }
}
