import { useMemo, type ReactNode } from 'react'
import { layeredLayout } from '../artifacts/decode/layered-layout.ts'
import { GraphView } from '../artifacts/viewers/graph-view.tsx'
import '../artifacts/artifacts.css'

export interface LineagePart {
  readonly id: string
  readonly title: string
  readonly note: string
  readonly href?: string
  /** What this page is about. */
  readonly here?: boolean
}

/** Where something came from and what came of it, from left to right; each box leads to its page. */
export function Lineage({ parts, links }: { parts: readonly LineagePart[]; links: readonly (readonly [string, string])[] }): ReactNode {
  const cut = (text: string): string => (text.length > 30 ? `${text.slice(0, 29)}…` : text)
  const nodes = useMemo(() => parts.map(({ id, title, note, href, here }) => ({ id, title: cut(title), note: cut(note), kind: here === true ? 'here' as const : 'node' as const, ...(href !== undefined && { href }) })), [parts])
  const layout = useMemo(() => layeredLayout(nodes.map(({ id, title, note }) => ({ id, width: Math.max(title.length * 7.6, note.length * 6.4) + 28, height: 48 })), links, { direction: 'right', gap: [72, 18] }), [nodes, links])
  return <div className="lineage" style={{ height: Math.min(Math.max(layout.height + 84, 180), 560) }}><GraphView layout={layout} nodes={nodes} label="Lineage, from left to right" /></div>
}
