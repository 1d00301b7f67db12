import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { client } from '../../../app/server.ts'
import { useShortcuts } from '../../../app/shortcuts.ts'
import { IconButton } from '../../../ui/button.tsx'
import type { Keys } from '../columns.ts'
import { filterError, keyProposals, kindOf, operatorProposals, plainKey, valueProposals, wantedAt, type Proposal } from './complete.ts'
import { FilterBuilder } from './filter-builder.tsx'
import { asGrammar, isName } from '../which.ts'
import type { Which } from './row-store.ts'
import { words } from './words.ts'

export interface FilterBarProps {
  readonly experiments: readonly string[]
  readonly filter: string
  readonly keys: Keys | undefined
  readonly which: Which
  /** What the server says of the filter that it was asked. */
  readonly refused: string | undefined
  /** `now` for what was meant as a step of its own, by Enter. */
  onFilter(filter: string, now: boolean): void
}

/** What is typed is asked at once where the grammar takes it, and again when so long has gone by since. */
const restMs = 50
/** What is wrong is told when nothing was typed for so long. */
const errorMs = 700

/** MLflow's grammar, completed as one types. What is typed stays, whatever is answered. */
export function FilterBar({ experiments, filter, keys, which, refused, onFilter }: FilterBarProps): ReactNode {
  const [text, setText] = useState(filter)
  const [caret, setCaret] = useState(0)
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const [rested, setRested] = useState(true)
  const input = useRef<HTMLInputElement>(null)
  const sent = useRef(filter)
  const asked = useRef(-Infinity)
  /** Where the caret goes with the next text: at once, for the next key may be pressed before a frame is drawn. */
  const placed = useRef<number>(undefined)
  useLayoutEffect(() => {
    if (placed.current !== undefined) input.current?.setSelectionRange(placed.current, placed.current)
    placed.current = undefined
  }, [text])
  // Another filter from elsewhere, by Back or a saved view; the answer to one's own changes nothing.
  useEffect(() => {
    if (filter !== sent.current) setText(filter)
    sent.current = filter
  }, [filter])
  // While it may still become the name of a key, it is asked for in names of runs only by Enter.
  const inNames = isName(text) && (keys === undefined || keyProposals(keys, { what: 'key', from: 0, typed: text.trim() }).length === 0)
  const error = useMemo(() => (inNames ? undefined : filterError(text)), [text, inNames])
  useEffect(() => {
    setRested(false)
    const wanted = text.trim()
    const ask = setTimeout(() => {
      if (error !== undefined || wanted === sent.current) return
      sent.current = wanted
      asked.current = performance.now()
      onFilter(wanted, false)
    }, Math.max(0, asked.current + restMs - performance.now()))
    const tell = setTimeout(() => setRested(true), errorMs)
    return () => {
      clearTimeout(ask)
      clearTimeout(tell)
    }
  }, [text, error === undefined])
  useShortcuts([{ keys: '/', what: words.focusFilter, where: words.where, act: () => input.current?.focus() }])

  const wanted = wantedAt(text.slice(0, caret))
  const [kind, key] = wanted.what === 'value' ? [kindOf(wanted.key), plainKey(wanted.key)] : ['', '']
  const asksValues = open && (kind === 'param' || kind === 'tag')
  const values = useQuery({
    queryKey: ['values', experiments, kind, key, wanted.what === 'value' ? wanted.typed : ''], enabled: asksValues, placeholderData: keepPreviousData, staleTime: 10_000,
    queryFn: ({ signal }) => client.runs.values({ experiment_ids: [...experiments], kind: kind as 'param' | 'tag', key, prefix: wanted.what === 'value' ? wanted.typed : '', max_results: 12 }, { signal }),
  })
  const proposals = useMemo((): readonly Proposal[] => {
    if (!open || keys === undefined) return []
    if (wanted.what === 'key') return keyProposals(keys, wanted)
    if (wanted.what === 'operator') return operatorProposals(wanted)
    if (wanted.what === 'and') return text.trim() === '' ? [] : [{ text: text.endsWith(' ') ? 'and ' : ' and ', from: wanted.from, note: words.another }]
    if (kind === 'attribute' && key === 'status') return valueProposals(['FINISHED', 'RUNNING', 'FAILED', 'KILLED', 'SCHEDULED'].filter((one) => one.startsWith(wanted.typed.toUpperCase())), wanted)
    return asksValues ? valueProposals((values.data ?? []).filter((one) => one.startsWith(wanted.typed)), wanted) : []
  }, [open, keys, text, caret, values.data, asksValues])
  const take = (proposal: Proposal): void => {
    const before = text.slice(0, proposal.from) + proposal.text
    setText(before + text.slice(caret))
    setCaret(before.length)
    setAt(-1)
    placed.current = before.length
  }
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    const chosen = open ? proposals[at] : undefined
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) setOpen(true)
      else setAt((old) => (event.key === 'ArrowDown' ? Math.min(proposals.length - 1, old + 1) : Math.max(-1, old - 1)))
    } else if (event.key === 'Tab' && !event.shiftKey && open && chosen !== undefined) {
      event.preventDefault()
      take(chosen)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (chosen !== undefined) return take(chosen)
      setOpen(false)
      setRested(true)
      if (error === undefined || isName(text)) {
        sent.current = text.trim()
        onFilter(text.trim(), true)
      }
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation()
      setOpen(false)
      setAt(-1)
    }
  }
  const wrong = rested && !(isName(text) && text.trim() === filter) && !(open && wanted.what !== 'and' && wanted.what !== 'value') ? error : undefined
  const message = wrong?.message ?? (text.trim() === filter ? refused : undefined)
  return (
    <>
      <div className="bar" role="search">
        <div className="filter">
          <input ref={input} className="field mono" value={text} role="combobox" aria-label={words.filter} aria-expanded={open && proposals.length > 0} aria-controls="filter-proposals" aria-autocomplete="list"
            {...(at >= 0 && open && { 'aria-activedescendant': `filter-proposal-${at}` })} aria-invalid={message !== undefined} aria-describedby="filter-error" placeholder={words.example} spellCheck={false} autoCapitalize="off" autoComplete="off"
            onChange={(event) => { setText(event.target.value); setCaret(event.target.selectionStart ?? event.target.value.length); setOpen(true); setAt(-1) }}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? text.length)} onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={press} />
          {text !== '' && <IconButton icon="close" label={words.clear} onClick={() => { setText(''); sent.current = ''; onFilter('', true); input.current?.focus() }} />}
          <div id="filter-proposals" role="listbox" aria-label={words.proposals} className={open && proposals.length > 0 ? 'menu filter-list' : 'visually-hidden'}>
            {proposals.map((proposal, index) => (
              // On the press, for a click comes after the box has lost the focus and the list is gone.
              <div key={proposal.text} id={`filter-proposal-${index}`} role="option" aria-selected={index === at} className="menu-item" data-active-item={index === at ? '' : undefined} onPointerDown={(event) => { event.preventDefault(); take(proposal) }}>
                <span className="mono">{proposal.text.trim()}</span><span className="soft">{proposal.note}</span>
              </div>
            ))}
          </div>
        </div>
        {keys !== undefined && <FilterBuilder which={which} filter={asGrammar(filter)} keys={keys} onFilter={(next) => { setText(next); sent.current = next; onFilter(next, true) }} />}
      </div>
      <div id="filter-error" aria-live="polite">
        {message !== undefined && (
          <div className="filter-error">
            {wrong !== undefined && <pre className="mono">{text.slice(0, wrong.from)}<mark>{text.slice(wrong.from, wrong.to) || ' '}</mark>{text.slice(wrong.to)}</pre>}
            {message}
          </div>
        )}
      </div>
    </>
  )
}
