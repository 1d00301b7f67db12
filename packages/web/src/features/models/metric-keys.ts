import { lessIsBetter } from '../runs/columns.ts'

const most = 3

/** The metrics that most have; of as many, those whose name says whether more is better, of these those of data that was not trained on, then those that differ between versions, then as they were logged. */
export function metricKeys(all: readonly ReadonlyMap<string, number>[]): string[] {
  const counts = new Map<string, { count: number; readonly seen: Set<number>; readonly at: number }>()
  for (const one of all) {
    for (const [key, value] of one) {
      const before = counts.get(key) ?? { count: 0, seen: new Set<number>(), at: counts.size }
      before.count += 1
      before.seen.add(value)
      counts.set(key, before)
    }
  }
  const telling = (key: string): number => (lessIsBetter(key) === undefined ? 0 : /train/i.test(key) ? 1 : /val|test|eval|holdout/i.test(key) ? 3 : 2)
  return [...counts].toSorted(([keyA, a], [keyB, b]) => b.count - a.count || telling(keyB) - telling(keyA) || Number(b.seen.size > 1) - Number(a.seen.size > 1) || a.at - b.at).slice(0, most).map(([key]) => key)
}
