import { pythonRepr, type PythonValue } from '@cairn/environments'
import { ModelError } from '../errors.ts'

export const scalarTypes = ['boolean', 'integer', 'long', 'float', 'double', 'string', 'binary', 'datetime'] as const
export type ScalarType = (typeof scalarTypes)[number]

/** A type as MLflow writes it in a signature. */
export type ColumnType =
  | { readonly type: ScalarType | 'any' | 'sparkml_vector' }
  | { readonly type: 'array'; readonly items: ColumnType }
  | { readonly type: 'object'; readonly properties: Readonly<Record<string, Property>> }
  | { readonly type: 'map'; readonly values: ColumnType }
export type Property = ColumnType & { readonly required?: boolean }

export type ColumnSpec = ColumnType & { readonly name?: string; readonly required?: boolean }

export interface TensorSpec {
  readonly type: 'tensor'
  readonly name?: string
  /** `dtype` is numpy's name; −1 in `shape` is any length. */
  readonly 'tensor-spec': { readonly dtype: string; readonly shape: readonly number[] }
}

export type ParamSpec = ColumnType & {
  readonly name: string
  readonly default: unknown
  /** Null or absent for one value, [-1] for a list of them. */
  readonly shape?: readonly number[] | null
}

/** Either all columns or all tensors. */
export type Schema =
  | { readonly kind: 'columns'; readonly columns: readonly ColumnSpec[] }
  | { readonly kind: 'tensors'; readonly tensors: readonly TensorSpec[] }

export interface Signature {
  readonly inputs: Schema | undefined
  readonly outputs: Schema | undefined
  readonly params: readonly ParamSpec[] | undefined
}

/** A signature as an MLmodel file holds it: three JSON texts, or null. */
export interface SignatureTexts {
  readonly inputs?: string | null
  readonly outputs?: string | null
  readonly params?: string | null
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

/** Writes a signature as MLflow's MLmodel files hold it. */
export function signatureTexts(signature: Signature): SignatureTexts {
  const text = (schema: Schema | undefined): string | null => (schema === undefined ? null : pythonJson(schema.kind === 'columns' ? schema.columns : schema.tensors))
  return { inputs: text(signature.inputs), outputs: text(signature.outputs), params: signature.params === undefined ? null : pythonJson(signature.params) }
}

/** Python's `json.dumps`: the same with spaces after colons and commas. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value === 'bigint') return String(value)
  if (value !== null && typeof value === 'object') return `{${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${pythonJson(one)}`).join(', ')}}`
  return JSON.stringify(value) ?? 'null'
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
