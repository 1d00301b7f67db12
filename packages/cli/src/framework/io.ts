/** The world as a command sees it; tests give it another one. */
export interface Io {
  write(text: string): void
  warn(text: string): void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Columns of the terminal, undefined where the output is no terminal. */
  readonly columns: number | undefined
  /** Lines of the terminal, undefined where the output is no terminal. */
  readonly rows: number | undefined
  readonly color: boolean
  /** Aborted when the person presses Ctrl-C or the process is told to end. */
  readonly signal: AbortSignal
  /**
   * Gives every signal to `take` instead, the first one too, until it is disposed of: for a command that
   * passes them on. Where it is missing, only `signal` tells of the first.
   */
  readonly takeSignals?: ((take: (signal: NodeJS.Signals) => void) => Disposable) | undefined
}

type Paint = (text: string) => string
export type Style = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan', Paint>>

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39], cyan: [36, 39] } as const

export function makeStyle(color: boolean): Style {
  return Object.fromEntries(Object.entries(codes).map(([name, [on, off]]) => [
    name, (text: string) => (color && text !== '' ? `\x1b[${on}m${text}\x1b[${off}m` : text),
  ])) as unknown as Style
}

/** https://no-color.org, and FORCE_COLOR as Node has it. */
export function wantsColor(env: Io['env'], isTerminal: boolean): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true
  return isTerminal && env['TERM'] !== 'dumb'
}
