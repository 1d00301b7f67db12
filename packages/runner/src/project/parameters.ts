import { mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ProjectError } from '../errors.ts'
import { formatCommand, shellQuote } from './format.ts'
import type { EntryPoint, Parameter } from './spec.ts'

export type Values = Readonly<Record<string, string>>

export interface Command {
  /** For `bash -c`. */
  readonly text: string
  /** What the run's params say: quoted for the shell, as MLflow logs them, and paths as they were given. */
  readonly logged: Values
  /** Declared parameters with the value that the command got, and the given ones besides them. */
  readonly values: Values
  /** Files and folders of parameters of type path, by parameter. */
  readonly paths: Values
}

/** Fetches what a parameter of type path names elsewhere; answers where it lies now. */
export type Download = (uri: string, folder: string) => Promise<string>

const scheme = (value: string): string | undefined => /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(value)?.[1]

/** Stops before anything is started when values are missing or are no URIs. */
export function checkValues({ parameters }: EntryPoint, given: Values): void {
  const missing = parameters.filter(({ name, default: preset }) => preset === undefined && !Object.hasOwn(given, name))
  if (missing.length > 0) {
    throw new ProjectError(
      `No value given for missing parameters: ${missing.map(({ name }) => `'${name}'`).join(', ')}`,
      `Give ${missing.length === 1 ? 'it' : 'them'}: ${missing.map(({ name }) => `-P ${name}=VALUE`).join(' ')}`,
    )
  }
  for (const { name, type, default: preset } of parameters) {
    const value = given[name] ?? preset!
    if (type === 'uri' && scheme(value) === undefined) throw new ProjectError(`Expected URI for parameter ${name} but got ${value}`, `Give one with a scheme: -P ${name}=file:///data/table.csv`)
  }
}

/**
 * The command of an entry point with its values in it. Values go in quoted for the shell; given
 * parameters that are not declared follow as `--name value`.
 */
export async function computeCommand(entry: EntryPoint, given: Values, { cwd, storage, download }: { cwd: string; storage: string; download: Download }): Promise<Command> {
  checkValues(entry, given)
  const values: Record<string, string> = {}
  const logged: Record<string, string> = {}
  const paths: Record<string, string> = {}
  for (const [position, parameter] of entry.parameters.entries()) {
    const value = given[parameter.name] ?? parameter.default!
    logged[parameter.name] = shellQuote(value)
    if (parameter.type === 'path') paths[parameter.name] = await localPath(parameter, value, cwd, () => join(storage, `param_${position}`), download)
    values[parameter.name] = paths[parameter.name] ?? value
  }
  const quoted = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shellQuote(value)]))
  const words = [formatCommand(entry.command, quoted)]
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(values, name)) continue
    words.push(`--${shellQuote(name)} ${shellQuote(value)}`)
    logged[shellQuote(name)] = shellQuote(value)
    values[name] = value
  }
  return { text: words.join(' '), logged, values, paths }
}

async function localPath({ name }: Parameter, value: string, cwd: string, place: () => string, download: Download): Promise<string> {
  const kind = scheme(value)
  if (kind === undefined || (kind === 'file' && /^file:(?:\/\/\/|\/(?!\/))/.test(value))) {
    const path = resolve(cwd, kind === undefined ? value : fileURLToPath(value.replace(/^file:\/(?!\/)/, 'file:///')))
    if (!await stat(path).then(() => true, () => false)) {
      throw new ProjectError(`Got value ${value} for parameter ${name}, but no such file or directory was found.`, `Relative paths start at ${cwd}.`)
    }
    return path
  }
  const folder = place()
  await mkdir(folder, { recursive: true })
  return download(value, folder)
}

/** `-P name=value` and `-A name[=value]` as MLflow reads them; a bare name is a flag of docker's. */
export function readAssignments(words: readonly string[], flag: 'P' | 'A'): Record<string, string | true> {
  const values: Record<string, string | true> = {}
  for (const word of words) {
    const at = word.indexOf('=')
    if (at < 0 && flag === 'P') throw new ProjectError(`Invalid format for -P parameter: '${word}'. Use -P name=value.`, undefined, { usage: true })
    const name = at < 0 ? word : word.slice(0, at)
    if (Object.hasOwn(values, name)) throw new ProjectError(`Repeated parameter: '${name}'`, undefined, { usage: true })
    values[name] = at < 0 ? true : word.slice(at + 1)
  }
  return values
}
