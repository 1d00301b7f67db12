import { useEffect, useMemo, type ReactNode } from 'react'
import { highlight, type Token } from '../decode/highlight.ts'
import { useWindow } from '../../../ui/use-window.ts'
import { words } from '../words.ts'

const rowHeight = 20

export interface CodeProps {
  readonly text: string
  readonly language: string
  readonly label: string
  readonly line?: number | undefined
  hrefOfLine?(line: number): string
}

/** Lines with numbers, of which only those in sight are in the document. */
export function Code({ text, language, label, line, hrefOfLine }: CodeProps): ReactNode {
  const lines = useMemo(() => highlight(text.endsWith('\n') ? text.slice(0, -1) : text, language), [text, language])
  const { ref, from, to, top, height, scrollTo } = useWindow(lines.length, rowHeight)
  useEffect(() => { if (line !== undefined) scrollTo(line - 1) }, [line, scrollTo])
  const digits = String(lines.length).length
  return (
    <div ref={ref} className="code" tabIndex={0} role="region" aria-label={label}>
      <div className="code-all" style={{ height }}>
        <div className="code-seen" style={{ transform: `translateY(${top}px)` }}>
          {lines.slice(from, to).map((tokens, index) => {
            const number = from + index + 1
            return (
              <div key={number} className="code-line" data-on={number === line}>
                <span className="code-number" style={{ width: `${digits + 2}ch` }}>
                  {hrefOfLine === undefined ? number : <a href={hrefOfLine(number)} tabIndex={-1} aria-label={words.linkToLine(number)}>{number}</a>}
                </span>
                <code>{tokens.map(tokenOf)}</code>
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}

export const tokenOf = ({ kind, text }: Token, index: number): ReactNode => (kind === 'plain' ? text : <span key={index} className={`tok-${kind}`}>{text}</span>)
