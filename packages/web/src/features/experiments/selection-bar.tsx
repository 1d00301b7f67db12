import type { ReactNode } from 'react'
import { useLevels } from '../../app/may-edit.ts'
import { Button } from '../../ui/button.tsx'
import { words } from './words.ts'

export interface SelectionBarProps {
  readonly ids: readonly string[]
  readonly archive: boolean
  onRename(): void
  onTag(): void
  /** Archives them, or brings them back where the archive is shown. */
  onStage(): void
  onNone(): void
}

/** Whether one may is asked of so many; of a selection with more the server says it. */
export const mostAsked = 20

/** What can be done with the experiments that are selected: to all of them, or to none. */
export function SelectionBar({ ids, archive, onRename, onTag, onStage, onNone }: SelectionBarProps): ReactNode {
  const count = ids.length
  const levels = useLevels('experiment', ids.slice(0, mostAsked))
  const readOnly = levels?.filter((level) => level === 'read').length ?? 0
  const refused = levels?.every((level) => level === 'manage') === true ? undefined : words.needsManage
  return (
    <div className="list-selection" role="region" aria-label={words.selected(count)}>
      <b role="status">{words.selected(count)}</b>
      {levels === undefined ? null : readOnly > 0 ? <span className="soft">{words.readOnly(readOnly, Math.min(count, mostAsked))}</span>
        : archive ? <Button size="small" icon="restore" refused={refused} onClick={onStage}>{words.restore}</Button> : <>
          <Button size="small" icon="edit" onClick={onRename}>{words.renameOrMove}</Button>
          <Button size="small" icon="tag" onClick={onTag}>{words.tag}</Button>
          <Button size="small" icon="archive" refused={refused} onClick={onStage}>{words.archiveThese}</Button>
        </>}
      <span className="spacer" />
      <Button size="small" kind="quiet" icon="close" onClick={onNone}>{words.none}</Button>
    </div>
  )
}
