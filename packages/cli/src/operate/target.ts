import { readConfig, settings, type ServerConfig } from '@cairn/server/config'
import type { OptionSpec } from '../framework/command.ts'
import { UserError } from '../framework/errors.ts'
import type { Io } from '../framework/io.ts'

/** The server's own flags for where its data is, so that they are given here as they are given there. */
const names = ['data-dir', 'backend-store-uri', 'artifacts-destination', 'default-artifact-root'] as const

export const storageOptions = Object.fromEntries(names.map((name): [string, OptionSpec] => {
  const setting = settings.find((one) => one.name === name)!
  return [name, {
    kind: 'text', topic: 'Storage', summary: setting.summary,
    ...(setting.value !== undefined && { value: setting.value }), ...(setting.env !== undefined && { env: setting.env }),
    ...(setting.default !== undefined && { shown: setting.default }),
  }]
})) as Record<(typeof names)[number], OptionSpec & { readonly kind: 'text' }>

interface Given {
  readonly options: Readonly<Record<string, unknown>>
  readonly given: ReadonlySet<string>
  readonly io: Io
}

/** What the server would use that is started with the same flags, variables and folder. */
export function readTarget({ options, given, io }: Given, to?: string): ServerConfig {
  const flags: Record<string, string> = Object.fromEntries(names.filter((name) => given.has(name)).map((name) => [name, options[name] as string]))
  if (to !== undefined) flags[/^[a-z][a-z0-9+.-]+:/i.test(to) ? 'backend-store-uri' : 'data-dir'] = to
  return readConfig({ flags, env: io.env, cwd: io.cwd })
}

type Operate = typeof import('@cairn/server/operate')

/** Loads what works on the data, and turns what it refuses into words for a person. */
export async function operating<T>(work: (operate: Operate) => Promise<T>): Promise<T> {
  const operate = await import('@cairn/server/operate')
  try {
    return await work(operate)
  } catch (error) {
    const refused = [operate.DatabaseRefused, operate.SourceRefused, operate.StorageRefused, operate.GcRefused].some((kind) => error instanceof kind)
    throw refused ? new UserError((error as Error).message) : error
  }
}
