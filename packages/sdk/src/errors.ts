import type { ErrorCode } from '@cairn/protocol'

/** The server answered with an error. `code` is MLflow's error code, `message` its words. */
export class ApiError extends Error {
  readonly code: ErrorCode | (string & {})
  readonly status: number
  /** Name of the endpoint that was called. */
  readonly endpoint: string

  constructor(endpoint: string, status: number, code: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.endpoint = endpoint
    this.status = status
    this.code = code
  }
}

/** No answer came: refused, reset, name not found, or no time left. The request may have arrived. */
export class NetworkError extends Error {
  readonly endpoint: string
  readonly attempts: number

  constructor(endpoint: string, attempts: number, cause: unknown) {
    super(`The server did not answer ${endpoint} in ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${describe(cause)}`, { cause })
    this.name = 'NetworkError'
    this.endpoint = endpoint
    this.attempts = attempts
  }
}

function describe(cause: unknown): string {
  const inner = (cause as { cause?: unknown } | undefined)?.cause ?? cause
  return (inner as { code?: string } | undefined)?.code ?? (inner as Error | undefined)?.message ?? String(inner)
}

/** Statuses after which the same request may succeed later. */
const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

/** Whether asking again later may help: no answer came, or the server was busy, broken or restarting. */
export const isTransient = (error: unknown): boolean =>
  error instanceof NetworkError || (error instanceof ApiError && passing.has(error.status))

export const isNotFound = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.code === 'RESOURCE_DOES_NOT_EXIST' || error.code === 'NOT_FOUND')

export const isAlreadyExists = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.code === 'RESOURCE_ALREADY_EXISTS' || error.code === 'ALREADY_EXISTS')
