import { pythonRepr, type PythonValue } from '@cairn/environments'
import { scalarTypes, type ColumnSpec, type ColumnType, type ParamSpec, type ScalarType, type Schema, type SignatureTexts, type TensorSpec } from '@cairn/sdk'
import { ModelError } from '../errors.ts'

export type { ColumnSpec, ColumnType, ParamSpec, Property, ScalarType, Schema, SignatureTexts, TensorSpec } from '@cairn/sdk'

export interface Signature {
  readonly inputs: Schema | undefined
  readonly outputs: Schema | undefined
  readonly params: readonly ParamSpec[] | undefined
}

/** @throws ModelError where a text is no schema */
export function parseSignature(texts: SignatureTexts): Signature {
  return { inputs: parseSchema('inputs', texts.inputs), outputs: parseSchema('outputs', texts.outputs), params: parseParams(texts.params) }
}

function readJson(what: string, text: string): readonly unknown[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ModelError(`The signature's ${what} are no JSON: ${(error as Error).message}.`, 'Save the model again with the client that made it.')
  }
  if (!Array.isArray(value)) throw new ModelError(`The signature's ${what} are no list.`, 'Save the model again with the client that made it.')
  return value
}

function parseSchema(what: string, text: string | null | undefined): Schema | undefined {
  if (text === null || text === undefined) return undefined
  const specs = readJson(what, text) as readonly { readonly type?: unknown }[]
  const tensors = specs.filter((spec) => spec?.type === 'tensor').length
  if (tensors > 0 && tensors < specs.length) throw new ModelError(`The signature's ${what} mix columns and tensors, which MLflow allows in no model.`)
  if (tensors > 0) return { kind: 'tensors', tensors: specs as readonly TensorSpec[] }
  for (const spec of specs) checkType(what, spec)
  return { kind: 'columns', columns: specs as readonly ColumnSpec[] }
}

function checkType(what: string, spec: unknown): void {
  const { type, items, properties, values } = (spec ?? {}) as { type?: unknown; items?: unknown; properties?: Record<string, unknown>; values?: unknown }
  if (type === 'array') return checkType(what, items)
  if (type === 'map') return checkType(what, values)
  if (type === 'object') return Object.values(properties ?? {}).forEach((one) => checkType(what, one))
  if (typeof type === 'string' && (type === 'any' || type === 'sparkml_vector' || (scalarTypes as readonly string[]).includes(type))) return
  throw new ModelError(`The signature's ${what} have a type ${JSON.stringify(type)} that this version does not know.`, `Known are ${scalarTypes.join(', ')}, array, object, map and any.`)
}

function parseParams(text: string | null | undefined): readonly ParamSpec[] | undefined {
  if (text === null || text === undefined) return undefined
  return readJson('params', text).map((param) => {
    const { dtype, ...spec } = param as ParamSpec & { readonly dtype?: ScalarType }
    const read = { ...spec, type: spec.type ?? dtype } as ParamSpec
    checkType('params', read)
    if (typeof read.name !== 'string' || !('default' in read)) throw new ModelError('A parameter of the signature has no name or no default.')
    return read
  })
}

/** How MLflow names a type in its messages: Python's `repr`. */
export function typeText(type: ColumnType): string {
  switch (type.type) {
    case 'array': return `Array(${typeText(type.items)})`
    // MLflow writes the values of a map by `str`, everything else by `repr`.
    case 'map': return `Map(str -> ${(scalarTypes as readonly string[]).includes(type.values.type) ? 'DataType.' : ''}${typeText(type.values)})`
    case 'object': return `{${Object.entries(type.properties).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => `${name}: ${typeText(one)} (${need(one.required)})`).join(', ')}}`
    case 'any': return 'Any'
    case 'sparkml_vector': return 'SparkML vector'
    default: return type.type
  }
}

const need = (required: boolean | undefined): string => (required === false ? 'optional' : 'required')
const quote = (text: string): string => pythonRepr(text as PythonValue)

/** How MLflow shows a schema in its messages. */
export function schemaText(schema: Schema): string {
  const specs = schema.kind === 'columns'
    ? schema.columns.map((spec) => `${spec.name === undefined ? '' : `${quote(spec.name)}: `}${typeText(spec)} (${need(spec.required)})`)
    : schema.tensors.map((spec) => `${spec.name === undefined ? '' : `${quote(spec.name)}: `}Tensor(${quote(spec['tensor-spec'].dtype)}, ${shapeText(spec['tensor-spec'].shape)})`)
  return `[${specs.join(', ')}]`
}

/** A shape as Python writes a tuple. */
export const shapeText = (shape: readonly number[]): string => (shape.length === 1 ? `(${shape[0]!},)` : `(${shape.join(', ')})`)
