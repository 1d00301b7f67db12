/**
 * One ONNX model in a process of its own: onnxruntime computes on the calling thread, and takes the
 * whole process with it when it is ended in between.
 *
 *     node onnx-worker.ts RUNTIME SOCKET FOLDER
 *
 * Speaks the frames of worker.py: batches for a model of columns, tensors for one of tensors.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { encodeFrame, frameReader, type ReadFrame } from '../pool/frames.ts'
import type { OnnxRuntime, OnnxTensor } from './runtime.ts'
import { decodeTensors, joinTensors } from './tensor-frames.ts'

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
socket.on('data', frameReader((frame) => void (setup.answers === 'records' ? answer(frame) : answerTensors(frame))))
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
    const body = failure(error)
    bodies = rows.map(() => ({ status: 400, body }))
  }
  socket.write(encodeFrame({ items: bodies.map(({ status, body }) => [status, 'application/json', body.length]) }, bodies.map(({ body }) => body)))
}

const failure = (error: unknown): Buffer => Buffer.from(JSON.stringify({
  error_code: 'BAD_REQUEST', sqlstate: 'KAM00', error_class: 'INVALID_PARAMETER_VALUE',
  message: `Encountered an unexpected error while evaluating the model. Verify that the serialized input Dataframe is compatible with the model for inference. ${(error as Error).message}`,
}))

/** Bodies of `encodeTensors`, one or several that are put together. */
async function answerTensors({ header, payload }: ReadFrame): Promise<void> {
  const { sizes = [payload.length] } = header as { readonly sizes?: readonly number[] }
  let at = 0
  const parts = sizes.map((size) => decodeTensors(payload.subarray(at, at += size)))
  const send = (bodies: readonly Buffer[], status: number): unknown => socket.write(encodeFrame({ items: bodies.map((body) => [status, 'application/json', body.length]) }, bodies))
  try {
    const feeds = Object.fromEntries(joinTensors(parts).map(({ name, type, data, dims }) => [name, new runtime.Tensor(type, data, dims)]))
    const results = await session.run(feeds, outputs)
    if (parts.length === 1) return void send([Buffer.from(`{"predictions": ${written(results)}}`)], 200)
    const rows = parts.map(([first]) => first!.dims[0]!)
    const count = rows.reduce((sum, one) => sum + one, 0)
    // Where the first dimension of an answer is another one, each is asked alone.
    if (outputs.some((name) => results[name]!.dims[0] !== count)) return void socket.write(encodeFrame({ again: true }))
    let from = 0
    send(rows.map((size) => Buffer.from(`{"predictions": ${written(results, from, from += size)}}`)), 200)
  } catch (error) {
    // Which of several is at fault is found when each is asked alone.
    if (parts.length > 1) return void socket.write(encodeFrame({ again: true }))
    send([failure(error)], 400)
  }
}

/** Outputs by name; of each the rows from one to another, or all of it. */
function written(results: Readonly<Record<string, OnnxTensor>>, from?: number, to?: number): string {
  return `{${outputs.map((name) => {
    const tensor = results[name]!
    const [, ...rest] = tensor.dims
    return `${JSON.stringify(name)}: ${from === undefined || to === undefined ? nested(tensor, 0, tensor.dims) : nested(tensor, from * product(rest), [to - from, ...rest])}`
  }).join(', ')}}`
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1)

function nested(tensor: OnnxTensor, at: number, [length, ...rest]: readonly number[]): string {
  if (length === undefined) return text(tensor, at)
  const size = product(rest)
  return `[${Array.from({ length }, (_, index) => nested(tensor, at + index * size, rest)).join(', ')}]`
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

/** A record for each of some rows, as MLflow answers a frame. */
function cut(results: Readonly<Record<string, OnnxTensor>>, from: number, to: number, count: number): string {
  for (const name of outputs) if (results[name]!.data.length !== count) throw new Error(`Its output "${name}" has ${results[name]!.data.length / count} values a row, and MLflow answers a data frame only with one.`)
  return `[${Array.from({ length: to - from }, (_, row) => `{${outputs.map((name) => `${JSON.stringify(name)}: ${text(results[name]!, from + row)}`).join(', ')}}`).join(', ')}]`
}

function text({ type, data }: OnnxTensor, at: number): string {
  const value = data[at]
  if (typeof value === 'string') return JSON.stringify(value)
  if (type.startsWith('float') && Number.isInteger(value) && Math.abs(value as number) < 1e16) return `${Object.is(value, -0) ? '-0' : value as number}.0`
  return type === 'bool' ? String(Boolean(value)) : String(value)
}
