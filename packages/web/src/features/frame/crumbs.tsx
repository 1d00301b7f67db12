import { useLayoutEffect, useState, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { words } from './words.ts'

export interface CrumbsProps {
  /** From the outermost on; the page itself has its heading. */
  readonly items: readonly (readonly [label: string, href: string])[]
}

/** Where one is, in the bar at the top. */
export function Crumbs({ items }: CrumbsProps): ReactNode {
  const [place, setPlace] = useState<Element | null>(null)
  useLayoutEffect(() => setPlace(document.getElementById('crumbs')), [])
  if (place === null) return null
  return createPortal(
    <nav className="crumbs" aria-label={words.breadcrumb}><ol>{items.map(([label, href]) => <li key={href}><a href={href}>{label}</a></li>)}</ol></nav>,
    place,
  )
}
