import { byNumber } from '../../ui/natural.ts'

/** In the order that a reader looks for names in: capitals with small letters, numbers by their size. */
export const byName = (a: string, b: string): number => byNumber(a.toLowerCase(), b.toLowerCase()) || byNumber(a, b)

/** Keys by what stands before the first `/`; those without one come first. */
export function sectionsOf(keys: readonly string[]): [string, string[]][] {
  const sections = new Map<string, string[]>()
  for (const key of keys) {
    const slash = key.indexOf('/')
    const section = slash < 0 ? '' : key.slice(0, slash)
    const known = sections.get(section)
    if (known === undefined) sections.set(section, [key])
    else known.push(key)
  }
  // A section of one would take a row for a single chart, whose name says its prefix anyway.
  for (const [section, [key, second]] of sections) {
    if (section === '' || second !== undefined) continue
    sections.delete(section)
    sections.set('', [...(sections.get('') ?? []), key!])
  }
  return [...sections].sort(([a], [b]) => byName(a, b))
}
