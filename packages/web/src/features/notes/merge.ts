import { diffLines } from '../artifacts/decode/diff.ts'

/** Lines `from` up to `to` of the base that a side has replaced. */
interface Hunk {
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
}

function hunksOf(base: readonly string[], side: readonly string[]): Hunk[] | undefined {
  const diff = diffLines(base, side)
  if (diff === undefined) return undefined
  const hunks: { from: number; to: number; lines: string[] }[] = []
  let at = 0
  let open: (typeof hunks)[number] | undefined
  for (const { kind, text } of diff) {
    if (kind === 'same') {
      open = undefined
      at += 1
      continue
    }
    if (open === undefined) hunks.push(open = { from: at, to: at, lines: [] })
    if (kind === 'removed') open.to = at += 1
    else open.lines.push(text)
  }
  return hunks
}

/** Whether both have changed the same place, or places that touch. */
const meet = (a: Hunk, b: Hunk): boolean => a.from <= b.to && b.from <= a.to
const alike = (a: Hunk, b: Hunk): boolean => a.from === b.from && a.to === b.to && a.lines.length === b.lines.length && a.lines.every((line, at) => line === b.lines[at])

/**
 * A text that two have changed since both read it, with the changes of both; undefined where they have
 * changed the same lines to something else. (The three-way merge of diff3, by whole lines.)
 */
export function mergeNotes(base: string, mine: string, theirs: string): string | undefined {
  if (mine === theirs || theirs === base) return mine
  if (mine === base) return theirs
  const lines = base.split('\n')
  const [own, other] = [hunksOf(lines, mine.split('\n')), hunksOf(lines, theirs.split('\n'))]
  if (own === undefined || other === undefined) return undefined
  const fresh = other.filter((hunk) => !own.some((one) => alike(one, hunk)))
  if (fresh.some((hunk) => own.some((one) => meet(one, hunk)))) return undefined
  const merged: string[] = []
  let at = 0
  for (const hunk of [...own, ...fresh].sort((a, b) => a.from - b.from)) {
    merged.push(...lines.slice(at, hunk.from), ...hunk.lines)
    at = hunk.to
  }
  return [...merged, ...lines.slice(at)].join('\n')
}
