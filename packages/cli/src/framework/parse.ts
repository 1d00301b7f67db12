import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import type { AnyCommand, OptionSpec } from './command.ts'
import { UsageError } from './errors.ts'
import { nearest } from './suggest.ts'

/** What every command takes besides its own. `-h` is left to commands: MLflow's server means its host. */
export const commonOptions: Readonly<Record<string, OptionSpec>> = {
  json: { kind: 'boolean', summary: 'Answer in JSON.' },
  help: { kind: 'boolean', summary: 'Show this help.' },
}

export interface Parsed {
  readonly args: Record<string, string | readonly string[] | undefined>
  readonly options: Record<string, unknown>
  readonly given: ReadonlySet<string>
  readonly json: boolean
  readonly help: boolean
}

/** Reads a command line by the command's data; `path` is only for messages. */
export function parseCommandLine(path: string, command: AnyCommand, argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Parsed {
  const specs: Readonly<Record<string, OptionSpec>> = { ...command.options, ...commonOptions }
  const takesH = Object.values(command.options).some(({ short }) => short === 'h')
  const config: ParseArgsOptionsConfig = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, {
    type: spec.kind === 'boolean' ? 'boolean' as const : 'string' as const,
    ...(spec.kind === 'list' && { multiple: true }),
    ...(spec.short !== undefined ? { short: spec.short } : name === 'help' && !takesH ? { short: 'h' } : {}),
  }]))
  const { values, positionals } = parse(path, specs, config, joinValues(argv, specs))
  const help = values['help'] === true
  const given = new Set(Object.keys(values))
  return {
    given,
    help,
    json: values['json'] === true,
    options: help ? {} : readOptions(path, command.options, values, env),
    args: help ? {} : readArguments(path, command, positionals),
  }
}

/** `--name -value` becomes `--name=-value`: the word after an option with a value is its value, as in MLflow's commands. */
function joinValues(argv: readonly string[], specs: Readonly<Record<string, OptionSpec>>): string[] {
  const joined: string[] = []
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index]!
    if (word === '--') return [...joined, ...argv.slice(index)]
    const spec = word.startsWith('--') && Object.hasOwn(specs, word.slice(2)) ? specs[word.slice(2)] : undefined
    const next = argv[index + 1]
    if (spec !== undefined && spec.kind !== 'boolean' && next !== undefined) {
      joined.push(`${word}=${next}`)
      index += 1
    } else joined.push(word)
  }
  return joined
}

function parse(path: string, specs: Readonly<Record<string, OptionSpec>>, options: ParseArgsOptionsConfig, args: string[]) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: true, allowNegative: true })
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    const help = `See: cairn ${path} --help`
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      const name = /'(-[^' =]*)/.exec(message)?.[1] ?? ''
      const known = Object.keys(specs).flatMap((one) => (specs[one]!.hidden ? [] : [`--${one}`]))
      const meant = nearest(name, known)
      throw new UsageError(`cairn ${path} has no option ${name}.`, meant === undefined ? help : `Did you mean ${meant}? ${help}`)
    }
    if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
      throw new UsageError(`${message.split('\n')[0]!.replace(/^Option/, 'The option').replace(/\.?$/, '.')}`, help)
    }
    throw error
  }
}

function readOptions(path: string, specs: Readonly<Record<string, OptionSpec>>, values: Record<string, unknown>, env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) {
    const fromEnv = spec.env === undefined ? undefined : env[spec.env] || undefined
    const value = values[name] ?? fromEnv ?? (spec.kind === 'boolean' ? undefined : spec.default)
    if (spec.kind === 'boolean') options[name] = value === true || value === 'true' || value === '1'
    else if (spec.kind === 'list') options[name] = Array.isArray(value) ? value : value === undefined ? [] : [String(value)]
    else if (value === undefined) {
      if (spec.required) throw new UsageError(`cairn ${path} needs --${name}.`, `See: cairn ${path} --help`)
      options[name] = undefined
    } else options[name] = spec.kind === 'integer' ? readInteger(name, String(value)) : readText(name, spec, String(value))
  }
  return options
}

function readInteger(name: string, value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new UsageError(`--${name} takes a whole number, not "${value}".`)
  return Number(value)
}

function readText(name: string, spec: OptionSpec, value: string): string {
  if (spec.choices === undefined || spec.choices.includes(value)) return value
  const meant = nearest(value, spec.choices)
  throw new UsageError(`--${name} takes one of ${spec.choices.join(', ')}, not "${value}".`, meant === undefined ? undefined : `Did you mean ${meant}?`)
}

function readArguments(path: string, command: AnyCommand, positionals: readonly string[]): Parsed['args'] {
  const args: Parsed['args'] = {}
  const rest = [...positionals]
  for (const [name, spec] of Object.entries(command.args)) {
    if (spec.many) {
      if (rest.length === 0 && !spec.optional) throw lacks(path, name)
      args[name] = rest.splice(0)
    } else {
      const value = rest.shift()
      if (value === undefined && !spec.optional) throw lacks(path, name)
      args[name] = value
    }
  }
  if (rest.length > 0) throw new UsageError(`cairn ${path} has no use for "${rest[0]!}".`, `See: cairn ${path} --help`)
  return args
}

const lacks = (path: string, name: string): UsageError =>
  new UsageError(`cairn ${path} needs ${name.toUpperCase()}.`, `See: cairn ${path} --help`)
