import { useState, type ReactNode } from 'react'
import type { RunChange } from '@cairn/protocol'
import { useQuery } from '@tanstack/react-query'
import { most, useLevels } from '../../../app/may-edit.ts'
import { href } from '../../../app/router.ts'
import { client } from '../../../app/server.ts'
import { Button } from '../../../ui/button.tsx'
import { OptionList } from '../../../ui/over.ts'
import { Dialog } from '../../../ui/over.ts'
import { nameLike } from '../../palette/name-like.ts'
import { TagDialog } from '../../tags/tag-dialog.tsx'
import { changeRuns } from './change-runs.ts'
import { mostPinned, type Stage } from './table-state.ts'
import type { Extra } from './way-back.ts'
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

/** What can be done with the runs that are selected. */
export function SelectionBar({ experiments, ids, stage, baseline, pinned, onDone, onCsv, onBaseline, onPin }: SelectionBarProps): ReactNode {
  const [dialog, setDialog] = useState<'tag' | 'move'>()
  const levels = useLevels('run', experiments)
  // Of several experiments the server says which runs it refuses.
  const level = levels && most(levels)
  const refused = level === 'manage' ? undefined : words.needsManage
  const list = [...ids]
  const isPinned = list.every((id) => pinned.includes(id))
  const act = async (change: RunChange, extra: Extra = {}): Promise<void> => { if (await changeRuns(experiments, { ids: list, change, ...extra })) onDone() }
  return (
    <div className="selection" role="region" aria-label={words.selected(ids.size)}>
      <b role="status">{words.selected(ids.size)}</b>
      {ids.size > 1 && ids.size <= mostCompared && <a className="button" data-size="small" href={href.compare(list)}><span>{words.compare}</span></a>}
      {ids.size === 1 && <Button size="small" icon="flag" onClick={() => onBaseline(list[0] === baseline ? '' : list[0]!)}>{list[0] === baseline ? words.noBaseline : words.asBaseline}</Button>}
      {(isPinned || ids.size + pinned.length <= mostPinned) && <Button size="small" icon="pin" onClick={() => onPin(isPinned ? pinned.filter((id) => !ids.has(id)) : [...new Set([...pinned, ...list])])}>{isPinned ? words.unpinRuns : words.pinRuns}</Button>}
      {level === undefined || level === 'read' ? null : stage === 'deleted'
        ? <Button size="small" icon="restore" refused={refused} onClick={() => void act('restore')}>{words.restore}</Button>
        : <>
          <Button size="small" icon="tag" onClick={() => setDialog('tag')}>{words.tag}</Button>
          <Button size="small" icon="folder" refused={refused} onClick={() => setDialog('move')}>{words.move}</Button>
          <Button size="small" icon="archive" onClick={() => void act('archive')}>{words.archive}</Button>
          {stage === 'archived' && <Button size="small" icon="restore" onClick={() => void act('unarchive')}>{words.unarchive}</Button>}
          <Button size="small" kind="danger" icon="trash" refused={refused} onClick={() => void act('delete')}>{words.remove}</Button>
        </>}
      <Button size="small" icon="download" onClick={onCsv}>{words.csv}</Button>
      {level === 'read' && <span className="soft">{words.readOnly}</span>}
      <span className="spacer" />
      <Button size="small" kind="quiet" icon="close" onClick={onDone}>{words.none}</Button>
      {dialog === 'tag' && <TagDialog of={words.selected(ids.size)} onClose={() => setDialog(undefined)} onTag={(key, value) => { setDialog(undefined); void (value === undefined ? act('delete_tag', { key }) : act('set_tag', { key, value })) }} />}
      {dialog === 'move' && <MoveDialog experiments={experiments} count={ids.size} onClose={() => setDialog(undefined)} onMove={(experiment_id) => { setDialog(undefined); void act('move', { experiment_id }) }} />}
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
