import { ScoringError } from '../errors.ts'
import { schemaText, type Schema } from '../models/signature.ts'
import type { Answer } from '../pool/python-pool.ts'
import { badInput } from '../signature/cast-json.ts'
import type { EnforcementError } from '../signature/enforce-column.ts'
import { repr } from '../signature/python-words.ts'

/** What MLflow's exceptions carry besides. */
const classes = {
  BAD_REQUEST: { sqlstate: 'KAM00', error_class: 'INVALID_PARAMETER_VALUE' },
  INVALID_PARAMETER_VALUE: { sqlstate: 'KAM01', error_class: 'SCHEMA_ENFORCEMENT_FAILED' },
} as const

/** An error as MLflow's scoring server answers it. */
export const errorAnswer = (error: ScoringError): Answer =>
  ({ status: 400, type: 'application/json', body: Buffer.from(JSON.stringify({ error_code: error.code, ...classes[error.code], message: error.message })) })

/** What MLflow puts around the words of its enforcement. `data` describes what was sent. */
export const enforcementFailure = (error: EnforcementError, data: string, schema: Schema): ScoringError =>
  new ScoringError(error.code, `Failed to predict data '${data}'. \nError: Failed to enforce schema of data '${data}' with schema '${schemaText(schema)}'. Error: ${error.message}`)

/** @throws ScoringError */
export function decodeBody(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw badInput('Ensure that input is a valid UTF-8 encoded string.')
  }
}

export const notJson = (error: unknown, text: string): ScoringError => badInput(`Ensure that input is a valid JSON formatted string. Error: '${repr((error as Error).message)}'\nInput: \n${repr(text)}\n`)
