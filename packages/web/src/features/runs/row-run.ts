import type { Run } from '@cairn/protocol'
import { columnId, type Column } from './columns.ts'
import type { GridRow } from './table/row-store.ts'

/** A row of a table as a run, with the values of its columns: for whoever draws runs. */
export function asRun({ info, values, steps }: GridRow, columns: readonly Column[]): Run {
  const data = { metrics: [] as { key: string; value: number; timestamp: number; step: number | bigint }[], params: [] as { key: string; value: string }[], tags: [] as { key: string; value: string }[] }
  for (const column of columns) {
    const id = columnId(column)
    const value = values.get(id)
    if (value === null || value === undefined) continue
    const { kind, key } = column
    if (kind === 'metric') data.metrics.push({ key, value: Number(value), timestamp: 0, step: steps.get(id) ?? 0 })
    else data[kind === 'param' ? 'params' : 'tags'].push({ key, value: String(value) })
  }
  const { run_id, run_name, experiment_id, user_id, status, start_time, end_time, deleted } = info
  return {
    info: { run_id, run_uuid: run_id, run_name, experiment_id, user_id, status, start_time, artifact_uri: '', lifecycle_stage: deleted === true ? 'deleted' : 'active', ...(end_time !== undefined && { end_time }) },
    data, inputs: {},
  }
}
