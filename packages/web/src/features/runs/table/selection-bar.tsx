import { useState, type ReactNode } from 'react'
import { tableLimits, type RunChange } from '@cairn/protocol'
import { useQuery } from '@tanstack/react-query'
import { href } from '../../../app/router.ts'
import { client } from '../../../app/server.ts'
import { Button } from '../../../ui/button.tsx'
import { OptionList } from '../../../ui/combobox.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { toast } from '../../../ui/toast.tsx'
import { nameLike } from '../../palette/find.ts'
import { TagDialog } from '../../tags/tag-dialog.tsx'
import { mostPinned, type Stage } from './table-state.ts'
import { words } from './words.ts'

export interface SelectionBarProps {
  readonly experiments: readonly string[]
  readonly ids: ReadonlySet<string>
  readonly stage: Stage
  readonly baseline: string
  readonly pinned: readonly string[]
  onDone(): void
  onCsv(): void
  onBaseline(id: string): void
  onPin(ids: readonly string[]): void
}

export const mostCompared = 50

interface Extra {
  readonly key?: string
  readonly value?: string
  readonly experiment_id?: string
}

/** Does one thing to runs, and offers to take it back where that can be. */
export async function changeRuns(ids: readonly string[], change: RunChange, extra: Extra = {}, back?: { readonly change: RunChange } & Extra): Promise<boolean> {
  try {
    for (let from = 0; from < ids.length; from += tableLimits.ids) await client.runs.change({ run_ids: ids.slice(from, from + tableLimits.ids), change, ...extra })
    toast({ text: words.done[change](ids.length), ...(back !== undefined && { action: { label: words.undo, act: () => { const { change: undo, ...rest } = back; void changeRuns(ids, undo, rest) } } }) })
    return true
  } catch (error) {
    toast({ kind: 'bad', text: (error as Error).message })
    return false
  }
}

/** What can be done with the runs that are selected. */
export function SelectionBar({ experiments, ids, stage, baseline, pinned, onDone, onCsv, onBaseline, onPin }: SelectionBarProps): ReactNode {
  const [dialog, setDialog] = useState<'tag' | 'move'>()
  const list = [...ids]
  const isPinned = list.every((id) => pinned.includes(id))
  const act = async (change: RunChange, extra?: Extra, back?: { readonly change: RunChange } & Extra): Promise<void> => { if (await changeRuns(list, change, extra, back)) onDone() }
  return (
    <div className="selection" role="region" aria-label={words.selected(ids.size)}>
      <b role="status">{words.selected(ids.size)}</b>
      {ids.size > 1 && ids.size <= mostCompared && <a className="button" data-size="small" href={href.compare(list)}><span>{words.compare}</span></a>}
      {ids.size === 1 && <Button size="small" icon="flag" onClick={() => onBaseline(list[0] === baseline ? '' : list[0]!)}>{list[0] === baseline ? words.noBaseline : words.asBaseline}</Button>}
      {(isPinned || ids.size + pinned.length <= mostPinned) && <Button size="small" icon="pin" onClick={() => onPin(isPinned ? pinned.filter((id) => !ids.has(id)) : [...new Set([...pinned, ...list])])}>{isPinned ? words.unpinRuns : words.pinRuns}</Button>}
      {stage === 'deleted'
        ? <Button size="small" icon="restore" onClick={() => void act('restore', {}, { change: 'delete' })}>{words.restore}</Button>
        : <>
          <Button size="small" icon="tag" onClick={() => setDialog('tag')}>{words.tag}</Button>
          <Button size="small" icon="folder" onClick={() => setDialog('move')}>{words.move}</Button>
          <Button size="small" icon="archive" onClick={() => void act('archive', {}, { change: 'unarchive' })}>{words.archive}</Button>
          {stage === 'archived' && <Button size="small" icon="restore" onClick={() => void act('unarchive', {}, { change: 'archive' })}>{words.unarchive}</Button>}
          <Button size="small" kind="danger" icon="trash" onClick={() => void act('delete', {}, { change: 'restore' })}>{words.remove}</Button>
        </>}
      <Button size="small" icon="download" onClick={onCsv}>{words.csv}</Button>
      <span className="spacer" />
      <Button size="small" kind="quiet" icon="close" onClick={onDone}>{words.none}</Button>
      {dialog === 'tag' && <TagDialog of={words.selected(ids.size)} onClose={() => setDialog(undefined)} onTag={(key, value) => { setDialog(undefined); void (value === undefined ? act('delete_tag', { key }) : act('set_tag', { key, value })) }} />}
      {dialog === 'move' && <MoveDialog experiments={experiments} count={ids.size} onClose={() => setDialog(undefined)} onMove={(experiment_id) => { setDialog(undefined); void act('move', { experiment_id }, experiments.length === 1 ? { change: 'move', experiment_id: experiments[0]! } : undefined) }} />}
    </div>
  )
}

function MoveDialog({ experiments, count, onClose, onMove }: { experiments: readonly string[]; count: number; onClose(): void; onMove(id: string): void }): ReactNode {
  const [text, setText] = useState('')
  const found = useQuery({ queryKey: ['experiments to move to', text], queryFn: ({ signal }) => client.experiments.searchPage({ max_results: 20, order_by: ['last_update_time DESC'], ...(text.trim() !== '' && { filter: nameLike(text.trim()) }) }, { signal }) })
  return (
    <Dialog title={`${words.move}: ${words.selected(count)}`} onClose={onClose}>
      <OptionList label={words.to} placeholder={words.to} value={text} onChange={setText} onTake={onMove}
        options={(found.data?.items ?? []).filter(({ experiment_id }) => experiments.length !== 1 || experiment_id !== experiments[0]).map(({ experiment_id, name }) => ({ value: experiment_id, label: name }))} />
    </Dialog>
  )
}
