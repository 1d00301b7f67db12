import { useMemo, useState, type ReactNode } from 'react'
import { count, grouped } from '../../ui/format.ts'
import { useWindow } from '../../ui/use-window.ts'
import { words } from './words.ts'

export interface Pair {
  readonly name: string
  readonly value: ReactNode
  /** What a search looks at, and what the pointer shows. */
  readonly text: string
}

const rowHeight = 30

/** Names and values of any number: found by either, and only those in sight are in the document. */
export function PairList({ title, pairs, children }: { title: string; pairs: readonly Pair[]; children?: ReactNode }): ReactNode {
  const [find, setFind] = useState('')
  const shown = useMemo(() => {
    const wanted = find.toLowerCase()
    return wanted === '' ? pairs : pairs.filter(({ name, text }) => name.toLowerCase().includes(wanted) || text.toLowerCase().includes(wanted))
  }, [pairs, find])
  const view = useWindow(shown.length, rowHeight)
  if (pairs.length === 0 && (children === undefined || children === false)) return null
  return (
    <section className="pair-list">
      <div className="title"><h2>{title} <span className="soft">{grouped(pairs.length)}</span></h2></div>
      {pairs.length > 12 && <input className="field" type="search" aria-label={words.find(title.toLowerCase())} placeholder={words.findAmong(count(pairs.length, 'name'))} value={find} onChange={(event) => setFind(event.target.value)} />}
      {shown.length === 0 && find !== '' && <p className="soft" role="status">{words.noneHasThisNameOr}</p>}
      <div ref={view.ref} className="pair-scroll" tabIndex={0} role="region" aria-label={title} hidden={shown.length === 0}>
        <dl style={{ height: view.height }}>
          {shown.slice(view.from, view.to).map(({ name, value, text }, index) => (
            <div key={view.from + index} style={{ transform: `translateY(${view.top + index * rowHeight}px)` }}><dt title={name}>{name}</dt><dd title={text}>{typeof value === 'string' ? <span className="tag-value">{value}</span> : value}</dd></div>
          ))}
        </dl>
      </div>
      {children}
    </section>
  )
}
