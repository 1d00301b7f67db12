import { useState, type ReactNode } from 'react'
import type { View } from '@cairn/protocol'
import { useQuery } from '@tanstack/react-query'
import { useLevels } from '../../app/may-edit.ts'
import { go, href, redo, undo, usePlaceQuery } from '../../app/router.ts'
import { client } from '../../app/server.ts'
import { useShortcuts } from '../../app/shortcuts.ts'
import { byWhom } from '../../app/who.ts'
import { Button, Hint } from '../../ui/button.tsx'
import { copyText } from '../../ui/clipboard.ts'
import { Icon } from '../../ui/icon.tsx'
import { Menu, type MenuEntry } from '../../ui/menu.tsx'
import { toast } from '../../ui/toast.tsx'
import { copyLink as copyLinkHere } from '../share/link.ts'
import { rereadViews, useViews } from './use-views.ts'
import { ViewDialog } from './view-dialog.tsx'
import { copyName, opened, sameState, savedKey, stateOf } from './view-state.ts'
import './views.css'
import { words } from './words.ts'

/** An entry for whom it is; that it may be, until it is known. */
const offered = (may: boolean | undefined, entry: Exclude<MenuEntry, 'line'>): MenuEntry[] => (may === false ? [] : [{ ...entry, ...(may === undefined && { disabled: true }) }])

/** Which view of the runs is open, whether what is shown is still what it keeps, and all that can be done with views. */
export function ViewsMenu({ experiment }: { experiment: string }): ReactNode {
  const search = usePlaceQuery()
  const { data: views = [] } = useViews(experiment)
  const [dialog, setDialog] = useState<'save' | 'rename'>()
  const id = new URLSearchParams(search).get(savedKey) ?? ''
  const listed = views.find(({ view_id }) => view_id === id)
  // Somebody else's own, opened by its link.
  const other = useQuery({ queryKey: ['view of another', id], queryFn: ({ signal }) => client.views.get(id, { signal }), enabled: listed === undefined && /^\d+$/.test(id), staleTime: Infinity })
  const current = listed ?? (/^\d+$/.test(id) ? other.data : undefined)
  const changed = current !== undefined && !sameState(search, current.state)
  const [looked, setLooked] = useState(false)
  // Asked when it matters: the page is there without it.
  const levels = useLevels('experiment', experiment.split(','), looked || (changed && current.shared))
  /** Whether one may change what is for everybody; undefined until it is known. */
  const mayShare = levels?.every((level) => level !== 'read')
  const mayChange = current?.shared === true ? mayShare : true
  useShortcuts([
    { keys: 'Mod+Z', what: words.undone, where: words.where, act: undo },
    { keys: 'Mod+Shift+Z', what: words.redone, where: words.where, act: redo },
    { keys: 'v', what: words.titleSave, where: words.where, act: () => setDialog('save') },
  ])

  const change = async (view: View, input: Omit<Parameters<typeof client.views.update>[0], 'view_id' | 'by'>): Promise<View | undefined> => {
    try {
      const next = await client.views.update({ view_id: view.view_id, ...input, ...byWhom() })
      await rereadViews(experiment)
      return next
    } catch (error) {
      toast({ kind: 'bad', text: (error as Error).message })
      return undefined
    }
  }
  const create = async (input: { name: string; state: string; shared: boolean; is_default?: boolean }): Promise<void> => {
    const made = await client.views.create({ experiment_ids: experiment.split(','), ...input, ...byWhom() })
    await rereadViews(experiment)
    go(opened(experiment, made))
    toast({ text: words.saved(made.name) })
  }
  const replace = async (view: View): Promise<void> => {
    const before = view.state
    if (await change(view, { state: stateOf(location.search) }) === undefined) return
    toast({ text: words.saved(view.name), action: { label: words.undo, act: () => void change(view, { state: before }) } })
  }
  const remove = async (view: View): Promise<void> => {
    try {
      await client.views.delete(view.view_id, byWhom().by)
    } catch (error) {
      return toast({ kind: 'bad', text: (error as Error).message })
    }
    await rereadViews(experiment)
    // What is shown stays; it is no longer a view.
    const state = stateOf(location.search)
    go(`${href.experiment(experiment)}?${state === '' ? `${savedKey}=none` : state}`, 'replace')
    toast({ text: words.removed(view.name), action: { label: words.undo, act: () => void change(view, { deleted: false }).then((back) => { if (back !== undefined) go(opened(experiment, back), 'replace') }) } })
  }
  const leave = (): void => go(`${href.experiment(experiment)}${views.some(({ is_default }) => is_default) ? `?${savedKey}=none` : ''}`)
  const copyLink = async (view: View): Promise<void> => {
    await copyText(location.origin + href.view(experiment, view.view_id))
    toast({ text: words.copied })
  }

  const own = (entry: Exclude<MenuEntry, 'line'>): MenuEntry[] => offered(mayChange, entry)
  const entries: MenuEntry[] = [
    ...(views.length === 0 ? [{ label: words.none, disabled: true }] : views.map((view): MenuEntry => ({
      label: view.name + words.note(view), icon: view.view_id === id ? 'check' : 'bookmark', act: () => go(opened(experiment, view)),
    }))),
    ...(current === undefined ? [] : [{ label: words.without, icon: 'close' as const, act: leave }]),
    'line',
    { label: words.linkHere, icon: 'link', shortcut: 'y', act: copyLinkHere },
    { label: words.saveNew, icon: 'plus', shortcut: 'v', act: () => setDialog('save') },
    ...(current === undefined ? [] : [
      ...(changed ? [...own({ label: words.saveChanges, icon: 'check', act: () => void replace(current) }), { label: words.reset, icon: 'undo' as const, act: () => go(opened(experiment, current)) }] : []),
      ...own({ label: words.rename, icon: 'edit', act: () => setDialog('rename') }),
      { label: words.duplicate, icon: 'copy' as const, act: () => void create({ name: copyName(current.name, views.map(({ name }) => name)), state: current.state, shared: current.shared && mayShare !== false }).catch((error: unknown) => toast({ kind: 'bad', text: (error as Error).message })) },
      ...offered(mayShare, { label: current.is_default ? words.noDefault : words.makeDefault, icon: 'flag', act: () => void change(current, { is_default: !current.is_default }) }),
      ...offered(mayShare, { label: current.shared ? words.keepOwn : words.share, icon: current.shared ? 'eye-off' : 'eye', act: () => void change(current, { shared: !current.shared }) }),
      { label: words.link, icon: 'link' as const, act: () => void copyLink(current) },
      ...own({ label: words.remove, icon: 'trash', danger: true, act: () => void remove(current) }),
    ]),
  ]
  return (
    <div className="views">
      <Menu label={words.menu} entries={entries} button={(
        <button type="button" className="button" data-size="small" onClick={() => setLooked(true)} onFocus={() => setLooked(true)} aria-label={current === undefined ? words.views : `${words.views}: ${current.name}${changed ? `, ${words.changed}` : ''}`}>
          <Icon name="bookmark" /><span className="views-name">{current?.name ?? words.views}</span><Icon name="down" />
        </button>
      )} />
      {current !== undefined && changed && <>
        <Hint text={words.changedHint}><span className="views-changed" tabIndex={0}>{words.changed}</span></Hint>
        {mayChange === true && <Button size="small" onClick={() => void replace(current)}>{words.save}</Button>}
        <Button size="small" kind="quiet" onClick={() => setDialog('save')}>{words.saveAs}</Button>
        <Button size="small" kind="quiet" onClick={() => go(opened(experiment, current))}>{words.reset}</Button>
      </>}
      {dialog !== undefined && <ViewDialog kind={dialog} name={dialog === 'rename' ? current?.name ?? '' : ''} experiments={experiment.split(',')} onClose={() => setDialog(undefined)}
        onSave={async (input) => {
          if (dialog === 'save') return create({ ...input, state: stateOf(location.search) })
          await client.views.update({ view_id: current!.view_id, name: input.name, ...byWhom() })
          await rereadViews(experiment)
        }} />}
    </div>
  )
}
