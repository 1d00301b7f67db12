/** What a person did or has that cannot be served, and what to try. */
export class ModelError extends Error {
  readonly fix: string | undefined

  constructor(message: string, fix?: string) {
    super(message)
    this.name = 'ModelError'
    this.fix = fix
  }
}

/**
 * An answer of the scoring server that is no success, in MLflow's form. The codes are those of
 * MLflow's exceptions; its scoring server answers both with 400.
 */
export class ScoringError extends Error {
  readonly code: 'BAD_REQUEST' | 'INVALID_PARAMETER_VALUE'

  constructor(code: 'BAD_REQUEST' | 'INVALID_PARAMETER_VALUE', message: string) {
    super(message)
    this.name = 'ScoringError'
    this.code = code
  }
}
