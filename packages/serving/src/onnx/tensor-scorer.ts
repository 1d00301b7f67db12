import { ScoringError } from '../errors.ts'
import { shapeText, type TensorSpec } from '../models/signature.ts'
import type { Answer, PythonPool } from '../pool/python-pool.ts'
import { formatOf, refuseContentType } from '../server/content-type.ts'
import { csvFailure } from '../server/csv.ts'
import { readParquetFrame } from '../server/parquet-frame.ts'
import { decodeBody, enforcementFailure, errorAnswer, notJson } from '../server/scoring-errors.ts'
import type { Frame } from '../signature/columns.ts'
import { parseExactJson } from '../signature/columns.ts'
import { EnforcementError } from '../signature/enforce-column.ts'
import { readBodyInput, type BodyInput } from '../signature/parse-body.ts'
import { readTensors, type NumpyArray } from '../signature/read-tensors.ts'
import { encodeTensors } from './tensor-frames.ts'

/** A tensor of the signature, and what the graph calls it. */
export interface TensorInput {
  readonly spec: TensorSpec
  readonly name: string
  readonly type: string
}

/** Bytes of a request that count as one row more, so that few large ones are put together. */
const bytesARow = 64 * 1024

/** Answers `/invocations` for an ONNX model with a signature of tensors, in MLflow's form. */
export class TensorScorer {
  readonly #pool: PythonPool
  readonly #inputs: readonly TensorInput[]
  readonly #joins: boolean

  /** `joins`: whether every input and output has a free first dimension, so that requests can be answered as one. */
  constructor(pool: PythonPool, inputs: readonly TensorInput[], joins: boolean) {
    this.#pool = pool
    this.#inputs = inputs
    this.#joins = joins
  }

  async invoke(body: Uint8Array, type: string | undefined): Promise<Answer> {
    try {
      const refused = refuseContentType(type)
      if (refused !== undefined) return refused
      const format = formatOf(type!)
      if (format === 'parquet') return await this.invokeFrame(await readParquetFrame(body))
      const text = decodeBody(body)
      // MLflow reads CSV for columns only.
      if (format === 'csv') throw csvFailure('TensorSpec only supports numpy types, use numpy_types() instead')
      return await this.#answer(this.#read(readBodyInput(this.#parse(text))))
    } catch (error) {
      if (!(error instanceof ScoringError)) throw error
      return errorAnswer(error)
    }
  }

  /** A frame, whose columns MLflow turns into tensors. @throws ScoringError, PoolRefused */
  invokeFrame({ names, columns, rows }: Frame): Promise<Answer> {
    const data = Array.from({ length: rows }, (_, row) => columns.map(({ values }) => values[row]))
    return this.#answer(this.#read({ key: 'dataframe_split', data: { columns: names, data }, params: undefined }))
  }

  /** Exactly only where that makes a difference: it takes several times as long. */
  #parse(text: string): unknown {
    try {
      return /\d{16}/.test(text) || this.#inputs.some(({ type }) => type === 'string') ? parseExactJson(text) : JSON.parse(text)
    } catch (error) {
      throw notJson(error, text)
    }
  }

  #read(input: BodyInput): readonly NumpyArray[] {
    const tensors = this.#inputs.map(({ spec }) => spec)
    try {
      return readTensors(input, tensors)
    } catch (error) {
      if (!(error instanceof EnforcementError)) throw error
      throw enforcementFailure(error, `what was given as ${input.key}`, { kind: 'tensors', tensors })
    }
  }

  #answer(arrays: readonly NumpyArray[]): Promise<Answer> {
    const body = encodeTensors(arrays.map((array, at) => ({ ...array, name: this.#inputs[at]!.name, type: this.#inputs[at]!.type })))
    const [rows = 0] = arrays[0]!.shape
    const joins = this.#joins && rows > 0 && arrays.every(({ shape }) => shape[0] === rows)
      ? { key: arrays.map(({ shape }) => shapeText(shape.slice(1))).join(), rows: Math.max(rows, Math.ceil(body.length / bytesARow)) } : undefined
    return this.#pool.ask({ body, type: undefined, joins })
  }
}
