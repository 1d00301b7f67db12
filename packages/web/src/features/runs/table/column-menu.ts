import type { MenuEntry } from '../../../ui/menu.tsx'
import { columnId } from '../columns.ts'
import { withoutColumns } from './column-choice.ts'
import type { GridColumn } from './grid-columns.ts'
import { ungrouped, type Extreme, type TableState } from './table-state.ts'
import type { Columns } from './use-columns.ts'
import type { ChangeTable } from './use-table-state.ts'
import { words } from './words.ts'

const withExtreme = ({ extremes }: TableState, id: string, extreme: Extreme | undefined): TableState['extremes'] => new Map([...[...extremes].filter(([one]) => one !== id), ...(extreme === undefined ? [] : [[id, extreme] as const])])

/** What can be done with a column: sort, keep, move, hide, group. */
export function columnMenu({ id, sortKey, column, curve, extreme, pinned }: GridColumn, state: TableState, change: ChangeTable, { shown, drawn, order }: Pick<Columns, 'shown' | 'drawn' | 'order'>): readonly MenuEntry[] {
  const by = (key: string): void => change({ sort: [key] })
  const curved = drawn.filter((one) => one.curve).map((one) => one.id)
  const kept = state.pinnedColumns.includes(id)
  // Those beside it that it can change places with: what is kept at the left stays there.
  const beside = drawn.filter((one) => one.id !== 'name' && one.pinned === pinned).map((one) => one.id)
  const at = beside.indexOf(id)
  const hidden = shown.filter((one) => columnId(one) === id)
  return [
    ...(sortKey === undefined ? [] : [
      { label: words.sortDown, icon: 'down' as const, act: () => by(`${sortKey} DESC`) }, { label: words.sortUp, icon: 'up' as const, act: () => by(`${sortKey} ASC`) },
      ...(state.sort.length > 0 && !state.sort.some((one) => one.startsWith(`${sortKey} `)) ? [{ label: words.alsoDown, icon: 'sort' as const, act: () => change({ sort: [...state.sort, `${sortKey} DESC`] }) }] : []),
      ...(id === 'name' ? [] : ['line' as const]),
    ]),
    ...(id === 'name' ? [] : [
      { label: kept ? words.unpin : words.pin, icon: 'pin' as const, act: () => change({ pinnedColumns: kept ? state.pinnedColumns.filter((one) => one !== id) : [...state.pinnedColumns, id] }) },
      { label: words.toLeft, icon: 'left' as const, disabled: at <= 0, act: () => order(id, beside[at - 1]!) },
      { label: words.toRight, icon: 'right' as const, disabled: at >= beside.length - 1, act: () => order(id, beside[at + 1]!) },
      { label: words.hide, icon: 'eye-off' as const, act: () => change(withoutColumns(state, shown, hidden)) },
    ]),
    ...(column === undefined ? [] : column.kind === 'metric' ? [
      ...([undefined, 'min', 'max'] as const).map((one) => ({ label: words.shownValue[one ?? 'last'], checked: extreme === one, act: () => change({ extremes: withExtreme(state, id, one) }) })), 'line' as const,
      { label: curve ? words.noCurve : words.curve, icon: 'chart' as const, act: () => change({ curves: curve ? curved.filter((one) => one !== id) : [...curved, id] }) },
    ] : [{ label: words.groupBy, icon: 'group' as const, act: () => change({ ...ungrouped, groups: [column] }) }]),
  ]
}
