import type { ReactNode } from 'react'

const hues = 10

/** The same for a name everywhere, and for ever. */
function hueOf(name: string): number {
  let sum = 0
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)!) % 65_521
  return sum % hues
}

/** Two letters that stand for a name: of its first and last word, or the first two. */
export function initials(name: string): string {
  const words = name.split(/[\s._@-]+/).filter((word) => word !== '')
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!].map((word) => [...word][0]!) : [...words[0] ?? '?'].slice(0, 2)
  return letters.join('').toLocaleUpperCase()
}

/** Somebody in two letters and a colour; the name itself stands beside it or in the hint. */
export const Avatar = ({ name }: { name: string }): ReactNode => <span className="avatar" data-hue={hueOf(name)} aria-hidden="true">{initials(name)}</span>
