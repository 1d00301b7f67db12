/**
 * Every error code that an answer may carry: MLflow's codes with the HTTP status, `sqlstate` and
 * `error_class` that MLflow 3.17.2 sends beside them. The table is closed: a code that is not here
 * cannot be thrown.
 */
export const errorCodes = {
  BAD_REQUEST: { status: 400, sqlstate: 'KAM00', errorClass: 'INVALID_PARAMETER_VALUE' },
  INVALID_PARAMETER_VALUE: { status: 400, sqlstate: 'KAM00', errorClass: 'INVALID_PARAMETER_VALUE' },
  RESOURCE_ALREADY_EXISTS: { status: 400, sqlstate: 'KAM00', errorClass: 'RESOURCE_ALREADY_EXISTS' },
  CUSTOMER_UNAUTHORIZED: { status: 401, sqlstate: 'KAM00', errorClass: 'PERMISSION_DENIED' },
  UNAUTHENTICATED: { status: 401 },
  PERMISSION_DENIED: { status: 403, sqlstate: 'KAM00', errorClass: 'PERMISSION_DENIED' },
  RESOURCE_DOES_NOT_EXIST: { status: 404, sqlstate: 'KAM00', errorClass: 'RESOURCE_NOT_FOUND' },
  NOT_FOUND: { status: 404, sqlstate: 'KAM00', errorClass: 'RESOURCE_NOT_FOUND' },
  ENDPOINT_NOT_FOUND: { status: 404, sqlstate: 'KAM00', errorClass: 'RESOURCE_NOT_FOUND' },
  METHOD_NOT_ALLOWED: { status: 405 },
  REQUEST_TIMEOUT: { status: 408 },
  RESOURCE_CONFLICT: { status: 409 },
  // This and FEATURE_DISABLED are 500 in MLflow, which its clients repeat for minutes; nothing will have changed.
  INVALID_STATE: { status: 409, sqlstate: 'XXM00', errorClass: 'CLIENT_INTERNAL_ERROR' },
  ALREADY_EXISTS: { status: 409 },
  ABORTED: { status: 409 },
  PRECONDITION_FAILED: { status: 412 },
  REQUEST_TOO_LARGE: { status: 413 },
  RANGE_NOT_SATISFIABLE: { status: 416 },
  REQUEST_LIMIT_EXCEEDED: { status: 429 },
  RESOURCE_EXHAUSTED: { status: 429 },
  CANCELLED: { status: 499 },
  INTERNAL_ERROR: { status: 500, sqlstate: 'XXM00', errorClass: 'CLIENT_INTERNAL_ERROR' },
  FEATURE_DISABLED: { status: 400, sqlstate: 'KAM00', errorClass: 'FEATURE_DISABLED' },
  DATA_LOSS: { status: 500 },
  NOT_IMPLEMENTED: { status: 501 },
  TEMPORARILY_UNAVAILABLE: { status: 503, sqlstate: 'XXM00', errorClass: 'CLIENT_INTERNAL_ERROR' },
  DEADLINE_EXCEEDED: { status: 504 },
} as const satisfies Record<string, { status: number; sqlstate?: string; errorClass?: string }>

export type ErrorCode = keyof typeof errorCodes

export interface ErrorBody {
  error_code: ErrorCode
  message: string
  sqlstate?: string
  error_class?: string
}

/**
 * The one error that slices throw and clients receive. `message` is shown to the person who sent
 * the request: it must not carry SQL, paths of the server or stack traces.
 */
export class CairnError extends Error {
  readonly code: ErrorCode
  /** HTTP headers to send with the answer, for instance `retry-after`. */
  readonly headers: Readonly<Record<string, string>>
  readonly status: number

  /** `status`: another than the code's, where that would make clients do the wrong thing. */
  constructor(code: ErrorCode, message: string, headers: Record<string, string> = {}, status: number = errorCodes[code].status) {
    super(message)
    this.name = 'CairnError'
    this.code = code
    this.headers = headers
    this.status = status
  }

  /** The body that MLflow's clients parse. */
  toBody(): ErrorBody {
    const { sqlstate, errorClass } = errorCodes[this.code] as { sqlstate?: string; errorClass?: string }
    return {
      error_code: this.code,
      message: this.message,
      ...(sqlstate && { sqlstate }),
      ...(errorClass && { error_class: errorClass }),
    }
  }
}

export const invalid = (message: string): CairnError => new CairnError('INVALID_PARAMETER_VALUE', message)
export const notFound = (message: string): CairnError => new CairnError('RESOURCE_DOES_NOT_EXIST', message)

const seeDocs = ' See the API docs for more information about request parameters.'

/** MLflow's words for a required parameter that is absent or empty, as its request layer says them. */
export const missing = (parameter: string): CairnError =>
  invalid(`Missing value for required parameter '${parameter}'.${seeDocs}`)

/** MLflow's words for a parameter of the wrong type, as its request layer says them. */
export const wrongType = (parameter: string, value: unknown): CairnError =>
  invalid(`Invalid value ${shown(value)} for parameter '${parameter}' supplied:  Hint: Value was of type '${pythonType(value)}'.${seeDocs}`)

function shown(value: unknown): string {
  try {
    return asciiJson(value)
  } catch (error) {
    // What is nested some thousand levels deep can be read as JSON, but not written.
    if (error instanceof RangeError) return Array.isArray(value) ? '[…]' : '{…}'
    throw error
  }
}

/** JSON as Python's `json.dumps(…, separators=(",", ":"))` writes it: ASCII only. */
export function asciiJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? JSON.rawJSON(String(item)) : item)) ?? 'null'
  return text.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType'
  if (Array.isArray(value)) return 'list'
  switch (typeof value) {
    case 'string': return 'str'
    case 'boolean': return 'bool'
    case 'bigint': return 'int'
    case 'number': return Number.isInteger(value) ? 'int' : 'float'
    default: return 'dict'
  }
}
