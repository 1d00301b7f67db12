import { diffLines } from '../artifacts/decode/diff.ts'

/** Where a place of a text is after somebody else's lines have come into it: in the same line, at the same letter. */
export function placeAfter(before: string, after: string, at: number): number {
  if (before === after) return at
  const diff = diffLines(before.split('\n'), after.split('\n'))
  if (diff === undefined) return Math.min(at, after.length)
  let [from, to] = [0, 0]
  for (const { kind, text } of diff) {
    const length = text.length + 1
    if (kind !== 'added') {
      if (at < from + length) return Math.min(to + (kind === 'same' ? at - from : 0), after.length)
      from += length
    }
    if (kind !== 'removed') to += length
  }
  return after.length
}
