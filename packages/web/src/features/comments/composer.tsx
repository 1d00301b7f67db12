import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { client } from '../../app/server.ts'
import { hasAccounts, setDisplayName, useDisplayName } from '../../app/who.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { focusedFirst, TextField } from '../../ui/field.tsx'
import { Failure } from '../../ui/parts.tsx'
import { completed, mentionAt } from './mention-text.ts'
import { targetKey, type CommentTarget } from './target.ts'
import { words } from './words.ts'

export interface ComposerProps {
  readonly target: CommentTarget
  readonly label: string
  readonly action: string
  /** What it begins with, where something is changed. */
  readonly text?: string
  /** Where a draft is kept while it is not sent. */
  readonly draft?: string
  readonly autoFocus?: boolean
  onSend(text: string): Promise<void>
  onCancel?(): void
}

const kept = (draft: string | undefined): string => (draft === undefined ? '' : sessionStorage.getItem(`cairn:draft:${draft}`) ?? '')

/** A text in Markdown; after `@` it offers people, after the first word their names are asked for once. */
export function Composer({ target, label, action, text: before = '', draft, autoFocus = false, onSend, onCancel }: ComposerProps): ReactNode {
  const [text, setText] = useState(before || kept(draft))
  const [caret, setCaret] = useState(0)
  const [closed, setClosed] = useState(false)
  const [active, setActive] = useState(0)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const known = useDisplayName()
  const [name, setName] = useState('')
  const area = useRef<HTMLTextAreaElement>(null)
  const wanted = useRef<number>(undefined)
  const id = useId()
  const typed = closed ? undefined : mentionAt(text, caret)
  const people = useQuery({ queryKey: ['people', targetKey(target), typed?.text ?? ''], enabled: typed !== undefined, staleTime: 30_000, queryFn: ({ signal }) => client.comments.people({ ...target, text: typed?.text ?? '' }, { signal }) })
  const names = typed === undefined ? [] : people.data ?? []
  const asksName = !hasAccounts() && known === ''
  useEffect(() => {
    if (draft === undefined) return
    if (text === '') sessionStorage.removeItem(`cairn:draft:${draft}`)
    else sessionStorage.setItem(`cairn:draft:${draft}`, text)
  }, [draft, text])
  useLayoutEffect(() => {
    if (wanted.current === undefined) return
    area.current?.setSelectionRange(wanted.current, wanted.current)
    wanted.current = undefined
  }, [text])
  const take = (person: string): void => {
    if (typed === undefined) return
    const next = completed(text, caret, typed, person)
    wanted.current = next.caret
    setText(next.text)
    setCaret(next.caret)
    area.current?.focus()
  }
  const send = async (): Promise<void> => {
    if (text.trim() === '' || busy || (asksName && name.trim() === '')) return
    // What has the keyboard goes away with what is sent: the field of the name, the button.
    area.current?.focus()
    if (asksName) setDisplayName(name)
    setBusy(true)
    setError(undefined)
    try {
      await onSend(text)
      setText('')
    } catch (failed) {
      setError((failed as Error).message)
    } finally {
      setBusy(false)
    }
  }
  const key = (event: KeyboardEvent): void => {
    const at = Math.min(active, names.length - 1)
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send()
    else if (names.length > 0 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) setActive((at + (event.key === 'ArrowDown' ? 1 : names.length - 1)) % names.length)
    else if (names.length > 0 && (event.key === 'Enter' || event.key === 'Tab')) take(names[at]!)
    else if (names.length > 0 && event.key === 'Escape') setClosed(true)
    else return
    event.preventDefault()
    // What holds this would close.
    event.stopPropagation()
  }
  return (
    <form className="composer" onSubmit={(event) => { event.preventDefault(); void send() }}>
      <div className="composer-field">
        <textarea
          ref={area} className="field" rows={3} aria-label={label} placeholder={words.placeholder} value={text} autoFocus={autoFocus} {...focusedFirst({ autoFocus })} aria-autocomplete="list"
          {...(names.length > 0 && { 'aria-controls': `${id}-people`, 'aria-activedescendant': `${id}-${Math.min(active, names.length - 1)}` })}
          onChange={(event) => { setText(event.target.value); setCaret(event.target.selectionStart); setClosed(false); setActive(0) }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)} onKeyDown={key} onBlur={() => setClosed(true)}
        />
        {names.length > 0 && (
          <ul className="menu composer-people" role="listbox" id={`${id}-people`} aria-label={words.people}>
            {names.map((person, at) => (
              <li key={person} id={`${id}-${at}`} role="option" aria-selected={at === Math.min(active, names.length - 1)} className="menu-item" {...(at === Math.min(active, names.length - 1) && { 'data-active-item': '' })}
                onPointerDown={(event) => { event.preventDefault(); take(person) }}><Avatar name={person} /><span>{person}</span></li>
            ))}
          </ul>
        )}
      </div>
      {asksName && text !== '' && <><TextField label={words.yourName} showLabel value={name} onChange={(event) => setName(event.target.value)} required maxLength={60} /><p className="soft composer-hint">{words.nameHint}</p></>}
      {error !== undefined && <Failure error={error} />}
      {(text !== '' || onCancel !== undefined) && (
        <div className="composer-foot">
          <span className="soft">{words.keys}</span><span className="spacer" />
          {onCancel !== undefined && <Button size="small" kind="quiet" onClick={onCancel}>{words.cancel}</Button>}
          <Button size="small" kind="primary" type="submit" disabled={busy || text.trim() === '' || (asksName && name.trim() === '')}>{action}</Button>
        </div>
      )}
    </form>
  )
}
