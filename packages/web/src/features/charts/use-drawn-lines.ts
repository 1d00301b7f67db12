import { useMemo, useRef } from 'react'
import type { Run } from '@cairn/protocol'
import type { LookOf } from '../runs/use-drawing.ts'
import { groupFields, groupsOf, type DrawnGroup, type DrawnRun } from './drawn-runs.ts'
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
  readonly group: string
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
  const grouping = useMemo(() => (group === '' ? [] : [...groupsOf(shown, group)]), [shown, group])
  const sameGrouping = useSame(grouping, ([value, members]) => `${value}\n${members.join('\n')}`)
  const groups = useMemo((): DrawnGroup[] | undefined => {
    if (group === '') return undefined
    groupLooks.current.take(sameGrouping.map(([value]) => value))
    return sameGrouping.map(([value, members]) => ({ id: value, name: `${value} (${members.length})`, look: groupLooks.current.of(value), members }))
  }, [sameGrouping, group])
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
