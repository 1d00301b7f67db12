import { useMemo, useRef } from 'react'
import type { Run } from '@cairn/protocol'
import { dashes } from '../../ui/looks.ts'
import type { LookOf } from '../runs/use-drawing.ts'
import { fieldOf, groupFields, type DrawnGroup, type DrawnRun } from './drawn-runs.ts'
import { groupsOf } from './groups.ts'
import type { StoreRun } from './lines-store.ts'
import { LookBook } from './looks.ts'
import { textAt, type RunTable } from './panels/columns.ts'
import { useSame } from './use-same.ts'

export interface LinesInput {
  /** Those that can be drawn, in the order of the table. */
  readonly rows: readonly Run[]
  isDrawn(id: string): boolean
  readonly lookOf: LookOf
  /** What panels over runs have chosen: then these are drawn, the newest of them. */
  readonly chosen: Uint8Array | undefined
  readonly table: RunTable | undefined
  /** So many of them at most. */
  readonly most: number
  /** One field or two, the second within the first; empty for a line each. */
  readonly group: readonly string[]
}

export interface DrawnLines {
  readonly listed: readonly DrawnRun[]
  readonly drawn: readonly DrawnRun[]
  readonly asked: readonly StoreRun[]
  readonly groups: readonly DrawnGroup[] | undefined
  readonly fields: readonly string[]
  /** How many runs are chosen of which only some are drawn; undefined where nothing is chosen. */
  readonly of: number | undefined
}

/** Whose lines are drawn, alone or in groups. */
export function useDrawnLines({ rows, isDrawn, lookOf, chosen, table, most, group }: LinesInput): DrawnLines {
  const groupLooks = useRef(new LookBook())
  const text = ({ id, name, look }: DrawnRun): string => `${id} ${name} ${look.color} ${look.dash.join(' ')}`
  const listed = useSame(useMemo(() => rows.map(({ info }): DrawnRun => ({ id: info.run_id, name: info.run_name ?? info.run_id, look: lookOf(info.run_id) })), [rows, lookOf]), text)
  const picked = useMemo(() => (chosen === undefined || table === undefined ? undefined : chosenRuns(table, chosen, most, lookOf)), [chosen, table, most, lookOf])
  const drawn = useSame(useMemo(() => picked?.runs ?? listed.filter(({ id }) => isDrawn(id)), [picked, listed, isDrawn]), text)
  const known = useMemo(() => new Map(rows.map(({ info }) => [info.run_id, info])), [rows])
  const asked = useMemo(() => drawn.map(({ id }): StoreRun => {
    const info = known.get(id)
    return { id, start: picked?.starts.get(id) ?? Number(info?.start_time ?? 0), ended: info?.end_time !== undefined && info.status !== 'RUNNING' }
  }), [drawn])
  const ids = useMemo(() => new Set(drawn.map(({ id }) => id)), [drawn])
  const shown = useMemo(() => rows.filter(({ info }) => ids.has(info.run_id)), [rows, ids])
  const fields = useSame(useMemo(() => groupFields(shown), [shown]), (field) => field)
  const by = group.join('\n')
  // What rows do not say, metrics above all, panels over runs read.
  const rowOf = useMemo(() => new Map(by === '' ? [] : table?.ids.map((id, at) => [id, at])), [table?.ids, by])
  const columns = group.map((field) => table?.columns.get(field))
  const grouping = useMemo(() => (by === '' ? [] : groupsOf(shown, by.split('\n'), ({ info }) => info.run_id, (run, field) => {
    const told = fieldOf(run, field)
    const column = columns[group.indexOf(field)]
    const row = rowOf.get(run.info.run_id)
    if (told !== undefined || column === undefined || row === undefined || Number.isNaN(column.values[row])) return told
    return column.names === undefined ? column.values[row] : column.names[column.values[row]!]
  })), [shown, by, rowOf, ...columns])
  const sameGrouping = useSame(grouping, ({ path, members }) => `${path.join('\n')}\n${members.join('\n')}`)
  const groups = useMemo((): DrawnGroup[] | undefined => {
    if (by === '') return undefined
    groupLooks.current.take(sameGrouping.map(({ path }) => path[0]!))
    // Within one colour the second value has a pattern.
    const within = [...new Set(sameGrouping.map(({ path }) => path[1]))]
    return sameGrouping.map(({ path, members }) => {
      const own = groupLooks.current.of(path[0]!)
      return { id: path.join(' / '), name: `${path.join(' / ')} (${members.length})`, look: path.length === 1 ? own : { color: own.color, dash: dashes[within.indexOf(path[1]) % dashes.length]! }, members }
    })
  }, [sameGrouping, by])
  return { listed, drawn, asked, groups, fields, of: picked?.of }
}

function chosenRuns(table: RunTable, chosen: Uint8Array, most: number, lookOf: LookOf): { runs: DrawnRun[]; starts: Map<string, number>; of: number } {
  const name = table.columns.get('attributes.run_name')
  const start = table.columns.get('attributes.start_time')
  const runs: DrawnRun[] = []
  const starts = new Map<string, number>()
  let of = 0
  for (const [row, id] of table.ids.entries()) {
    if (chosen[row] !== 1) continue
    of += 1
    if (runs.length >= most) continue
    runs.push({ id, name: name === undefined ? id : textAt(name, row), look: lookOf(id) })
    starts.set(id, start?.values[row] ?? 0)
  }
  return { runs, starts, of }
}
