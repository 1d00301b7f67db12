import type { ColumnSpec, TensorSpec } from '../models/signature.ts'
import { shapeText } from '../models/signature.ts'
import { EnforcementError } from './enforce-column.ts'
import { enforceColumn } from './enforce-value.ts'
import type { Frame } from './columns.ts'
import { repr } from './python-words.ts'

const list = (names: readonly string[], named: boolean): string => `[${names.map((name) => (named ? repr(name) : name)).join(', ')}]`

/**
 * MLflow's enforcement of a signature of columns on a frame: columns that are missing are refused,
 * others dropped, the rest put in the signature's order and cast by `enforceColumn`.
 *
 * @throws EnforcementError with MLflow's words
 */
export function enforceColumns(frame: Frame, specs: readonly ColumnSpec[]): Frame {
  if (!specs.every(({ name }) => name !== undefined)) return enforceUnnamed(frame, specs)
  const at = new Map(frame.names.map((name, index) => [frame.named ? name : Number(name), index] as const))
  const required = specs.filter((spec) => spec.required !== false).map(({ name }) => name!)
  const absent = required.filter((name) => !at.has(name))
  if (absent.length > 0) {
    const known = new Set<string | number>(specs.map(({ name }) => name!))
    const extra = frame.names.filter((name) => !known.has(frame.named ? name : Number(name)))
    throw new EnforcementError(`Model is missing inputs ${list(absent, true)}.${extra.length === 0 ? '' : ` Note that there were extra inputs: ${list(extra, frame.named)}.`}`)
  }
  const present = specs.filter(({ name }) => at.has(name!))
  return {
    names: present.map(({ name }) => name!), named: true, rows: frame.rows,
    columns: present.map((spec) => enforceColumn(spec.name!, frame.columns[at.get(spec.name!)!]!, spec, spec.required !== false)),
  }
}

function enforceUnnamed(frame: Frame, specs: readonly ColumnSpec[]): Frame {
  if (frame.names.length < specs.length) {
    throw new EnforcementError(`Model inference is missing inputs. The model signature declares ${specs.length} inputs  but the provided value only has ${frame.names.length} inputs. Note: the inputs were not named in the signature so we can only verify their count.`)
  }
  const names = frame.names.slice(0, specs.length)
  return { names, named: frame.named, rows: frame.rows, columns: specs.map((spec, index) => enforceColumn(names[index]!, frame.columns[index]!, spec)) }
}

/** A tensor's dtype (numpy's name, text without its length) and shape. */
export interface TensorShape {
  readonly dtype: string
  readonly shape: readonly number[]
}

/**
 * MLflow's enforcement of a signature of tensors: number of dimensions, their lengths, dtype.
 *
 * @throws EnforcementError with MLflow's words
 */
export function enforceTensor({ dtype, shape }: TensorShape, { 'tensor-spec': spec }: TensorSpec): void {
  if (spec.shape.length === 1 && spec.shape[0] === -1 && spec.dtype === 'object') return
  // Rows of different length come as a list of objects.
  if (spec.shape.length > 1 && spec.shape.slice(1).includes(-1) && shape.length === 1 && dtype === 'object') return
  if (shape.length !== spec.shape.length || spec.shape.some((length, at) => length !== -1 && length !== shape[at])) {
    throw new EnforcementError(`Shape of input ${shapeText(shape)} does not match expected shape ${shapeText(spec.shape)}.`)
  }
  if (dtype !== spec.dtype) throw new EnforcementError(`dtype of input ${dtype} does not match expected dtype ${spec.dtype}`)
}
