import type { AnyCommand, Group, Load, Tree } from './command.ts'
import { UsageError } from './errors.ts'
import { nearest } from './suggest.ts'

export const isGroup = (entry: Load | Group): entry is Group => typeof entry !== 'function'

/** What the first words of a command line name. */
export type Found =
  | { readonly kind: 'root' }
  | { readonly kind: 'group'; readonly path: string; readonly group: Group }
  | { readonly kind: 'command'; readonly path: string; readonly command: AnyCommand; readonly rest: readonly string[] }

export async function find(tree: Tree, words: readonly string[]): Promise<Found> {
  const [first, second] = words
  if (first === undefined) return { kind: 'root' }
  const entry = Object.hasOwn(tree, first) ? tree[first] : undefined
  if (entry === undefined) throw unknown('', first, Object.keys(tree))
  if (!isGroup(entry)) return { kind: 'command', path: first, command: (await entry()).command, rest: words.slice(1) }
  if (second === undefined || second.startsWith('-')) return { kind: 'group', path: first, group: entry }
  const load = Object.hasOwn(entry.commands, second) ? entry.commands[second] : undefined
  if (load === undefined) throw unknown(`${first} `, second, Object.keys(entry.commands))
  return { kind: 'command', path: `${first} ${second}`, command: (await load()).command, rest: words.slice(2) }
}

function unknown(prefix: string, word: string, known: readonly string[]): UsageError {
  const meant = nearest(word, known)
  const all = `See: cairn ${prefix}--help`
  return new UsageError(`There is no command "cairn ${prefix}${word}".`, meant === undefined ? all : `Did you mean "cairn ${prefix}${meant}"? ${all}`)
}

/** Every command with its path, for help, completions and docs. */
export async function allCommands(tree: Tree): Promise<{ path: string; command: AnyCommand }[]> {
  const found: { path: string; command: AnyCommand }[] = []
  for (const [name, entry] of Object.entries(tree)) {
    if (!isGroup(entry)) found.push({ path: name, command: (await entry()).command })
    else for (const [verb, load] of Object.entries(entry.commands)) found.push({ path: `${name} ${verb}`, command: (await load()).command })
  }
  return found
}
