import { lazy, Suspense, useState, type ReactNode } from 'react'

const Markdown = lazy(async () => ({ default: (await import('../artifacts/viewers/markdown.tsx')).Markdown }))

/** Notes in Markdown, edited in place. */
export function RunNotes({ text, onSave, title = 'Notes' }: { text: string; title?: string; onSave(text: string): Promise<void> }): ReactNode {
  const [draft, setDraft] = useState<string>()
  const [preview, setPreview] = useState(false)
  const save = async (): Promise<void> => {
    const wanted = draft!
    setDraft(undefined)
    await onSave(wanted).catch(() => setDraft(wanted))
  }
  if (draft === undefined) {
    return text.trim() === ''
      ? <p className="notes-empty"><button type="button" className="link" onClick={() => setDraft('')}>Add {title.toLowerCase()}</button></p>
      : (
        <section className="notes" aria-label={title}>
          <div className="title"><h2>{title}</h2><button type="button" className="link" onClick={() => setDraft(text)}>Edit {title.toLowerCase()}</button></div>
          <Suspense fallback={<p className="soft">Reading…</p>}><Markdown text={text} /></Suspense>
        </section>
      )
  }
  return (
    <section className="notes" aria-label={title}>
      <div className="title"><h2>{title}</h2><button type="button" className="link" aria-pressed={preview} onClick={() => setPreview(!preview)}>{preview ? 'Write' : 'Preview'}</button></div>
      {preview
        ? <Suspense fallback={null}><Markdown text={draft} /></Suspense>
        : (
          <textarea
            className="field" rows={8} aria-label={`${title} in Markdown`} autoFocus value={draft} onChange={(event) => setDraft(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save()
              else if (event.key === 'Escape' && draft === text) setDraft(undefined)
            }}
          />
        )}
      <div className="bar"><button type="button" className="button" onClick={() => void save()}>Save {title.toLowerCase()}</button><button type="button" className="button" onClick={() => setDraft(undefined)}>Cancel</button><span className="soft">Markdown; Ctrl+Enter saves</span></div>
    </section>
  )
}
