import type { ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { words } from './words.ts'

export interface SelectionBarProps {
  readonly count: number
  readonly archive: boolean
  onRename(): void
  onTag(): void
  /** Archives them, or brings them back where the archive is shown. */
  onStage(): void
  onNone(): void
}

/** What can be done with the experiments that are selected. */
export const SelectionBar = ({ count, archive, onRename, onTag, onStage, onNone }: SelectionBarProps): ReactNode => (
  <div className="list-selection" role="region" aria-label={words.selected(count)}>
    <b role="status">{words.selected(count)}</b>
    {archive ? <Button size="small" icon="restore" onClick={onStage}>{words.restore}</Button> : <>
      <Button size="small" icon="edit" onClick={onRename}>{words.renameOrMove}</Button>
      <Button size="small" icon="tag" onClick={onTag}>{words.tag}</Button>
      <Button size="small" icon="archive" onClick={onStage}>{words.archiveThese}</Button>
    </>}
    <span className="spacer" />
    <Button size="small" kind="quiet" icon="close" onClick={onNone}>{words.none}</Button>
  </div>
)
