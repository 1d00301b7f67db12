import type { ColumnSpec, ParamSpec, TensorSpec } from '../../packages/serving/src/models/signature.ts'
import { ScoringError } from '../../packages/serving/src/errors.ts'
import { parseExactJson, type Frame } from '../../packages/serving/src/signature/columns.ts'
import { enforceParams } from '../../packages/serving/src/signature/enforce-params.ts'
import { enforceColumns, enforceTensor } from '../../packages/serving/src/signature/enforce-schema.ts'
import { readTensors } from '../../packages/serving/src/signature/read-tensors.ts'
import { readBodyInput, readFrame } from '../../packages/serving/src/signature/parse-body.ts'

export type SignatureCase = { readonly answer?: unknown; readonly error?: string; readonly crash?: string } & (
  | { readonly kind: 'frame'; readonly specs: readonly ColumnSpec[]; readonly columns: readonly { name: string; dtype: string; values: unknown[] }[] }
  | { readonly kind: 'body'; readonly specs: readonly ColumnSpec[]; readonly body: string }
  | { readonly kind: 'tensors'; readonly specs: readonly TensorSpec[]; readonly body: string }
  | { readonly kind: 'params'; readonly specs: readonly ParamSpec[]; readonly body: string }
  | { readonly kind: 'tensor'; readonly spec: TensorSpec; readonly dtype: string; readonly shape: readonly number[] })

/** What our enforcement answers, in the words of signature-cases.py. */
export function answerCase(one: SignatureCase): { readonly answer?: unknown; readonly error?: string } {
  try {
    return { answer: answer(one) }
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error
    return { error: error.message }
  }
}

function answer(one: SignatureCase): unknown {
  switch (one.kind) {
    case 'frame': return frameAnswer(enforceColumns({
      names: one.columns.map(({ name }) => name), named: true, rows: one.columns[0]?.values.length ?? 0,
      columns: one.columns.map(({ dtype, values }) => ({ dtype, values: dtype.startsWith('float') ? values.map((value) => (dtype === 'float32' ? Math.fround(Number(value ?? Number.NaN)) : value ?? Number.NaN)) : values })),
    }, one.specs))
    case 'body': return frameAnswer(enforceColumns(readFrame(readBodyInput(parseExactJson(one.body)), one.specs), one.specs))
    case 'tensors': return readTensors(readBodyInput(parseExactJson(one.body)), one.specs).map(({ shape, values }) => ({ shape, values: values.map((value) => (typeof value === 'bigint' ? Number(value) : value === Infinity || value === -Infinity ? null : plain(value))) }))
    case 'params': return enforceParams((parseExactJson(one.body) as { params: unknown }).params, one.specs)
    case 'tensor': {
      enforceTensor(one, one.spec)
      return true
    }
  }
}

const frameAnswer = (frame: Frame): unknown => frame.columns.map(({ dtype, values }, at) => ({ name: frame.names[at], dtype, values: values.map(plain) }))

function plain(value: unknown): unknown {
  if (value === undefined || value === null || Number.isNaN(value)) return null
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return [...value]
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object') return 'value' in value && Object.keys(value).length === 1 && value.constructor.name === 'WholeFloat' ? value.value : Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
  return value
}
