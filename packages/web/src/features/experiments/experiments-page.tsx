import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import type { ExperimentOrder } from '@cairn/protocol'
import { recall, remember } from '../../app/entries.ts'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { readLevels, type Level } from '../../app/may-edit.ts'
import { go, href } from '../../app/router.ts'
import { client, useLive, useSoon } from '../../app/server.ts'
import { useShortcuts } from '../../app/shortcuts.ts'
import { useTitle } from '../../app/title.ts'
import { hasAccounts } from '../../app/who.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { SearchField, Select } from '../../ui/field.tsx'
import { Empty, Failure } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { useNarrow } from '../runs/table/use-narrow.ts'
import { changeExperiments, everyExperiment } from './change.ts'
import { ExperimentList, type ListHandle } from './experiment-list.tsx'
import { readSearch, withTag } from './list-state.ts'
import { folderOf, type Named, type Renaming } from './names.ts'
import { OverviewStore, type ListLine, type Shown, type Which } from './overview-store.ts'
import { mostAsked, SelectionBar } from './selection-bar.tsx'
import { useListState } from './use-list-state.ts'
import { start } from './start.ts'
import { useListSelection } from './use-list-selection.ts'
import { words } from './words.ts'
import './experiments.css'

const DetailsPanel = lazyPart(async () => (await import('./details-panel.tsx')).DetailsPanel)
const RenameDialog = lazyPart(async () => (await import('./rename-dialog.tsx')).RenameDialog)
const NewExperiment = lazyPart(async () => (await import('./new-experiment.tsx')).NewExperiment)
const TagDialog = lazyPart(async () => (await import('../tags/tag-dialog.tsx')).TagDialog)

/** While runs come and go, the counts are read again at most this often. */
const refreshMs = 800
/** Running experiments whose points are heard. */
const mostHeard = 100

export function ExperimentsPage(): ReactNode {
  const [state, change] = useListState()
  const store = useMemo(() => new OverviewStore((request, signal) => client.experiments.overview(request, { signal })), [])
  const shown = useSyncExternalStore(store.subscribe, store.shown)
  const list = useRef<ListHandle>(null)
  const narrow = useNarrow()
  const [active, setActive] = useState(() => recall('experiment line') ?? 0)
  useEffect(() => remember('experiment line', active), [active])
  // The first line is marked before anybody has looked at it.
  const pointed = useRef(active > 0)
  const [dialog, setDialog] = useState<'create' | 'tag' | { readonly rename: readonly Named[] }>()
  const search = useMemo(() => readSearch(state.find), [state.find])
  const searching = search.words.length + search.tags.length > 0
  const stage = state.archive ? 'deleted' : 'active'
  const which = useMemo((): Which => ({ ...search, order: state.order, reverse: state.reverse, stage, tree: !state.flat && !searching }), [search, state.order, state.reverse, stage, state.flat, searching])
  const selection = useListSelection(store, stage)
  useTitle(words.title)
  useEffect(() => store.show(which, state.open), [store, which, state.open])
  const asked = useRef(which)
  useEffect(() => {
    if (asked.current === which) return
    asked.current = which
    setActive(0)
  }, [which])
  useEffect(() => selection.clear(), [stage])
  const refresh = (): void => store.refresh(...list.current?.sight ?? [0, 40])
  const readSoon = useSoon(refresh, refreshMs)
  useLive('experiments', { types: ['experiment', 'run'] }, (message) => {
    if (message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) refresh()
    else if (message.type === 'experiment' || message.type === 'run') readSoon()
  })
  // Points tell only when something last happened: no list is read again for them.
  const running = store.running(mostHeard)
  const busy = useRef(new Set<string>())
  const touchSoon = useSoon(() => {
    store.touch(busy.current, Date.now())
    busy.current = new Set()
  }, refreshMs)
  useLive(`points of ${running.join()}`, { experimentIds: running, types: ['points'] }, (message) => {
    if (message.type !== 'points' || message.data.experiment_id === undefined) return
    busy.current.add(message.data.experiment_id)
    touchSoon()
  })

  const line = (): ListLine => store.line(active)
  const toggle = (folder: ListLine): void => {
    if (folder.kind !== 'folder') return
    const { path } = folder.folder
    change({ open: folder.open ? state.open.filter((one) => one !== path && !one.startsWith(`${path}/`)) : [...state.open, path] }, 'replace')
  }
  const open = (one: ListLine): void => {
    if (one.kind === 'folder') toggle(one)
    else if (one.kind === 'experiment') go(href.experiment(one.experiment.experiment_id))
  }
  const details = (one: ListLine): void => {
    if (one.kind === 'experiment') change({ show: state.show === one.experiment.experiment_id ? '' : one.experiment.experiment_id }, 'replace')
  }
  const sort = (order: ExperimentOrder): void => change(order === state.order ? { reverse: !state.reverse } : { order, reverse: false }, 'replace')
  /** What is selected, or else the line that one is at. */
  const chosen = async (): Promise<Named[]> => (selection.count > 0 ? selection.named() : selection.ofLine(line()))
  /** Whether all that is chosen may be changed so; says why where it may not: a key asks for it wherever one stands. */
  const may = async (named: readonly Named[], needed: Exclude<Level, 'read'>): Promise<boolean> => {
    const levels = await readLevels('experiment', named.slice(0, mostAsked).map(({ id }) => id))
    const readOnly = levels.filter((level) => level === 'read').length
    if (readOnly === 0 && (needed === 'edit' || levels.every((level) => level === 'manage'))) return true
    toast({ kind: 'bad', text: readOnly > 0 ? words.readOnly(readOnly, levels.length) : words.needsManage })
    return false
  }
  const act = async (needed: Exclude<Level, 'read'>, what: (named: readonly Named[]) => Promise<boolean> | void): Promise<void> => {
    const named = await chosen()
    if (named.length > 0 && await may(named, needed) && await what(named) === true) selection.clear()
  }
  const rename = (): Promise<void> => act('edit', (named) => setDialog({ rename: named }))
  const askTag = async (): Promise<void> => { if (await may(hasAccounts() ? await chosen() : [], 'edit')) setDialog('tag') }
  const setStage = (): Promise<void> => act('manage', (named) => changeExperiments(named.map(({ id }) => ({ experiment_id: id, stage: state.archive ? 'active' : 'deleted' })), state.archive ? words.done.restore : words.done.archive))
  const renamed = async (changed: readonly Renaming[]): Promise<void> => {
    if (await changeExperiments(changed.map(({ id, to }) => ({ experiment_id: id, name: to })), words.done.rename)) {
      setDialog(undefined)
      selection.clear()
    }
  }
  const tag = async (key: string, value: string | undefined): Promise<void> => {
    setDialog(undefined)
    await act('edit', (named) => changeExperiments(named.map(({ id }) => ({ experiment_id: id, ...(value === undefined ? { delete_tags: [key] } : { set_tags: [{ key, value }] }) })), value === undefined ? words.done.untag : words.done.tag))
  }
  const selectAll = async (): Promise<void> => selection.set((await everyExperiment({ ...search, stage })).map((one) => ({ ...one, base: folderOf(one.name) })))

  const key = (keys: string, what: string, does: () => unknown) => ({ keys, what, where: words.where, act: () => void does() })
  useShortcuts([
    key('/', words.focusFind, () => document.getElementById('find-experiments')?.focus()),
    key('j', words.next, () => list.current?.step(1)),
    key('k', words.theOneBefore, () => list.current?.step(-1)),
    { keys: 'Enter', what: words.openTheExperimentOrFolder, where: words.where },
    key('x', words.selectTitle, () => selection.toggle(active)),
    key('a', words.selectAll, selectAll),
    key('e', words.notesAndTagsTitle, () => details(line())),
    key('r', words.renameOrMove, () => { if (!state.archive) void rename() }),
    key('t', words.tag, () => { if (!state.archive) void askTag() }),
    key('Delete', words.archiveOrRestoreFromThe, setStage),
    key('n', words.create, () => setDialog('create')),
    key('v', words.foldersOrOneList, () => change({ flat: !state.flat }, 'replace')),
  ])

  const { top } = shown
  const fresh = top !== undefined && !state.archive && !searching && top.all <= 1 && top.experiments.every(({ experiment_id, runs }) => experiment_id === '0' && runs === 0)
  return (
    <div className="experiments">
      <div className="head">
        <h1>{words.title}</h1>
        <div className="list-total">
          <span className="soft" role="status">{top === undefined ? '\u00a0' : words.found(top.found, top.all)}</span>
          {top !== undefined && top.running > 0 && <span className="count-running">{words.running(top.running)}</span>}
        </div>
        <span className="spacer" />
        <Button kind="primary" icon="plus" onClick={() => setDialog('create')}>{words.create}</Button>
      </div>
      <div className="list-tools">
        <SearchField id="find-experiments" label={words.find} placeholder={words.findHint} value={state.find} onChange={(find) => change({ find }, 'replace')}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') { event.preventDefault(); list.current?.focus() }
            if (event.key === 'Enter' && !shown.outdated) open(store.line(0))
          }} />
        <Switch label={words.ways} value={state.flat ? 'list' : 'tree'} options={[['tree', words.folders], ['list', words.list]]} onChange={(way) => change({ flat: way === 'list' }, 'replace')} />
        <Switch label={words.stages} value={stage} options={[['active', words.active], ['deleted', words.archive]]} onChange={(wanted) => change({ archive: wanted === 'deleted', open: [], show: '' })} />
        <Select label={words.sort} value={state.order} options={Object.entries(words.orders) as [ExperimentOrder, string][]} onChange={(order) => change({ order, reverse: false }, 'replace')} />
        <IconButton icon="sort" label={words.reverse} pressed={state.reverse} onClick={() => change({ reverse: !state.reverse }, 'replace')} />
      </div>
      {shown.error !== undefined && <Failure error={shown.error} retry={refresh} />}
      {selection.count > 0 && <SelectionBar ids={selection.named().map(({ id }) => id)} archive={state.archive} onRename={() => void rename()} onTag={() => void askTag()} onStage={() => void setStage()} onNone={selection.clear} />}
      <div className="list-frame" data-details={state.show !== ''}>
        <div className="list-side">
          {fresh && <Empty title={words.start} code={start} />}
          <Nothing shown={shown} find={state.find} archive={state.archive} />
          <ExperimentList ref={list} store={store} shown={shown} narrow={narrow} active={Math.min(active, Math.max(0, shown.lines - 1))} archive={state.archive} detailed={state.show} order={state.order} reverse={state.reverse}
            isSelected={selection.has} onActive={(index) => { pointed.current = true; setActive(index) }} onSort={sort} onToggle={toggle} onOpen={open} onSelect={(index, extend) => { if (extend) selection.extend(index); else selection.toggle(index) }} onDetails={details}
            onTag={(name, value) => change({ find: withTag(state.find, name, value) }, 'replace')} onEscape={() => { if (state.show !== '') change({ show: '' }, 'replace'); else selection.clear() }} />
        </div>
        {state.show !== '' && (
          <DetailsPanel waiting={<aside className="list-details" aria-label={words.about} />} id={state.show} onClose={() => { change({ show: '' }, 'replace'); list.current?.focus() }} onRename={(name) => setDialog({ rename: [{ id: state.show, name, base: folderOf(name) }] })} />
        )}
      </div>
      {dialog === 'create' && <NewExperiment folder={pointed.current ? folderAt(line()) : ''} onClose={() => setDialog(undefined)} />}
      {dialog === 'tag' && <TagDialog of={words.selected(Math.max(1, selection.count))} onClose={() => setDialog(undefined)} onTag={(name, value) => void tag(name, value)} />}
      {typeof dialog === 'object' && <RenameDialog named={dialog.rename} onClose={() => setDialog(undefined)} onRename={(changed) => void renamed(changed)} />}
    </div>
  )
}

/** The folder that a line is, or lies in. */
const folderAt = (line: ListLine): string => (line.kind === 'folder' ? line.folder.path : line.kind === 'experiment' ? line.inside : '')

function Nothing({ shown, find, archive }: { shown: Shown; find: string; archive: boolean }): ReactNode {
  if (shown.top === undefined || shown.lines > 0 || shown.outdated) return null
  return <Empty title={find.trim() !== '' ? words.nothingFound(find.trim()) : archive ? words.emptyArchive : words.start} {...(find.trim() === '' && !archive && { code: start })} />
}

interface SwitchProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [value: T, text: string])[]
  onChange(value: T): void
}

function Switch<T extends string>({ label, value, options, onChange }: SwitchProps<T>): ReactNode {
  return <div className="switch" role="group" aria-label={label}>{options.map(([option, text]) => <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>{text}</button>)}</div>
}
