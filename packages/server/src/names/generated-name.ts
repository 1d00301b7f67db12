import { adjectives, nouns } from './words.ts'

const longest = 20

/**
 * A name for a run or a model whose maker gave none, in the shape that MLflow's users know:
 * `adjective-noun-number`, at most 20 characters.
 *
 * @param random gives numbers in [0, 1), as `Math.random` does
 */
export function generateName(random: () => number = Math.random): string {
  const adjective = pick(adjectives, random)
  const number = String(Math.floor(random() * 1001))
  const room = longest - adjective.length - number.length - 2
  // Words are few, so nouns that fit are looked for among all of them instead of drawn again.
  return `${adjective}-${pick(nouns.filter((noun) => noun.length <= room), random)}-${number}`
}

const pick = (words: readonly string[], random: () => number): string => words[Math.floor(random() * words.length)]!
