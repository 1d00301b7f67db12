/** A project that cannot run as it was asked for: what is wrong, and what to do. */
export class ProjectError extends Error {
  /** What to do, one or more lines; undefined where the message says it. */
  readonly fix: string | undefined
  /** The command line itself is wrong. */
  readonly usage: boolean

  constructor(what: string, fix?: string, { usage = false }: { usage?: boolean } = {}) {
    super(what)
    this.name = 'ProjectError'
    this.fix = fix
    this.usage = usage
  }
}
