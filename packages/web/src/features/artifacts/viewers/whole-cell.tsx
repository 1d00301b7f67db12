import { useEffect, useMemo, useRef, type ReactNode } from 'react'
import { parseJson, prettyJson } from '../decode/json.ts'
import { words } from '../words.ts'
import { CopyButton } from './copy-button.tsx'

/** Whether a text is longer than its cell is wide, or has several lines: a letter is 6 px wide at least, but for the slim ones. */
export const isCut = (text: string, width: number): boolean => text.length * 6 > width - 20 || text.includes('\n')

/** All that stands in a cell; lists and objects line by line. */
export function WholeCell({ name, row, text, onClose }: { name: string; row: number; text: string; onClose(): void }): ReactNode {
  const shown = useRef<HTMLPreElement>(null)
  useEffect(() => shown.current?.focus(), [])
  const told = useMemo(() => lined(text), [text])
  return (
    <section className="whole-cell" aria-label={words.cellOf(name, row)} onKeyDown={(event) => { if (event.key === 'Escape') { event.stopPropagation(); onClose() } }}>
      <div className="viewer-bar"><strong>{name}</strong><span className="soft">{words.inRow(row)}</span><span className="spacer" /><CopyButton text={text} what={words.theCell} /><button type="button" className="button" onClick={onClose}>{words.close}</button></div>
      <pre ref={shown} tabIndex={0}>{told}</pre>
    </section>
  )
}

function lined(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return prettyJson(parseJson(text))
  } catch {
    return text
  }
}
