import type { ColumnDrift } from '@cairn/protocol'
import { metric } from '../../ui/format.ts'
import { words } from './words.ts'

export const sharesOf = (counts: readonly (number | bigint)[]): number[] => {
  const sum = counts.reduce<number>((total, count) => total + Number(count), 0)
  return counts.map((count) => (sum === 0 ? 0 : Number(count) / sum))
}

const short = (value: number): string => metric(Number(value.toPrecision(4)))
export const percentText = (share: number): string => `${metric(Number((share * 100).toPrecision(2)))} %`

/** What one part of a column holds, in words. */
export function partText({ type, edges = [], min = 0, max = 0, categories = [], reference }: ColumnDrift, part: number): string {
  if (part === 0) return words.missing
  if (type === 'text') return categories[part - 1] ?? words.others
  if (part === 1) return words.below(short(min))
  if (part === reference.length - 1) return words.above(short(max))
  if (type === 'boolean') return part === 2 ? words.no : words.yes
  const [from, to] = [edges[part - 3] ?? min, edges[part - 2] ?? max]
  return from === to ? short(from) : words.between(short(from), short(to))
}

/** The part whose share changed most: where the column moved. */
export function movedMost(column: ColumnDrift): string | undefined {
  const [then, now] = [sharesOf(column.reference), sharesOf(column.served)]
  let most = 0
  for (const part of then.keys()) if (Math.abs(now[part]! - then[part]!) > Math.abs(now[most]! - then[most]!)) most = part
  return then[most] === now[most] ? undefined : words.moves(partText(column, most), percentText(then[most]!), percentText(now[most]!))
}
