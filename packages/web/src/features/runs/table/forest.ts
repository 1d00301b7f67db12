import { grouped } from '../../../ui/format.ts'
import type { GridRow } from './row-store.ts'
import { words } from './words.ts'

/** What stands on a line of the table. */
export type Line =
  | { readonly kind: 'root'; readonly index: number }
  | { readonly kind: 'child'; readonly row: GridRow; readonly depth: number }
  /** Children that are on their way, or too many to show here. */
  | { readonly kind: 'note'; readonly text: string; readonly depth: number }

/** A root that is open, with the lines below it. */
export interface Opened {
  readonly index: number
  readonly below: readonly Exclude<Line, { kind: 'root' }>[]
}

/** What stands on line `at` when some roots are open; they are in order. */
export function lineAt(opened: readonly Opened[], at: number): Line {
  let before = 0
  for (const { index, below } of opened) {
    const place = index + before
    if (at <= place) break
    if (at <= place + below.length) return below[at - place - 1]!
    before += below.length
  }
  return { kind: 'root', index: at - before }
}

/** The line of a root. */
export const lineOf = (opened: readonly Opened[], root: number): number => opened.reduce((line, { index, below }) => (index < root ? line + below.length : line), root)

export interface Children {
  readonly rows: readonly GridRow[]
  readonly total: number
  readonly error?: string
}

/** The lines below one open run, with those of its children that are open themselves. */
export function linesBelow(runId: string, open: ReadonlySet<string>, children: ReadonlyMap<string, Children>, depth = 1): Opened['below'] {
  const known = children.get(runId)
  if (known === undefined) return [{ kind: 'note', text: words.loading, depth }]
  if (known.error !== undefined) return [{ kind: 'note', text: known.error, depth }]
  const lines = known.rows.flatMap((row): Exclude<Line, { kind: 'root' }>[] => [
    { kind: 'child', row, depth },
    // Who names a child as its parent would go on for ever.
    ...(open.has(row.info.run_id) && depth < 8 ? linesBelow(row.info.run_id, open, children, depth + 1) : []),
  ])
  return known.total > known.rows.length ? [...lines, { kind: 'note', text: words.moreOpenTheRunTo(grouped(known.total - known.rows.length)), depth }] : lines
}
