/** An environment that cannot be made: what happened, the end of the installer's output, what to try. */
export class EnvironmentError extends Error {
  /** What to try, one or more lines. */
  readonly fix: string
  /** The last lines that the installer wrote, at most 30; empty where none ran. */
  readonly output: readonly string[]

  constructor(what: string, fix: string, output: readonly string[] = []) {
    super(output.length === 0 ? what : `${what}\n${output.map((line) => `  | ${line}`).join('\n')}`)
    this.name = 'EnvironmentError'
    this.fix = fix
    this.output = output
  }
}
