import type { Io, Style } from './io.ts'

/** An option of a command. Its name is the key under which it stands: `--max-results`. */
export interface OptionSpec {
  readonly kind: 'text' | 'integer' | 'boolean' | 'list'
  readonly short?: string
  /** Stands for the value in help: `--port N`. */
  readonly value?: string
  readonly env?: string
  /** The variable under which all that a command starts or asks gets its value too. */
  readonly setsEnv?: string
  /** Shown in help; where `kind` is text or integer it is also what the command gets. */
  readonly default?: string | number
  /** A default that only help shows, because something else makes it. */
  readonly shown?: string
  /** The words that are allowed. */
  readonly choices?: readonly string[]
  readonly required?: boolean
  /** Whether `--no-name` is worth showing. */
  readonly negatable?: boolean
  /** Heading in help. */
  readonly topic?: string
  readonly hidden?: boolean
  readonly summary: string
}

export interface ArgumentSpec {
  readonly summary: string
  readonly optional?: boolean
  /** Takes all the rest; the last argument only. */
  readonly many?: boolean
}

type Options = Readonly<Record<string, OptionSpec>>
type Arguments = Readonly<Record<string, ArgumentSpec>>

type OptionValue<S extends OptionSpec> =
  S['kind'] extends 'boolean' ? boolean
    : S['kind'] extends 'list' ? readonly string[]
      : (S['kind'] extends 'integer' ? number : S extends { choices: readonly (infer C)[] } ? C : string)
        | (S extends { default: string | number } | { required: true } ? never : undefined)
type ArgumentValue<S extends ArgumentSpec> =
  S extends { many: true } ? readonly string[] : S extends { optional: true } ? string | undefined : string

export interface RunContext<A extends Arguments = Arguments, O extends Options = Options> {
  readonly args: { readonly [K in keyof A]: ArgumentValue<A[K]> }
  readonly options: { readonly [K in keyof O]: OptionValue<O[K]> }
  /** Names of the options that were given, rather than left to their default. */
  readonly given: ReadonlySet<string>
  /** Whether the answer must be JSON. */
  readonly json: boolean
  readonly io: Io
  readonly style: Style
  /** Every command of the program. */
  readonly tree: Tree
}

/** What a command answers: `--json` prints `data`, a person sees `text`. */
export interface Result {
  readonly data: unknown
  readonly text: string
}

export interface Command<A extends Arguments = Arguments, O extends Options = Options> {
  readonly summary: string
  /** Paragraphs under the summary in help. */
  readonly details?: string
  readonly args: A
  readonly options: O
  /** Each a command line without the leading `cairn`, and what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[]
  /** Answers a result to print, or prints by itself. */
  run(context: RunContext<A, O>): Promise<Result | void>
}

/** Names are not in a command: the path of its file is its path on the command line. */
export function defineCommand<const A extends Arguments, const O extends Options>(command: Command<A, O>): AnyCommand {
  return command as unknown as AnyCommand
}
export type AnyCommand = Command

export interface Group {
  readonly summary: string
  readonly commands: Readonly<Record<string, Load>>
}
/** Loads one command when it is asked for, so that `cairn server` reads none of the others. */
export type Load = () => Promise<{ readonly command: AnyCommand }>
export type Tree = Readonly<Record<string, Load | Group>>
