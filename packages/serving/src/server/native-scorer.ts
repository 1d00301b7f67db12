import { setImmediate as turn } from 'node:timers/promises'
import type { SeenRows } from '../drift/seen-rows.ts'
import { ScoringError } from '../errors.ts'
import type { ColumnSpec } from '../models/signature.ts'
import { batchRowsOf } from '../pool/batch.ts'
import type { Answer } from '../pool/python-pool.ts'
import { parseExactJson, type Frame } from '../signature/columns.ts'
import { EnforcementError } from '../signature/enforce-column.ts'
import { enforceColumns } from '../signature/enforce-schema.ts'
import { readBodyInput, readFrame } from '../signature/parse-body.ts'
import type { NativeAnswer, NativeModel } from '../trees/native-model.ts'
import { formatOf, refuseContentType } from './content-type.ts'
import { parseCsvFrame } from './csv.ts'
import { readParquetFrame } from './parquet-frame.ts'
import { decodeBody, enforcementFailure, errorAnswer, notJson } from './scoring-errors.ts'

/** Rows that are answered before other requests get their turn: trees take some microseconds a row. */
const rowsATurn = 256

/** Answers rows × features, NaN where missing. */
export interface Evaluator {
  readonly features: number
  /** @throws PoolRefused where it has processes of its own */
  answer(rows: Float64Array, count: number): Promise<Answer>
}

/** An evaluator of trees, in this process. */
export const treeEvaluator = (model: NativeModel): Evaluator => ({
  features: model.features,
  answer: async (rows, count) => ({ status: 200, type: 'application/json', body: Buffer.from(`{"predictions": ${answerText(await predictTrees(model, rows, count))}}`) }),
})

/** Answers `/invocations` for an evaluator of numbers, in MLflow's form. */
export class NativeScorer {
  readonly #model: Evaluator
  readonly #specs: readonly ColumnSpec[]
  readonly #names: readonly string[]
  /** Told the cells of each request that could be read. */
  watch: ((seen: SeenRows) => void) | undefined

  constructor(model: Evaluator, specs: readonly ColumnSpec[]) {
    this.#model = model
    this.#specs = specs
    this.#names = specs.map(({ name }, at) => name ?? String(at))
  }

  async invoke(body: Uint8Array, type: string | undefined): Promise<Answer> {
    try {
      const refused = refuseContentType(type)
      if (refused !== undefined) return refused
      const [rows, count] = await this.#read(body, formatOf(type!))
      return await this.#answer(rows, count)
    } catch (error) {
      if (!(error instanceof ScoringError)) throw error
      return errorAnswer(error)
    }
  }

  /** The cells of a frame, enforced. @throws ScoringError */
  cells(frame: Frame): Float64Array {
    const enforced = this.#enforce(frame)
    if (enforced.columns.length !== this.#model.features) {
      throw new ScoringError('BAD_REQUEST', 'Encountered an unexpected error while evaluating the model. Verify that the serialized input Dataframe is compatible with the model for inference. '
        + `Its trees need every column, and these are missing: ${this.#specs.filter(({ name }) => !enforced.names.includes(name!)).map(({ name }) => name).join(', ')}.`)
    }
    return interleave(enforced.columns.map(({ values }) => values), frame.rows)
  }

  /** Rows whose types come with them. @throws ScoringError, PoolRefused */
  invokeFrame(frame: Frame): Promise<Answer> {
    return this.#answer(this.cells(frame), frame.rows)
  }

  #answer(cells: Float64Array, rows: number): Promise<Answer> {
    this.watch?.({ kind: 'cells', names: this.#names, cells, rows })
    return this.#model.answer(cells, rows)
  }

  async #read(body: Uint8Array, format: ReturnType<typeof formatOf>): Promise<[rows: Float64Array, count: number]> {
    if (format === 'parquet') {
      const frame = await readParquetFrame(body)
      return [this.cells(frame), frame.rows]
    }
    const text = decodeBody(body)
    if (format === 'csv') {
      const frame = parseCsvFrame(text, this.#specs)
      return [this.cells(frame), frame.rows]
    }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      throw notJson(error, text)
    }
    const plain = batchRowsOf(value, this.#specs, Infinity)
    if (plain !== undefined) return [interleave(plain.columns.map(({ values }) => values), plain.rows), plain.rows]
    const frame = readFrame(readBodyInput(parseExactJson(text)), this.#specs)
    return [this.cells(frame), frame.rows]
  }

  #enforce(frame: Frame): Frame {
    try {
      return enforceColumns(frame, this.#specs)
    } catch (error) {
      if (!(error instanceof EnforcementError)) throw error
      throw enforcementFailure(error, `a frame of ${frame.rows} rows with the columns ${frame.names.join(', ')}`, { kind: 'columns', columns: this.#specs })
    }
  }
}

async function predictTrees(model: NativeModel, rows: Float64Array, count: number): Promise<NativeAnswer> {
  if (count <= rowsATurn) return model.predict(rows, count)
  const parts: NativeAnswer[] = []
  for (let from = 0; from < count; from += rowsATurn) {
    const to = Math.min(count, from + rowsATurn)
    parts.push(model.predict(rows.subarray(from * model.features, to * model.features), to - from))
    await turn()
  }
  const values = new Float64Array(count * parts[0]!.columns)
  let at = 0
  for (const part of parts) {
    values.set(part.values, at)
    at += part.values.length
  }
  return { ...parts[0]!, values }
}

function interleave(columns: readonly (readonly unknown[])[], rows: number): Float64Array {
  const cells = new Float64Array(rows * columns.length)
  for (const [at, values] of columns.entries()) {
    for (let row = 0; row < rows; row++) {
      const value = values[row]
      cells[row * columns.length + at] = value === null ? Number.NaN : Number(value)
    }
  }
  return cells
}

/** JSON as Python writes it: floats that are whole keep their `.0`, and NaN is a word. */
export function answerText({ values, columns, integers }: NativeAnswer): string {
  const one = (value: number): string => (Number.isInteger(value) && !integers && Math.abs(value) < 1e16 ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value))
  const parts: string[] = []
  if (columns === 1) for (const value of values) parts.push(one(value))
  else for (let at = 0; at < values.length; at += columns) parts.push(`[${Array.from(values.subarray(at, at + columns), one).join(', ')}]`)
  return `[${parts.join(', ')}]`
}
