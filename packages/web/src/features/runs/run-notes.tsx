import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { toast } from '../../ui/toast.tsx'
import { mergeNotes } from './notes-merge.ts'
import { words } from './words.ts'

const Markdown = lazy(async () => ({ default: (await import('../artifacts/viewers/markdown.tsx')).Markdown }))

export interface RunNotesProps {
  /** As they are known here. */
  readonly text: string
  readonly title?: string
  /** What they are now, asked before they are saved: somebody else may have saved meanwhile. */
  read?(): Promise<string>
  /** Where what is written is kept by the browser until it is saved, also when its page is closed. */
  readonly draftKey?: string
  onSave(text: string): Promise<void>
}

interface Draft {
  /** What stood there when one began to write. */
  readonly base: string
  readonly text: string
}

function keptDraft(key: string | undefined): Draft | undefined {
  if (key === undefined) return undefined
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as unknown
    return typeof kept === 'object' && kept !== null && 'base' in kept && 'text' in kept ? { base: String(kept.base), text: String(kept.text) } : undefined
  } catch {
    return undefined
  }
}

/** Notes in Markdown, edited in place. Each letter is kept by the browser; they are saved when one says so, for each change is in the audit trail. Two who write at once lose nothing: their changes are joined, or both are shown. */
export function RunNotes({ text, title = words.notes, read, draftKey, onSave }: RunNotesProps): ReactNode {
  const [draft, setDraft] = useState(() => keptDraft(draftKey))
  const [preview, setPreview] = useState(false)
  /** What somebody else has made of the lines that were changed here. */
  const [theirs, setTheirs] = useState<string>()
  const name = title.toLowerCase()
  useEffect(() => {
    if (draftKey === undefined) return
    try {
      if (draft === undefined || draft.text === draft.base) localStorage.removeItem(draftKey)
      else localStorage.setItem(draftKey, JSON.stringify(draft))
    } catch {
      // Full, or not allowed: then it is kept as long as the page.
    }
  }, [draftKey, draft])
  const end = (): void => {
    setDraft(undefined)
    setTheirs(undefined)
  }
  const write = async (wanted: string, back: Draft): Promise<void> => {
    end()
    await onSave(wanted).catch(() => setDraft(back))
  }
  const save = async (wanted: Draft): Promise<void> => {
    const now = read === undefined ? text : await read().catch(() => text)
    if (now === wanted.base || now === wanted.text) return write(wanted.text, wanted)
    const merged = mergeNotes(wanted.base, wanted.text, now)
    if (merged === undefined) return setTheirs(now)
    await write(merged, wanted)
    toast({ text: words.somebodyElseHasChangedTheOfName(name) })
  }
  if (draft === undefined) {
    return text.trim() === ''
      ? <p className="notes-empty"><button type="button" className="link" onClick={() => setDraft({ base: text, text: '' })}>{words.add(name)}</button></p>
      : (
        <section className="notes" aria-label={title}>
          <div className="title"><h2>{title}</h2><button type="button" className="link" onClick={() => setDraft({ base: text, text })}>{words.edit(name)}</button></div>
          <Suspense fallback={<p className="soft">{words.reading}</p>}><Markdown text={text} /></Suspense>
        </section>
      )
  }
  return (
    <section className="notes" aria-label={title}>
      <div className="title"><h2>{title}</h2><button type="button" className="link" aria-pressed={preview} onClick={() => setPreview(!preview)}>{preview ? words.write : words.preview}</button></div>
      {preview
        ? <Suspense fallback={null}><Markdown text={draft.text} /></Suspense>
        : (
          <textarea
            className="field" rows={8} aria-label={words.inMarkdown(title)} autoFocus value={draft.text} onChange={(event) => setDraft({ ...draft, text: event.target.value })}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save(draft)
              else if (event.key === 'Escape' && draft.text === draft.base) end()
            }}
          />
        )}
      {theirs === undefined
        ? <div className="bar"><button type="button" className="button" onClick={() => void save(draft)}>{words.saveOfName(name)}</button><button type="button" className="button" onClick={end}>{words.cancel}</button><span className="soft">{text === draft.base ? words.markdownCtrlEnterSaves : words.somebodyElseHasChangedTheTitle(name)}</span></div>
        : (
          <div role="alert">
            <p className="notes-conflict">{words.somebodyElseHasChangedThe}</p>
            <pre className="notes-theirs" tabIndex={0} aria-label={words.ofSomebodyElse(title)}>{theirs}</pre>
            <div className="bar">
              <button type="button" className="button" onClick={() => { setDraft({ base: theirs, text: `${draft.text}\n\n${theirs}` }); setTheirs(undefined) }}>{words.editBothTogether}</button>
              <button type="button" className="button" onClick={() => void write(draft.text, draft)}>{words.saveMine}</button>
              <button type="button" className="button" onClick={end}>{words.keepTheirs}</button>
            </div>
          </div>
        )}
    </section>
  )
}
