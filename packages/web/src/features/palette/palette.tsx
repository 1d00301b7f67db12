import { useLayoutEffect, useMemo, useState, type ReactNode, type RefObject } from 'react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { go } from '../../app/router.ts'
import { useKnownShortcuts } from '../../app/shortcuts.ts'
import { OptionList } from '../../ui/over.ts'
import { Dialog } from '../../ui/over.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import type { Typed } from '../frame/typed-ahead.tsx'
import { findEverywhere, pages } from './find.ts'
import type { Finding } from './finding.ts'
import { words } from './words.ts'

const icons: Record<Finding['kind'], IconName> = { page: 'right', experiment: 'flask', run: 'chart', model: 'box', version: 'box', key: 'columns', view: 'bookmark', action: 'check' }

/** Finds by name what there is, and does what can be done. `typed` is what was typed before it was there. */
export function Palette({ typed, onClose }: { typed: RefObject<Typed>; onClose(): void }): ReactNode {
  const [text, setText] = useState('')
  useLayoutEffect(() => {
    setText(typed.current.text)
    typed.current.show = setText
  }, [typed])
  const shortcuts = useKnownShortcuts()
  const found = useQuery({ queryKey: ['find', text.trim()], queryFn: ({ signal }) => findEverywhere(text.trim(), signal), placeholderData: keepPreviousData, staleTime: 5000 })
  const items = useMemo(() => {
    const fits = (name: string): boolean => name.toLowerCase().includes(text.trim().toLowerCase())
    const actions = shortcuts.filter(({ act, keys, what }) => act !== undefined && keys !== 'Mod+K' && fits(what))
    return [
      ...pages.filter(({ label }) => fits(label)).map((page): Finding => ({ kind: 'page', ...page })),
      // While the next answer is on its way, what still fits of the last one.
      ...(found.data ?? []).filter(({ label, id }) => fits(label) || fits(id)),
      ...actions.map(({ what, keys }): Finding => ({ kind: 'action', label: what, note: keys, id: `key ${keys} ${what}` })),
    ]
  }, [text, shortcuts, found.data])
  const take = (id: string): void => {
    const item = items.find((one) => one.id === id)
    if (item === undefined) return
    onClose()
    if (item.href !== undefined) go(item.href)
    // When the dialog has given the keyboard back.
    else setTimeout(() => shortcuts.find(({ keys, what }) => `key ${keys} ${what}` === id)?.act?.(new KeyboardEvent('keydown')), 50)
  }
  return (
    <Dialog title={words.title} onClose={onClose}>
      <OptionList label={words.title} placeholder={words.placeholder} value={text} onChange={setText} onTake={take}
        options={items.map(({ id, kind, label, note }) => ({ value: id, label: <><Icon name={icons[kind]} /> {label}</>, note: note ?? words.kinds[kind] }))} />
      {items.length === 0 && !found.isFetching && <p className="soft">{words.nothing(text)}</p>}
      {found.error !== null && <p className="error" role="alert">{found.error.message}</p>}
    </Dialog>
  )
}
