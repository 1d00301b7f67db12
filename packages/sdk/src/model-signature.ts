/** What a model takes and gives, as MLflow's clients write it into the file MLmodel. */

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

export interface ModelSignature {
  readonly inputs?: Schema | undefined
  readonly outputs?: Schema | undefined
  readonly params?: readonly ParamSpec[] | undefined
}

/** A signature as an MLmodel file holds it: three JSON texts, or null. */
export interface SignatureTexts {
  readonly inputs?: string | null
  readonly outputs?: string | null
  readonly params?: string | null
}

/** Writes a signature as MLflow's MLmodel files hold it. */
export function signatureTexts({ inputs, outputs, params }: ModelSignature): SignatureTexts {
  const text = (schema: Schema | undefined): string | null => (schema === undefined ? null : pythonJson(schema.kind === 'columns' ? schema.columns : schema.tensors))
  return { inputs: text(inputs), outputs: text(outputs), params: params === undefined ? null : pythonJson(params) }
}

/** Python's `json.dumps`: the same with spaces after colons and commas. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value === 'bigint') return String(value)
  if (value !== null && typeof value === 'object') return `{${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${pythonJson(one)}`).join(', ')}}`
  return JSON.stringify(value) ?? 'null'
}
