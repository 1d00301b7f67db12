import { isTransient, NetworkError } from '@cairn/sdk'
import { useEffect, useReducer, useRef, useState } from 'react'
import { keepDraft, keptDraft, type Draft } from './draft.ts'
import { NoteSession, type NotePlace } from './note-session.ts'
import { words } from './words.ts'

export interface NoteUse {
  /** Since somebody has edited here; before, what is known is shown as it comes. */
  readonly session: NoteSession | undefined
  readonly open: boolean
  begin(): void
  /** Ends the editing; what is not stored yet is. */
  end(): void
}

export interface NoteUseOptions {
  /** As it is known here. */
  readonly text: string
  readonly place: NotePlace
  readonly draftKey: string
  readonly mayEdit: boolean | undefined
}

function explain(error: unknown): { why: string; again: boolean } {
  const why = error instanceof NetworkError ? words.noAnswer : (error as Error).message
  return { why: /[.!?]$/.test(why) ? why : `${why}.`, again: isTransient(error) }
}

/** Savings of texts that were left, by what their drafts are kept under. */
const onTheirWay = new Map<string, Promise<void>>()

/** A text that is edited in place, stored when one leaves it, in whatever way. */
export function useNoteSession({ text, place, draftKey, mayEdit }: NoteUseOptions): NoteUse {
  const [open, setOpen] = useState(false)
  const [, draw] = useReducer((times: number) => times + 1, 0)
  const session = useRef<NoteSession>(undefined)
  const start = (draft: Draft): void => {
    session.current?.[Symbol.dispose]()
    const made: NoteSession = new NoteSession({
      place, ...draft, explain, keep: (kept) => keepDraft(draftKey, kept), onChange: () => {
        if (session.current !== made) return
        // Who has ended the editing meanwhile has to say what stands there.
        if (made.state.kind === 'conflict') setOpen(true)
        draw()
      },
    })
    session.current = made
    setOpen(true)
  }
  // What was not stored when the page was closed goes on here; what is on its way has its answer first.
  useEffect(() => {
    if (mayEdit !== true) return undefined
    let here = true
    void (onTheirWay.get(draftKey) ?? Promise.resolve()).then(() => {
      const draft = keptDraft(draftKey)
      if (!here || draft === undefined || session.current !== undefined) return
      if (draft.text === text) keepDraft(draftKey, undefined)
      else start(draft)
    })
    return () => {
      here = false
      const left = session.current
      if (left === undefined) return
      session.current = undefined
      left[Symbol.dispose]()
      const stored = left.leave().finally(() => { if (onTheirWay.get(draftKey) === stored) onTheirWay.delete(draftKey) })
      onTheirWay.set(draftKey, stored)
    }
  }, [draftKey, mayEdit])
  useEffect(() => { void session.current?.hear(text) }, [text])
  useEffect(() => {
    const leave = (): void => void session.current?.leave()
    const hide = (): void => { if (document.visibilityState === 'hidden') leave() }
    document.addEventListener('visibilitychange', hide)
    addEventListener('pagehide', leave)
    addEventListener('online', leave)
    return () => {
      document.removeEventListener('visibilitychange', hide)
      removeEventListener('pagehide', leave)
      removeEventListener('online', leave)
    }
  }, [])
  return {
    session: session.current,
    open,
    begin: () => {
      const known = session.current
      if (known !== undefined && known.state.kind !== 'saved') return setOpen(true)
      const base = known?.text ?? text
      start({ base, text: base, first: base })
    },
    end: () => {
      setOpen(false)
      const known = session.current
      void known?.leave()
      if (known?.state.kind === 'saved' && !known.changed && known.base === text) session.current = undefined
    },
  }
}
