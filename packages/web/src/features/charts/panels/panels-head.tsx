import { useMemo, type ReactNode } from 'react'
import { Button } from '../../../ui/button.tsx'
import { Failure } from '../../../ui/parts.tsx'
import type { Keys } from '../../runs/columns.ts'
import type { FieldState } from './field-store.ts'
import type { Panel } from './panel.ts'
import { proposals } from './proposals.ts'
import { panelTitle } from './title.ts'
import { mostRuns } from './use-run-table.ts'
import { words } from './words.ts'
import './panels.css'

export interface PanelsHeadProps {
  readonly keys: Keys
  /** Whether there is no panel yet: then some are proposed. */
  readonly none: boolean
  readonly fields: FieldState & { reload(): void }
  readonly off: readonly string[]
  /** Undefined: one that is yet to be described. */
  onAdd(panel: Omit<Panel, 'id'> | undefined): void
  onMost(most: number): void
  onRestore(): void
}

/** Above the panels: how one comes by them, and of how many runs they speak. */
export function PanelsHead({ keys, none, fields: { table, error, reload }, off, onAdd, onMost, onRestore }: PanelsHeadProps): ReactNode {
  const proposed = useMemo(() => (none ? proposals(keys) : []), [none, keys])
  const all = table === undefined ? 0 : Math.min(mostRuns, table.total)
  return (
    <div className="panels-head">
      <p id="figure-keys" className="visually-hidden">{words.keys}</p>
      <div className="panels-tools">
        <Button size="small" icon="plus" onClick={() => onAdd(undefined)}>{words.add}</Button>
        {proposed.map((one) => <Button key={`${one.kind} ${one.roles.join()}`} size="small" kind="quiet" title={panelTitle({ ...one, id: '' })} onClick={() => onAdd(one)}>{words.short[one.kind]}</Button>)}
        {off.length > 0 && <button type="button" className="link" onClick={onRestore}>{words.restore(off.length)}</button>}
        {table !== undefined && table.ids.length < table.total && (
          <span className="soft">{words.newest(table.ids.length, table.total)} {table.ids.length < all && <button type="button" className="link" onClick={() => onMost(mostRuns)}>{words.more(all)}</button>}</span>
        )}
      </div>
      {error !== undefined && <Failure error={error} retry={reload} />}
    </div>
  )
}
