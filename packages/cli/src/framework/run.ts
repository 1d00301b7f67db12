import { commandHelp, groupHelp, rootHelp } from './help.ts'
import { UserError } from './errors.ts'
import { makeStyle, type Io } from './io.ts'
import { toJson } from './json.ts'
import { parseCommandLine } from './parse.ts'
import { find } from './tree.ts'
import type { AnyCommand, Tree } from './command.ts'

export const exitCodes = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const

export interface Program {
  readonly tree: Tree
  readonly version: string
  /** Turns an error of a library (a refused connection, an answer of the server) into words for a person. */
  readonly explain: (error: unknown) => UserError | undefined
}

/** Runs one command line and answers its exit status. Never throws. */
export async function runProgram(program: Program, argv: readonly string[], io: Io): Promise<number> {
  const json = argv.includes('--json')
  try {
    return await dispatch(program, argv, io)
  } catch (error) {
    return report(program, error, io, json)
  }
}

async function dispatch({ tree, version }: Program, argv: readonly string[], io: Io): Promise<number> {
  const style = makeStyle(io.color)
  const [first] = argv
  if (first === '--version' || first === '-V') {
    io.write(`cairn ${version}\n`)
    return exitCodes.success
  }
  const asksHelp = first === undefined || first === '--help' || first === '-h' || first === 'help'
  const words = asksHelp ? argv.slice(1).filter((word) => !word.startsWith('-')) : argv
  const found = await find(tree, words)
  if (found.kind === 'root') {
    io.write(`${await rootHelp(tree, style, io.columns)}\n`)
    return first === undefined ? exitCodes.usage : exitCodes.success
  }
  if (found.kind === 'group') {
    io.write(`${await groupHelp(found.path, found.group, style, io.columns)}\n`)
    return asksHelp || words.slice(1).some((word) => word === '--help' || word === '-h') ? exitCodes.success : exitCodes.usage
  }
  const { path, command, rest } = found
  const parsed = asksHelp ? undefined : parseCommandLine(path, command, rest, io.env)
  if (parsed === undefined || parsed.help) {
    io.write(`${commandHelp(path, command, style, io.columns)}\n`)
    return exitCodes.success
  }
  const { args, options, given, json } = parsed
  const result = await command.run({ args, options, given, json, io: withVariables(io, command, options), style, tree } as Parameters<typeof command.run>[0])
  if (result !== undefined) {
    const text = json ? toJson(result.data) : result.text
    if (text !== '') io.write(`${text}\n`)
  }
  return exitCodes.success
}

/** Values of options that are known by a variable too, to whatever reads variables. */
function withVariables(io: Io, { options: specs }: AnyCommand, options: Readonly<Record<string, unknown>>): Io {
  const set = Object.entries(specs).flatMap(([name, { setsEnv }]) => (setsEnv === undefined || typeof options[name] !== 'string' ? [] : [[setsEnv, options[name]]] as const))
  return set.length === 0 ? io : { ...io, env: { ...io.env, ...Object.fromEntries(set) } }
}

function report(program: Program, error: unknown, io: Io, json: boolean): number {
  if (io.signal.aborted && (error as Error | undefined)?.name === 'AbortError') return exitCodes.interrupted
  const style = makeStyle(io.color)
  const known = error instanceof UserError ? error : program.explain(error)
  if (known === undefined) {
    io.warn(`${style.red('cairn: this is a bug in Cairn, not something you did wrong.')}\n${error instanceof Error ? error.stack : String(error)}\n`)
    return exitCodes.failure
  }
  if (json) io.warn(`${toJson({ error: known.message, ...(known.fix !== undefined && { fix: known.fix }) })}\n`)
  else io.warn(`${style.red('cairn:')} ${known.message}\n${known.fix === undefined ? '' : `  ${known.fix.replaceAll('\n', '\n  ')}\n`}`)
  return known.exitCode
}
