import type { Column, RunTable } from './columns.ts'
import type { Panel } from './panel.ts'

/** What depends on whole columns alone is worked out once: a brush that moves over ten thousand runs has 100 ms for everything. */
export function once<T>(make: (a: Column, b: Column) => T): (a: Column, b: Column) => T {
  const known = new WeakMap<Column, WeakMap<Column, T>>()
  return (a, b) => kept(kept(known, a, () => new WeakMap<Column, T>()), b, () => make(a, b))
}

/** The same of what depends on a panel and its runs, whichever of them are chosen. */
export function oncePerPanel<T>(make: (panel: Panel, table: RunTable) => T): (of: { readonly panel: Panel; readonly table: RunTable }) => T {
  const known = new WeakMap<RunTable, WeakMap<Panel, T>>()
  return ({ panel, table }) => kept(kept(known, table, () => new WeakMap<Panel, T>()), panel, () => make(panel, table))
}

function kept<K extends WeakKey, T>(known: WeakMap<K, T>, key: K, make: () => T): T {
  if (!known.has(key)) known.set(key, make())
  return known.get(key)!
}

const counts = new WeakMap<Uint8Array, number>()

/** How many runs are chosen: every panel says it, and so does the bar. */
export const countOf = (chosen: Uint8Array): number => kept(counts, chosen, () => chosen.reduce((sum, one) => sum + one, 0))
