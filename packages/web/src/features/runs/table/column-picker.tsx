import { useDeferredValue, useMemo, useState, type ReactNode } from 'react'
import { Button, IconButton } from '../../../ui/button.tsx'
import { Popover } from '../../../ui/popover.tsx'
import { Checkbox, SearchField } from '../../../ui/field.tsx'
import { VirtualList } from '../../../ui/virtual-list.tsx'
import { allColumns, columnId, isLogged, type AnyColumn, type Keys } from '../columns.ts'
import { ownColumns } from './grid-columns.ts'
import { movedColumn, withColumns, withOwn, withoutColumns, type ColumnChoice } from './column-choice.ts'
import type { TableState } from './table-state.ts'
import type { ChangeTable } from './use-table-state.ts'
import { words } from './words.ts'

export interface ColumnPickerProps {
  readonly keys: Keys
  /** Those that are shown, in their order. */
  readonly columns: readonly AnyColumn[]
  readonly state: ColumnChoice & Pick<TableState, 'pinnedColumns'>
  readonly change: ChangeTable
}

/** Chooses columns among thousands, orders them and keeps some at the left. */
export function ColumnPicker(props: ColumnPickerProps): ReactNode {
  return (
    <Popover label={words.columns} wide placement="bottom-end" button={<Button icon="columns" size="small">{words.columns}</Button>}>
      <Choice {...props} />
    </Popover>
  )
}

const labelOf = (column: AnyColumn): string => (isLogged(column) ? column.key : ownColumns.find(({ id }) => id === column.key)!.label)
const nothing: ReadonlySet<string> = new Set()

function Choice({ keys, columns, state, change }: ColumnPickerProps): ReactNode {
  const [find, setFind] = useState('')
  // The field is there, and takes what is typed, a frame before the list.
  const withList = useDeferredValue(true, false)
  const all = useMemo(() => allColumns(keys), [keys])
  const chosen = useMemo(() => new Set(columns.map(columnId)), [columns])
  const items = useMemo(() => {
    const text = find.trim().toLowerCase()
    const rest = all.filter((column) => !chosen.has(columnId(column)))
    return [...withOwn(columns, nothing), ...rest].filter((column) => (isLogged(column) ? columnId(column) : labelOf(column)).toLowerCase().includes(text))
  }, [all, columns, chosen, find])
  const toggle = (column: AnyColumn): void => change(chosen.has(columnId(column)) ? withoutColumns(state, columns, [column]) : withColumns(state, columns, [column]))
  const move = (column: AnyColumn, by: number): void => {
    const at = columns.findIndex((one) => columnId(one) === columnId(column))
    const to = Math.max(0, Math.min(columns.length - 1, at + by))
    change(movedColumn(state, columns, column, to))
  }
  const pin = (id: string): void => change({ pinnedColumns: state.pinnedColumns.includes(id) ? state.pinnedColumns.filter((one) => one !== id) : [...state.pinnedColumns, id] })
  return (
    <div className="picker">
      <SearchField label={words.findColumns(all.length)} placeholder={words.findColumns(all.length)} value={find} onChange={setFind} autoFocus />
      <div className="picker-buttons">
        <Button size="small" onClick={() => change({ columns: undefined, every: false, hiddenColumns: [] })}>{words.usual}</Button>
        <Button size="small" onClick={() => change(find === '' ? { every: true, hiddenColumns: [] } : withColumns(state, columns, items))}>{words.all}</Button>
        <Button size="small" onClick={() => change(find === '' ? { columns: [], every: false } : withoutColumns(state, columns, items))}>{words.nothing}</Button>
        <span className="spacer" /><span className="soft">{words.of(columns.filter(isLogged).length, all.length, 'column')}</span>
      </div>
      <VirtualList label={words.columns} count={withList ? items.length : 0} row={32} item={(index) => {
        const column = items[index]!
        const id = columnId(column)
        const on = chosen.has(id)
        const label = labelOf(column)
        return (
          <div className="picker-row">
            <Checkbox label={label} checked={on} onChange={() => toggle(column)} />
            <span className="soft">{words.columnKinds[column.kind]}</span>
            {on && <>
              <IconButton icon="pin" label={`${state.pinnedColumns.includes(id) ? words.unpin : words.pin}: ${label}`} pressed={state.pinnedColumns.includes(id)} onClick={() => pin(id)} />
              <IconButton icon="up" label={`${words.up}: ${label}`} onClick={() => move(column, -1)} />
              <IconButton icon="down" label={`${words.down}: ${label}`} onClick={() => move(column, 1)} />
            </>}
          </div>
        )
      }} />
    </div>
  )
}
