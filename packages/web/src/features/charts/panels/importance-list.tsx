import { useMemo, type ReactNode, type Ref } from 'react'
import { barFigure } from '@cairn/charts'
import type { MenuEntry } from '../../../ui/menu.tsx'
import { count, grouped } from '../../../ui/format.ts'
import { PanelFrame } from '../panel-frame.tsx'
import { csvOf } from '../../../ui/csv.ts'
import type { RunTable } from './columns.ts'
import { role, rolesOf, type Panel } from './panel.ts'
import { panelPython, type PythonContext } from './python.ts'
import { useImportance } from './use-importance.ts'
import { words } from './words.ts'

export interface ImportanceListProps {
  readonly ref: Ref<HTMLElement>
  readonly panel: Panel
  readonly title: string
  readonly table: RunTable | undefined
  readonly chosen: Uint8Array | undefined
  readonly python: PythonContext
  readonly full: boolean
  onFull(full: boolean): void
  readonly items: readonly MenuEntry[]
  readonly tools: ReactNode
  /** Nothing is worked out before somebody looks. */
  readonly seen: boolean
}

/** Params by how much they say about a metric, as a table whose numbers are bars too. */
export function ImportanceList({ ref, panel, title, table, chosen, python, full, onFull, items, tools, seen }: ImportanceListProps): ReactNode {
  const target = table?.columns.get(role(panel, 'y') ?? '')
  const named = rolesOf(panel, 'field')
  const fields = (named.length > 0 ? named : python.params).filter((id) => id !== target?.id).join('\n')
  const columns = useMemo(() => (seen ? fields.split('\n').flatMap((id) => table?.columns.get(id) ?? []) : []), [table, fields, seen])
  const { importance, busy, error } = useImportance(columns, target, chosen)
  const rows = importance?.rows ?? []
  const part = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(2).replace('-', '−'))
  return (
    <PanelFrame ref={ref} title={title} full={full} onFull={onFull} items={items} tools={tools} busy={busy}
      picture={() => ({ title, size: { width: 960, height: 540 }, legend: [], body: (pen, size, theme) => barFigure({ label: words.forest, by: '', bars: rows.map(({ label, forest }) => ({ name: label, value: forest, color: '--accent' })) }).draw(pen, size, theme) })}
      csv={() => csvOf([['param', 'random_forest', 'spearman', 'pearson', 'runs'], ...rows.map(({ label, forest, spearman, pearson, runs }) => [label, forest, spearman, pearson, runs])])}
      python={() => panelPython(panel, python)}
      note={error !== undefined ? <span className="error" role="alert">{error}</span> : importance === undefined ? (fields === '' ? words.noParams : words.working)
        : `${count(importance.runs, 'run')}${importance.sampled < importance.runs ? words.theForestFromOfThem(grouped(importance.sampled)) : ''}`}>
      <div className="importance scroll" tabIndex={0} role="region" aria-label={rows[0] === undefined ? title : words.most(title, rows[0].label, part(rows[0].forest))} data-ready={busy || importance === undefined ? undefined : ''}>
        <table>
          <thead><tr><th scope="col">{words.param}</th><th scope="col">{words.forest}</th><th scope="col" title={words.correlationHelp}>{words.spearman}</th></tr></thead>
          <tbody>
            {rows.map(({ id, label, forest, spearman }) => (
              <tr key={id}>
                <th scope="row" title={label}>{label}</th>
                <td><span className="importance-bar" style={{ width: `${Math.round(forest / (rows[0]!.forest || 1) * 100)}%` }} /><b>{part(forest)}</b></td>
                <td><span className="importance-sign" data-sign={spearman < 0 ? 'down' : 'up'} style={{ width: `${Number.isNaN(spearman) ? 0 : Math.round(Math.abs(spearman) * 50)}%` }} /><b>{part(spearman)}</b></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </PanelFrame>
  )
}
