/** An experiment that is to be renamed. */
export interface Named {
  readonly id: string
  readonly name: string
  /** The folder that it was chosen in: what follows in its name goes along when it is moved. */
  readonly base: string
}

/** The folder in which an experiment or folder lies; empty at the top. A slash at the start belongs to the first name. */
export function folderOf(path: string): string {
  const end = path.replace(/\/$/, '').lastIndexOf('/')
  return end <= 0 ? '' : path.slice(0, end)
}

/** The name below a folder. */
export const within = (folder: string, name: string): string => (folder !== '' && name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : name)

/** What `find` stands for, everywhere in the name; undefined where it is no regular expression. */
export function finder(find: string, isPattern: boolean): RegExp | undefined {
  try {
    return new RegExp(isPattern ? find : find.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gu')
  } catch {
    return undefined
  }
}

export const replaced = (name: string, find: RegExp, by: string, isPattern: boolean): string =>
  (isPattern ? name.replace(find, by) : name.replace(find, () => by))

/** The name in another folder; `to` may be empty for the top. */
export function moved({ name, base }: Named, to: string): string {
  const folder = to.trim().replace(/\/+$/, '')
  const rest = within(base, name)
  return folder === '' ? rest : `${folder}/${rest}`
}

export interface Renaming extends Named {
  readonly to: string
  /** Why it cannot be. */
  readonly problem?: 'empty' | 'twice'
}

/** Names before and after, with those that cannot be. */
export function renamings(named: readonly Named[], rename: (one: Named) => string): Renaming[] {
  const all = named.map((one): Renaming => ({ ...one, to: rename(one) }))
  const times = new Map<string, number>()
  for (const { to } of all) times.set(to, (times.get(to) ?? 0) + 1)
  return all.map((one) => (one.to.trim() === '' ? { ...one, problem: 'empty' } : times.get(one.to)! > 1 ? { ...one, problem: 'twice' } : one))
}
