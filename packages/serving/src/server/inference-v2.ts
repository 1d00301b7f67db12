import { ScoringError } from '../errors.ts'
import type { Schema } from '../models/signature.ts'
import type { Column, Frame } from '../signature/columns.ts'
import { parseExactJson, WholeFloat } from '../signature/columns.ts'
import type { ServedModel } from './served-model.ts'
import { datatypes, fitsDatatype, numpyTypes, readNumbers, readTexts, toBytes, v2Names } from './v2-datatypes.ts'

/** The Open Inference Protocol, version 2 (https://github.com/kserve/open-inference-protocol), with its binary extension. */

interface Tensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly datatype: string
  readonly values: readonly unknown[]
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
  const request = readRequest(model, body, headerLength)
  const tensors = readTensors(request, headerLength === undefined ? undefined : body.subarray(headerLength))
  const schema = model.model.signature?.inputs
  // A model of tensors gets arrays, of any shape; all others get a frame.
  const answer = schema?.kind === 'tensors'
    ? await model.invoke(Buffer.from(JSON.stringify({ inputs: arraysOf(tensors, schema.tensors.every(({ name }) => name === undefined)) })), 'application/json', key)
    : await model.invokeFrame(frameOf(tensors, schema), key)
  if (answer.status !== 200) throw bad((JSON.parse(Buffer.from(answer.body).toString()) as { message?: string }).message ?? 'The model did not answer.')
  const outputs = outputsOf((parsePythonJson(Buffer.from(answer.body).toString()) as { predictions: unknown }).predictions, model.model.signature?.outputs)
  const wanted = request.outputs?.map(({ name }) => name)
  const unknown = wanted?.find((name) => !outputs.some((output) => output.name === name))
  if (unknown !== undefined) throw bad(`The model has no output "${unknown}". Its outputs are ${outputs.map(({ name }) => name).join(', ')}.`)
  return { ...writeAnswer(model, request, outputs.filter(({ name }) => wanted === undefined || wanted.includes(name)), answer.version ?? model.version), rows: tensors[0]!.shape[0] ?? 1, version: answer.version }
}

/** Python writes floats that JSON does not have: NaN, which is null here, and infinities. */
const parsePythonJson = (text: string): unknown => parseExactJson(/NaN|Infinity/.test(text) ? text.replace(/"(?:[^"\\]|\\.)*"|NaN|Infinity/g, (part) => (part === 'NaN' ? 'null' : part === 'Infinity' ? '1e999' : part)) : text)

function readRequest(model: ServedModel, body: Buffer, headerLength: number | undefined): InferRequest {
  if (headerLength === 0) return rawRequest(model, body)
  if (headerLength !== undefined && !(headerLength > 0 && headerLength <= body.length)) throw bad(`Inference-Header-Content-Length is ${headerLength}, and the body has ${body.length} bytes.`)
  const text = body.toString('utf8', 0, headerLength ?? body.length)
  let request: InferRequest
  try {
    // Integers that a double does not hold are read as they are, where there may be some.
    request = (/\d{16}/.test(text) ? parseExactJson(text) : JSON.parse(text)) as InferRequest
  } catch (error) {
    throw bad(`The request is no JSON: ${(error as Error).message}`)
  }
  const { inputs, outputs } = request ?? {}
  if (!Array.isArray(inputs) || inputs.length === 0) throw bad('The request has no inputs. Write {"inputs": [{"name": …, "shape": […], "datatype": …, "data": […]}]}.')
  const wrong = inputs.findIndex((input) => typeof input !== 'object' || input === null || typeof input.name !== 'string')
  if (wrong >= 0) throw bad(`Input ${wrong} has no name.`)
  if (outputs !== undefined && !(Array.isArray(outputs) && outputs.every((output) => typeof output?.name === 'string'))) throw bad('The outputs that are asked for are no list of {"name": …}.')
  return request
}

/** A body that is one tensor and nothing else: what it is, the model's only input says. */
function rawRequest(model: ServedModel, body: Buffer): InferRequest {
  const { inputs } = v2Metadata(model)
  const [input] = inputs
  if (input === undefined || inputs.length > 1) throw bad(`Inference-Header-Content-Length is 0, which is for models of one input; this one has ${inputs.length === 0 ? 'no signature that says which' : inputs.map(({ name }) => name).join(', ')}.`)
  const size = datatypes[input.datatype]!.bytes
  const values = input.datatype === 'BYTES' ? readTexts(input.name, body).length : body.length / size
  const fixed = input.shape.filter((length) => length >= 0).reduce((product, length) => product * length, 1)
  const free = input.shape.filter((length) => length < 0).length
  if (free > 1 || !Number.isInteger(values / fixed) || (free === 0 && values !== fixed)) throw bad(`Input "${input.name}" is ${input.datatype} of shape [${input.shape.join(', ')}], and the body has ${body.length} bytes.`)
  return { inputs: [{ name: input.name, datatype: input.datatype, shape: input.shape.map((length) => (length < 0 ? values / fixed : length)), parameters: { binary_data_size: body.length } }], parameters: { binary_data_output: true } }
}

function readTensors(request: InferRequest, binary: Buffer | undefined): readonly Tensor[] {
  let at = 0
  return request.inputs.map(({ name, shape, datatype, data, parameters }) => {
    const type = datatypes[datatype]
    if (type === undefined) throw bad(`Input "${name}" has the datatype ${JSON.stringify(datatype)}. Known are ${Object.keys(datatypes).join(', ')}.`)
    if (!Array.isArray(shape) || !shape.every((length) => Number.isInteger(length) && length >= 0)) throw bad(`Input "${name}" has no shape: write a list of lengths.`)
    const count = shape.reduce((product: number, length: number) => product * length, 1)
    const size = parameters?.binary_data_size
    let values: readonly unknown[]
    if (size !== undefined) {
      if (binary === undefined || !Number.isInteger(size) || size < 0 || at + size > binary.length) throw bad(`Input "${name}" names ${size} bytes of binary data that the body does not hold.`)
      values = datatype === 'BYTES' ? readTexts(name, binary.subarray(at, at + size)) : readNumbers(binary.subarray(at, at + size), type)
      at += size
    } else values = Array.isArray(data) ? (data.flat(Infinity) as readonly unknown[]).map((value) => (value instanceof WholeFloat ? value.value : value)) : []
    if (values.length !== count) throw bad(`Input "${name}" has ${values.length} values, and its shape [${shape.join(', ')}] asks for ${count}.`)
    const foreign = size === undefined ? values.findIndex((value) => !fitsDatatype(datatype, value)) : -1
    if (foreign >= 0) throw bad(`Input "${name}" has ${JSON.stringify(values[foreign], (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))} in row ${Math.floor(foreign / (count / (shape[0] ?? 1)))}, which is no ${datatype}.`)
    return { name, shape, datatype, values }
  })
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
  const specs = schema === undefined ? [] : schemaTensors(schema)
  const declared = (name: string): string | undefined => (specs.find((spec) => spec.name === name) ?? (specs.length === 1 ? specs[0] : undefined))?.datatype
  if (typeof predictions === 'object' && predictions !== null && !Array.isArray(predictions) && !(predictions instanceof WholeFloat)) {
    return Object.entries(predictions).map(([name, values]) => tensorOf(name, Array.isArray(values) ? values : [values], declared(name)))
  }
  if (Array.isArray(predictions) && predictions.length > 0 && predictions.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one) && !(one instanceof WholeFloat))) {
    const records = predictions as readonly Record<string, unknown>[]
    return Object.keys(records[0]!).map((name) => tensorOf(name, records.map((record) => record[name]), declared(name)))
  }
  const spec = schema?.kind === 'tensors' ? schema.tensors[0] : schema?.columns[0]
  const name = spec?.name ?? 'predictions'
  return [tensorOf(name, Array.isArray(predictions) ? predictions : [predictions], declared(name))]
}

/** Of the datatype that the signature declares, where every value is one; else of what the values are. */
function tensorOf(name: string, data: readonly unknown[], declared: string | undefined): Tensor {
  const shape: number[] = []
  for (let level: unknown = data; Array.isArray(level); level = level[0]) shape.push(level.length)
  const values = (data as unknown[]).flat(Infinity)
  const all = (test: (value: unknown) => boolean): boolean => values.every(test)
  // A float that is whole is no integer, but an integer is also a float.
  const fits = (type: string): boolean => all((value) => (value instanceof WholeFloat ? type.startsWith('FP') : fitsDatatype(type, value)))
  const datatype = declared !== undefined && fits(declared) ? declared : values.length > 0 && fits('BOOL') ? 'BOOL' : fits('INT64') ? 'INT64' : fits('FP64') ? 'FP64' : 'BYTES'
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

interface TensorFacts {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

const schemaTensors = (schema: Schema | undefined): readonly TensorFacts[] => (schema === undefined ? [] : schema.kind === 'columns'
  ? schema.columns.map((column, at) => ({ name: column.name ?? String(at), datatype: v2Names[column.type] ?? 'BYTES', shape: [-1] }))
  : schema.tensors.map(({ name, 'tensor-spec': { dtype, shape } }) => ({ name: name ?? 'predictions', datatype: numpyTypes[dtype] ?? 'BYTES', shape })))

/** What `GET /v2/models/NAME` answers. */
export function v2Metadata({ name, version, engine, model }: ServedModel): { readonly inputs: readonly TensorFacts[]; readonly [field: string]: unknown } {
  return {
    name, ...(version !== '' && { versions: [version] }), platform: engine === 'trees' ? 'cairn_trees' : engine === 'onnx' ? 'onnxruntime_onnx' : 'mlflow_pyfunc',
    inputs: schemaTensors(model.signature?.inputs), outputs: schemaTensors(model.signature?.outputs),
  }
}
