/**
 * One ONNX model in a process of its own: onnxruntime computes on the calling thread, and takes the
 * whole process with it when it is ended in between.
 *
 *     node onnx-worker.ts RUNTIME SOCKET FOLDER
 *
 * Speaks the frames of worker.py, batches only.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { encodeFrame, frameReader, type ReadFrame } from '../pool/frames.ts'
import type { OnnxRuntime, OnnxTensor } from './runtime.ts'

interface Setup {
  readonly model: string
  /** Outputs as MLflow gives them for a frame (a record a row) or for an array (a list an output). */
  readonly answers: 'records' | 'outputs'
}

interface BatchHeader {
  readonly rows: readonly number[]
  readonly columns: readonly { readonly at: number; readonly count: number; readonly sent: string }[]
}

const [runtimePath = '', socketPath = '', folder = ''] = process.argv.slice(2)
const setup = JSON.parse(process.env['CAIRN_ONNX_SETUP'] ?? '{}') as Setup
const runtime = createRequire(import.meta.url)(runtimePath) as OnnxRuntime
const started = performance.now()
const session = await runtime.InferenceSession.create(`${folder}/${setup.model}`, { intraOpNumThreads: Number(process.env['OMP_NUM_THREADS'] ?? 1), interOpNumThreads: 1, executionMode: 'sequential' })
const outputs = session.outputMetadata.map(({ name }) => name)
const [input] = session.inputMetadata
const version = await readFile(runtimePath.replace(/dist\/.*$/, 'package.json'), 'utf8').then((text) => (JSON.parse(text) as { version: string }).version, () => '')
const socket = connect(socketPath)
socket.on('close', () => process.exit(0))
socket.on('error', () => process.exit(0))
socket.on('data', frameReader((frame) => void answer(frame)))
socket.write(encodeFrame({ pid: process.pid, python: '', mlflow: `onnxruntime-node ${version}`, batches: true, load_ms: Math.round(performance.now() - started), warm_up_ms: 0, warm_up_status: null, inputs: session.inputMetadata, outputs: session.outputMetadata }))

async function answer({ header, payload }: ReadFrame): Promise<void> {
  const { rows, columns } = header as BatchHeader
  const count = rows.reduce((sum, one) => sum + one, 0)
  let bodies: readonly { readonly status: number; readonly body: Buffer }[]
  try {
    const results = await run(matrix(columns, payload, count), count, columns.length)
    let from = 0
    bodies = rows.map((size) => ({ status: 200, body: Buffer.from(`{"predictions": ${cut(results, from, from += size, count)}}`) }))
  } catch (error) {
    const body = Buffer.from(JSON.stringify({
      error_code: 'BAD_REQUEST', sqlstate: 'KAM00', error_class: 'INVALID_PARAMETER_VALUE',
      message: `Encountered an unexpected error while evaluating the model. Verify that the serialized input Dataframe is compatible with the model for inference. ${(error as Error).message}`,
    }))
    bodies = rows.map(() => ({ status: 400, body }))
  }
  socket.write(encodeFrame({ items: bodies.map(({ status, body }) => [status, 'application/json', body.length]) }, bodies.map(({ body }) => body)))
}

function matrix(columns: BatchHeader['columns'], payload: Buffer, count: number): Float64Array {
  const cells = new Float64Array(count * columns.length)
  for (const [at, column] of columns.entries()) for (let row = 0; row < count; row++) cells[row * columns.length + at] = payload.readDoubleLE(column.at + row * 8)
  return cells
}

async function run(cells: Float64Array, count: number, width: number): Promise<Readonly<Record<string, OnnxTensor>>> {
  const type = input!.type
  const data = type === 'float32' ? Float32Array.from(cells) : type === 'int64' ? BigInt64Array.from(cells, (cell) => BigInt(Math.trunc(cell))) : cells
  return session.run({ [input!.name]: new runtime.Tensor(type, data, input!.shape.length === 1 ? [count] : [count, width]) }, outputs)
}

/** The part of the outputs that belongs to some of the rows, as JSON in MLflow's form. */
function cut(results: Readonly<Record<string, OnnxTensor>>, from: number, to: number, count: number): string {
  if (setup.answers === 'records') {
    for (const name of outputs) if (results[name]!.data.length !== count) throw new Error(`Its output "${name}" has ${results[name]!.data.length / count} values a row, and MLflow answers a data frame only with one.`)
    return `[${Array.from({ length: to - from }, (_, row) => `{${outputs.map((name) => `${JSON.stringify(name)}: ${text(results[name]!, from + row)}`).join(', ')}}`).join(', ')}]`
  }
  return `{${outputs.map((name) => {
    const tensor = results[name]!
    const size = tensor.data.length / count
    const list = (at: number, dims: readonly number[]): string => (dims.length === 0 ? text(tensor, at) : `[${Array.from({ length: dims[0]! }, (_, index) => list(at + (index * dims.reduce((all, dim) => all * dim, 1)) / dims[0]!, dims.slice(1))).join(', ')}]`)
    return `${JSON.stringify(name)}: ${list(from * size, [to - from, ...tensor.dims.slice(1)])}`
  }).join(', ')}}`
}

function text({ type, data }: OnnxTensor, at: number): string {
  const value = data[at]
  if (typeof value === 'string') return JSON.stringify(value)
  if (type.startsWith('float') && Number.isInteger(value) && Math.abs(value as number) < 1e16) return `${Object.is(value, -0) ? '-0' : value as number}.0`
  return type === 'bool' ? String(Boolean(value)) : String(value)
}
