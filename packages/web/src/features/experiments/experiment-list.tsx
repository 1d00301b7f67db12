import { useEffect, useImperativeHandle, type KeyboardEvent, type PointerEvent, type ReactNode, type Ref } from 'react'
import type { ExperimentOrder } from '@cairn/protocol'
import { useKeptScroll } from '../../app/entries.ts'
import { Icon } from '../../ui/icon.tsx'
import { useWindow } from '../../ui/use-window.ts'
import { ListRow } from './list-row.tsx'
import type { ListLine, OverviewStore, Shown } from './overview-store.ts'
import { words } from './words.ts'

export interface ListHandle {
  /** Goes so many lines on, and takes the keyboard. */
  step(by: number): void
  focus(): void
  /** Lines that are drawn. */
  readonly sight: readonly [from: number, to: number]
}

export interface ExperimentListProps {
  readonly ref: Ref<ListHandle>
  readonly store: OverviewStore
  readonly shown: Shown
  readonly narrow: boolean
  readonly active: number
  readonly archive: boolean
  /** The experiment whose notes are shown beside the list. */
  readonly detailed: string
  readonly order: ExperimentOrder
  readonly reverse: boolean
  isSelected(line: ListLine): boolean
  onActive(index: number): void
  onSort(order: ExperimentOrder): void
  onToggle(line: ListLine): void
  onOpen(line: ListLine): void
  onSelect(index: number, extend: boolean): void
  onDetails(line: ListLine): void
  onTag(key: string, value: string): void
  onEscape(): void
}

const sortable: readonly (readonly [keyof typeof words.columns, ExperimentOrder])[] = [['name', 'name'], ['runs', 'runs'], ['activity', 'activity']]

/** The experiments as a tree or list of which only what is in sight is drawn. */
export function ExperimentList(props: ExperimentListProps): ReactNode {
  const { store, shown, narrow, active, archive, order, reverse } = props
  const row = narrow ? 58 : 42
  const view = useWindow(shown.lines, row, 8)
  useKeptScroll(view.ref, 'experiments')
  useEffect(() => store.see(view.from, view.to))
  const goTo = (wanted: number): void => {
    const at = Math.max(0, Math.min(shown.lines - 1, wanted))
    props.onActive(at)
    const element = view.ref.current!
    const head = narrow ? 0 : 34
    if (view.height < shown.lines * row) view.scrollTo(at)
    else if (at * row < element.scrollTop) element.scrollTop = at * row
    else if ((at + 1) * row > element.scrollTop + element.clientHeight - head) element.scrollTop = (at + 1) * row - element.clientHeight + head
  }
  useImperativeHandle(props.ref, (): ListHandle => ({
    step: (by) => {
      // Whoever was elsewhere comes to the line that is marked.
      const here = document.activeElement === view.ref.current
      view.ref.current!.focus({ preventScroll: true })
      goTo(here ? active + by : active)
    },
    focus: () => view.ref.current!.focus({ preventScroll: true }),
    sight: [view.from, view.to] as const,
  }))
  const key = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return
    const page = Math.max(1, Math.floor(view.ref.current!.clientHeight / row) - 1)
    const moves: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: shown.lines - 1 }
    const line = store.line(active)
    const to = moves[event.key]
    if (to !== undefined) {
      goTo(to)
      if (event.shiftKey) props.onSelect(Math.max(0, Math.min(shown.lines - 1, to)), true)
    } else if (event.key === ' ') props.onSelect(active, event.shiftKey)
    else if (event.key === 'Enter') props.onOpen(line)
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      if (line.kind === 'folder' && line.open === (event.key === 'ArrowLeft')) props.onToggle(line)
      else if (event.key === 'ArrowLeft') goTo(parentOf(store, active))
    } else if (event.key === 'Escape') props.onEscape()
    else return
    event.preventDefault()
  }
  const press = (event: PointerEvent, index: number, box: boolean): void => {
    if (event.button !== 0) return
    props.onActive(index)
    if (box || event.shiftKey || event.ctrlKey || event.metaKey) {
      event.preventDefault()
      props.onSelect(index, event.shiftKey)
      view.ref.current?.focus({ preventScroll: true })
    }
  }
  const heading = (name: keyof typeof words.columns, className: string): ReactNode => {
    const sort = sortable.find(([column]) => column === name)?.[1]
    const on = sort === order
    // Names grow by themselves; all else falls.
    const rising = (order === 'name') !== reverse
    return (
      <div role="columnheader" className={className} {...(on && { 'aria-sort': rising ? 'ascending' as const : 'descending' as const })}>
        {sort === undefined ? words.columns[name] : <button type="button" onClick={() => props.onSort(sort)}>{words.columns[archive && name === 'activity' ? 'archived' : name]}{on && <Icon name={rising ? 'up' : 'down'} />}</button>}
      </div>
    )
  }
  return (
    <div ref={view.ref} role="treegrid" className="list" aria-label={words.title} aria-rowcount={shown.lines + 1} aria-multiselectable="true" aria-busy={shown.outdated} data-outdated={shown.outdated} tabIndex={0}
      {...(shown.lines > 0 && active >= view.from && active < view.to && { 'aria-activedescendant': `list-line-${active}` })} onKeyDown={key}>
      <div role="row" className="list-head" aria-rowindex={1}>
        <div role="columnheader" className="list-box"><span className="visually-hidden">{words.selected(2)}</span></div>
        {heading('name', 'list-name')}{heading('runs', 'list-runs')}{heading('trend', 'list-trend')}{heading('activity', 'list-time')}{heading('tags', 'list-tags')}
        <div role="columnheader" className="list-more"><span className="visually-hidden">{words.about}</span></div>
      </div>
      <div className="list-body" role="presentation" style={{ height: view.height }}>
        {Array.from({ length: Math.max(0, view.to - view.from) }, (_, at) => {
          const index = view.from + at
          const line = store.line(index)
          return (
            <ListRow key={index} id={`list-line-${index}`} line={line} index={index} top={view.top + at * row} height={row} active={index === active} selected={props.isSelected(line)} archive={archive}
              shown={line.kind === 'experiment' && line.experiment.experiment_id === props.detailed} onPress={(event, box) => press(event, index, box)} onToggle={() => props.onToggle(line)} onDetails={() => props.onDetails(line)} onTag={props.onTag} />
          )
        })}
      </div>
    </div>
  )
}

/** The line of the folder in which a line lies. */
function parentOf(store: OverviewStore, index: number): number {
  const { depth } = store.line(index)
  for (let at = index - 1; at >= 0; at -= 1) if (store.line(at).depth < depth) return at
  return index
}
