/** Something that the person can put right. Anything else that is thrown is a bug of Cairn's. */
export class UserError extends Error {
  readonly fix: string | undefined
  readonly exitCode: number

  constructor(what: string, fix?: string, exitCode = 1) {
    super(what)
    this.name = 'UserError'
    this.fix = fix
    this.exitCode = exitCode
  }
}

/** The command line itself is wrong. */
export class UsageError extends UserError {
  constructor(what: string, fix?: string) {
    super(what, fix, 2)
    this.name = 'UsageError'
  }
}
