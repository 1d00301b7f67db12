import { useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from 'react'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { placeAfter } from './caret.ts'
import type { NoteSession } from './note-session.ts'
import { useNoteSession, type NoteUseOptions } from './use-note-session.ts'
import { words } from './words.ts'
import './notes.css'

const Markdown = lazyPart(async () => (await import('../artifacts/viewers/markdown.tsx')).Markdown)

export interface NotesProps extends NoteUseOptions {
  readonly title?: string
}

/** A text in Markdown, edited in place and saved by itself. */
export function Notes({ title = words.notes, ...options }: NotesProps): ReactNode {
  const { session, open, begin, end } = useNoteSession(options)
  const name = title.toLowerCase()
  /** Who ended by the keyboard goes on where they were. */
  const back = useRef(false)
  if (session !== undefined && open) return <Editor session={session} title={title} onEnd={() => { back.current = true; end() }} />
  const text = session?.text ?? options.text
  const opener = (label: string): ReactNode => options.mayEdit === true && (
    <button type="button" className="link" onClick={begin} ref={(button) => {
      if (back.current) button?.focus({ preventScroll: true })
      back.current = false
    }}>{label}</button>
  )
  const after = session !== undefined && <><TakenBack session={session} /><SaveMark session={session} /></>
  if (text.trim() === '') return <p className="notes-empty">{options.mayEdit === false ? <span className="soft">{words.none(name)}</span> : opener(words.add(name))}{after}</p>
  return (
    <section className="notes" aria-label={title}>
      <div className="title"><h2>{title}</h2>{opener(words.edit(name))}</div>
      <Markdown text={text} waiting={<p className="soft">{words.reading}</p>} />
      {after !== false && <div className="bar">{after}</div>}
    </section>
  )
}

function Editor({ session, title, onEnd }: { readonly session: NoteSession; readonly title: string; onEnd(): void }): ReactNode {
  const [preview, setPreview] = useState(false)
  const box = useRef<HTMLTextAreaElement>(null)
  useCaret(box, session.text)
  return (
    <section className="notes" aria-label={title}>
      <div className="title"><h2>{title}</h2><button type="button" className="link" aria-pressed={preview} onClick={() => setPreview(!preview)}>{preview ? words.write : words.preview}</button></div>
      {preview
        ? <Markdown text={session.text} />
        : (
          <textarea
            ref={box} className="field" rows={8} aria-label={words.inMarkdown(title)} autoFocus value={session.text} onChange={(event) => session.write(event.target.value)} onBlur={() => void session.leave()}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing || (event.key !== 'Escape' && !(event.key === 'Enter' && (event.ctrlKey || event.metaKey)))) return
              event.preventDefault()
              event.stopPropagation()
              onEnd()
            }}
          />
        )}
      {session.state.kind === 'conflict'
        ? <Conflict session={session} title={title} theirs={session.state.theirs} onEnd={onEnd} />
        : <div className="bar"><button type="button" className="button" onClick={onEnd}>{words.done}</button><TakenBack session={session} /><SaveMark session={session} hint /></div>}
    </section>
  )
}

/** Lines of somebody else that come while one writes do not move the caret away from where one writes. */
function useCaret(box: RefObject<HTMLTextAreaElement | null>, text: string): void {
  const element = box.current
  const before = element === null ? undefined : { text: element.value, start: element.selectionStart, end: element.selectionEnd }
  useLayoutEffect(() => {
    if (before === undefined || before.text === text) return
    box.current?.setSelectionRange(placeAfter(before.text, text, before.start), placeAfter(before.text, text, before.end))
  })
}

/** The way back to what stood there, and from there. */
function TakenBack({ session }: { readonly session: NoteSession }): ReactNode {
  if (session.canBringBack) return <button type="button" className="link" onClick={() => session.bringBack()}>{words.bringBack}</button>
  return session.changed && <button type="button" className="link" onClick={() => session.takeBack()}>{words.takeBack}</button>
}

/** Whether what was written is stored. `hint`: what stands there before anything was. */
function SaveMark({ session, hint = false }: { readonly session: NoteSession; readonly hint?: boolean }): ReactNode {
  const { state } = session
  switch (state.kind) {
    case 'failed': return <span className="notes-failed" role="alert">{(state.again ? words.notSavedAgain : words.notSaved)(state.why)} <button type="button" className="link" onClick={() => void session.flush()}>{words.tryAgain}</button></span>
    case 'saving': return <span className="soft">{words.saving}</span>
    case 'waiting': return <span className="soft">{words.waiting}</span>
    case 'saved': return <span className="soft">{state.joined ? words.savedJoined : session.changed || session.canBringBack ? words.saved : hint && words.savedByItself}</span>
    case 'conflict': return null
  }
}

function Conflict({ session, title, theirs, onEnd }: { readonly session: NoteSession; readonly title: string; readonly theirs: string; onEnd(): void }): ReactNode {
  return (
    <div role="alert">
      <p className="notes-conflict">{words.somebodyElseHasChangedThe}</p>
      <pre className="notes-theirs" tabIndex={0} aria-label={words.ofSomebodyElse(title)}>{theirs}</pre>
      <div className="bar">
        <button type="button" className="button" onClick={() => session.takeBoth()}>{words.editBothTogether}</button>
        <button type="button" className="button" onClick={() => { session.takeMine(); onEnd() }}>{words.saveMine}</button>
        <button type="button" className="button" onClick={() => { session.takeTheirs(); onEnd() }}>{words.keepTheirs}</button>
      </div>
    </div>
  )
}
