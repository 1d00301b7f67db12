import { ScoringError } from '../errors.ts'
import type { Schema } from '../models/signature.ts'
import type { Column, Frame } from '../signature/columns.ts'
import { parseExactJson, WholeFloat } from '../signature/columns.ts'
import type { ServedModel } from './served-model.ts'

/** The Open Inference Protocol, version 2 (https://github.com/kserve/open-inference-protocol), with its binary extension. */

interface Tensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly datatype: string
  readonly values: readonly unknown[]
}

const datatypes: Readonly<Record<string, { readonly dtype: string; readonly bytes: number; readonly read: (view: DataView, at: number) => unknown }>> = {
  BOOL: { dtype: 'bool', bytes: 1, read: (view, at) => view.getUint8(at) !== 0 },
  UINT8: { dtype: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at) }, UINT16: { dtype: 'uint16', bytes: 2, read: (view, at) => view.getUint16(at, true) },
  UINT32: { dtype: 'uint32', bytes: 4, read: (view, at) => view.getUint32(at, true) }, UINT64: { dtype: 'uint64', bytes: 8, read: (view, at) => view.getBigUint64(at, true) },
  INT8: { dtype: 'int8', bytes: 1, read: (view, at) => view.getInt8(at) }, INT16: { dtype: 'int16', bytes: 2, read: (view, at) => view.getInt16(at, true) },
  INT32: { dtype: 'int32', bytes: 4, read: (view, at) => view.getInt32(at, true) }, INT64: { dtype: 'int64', bytes: 8, read: (view, at) => view.getBigInt64(at, true) },
  FP16: { dtype: 'float16', bytes: 2, read: (view, at) => view.getFloat16(at, true) }, FP32: { dtype: 'float32', bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  FP64: { dtype: 'float64', bytes: 8, read: (view, at) => view.getFloat64(at, true) }, BYTES: { dtype: 'str', bytes: 0, read: () => undefined },
}

const bad = (message: string): ScoringError => new ScoringError('BAD_REQUEST', message)

interface InferRequest {
  readonly id?: string
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[]; readonly datatype: string; readonly data?: unknown; readonly parameters?: { readonly binary_data_size?: number } }[]
  readonly outputs?: readonly { readonly name: string; readonly parameters?: { readonly binary_data?: boolean } }[]
  readonly parameters?: { readonly binary_data_output?: boolean }
}

export interface InferAnswer {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly rows: number
  readonly version: string | undefined
}

/** Answers an `infer` request. `headerLength` is Inference-Header-Content-Length. @throws ScoringError, PoolRefused */
export async function infer(model: ServedModel, body: Buffer, headerLength: number | undefined, key?: string): Promise<InferAnswer> {
  const request = readRequest(body, headerLength)
  const tensors = readTensors(request, headerLength === undefined ? undefined : body.subarray(headerLength))
  const schema = model.model.signature?.inputs
  // A model of tensors gets arrays, of any shape; all others get a frame.
  const answer = schema?.kind === 'tensors'
    ? await model.invoke(Buffer.from(JSON.stringify({ inputs: arraysOf(tensors, schema.tensors.every(({ name }) => name === undefined)) })), 'application/json', key)
    : await model.invokeFrame(frameOf(tensors, schema), key)
  if (answer.status !== 200) throw bad((JSON.parse(Buffer.from(answer.body).toString()) as { message?: string }).message ?? 'The model did not answer.')
  const outputs = outputsOf((parseExactJson(Buffer.from(answer.body).toString()) as { predictions: unknown }).predictions, model.model.signature?.outputs)
  const wanted = request.outputs?.map(({ name }) => name)
  const unknown = wanted?.find((name) => !outputs.some((output) => output.name === name))
  if (unknown !== undefined) throw bad(`The model has no output "${unknown}". Its outputs are ${outputs.map(({ name }) => name).join(', ')}.`)
  return { ...writeAnswer(model, request, outputs.filter(({ name }) => wanted === undefined || wanted.includes(name)), answer.version ?? model.version), rows: tensors[0]!.shape[0] ?? 1, version: answer.version }
}

function readRequest(body: Buffer, headerLength: number | undefined): InferRequest {
  if (headerLength !== undefined && !(headerLength > 0 && headerLength <= body.length)) throw bad(`Inference-Header-Content-Length is ${headerLength}, and the body has ${body.length} bytes.`)
  let request: InferRequest
  try {
    request = JSON.parse(body.toString('utf8', 0, headerLength ?? body.length)) as InferRequest
  } catch (error) {
    throw bad(`The request is no JSON: ${(error as Error).message}`)
  }
  if (!Array.isArray(request?.inputs) || request.inputs.length === 0) throw bad('The request has no inputs. Write {"inputs": [{"name": …, "shape": […], "datatype": …, "data": […]}]}.')
  return request
}

function readTensors(request: InferRequest, binary: Buffer | undefined): readonly Tensor[] {
  let at = 0
  return request.inputs.map(({ name, shape, datatype, data, parameters }) => {
    const type = datatypes[datatype]
    if (typeof name !== 'string') throw bad('An input has no name.')
    if (type === undefined) throw bad(`Input "${name}" has the datatype ${JSON.stringify(datatype)}. Known are ${Object.keys(datatypes).join(', ')}.`)
    if (!Array.isArray(shape) || !shape.every((length) => Number.isInteger(length) && length >= 0)) throw bad(`Input "${name}" has no shape: write a list of lengths.`)
    const count = shape.reduce((product: number, length: number) => product * length, 1)
    const size = parameters?.binary_data_size
    let values: readonly unknown[]
    if (size !== undefined) {
      if (binary === undefined || !Number.isInteger(size) || size < 0 || at + size > binary.length) throw bad(`Input "${name}" names ${size} bytes of binary data that the body does not hold.`)
      values = datatype === 'BYTES' ? readBytes(name, binary.subarray(at, at + size)) : readNumbers(binary.subarray(at, at + size), type)
      at += size
    } else values = Array.isArray(data) ? (data.flat(Infinity) as readonly unknown[]) : []
    if (values.length !== count) throw bad(`Input "${name}" has ${values.length} values, and its shape [${shape.join(', ')}] asks for ${count}.`)
    return { name, shape, datatype, values }
  })
}

function readNumbers(bytes: Buffer, type: (typeof datatypes)[string]): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(bytes.length / type.bytes) }, (_, at) => type.read(view, at * type.bytes))
}

function readBytes(name: string, bytes: Buffer): string[] {
  const values: string[] = []
  for (let at = 0; at < bytes.length;) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : Infinity
    if (at + 4 + length > bytes.length) throw bad(`Input "${name}" ends inside a text of its binary data.`)
    values.push(bytes.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return values
}

/** A tensor for each column, or one of rows × columns in the order of the signature. */
function frameOf(tensors: readonly Tensor[], inputs: Schema | undefined): Frame {
  const specs = inputs?.kind === 'columns' ? inputs.columns : undefined
  const [first] = tensors
  const rows = first!.shape[0] ?? 1
  const other = tensors.find(({ shape }) => (shape[0] ?? 1) !== rows)
  if (other !== undefined) throw bad(`Input "${other.name}" has ${other.shape[0] ?? 1} rows, and "${first!.name}" has ${rows}.`)
  const asColumn = ({ datatype, values }: Pick<Tensor, 'datatype' | 'values'>, type: string | undefined): Column => {
    const { dtype } = datatypes[datatype]!
    // JSON has no NaN: a null in a tensor of floats is one.
    if (dtype.startsWith('float')) return { dtype: dtype === 'float16' ? 'float32' : dtype, values: values.map((value) => (value === null ? Number.NaN : dtype === 'float32' ? Math.fround(value as number) : value)) }
    // Triton and MLServer send dates and binary as BYTES.
    return { dtype: type === 'boolean' && dtype === 'uint8' ? 'bool' : dtype, values }
  }
  if (tensors.length === 1 && first!.shape.length === 2 && first!.shape[1]! > 1) {
    const width = first!.shape[1]!
    const names = specs?.length === width && specs.every(({ name }) => name !== undefined) ? specs.map(({ name }) => name!) : undefined
    return {
      names: names ?? Array.from({ length: width }, (_, at) => String(at)), named: names !== undefined, rows,
      columns: Array.from({ length: width }, (_, at) => asColumn({ datatype: first!.datatype, values: first!.values.filter((_value, index) => index % width === at) }, specs?.[at]?.type)),
    }
  }
  const deep = tensors.find(({ shape }) => shape.length > 2 || (shape.length === 2 && shape[1] !== 1))
  if (deep !== undefined) throw bad(`Input "${deep.name}" has the shape [${deep.shape.join(', ')}]. Send a column as [rows] or [rows, 1], or all columns as one tensor of [rows, columns].`)
  const named = specs === undefined || specs.every(({ name }) => name !== undefined)
  return { names: tensors.map(({ name }, at) => (named ? name : String(at))), named, rows, columns: tensors.map((tensor) => asColumn(tensor, specs?.find(({ name }) => name === tensor.name)?.type)) }
}

function arraysOf(tensors: readonly Tensor[], unnamed: boolean): unknown {
  const nested = ({ shape, values }: Tensor): unknown => shape.toReversed().slice(0, -1).reduce<readonly unknown[]>((level, length) => Array.from({ length: level.length / length }, (_, at) => level.slice(at * length, (at + 1) * length)), values.map((value) => (typeof value === 'bigint' ? Number(value) : value)))
  if (!unnamed) return Object.fromEntries(tensors.map((tensor) => [tensor.name, nested(tensor)]))
  if (tensors.length > 1) throw bad(`The model takes one tensor without a name, and ${tensors.length} came.`)
  return nested(tensors[0]!)
}

/** A list is one output; a list of records is one for each of their fields, as is an object of lists. */
function outputsOf(predictions: unknown, schema: Schema | undefined): readonly Tensor[] {
  if (typeof predictions === 'object' && predictions !== null && !Array.isArray(predictions) && !(predictions instanceof WholeFloat)) {
    return Object.entries(predictions).map(([name, values]) => tensorOf(name, Array.isArray(values) ? values : [values]))
  }
  if (Array.isArray(predictions) && predictions.length > 0 && predictions.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one) && !(one instanceof WholeFloat))) {
    const records = predictions as readonly Record<string, unknown>[]
    return Object.keys(records[0]!).map((name) => tensorOf(name, records.map((record) => record[name])))
  }
  const spec = schema?.kind === 'tensors' ? schema.tensors[0] : schema?.columns[0]
  return [tensorOf(spec?.name ?? 'predictions', Array.isArray(predictions) ? predictions : [predictions])]
}

function tensorOf(name: string, data: readonly unknown[]): Tensor {
  const shape: number[] = []
  for (let level: unknown = data; Array.isArray(level); level = level[0]) shape.push(level.length)
  const values = (data as unknown[]).flat(Infinity)
  const all = (test: (value: unknown) => boolean): boolean => values.every(test)
  const datatype = all((value) => typeof value === 'boolean') && values.length > 0 ? 'BOOL'
    : all((value) => typeof value === 'bigint' || Number.isInteger(value)) ? 'INT64'
      : all((value) => value === null || typeof value === 'number' || typeof value === 'bigint' || value instanceof WholeFloat) ? 'FP64' : 'BYTES'
  const plain = (value: unknown): unknown => {
    const bare = value instanceof WholeFloat ? value.value : typeof value === 'bigint' ? Number(value) : value
    return datatype === 'BYTES' && typeof bare !== 'string' ? JSON.stringify(bare) : bare
  }
  return { name, shape, datatype, values: values.map(plain) }
}

function writeAnswer(model: ServedModel, request: InferRequest, outputs: readonly Tensor[], version: string): Omit<InferAnswer, 'rows' | 'version'> {
  const binary = (name: string): boolean => request.outputs?.find((output) => output.name === name)?.parameters?.binary_data ?? request.parameters?.binary_data_output ?? false
  const parts: Buffer[] = []
  const written = outputs.map(({ name, shape, datatype, values }) => {
    if (!binary(name)) return { name, shape, datatype, data: values }
    const bytes = toBytes(datatype, values)
    parts.push(bytes)
    return { name, shape, datatype, parameters: { binary_data_size: bytes.length } }
  })
  const head = Buffer.from(JSON.stringify({ model_name: model.name, ...(version !== '' && { model_version: version }), ...(request.id !== undefined && { id: request.id }), outputs: written }))
  return parts.length === 0
    ? { headers: { 'content-type': 'application/json' }, body: head }
    : { headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(head.length) }, body: Buffer.concat([head, ...parts]) }
}

function toBytes(datatype: string, values: readonly unknown[]): Buffer {
  switch (datatype) {
    case 'BOOL': return Buffer.from(Uint8Array.from(values as readonly boolean[], Number))
    case 'INT64': return Buffer.from(BigInt64Array.from(values as readonly number[], BigInt).buffer)
    case 'FP64': return Buffer.from(Float64Array.from(values as readonly (number | null)[], (value) => value ?? Number.NaN).buffer)
    default: return Buffer.concat((values as readonly string[]).flatMap((value) => {
      const text = Buffer.from(value)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(text.length)
      return [length, text]
    }))
  }
}

const v2Names: Readonly<Record<string, string>> = { boolean: 'BOOL', integer: 'INT32', long: 'INT64', float: 'FP32', double: 'FP64' }
const numpyTypes: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(datatypes).map(([name, { dtype }]) => [dtype, name]))

/** What `GET /v2/models/NAME` answers. */
export function v2Metadata({ name, version, engine, model }: ServedModel): unknown {
  const tensors = (schema: Schema | undefined): unknown[] => (schema === undefined ? [] : schema.kind === 'columns'
    ? schema.columns.map((column, at) => ({ name: column.name ?? String(at), datatype: v2Names[column.type] ?? 'BYTES', shape: [-1] }))
    : schema.tensors.map(({ name: own, 'tensor-spec': { dtype, shape } }) => ({ name: own ?? 'predictions', datatype: numpyTypes[dtype] ?? 'BYTES', shape })))
  return {
    name, ...(version !== '' && { versions: [version] }), platform: engine === 'trees' ? 'cairn_trees' : engine === 'onnx' ? 'onnxruntime_onnx' : 'mlflow_pyfunc',
    inputs: tensors(model.signature?.inputs), outputs: tensors(model.signature?.outputs),
  }
}
