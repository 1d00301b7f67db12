import { grouped } from '../../../ui/format.ts'
import { fields, floatOf, numbersOf, textOf, type Field } from './protobuf.ts'
import { Unreadable } from './table.ts'
import { words } from '../words.ts'

export interface OnnxValue {
  readonly name: string
  /** Such as `float32[N, 3, 224, 224]`. */
  readonly type: string
}

export interface OnnxNode {
  readonly name: string
  readonly op: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly (readonly [name: string, value: string])[]
}

export interface OnnxModel {
  readonly producer: string
  readonly irVersion: number
  /** Operator sets, such as `ai.onnx 17`. */
  readonly opsets: readonly string[]
  readonly graph: string
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Weights by name: type and shape, never the numbers. */
  readonly weights: ReadonlyMap<string, string>
  readonly parameters: number
  readonly metadata: readonly (readonly [string, string])[]
}

const elements = ['undefined', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16', 'float64', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'uint4', 'int4']
const element = (type: number): string => elements[type] ?? `type ${type}`

/** An ONNX model (onnx.proto3) as far as it can be drawn. */
export function parseOnnx(bytes: Uint8Array): OnnxModel {
  try {
    return parseModel(bytes)
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable(words.thisIsNoOnnxModel((error as Error).message))
  }
}

function parseModel(bytes: Uint8Array): OnnxModel {
  let graph: Uint8Array | undefined
  let [producer, version, irVersion] = ['', '', 0]
  const opsets: string[] = []
  const metadata: [string, string][] = []
  for (const field of fields(bytes)) {
    if (field.number === 1) irVersion = Number(field.value)
    else if (field.number === 2) producer = textOf(field)
    else if (field.number === 3) version = textOf(field)
    else if (field.number === 7) graph = field.bytes
    else if (field.number === 8) opsets.push(opset(field.bytes))
    else if (field.number === 14) metadata.push(pair(field.bytes))
  }
  if (graph === undefined) throw new Unreadable(words.thisOnnxModelHasNo)
  return { producer: `${producer} ${version}`.trim(), irVersion, opsets, metadata, ...parseGraph(graph) }
}

function opset(bytes: Uint8Array): string {
  let [domain, version] = ['ai.onnx', 0n]
  for (const field of fields(bytes)) {
    if (field.number === 1) domain = textOf(field) || domain
    else if (field.number === 2) version = field.value
  }
  return `${domain} ${version}`
}

function pair(bytes: Uint8Array): [string, string] {
  const found: [string, string] = ['', '']
  for (const field of fields(bytes)) if (field.number === 1 || field.number === 2) found[field.number - 1] = textOf(field)
  return found
}

function parseGraph(bytes: Uint8Array): Omit<OnnxModel, 'producer' | 'irVersion' | 'opsets' | 'metadata'> {
  const nodes: OnnxNode[] = []
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  const weights = new Map<string, string>()
  let parameters = 0
  let name = ''
  for (const field of fields(bytes)) {
    if (field.number === 1) nodes.push(parseNode(field.bytes))
    else if (field.number === 2) name = textOf(field)
    else if (field.number === 5) {
      const tensor = parseTensor(field.bytes)
      weights.set(tensor.name, tensor.type)
      parameters += tensor.count
    } else if (field.number === 11) inputs.push(parseValue(field.bytes))
    else if (field.number === 12) outputs.push(parseValue(field.bytes))
  }
  // Older models list their weights among the inputs too.
  return { graph: name, nodes, inputs: inputs.filter((input) => !weights.has(input.name)), outputs, weights, parameters }
}

function parseNode(bytes: Uint8Array): OnnxNode {
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes: [string, string][] = []
  let [name, op, domain] = ['', '', '']
  for (const field of fields(bytes)) {
    if (field.number === 1) inputs.push(textOf(field))
    else if (field.number === 2) outputs.push(textOf(field))
    else if (field.number === 3) name = textOf(field)
    else if (field.number === 4) op = textOf(field)
    else if (field.number === 5) attributes.push(attribute(field.bytes))
    else if (field.number === 7) domain = textOf(field)
  }
  return { name, op, domain, inputs, outputs, attributes }
}

/** A tensor's name, type and number of values; the values are skipped. */
function parseTensor(bytes: Uint8Array): { name: string; type: string; count: number } {
  const dims: number[] = []
  let [name, type] = ['', 0]
  for (const field of fields(bytes)) {
    if (field.number === 1) dims.push(...numbersOf(field))
    else if (field.number === 2) type = Number(field.value)
    else if (field.number === 8) name = textOf(field)
  }
  return { name, type: `${element(type)}[${dims.join(', ')}]`, count: dims.reduce((product, side) => product * side, 1) }
}

function attribute(bytes: Uint8Array): [string, string] {
  let [name, value] = ['', '']
  const many: string[] = []
  for (const field of fields(bytes)) {
    switch (field.number) {
      case 1: name = textOf(field); break
      case 2: value = String(Number(floatOf(field).toPrecision(7))); break
      case 3: value = String(field.value); break
      case 4: value = JSON.stringify(textOf(field).slice(0, 200)); break
      case 5: value = parseTensor(field.bytes).type; break
      case 6: value = 'a graph'; break
      case 7: many.push(...floats(field)); break
      case 8: many.push(...numbersOf(field).map(String)); break
      case 9: many.push(JSON.stringify(textOf(field).slice(0, 80))); break
    }
  }
  // Trees keep thousands of thresholds in one attribute.
  return [name, many.length === 0 ? value : `[${many.slice(0, 16).join(', ')}${many.length > 16 ? words.inAllOfMany(grouped(many.length)) : ''}]`]
}

function floats(field: Field): string[] {
  if (field.wire !== 2) return [String(Number(floatOf(field).toPrecision(7)))]
  const view = new DataView(field.bytes.buffer, field.bytes.byteOffset, field.bytes.byteLength)
  return Array.from({ length: Math.floor(field.bytes.length / 4) }, (_, index) => String(Number(view.getFloat32(index * 4, true).toPrecision(7))))
}

function parseValue(bytes: Uint8Array): OnnxValue {
  let [name, type] = ['', '']
  for (const field of fields(bytes)) {
    if (field.number === 1) name = textOf(field)
    else if (field.number === 2) type = parseType(field.bytes)
  }
  return { name, type }
}

function parseType(bytes: Uint8Array): string {
  for (const field of fields(bytes)) {
    if (field.number === 1) return tensorType(field.bytes)
    if (field.number === 4) return `sequence of ${[...fields(field.bytes)].filter(({ number }) => number === 1).map((inner) => parseType(inner.bytes)).join('')}`
    if (field.number === 5) return 'map'
    if (field.number === 9) return 'optional'
  }
  return ''
}

function tensorType(bytes: Uint8Array): string {
  let type = 'tensor'
  let shape: string | undefined
  for (const field of fields(bytes)) {
    if (field.number === 1) type = element(Number(field.value))
    else if (field.number === 2) {
      shape = [...fields(field.bytes)].filter(({ number }) => number === 1).map((dim) => {
        const [side] = fields(dim.bytes)
        return side === undefined ? '?' : side.number === 2 ? textOf(side) || '?' : String(side.value)
      }).join(', ')
    }
  }
  return shape === undefined ? type : `${type}[${shape}]`
}
