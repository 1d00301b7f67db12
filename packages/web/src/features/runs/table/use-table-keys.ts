import { useShortcuts } from '../../../app/shortcuts.ts'
import { onlyThis, toggled } from '../drawing.ts'
import type { Drawn } from '../use-drawn.ts'
import type { GridRow } from './row-store.ts'
import { changeRuns } from './change-runs.ts'
import { mostPinned, type TableState } from './table-state.ts'
import type { Selection } from './use-selection.ts'
import type { ChangeTable } from './use-table-state.ts'
import { words } from './words.ts'

export interface TableKeys {
  readonly experiments: readonly string[]
  readonly state: TableState
  readonly change: ChangeTable
  readonly selection: Selection
  readonly drawn: Drawn
  /** Opens the choice of colours of a run. */
  onColor(row: GridRow): void
  /** Opens the comparison of what is selected. */
  onCompare(): void
}

const toTheRuns = (): void => document.querySelector<HTMLElement>('.grid')?.focus()

/** Keys of a table of runs, and what they do to the run that one stands on; whether a key did something. */
export function useTableKeys({ experiments, state, change, selection, drawn: { drawing, change: draw, among }, onColor, onCompare }: TableKeys): (key: string, row: GridRow | undefined) => boolean {
  useShortcuts([
    { keys: 'j', what: words.toTheRuns, where: words.where, act: toTheRuns },
    { keys: 'k', what: words.toTheRuns, where: words.where, act: toTheRuns },
    { keys: 'g', what: words.groupKey, where: words.where, act: () => document.querySelector<HTMLElement>('[data-group] select')?.focus() },
    { keys: 'c', what: words.compareKey, where: words.where, act: onCompare },
    { keys: '↑ ↓', what: words.moveAmongTheRunsJ, where: words.where },
    { keys: 'Space', what: words.selectTheRunXToo, where: words.where },
    { keys: 'Mod+A', what: words.selectAll, where: words.where },
    { keys: 'Enter', what: words.openTheRun, where: words.where },
    { keys: 'Shift+← →', what: words.sizeKey, where: words.where },
    { keys: 'h', what: words.drawKey, where: words.where },
    { keys: 'o', what: words.colorKey, where: words.where },
    { keys: 'b', what: words.makeTheRunTheBaseline, where: words.where },
    { keys: 'p', what: words.keepTheRunOnTop, where: words.where },
    { keys: 'Delete', what: words.deleteWhatIsSelected, where: words.where },
  ])
  return (key, row) => {
    if (row === undefined) return false
    const { run_id } = row.info
    if (key === 'b') change({ baseline: state.baseline === run_id ? '' : run_id })
    else if (key === 'p') change({ pinnedRuns: state.pinnedRuns.includes(run_id) ? state.pinnedRuns.filter((one) => one !== run_id) : [...state.pinnedRuns, run_id].slice(-mostPinned) })
    else if (key === 'h') draw(toggled(drawing, run_id, among.has(run_id)))
    else if (key === 'H') draw(onlyThis(drawing, [run_id]))
    else if (key === 'o') onColor(row)
    else if (key === 'Delete') {
      const ids = selection.ids.size > 0 ? [...selection.ids] : [run_id]
      void changeRuns(experiments, { ids, change: state.stage === 'deleted' ? 'restore' : 'delete' }).then((done) => { if (done) selection.clear() })
    } else return false
    return true
  }
}
