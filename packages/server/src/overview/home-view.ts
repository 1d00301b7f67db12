import { tags as meaning, type FailedRun, type MovedAlias, type RunningRun } from '@cairn/protocol'
import { inLists, type Reader, type Value } from '../platform/db/index.ts'
import { visibleSql } from '../users/index.ts'
import { lastPointSql, lastValues, runsListened, textsOf, type Where } from './experiments-view.ts'
import { byTelling } from './telling.ts'

interface RunRow {
  readonly id: number
  readonly run_id: string
  readonly run_name: string
  readonly user_id: string
  readonly experiment_id: number
  readonly experiment_name: string
  readonly start_time: number | bigint
  readonly end_time: number | bigint | null
  readonly status: string
}

const columns = 'r.id, r.run_id, r.name AS run_name, r.user_id, r.experiment_id, e.name AS experiment_name, r.start_time, r.end_time, r.status'
const shownMetrics = 4

/** Of experiments that are there and may be seen. */
function among({ workspace, visible }: Where): { readonly sql: string; readonly params: readonly Value[] } {
  const seen = visibleSql(visible, 'CAST(e.id AS TEXT)')
  return { sql: `e.workspace_id = ? AND e.lifecycle_stage = 'active'${seen === undefined ? '' : ` AND ${seen.sql}`}`, params: [workspace, ...seen?.params ?? []] }
}

const told = ({ run_id, run_name, user_id, experiment_id, experiment_name, start_time }: RunRow) =>
  ({ run_id, run_name, experiment_id: String(experiment_id), experiment_name, user_id, start_time })

/** A run from which nothing has come for so long may be dead: whoever is killed says no end. */
const silentMs = 30 * 60_000

/** The runs that are running, those that are alive first, then the newest first, with the last values of what tells most. */
export async function runningRuns(tx: Reader, where: Where, now: number, limit: number): Promise<RunningRun[]> {
  const which = among(where)
  const all = await tx.all<RunRow & { readonly heard: number | bigint | null }>(
    `SELECT ${columns}, ${lastPointSql} AS heard FROM runs r CROSS JOIN experiments e
     WHERE r.status = 'RUNNING' AND r.deleted = 0 AND e.id = r.experiment_id AND ${which.sql} ORDER BY r.start_time DESC, r.id DESC LIMIT ?`, [...which.params, Math.max(limit, runsListened)])
  const isSilent = ({ start_time, heard }: (typeof all)[number]): boolean => now - Math.max(Number(start_time), Number(heard ?? 0)) > silentMs
  const rows = all.toSorted((a, b) => Number(isSilent(a)) - Number(isSilent(b))).slice(0, limit)
  const ids = rows.map(({ id }) => id)
  const values = await lastValues(tx, ids)
  const texts = await textsOf(tx, [...new Set(rows.map(({ experiment_id }) => experiment_id))])
  const times = new Map<number, number | bigint>()
  for (const list of inLists(ids)) {
    for (const [id, time] of await tx.rows<[number, number | bigint]>(`SELECT run_id, MAX(timestamp) FROM latest_metrics WHERE run_id IN ${list.sql} GROUP BY run_id`, list.params)) times.set(id, time)
  }
  return rows.map((row) => {
    const own = new Map(values.get(row.id)!.map((metric) => [metric.key, metric]))
    const keys = byTelling([...own.keys()], texts.get(row.experiment_id)?.primary).slice(0, shownMetrics)
    return {
      ...told(row), metrics: keys.map((key) => ({ key, value: own.get(key)!.value, step: own.get(key)!.step })),
      ...(times.has(row.id) && { last_point_time: times.get(row.id)! }),
    }
  })
}

/** What failed or was killed after a time, the last first, and how many those are. Goes from experiment to experiment, a step into an index each. */
export async function failedRuns(tx: Reader, where: Where, since: number | bigint, limit: number, named: number): Promise<{ failed: FailedRun[]; failed_total: number; failed_experiments: string[] }> {
  const which = among(where)
  const from = `FROM experiments e CROSS JOIN runs r WHERE ${which.sql} AND r.experiment_id = e.id AND r.status IN ('FAILED', 'KILLED') AND r.deleted = 0 AND r.end_time > ?`
  const rows = await tx.all<RunRow>(`SELECT ${columns} ${from} ORDER BY r.end_time DESC, r.id DESC LIMIT ?`, [...which.params, since, limit])
  const ids = rows.length < limit ? rows.map(({ experiment_id }) => [experiment_id]) : await tx.rows<[number]>(`SELECT DISTINCT e.id ${from} LIMIT ?`, [...which.params, since, named])
  const [total] = rows.length < limit ? [[rows.length]] : await tx.rows<[number]>(`SELECT COUNT(*) ${from}`, [...which.params, since])
  return { failed: rows.map((row) => ({ ...told(row), end_time: row.end_time!, status: row.status as FailedRun['status'] })), failed_total: Number(total![0]), failed_experiments: [...new Set(ids.map(([id]) => String(id)))] }
}

/** The aliases of models that moved last. Those of prompts are no models. */
export async function movedAliases(tx: Reader, { workspace, visible }: Where, limit: number): Promise<MovedAlias[]> {
  const seen = visibleSql(visible, 'm.name')
  const rows = await tx.rows<[number, number, string, string, string, string | null, string | null]>(
    `SELECT a.entry_id, a.time, a.principal, m.name, a.item, a.before_json, a.after_json FROM audit_entries a CROSS JOIN registered_models m
     WHERE a.action IN ('set_alias', 'delete_alias', 'rollback_alias') AND m.uid = a.entity_uid AND m.workspace_id = ?${seen === undefined ? '' : ` AND ${seen.sql}`}
       AND NOT EXISTS (SELECT 1 FROM registered_model_tags t WHERE t.model_id = m.model_id AND t.key = ? AND lower(t.value) = 'true')
     ORDER BY a.entry_id DESC LIMIT ?`, [workspace, ...seen?.params ?? [], meaning.isPrompt, limit])
  return rows.map(([id, timestamp, principal, model, alias, before, after]) => {
    const [from, to] = [versionIn(before), versionIn(after)]
    return { entry_id: String(id), timestamp, principal, model, alias, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  })
}

const versionIn = (json: string | null): string | undefined => (json === null ? undefined : (JSON.parse(json) as { version?: string } | null)?.version)
