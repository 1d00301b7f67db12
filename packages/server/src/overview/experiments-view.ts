import { tags as meaning, trendRuns } from '@cairn/protocol'
import { keyNames } from '../keys/index.ts'
import { inLists, type Reader, type Value } from '../platform/db/index.ts'
import { visibleSql, type Visibility } from '../users/index.ts'
import { byTelling } from './telling.ts'

/** Where somebody looks, and what of it they may see; undefined for all. */
export interface Where {
  readonly workspace: number
  readonly visible: Visibility | undefined
}

/** An experiment as lists are sorted and searched by. */
export interface ExperimentLine {
  readonly id: number
  readonly name: string
  readonly created: number
  readonly updated: number
  /** When a run of it last began or ended, or one that is running last logged a point; 0 without runs. */
  readonly ran: number
}

type Stage = 'active' | 'deleted'

/**
 * Every experiment of a stage that the caller may see. The last start and end are one step into an index
 * each: 1,000 experiments take 3 ms, however many runs they have.
 */
export async function experimentLines(tx: Reader, stage: Stage, { workspace, visible }: Where, withRuns: boolean, now: number): Promise<ExperimentLine[]> {
  const deleted = stage === 'deleted' ? 1 : 0
  const seen = visibleSql(visible, 'CAST(e.id AS TEXT)')
  const begun = withRuns ? `(SELECT MAX(r.start_time) FROM runs r WHERE r.experiment_id = e.id AND r.deleted = ${deleted})` : 'NULL'
  const ended = withRuns && deleted === 0 ? '(SELECT MAX(r.end_time) FROM runs r WHERE r.experiment_id = e.id AND r.deleted = 0 AND r.end_time IS NOT NULL)' : 'NULL'
  const rows = await tx.rows<[number, string, number, number, number | bigint | null, number | bigint | null]>(
    `SELECT e.id, e.name, e.creation_time, e.last_update_time, ${begun}, ${ended} FROM experiments e
     WHERE e.workspace_id = ? AND e.lifecycle_stage = ?${seen === undefined ? '' : ` AND ${seen.sql}`}`, [workspace, stage, ...seen?.params ?? []])
  const points = withRuns && deleted === 0 ? await lastPoints(tx, now) : new Map<number, number>()
  return rows.map(([id, name, created, updated, from, to]) => ({ id, name, created, updated, ran: Math.max(Number(from ?? 0), Number(to ?? 0), points.get(id) ?? 0) }))
}

/** Of so many running runs, the newest, it is asked when they last logged a point; and of so many of their metrics. */
export const runsListened = 500
const keysListened = 64
/** When a run `r` last logged a point. */
export const lastPointSql = `(SELECT MAX(l.timestamp) FROM (SELECT m.timestamp FROM latest_metrics m WHERE m.run_id = r.id ORDER BY m.key_id LIMIT ${keysListened}) l)`

/**
 * When a running run of an experiment last logged a point, by experiment; what lies after `now` (a clock
 * that is ahead) counts as now. Runs that have ended say it by their end.
 */
export async function lastPoints(tx: Reader, now: number): Promise<Map<number, number>> {
  const rows = await tx.rows<[number, number | bigint | null]>(
    `SELECT r.experiment_id, ${lastPointSql}
     FROM runs r WHERE r.status = 'RUNNING' AND r.deleted = 0 ORDER BY r.start_time DESC, r.id DESC LIMIT ${runsListened}`)
  const found = new Map<number, number>()
  for (const [id, time] of rows) found.set(Number(id), Math.max(found.get(Number(id)) ?? 0, Math.min(Number(time ?? 0), now)))
  return found
}

/** Experiments that have a tag, with this value where one is given. */
export async function experimentsWithTag(tx: Reader, key: string, value: string | undefined): Promise<Set<number>> {
  const rows = await tx.rows<[number]>(`SELECT experiment_id FROM experiment_tags WHERE key = ?${value === undefined ? '' : ' AND value = ?'}`, value === undefined ? [key] : [key, value])
  return new Set(rows.map(([id]) => id))
}

/** Runs that are running, by experiment. */
export async function runningByExperiment(tx: Reader): Promise<Map<number, number>> {
  return toMap(await tx.rows("SELECT experiment_id, COUNT(*) FROM runs WHERE status = 'RUNNING' AND deleted = 0 GROUP BY experiment_id"))
}

const toMap = (rows: readonly Value[][]): Map<number, number> => new Map(rows.map(([id, count]) => [Number(id), Number(count)]))

/** Runs of these experiments. */
export const countRuns = (tx: Reader, ids: readonly number[], stage: Stage): Promise<Map<number, number>> =>
  counted(tx, ids, `deleted = ${stage === 'deleted' ? 1 : 0}`)

export const countFailed = (tx: Reader, ids: readonly number[]): Promise<Map<number, number>> =>
  counted(tx, ids, "status IN ('FAILED', 'KILLED') AND deleted = 0")

async function counted(tx: Reader, ids: readonly number[], which: string): Promise<Map<number, number>> {
  const found = new Map<number, number>()
  for (const list of inLists(ids)) {
    const rows = await tx.rows(`SELECT experiment_id, COUNT(*) FROM runs WHERE experiment_id IN ${list.sql} AND ${which} GROUP BY experiment_id`, list.params)
    for (const [id, count] of toMap(rows)) found.set(id, count)
  }
  return found
}

const shownTag = 200
const shownNote = 400
const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text)

export interface Texts {
  readonly tags: { key: string; value: string }[]
  note?: string
  /** What the experiment says its primary metric is. */
  primary?: string
}

export async function textsOf(tx: Reader, ids: readonly number[]): Promise<Map<number, Texts>> {
  const found = new Map(ids.map((id): [number, Texts] => [id, { tags: [] }]))
  for (const list of inLists(ids)) {
    const rows = await tx.rows<[number, string, string]>(
      `SELECT experiment_id, key, substr(value, 1, ${shownNote + 1}) FROM experiment_tags WHERE experiment_id IN ${list.sql} ORDER BY experiment_id, id`, list.params)
    for (const [id, key, value] of rows) {
      const texts = found.get(id)!
      if (key === meaning.note) texts.note = cut(value, shownNote)
      else if (key === meaning.primaryMetricName) texts.primary = value
      else if (!key.startsWith('mlflow.')) texts.tags.push({ key, value: cut(value, shownTag) })
    }
  }
  return found
}

/** Selects that are bounded each, several in one statement; every number of them would be a statement of its own to prepare. */
const together = 16

async function forEach(tx: Reader, ids: readonly number[], select: string): Promise<Value[][]> {
  const found: Value[][] = []
  for (let from = 0; from < ids.length; from += together) {
    const some = ids.slice(from, from + together)
    const params = [...some, ...Array<number>(together - some.length).fill(-1)]
    found.push(...await tx.rows(params.map((_, index) => `SELECT * FROM (${select}) s${index}`).join(' UNION ALL '), params))
  }
  return found
}

/** The newest runs of each experiment, the newest first. */
export async function newestRuns(tx: Reader, ids: readonly number[]): Promise<Map<number, number[]>> {
  const rows = await forEach(tx, ids, `SELECT experiment_id, id, start_time FROM runs WHERE experiment_id = ? AND deleted = 0 ORDER BY start_time DESC, run_id LIMIT ${trendRuns}`)
  const found = new Map<number, { id: number; start: number }[]>()
  for (const [experiment, id, start] of rows) {
    const runs = found.get(Number(experiment))
    if (runs === undefined) found.set(Number(experiment), [{ id: Number(id), start: Number(start) }])
    else runs.push({ id: Number(id), start: Number(start) })
  }
  return new Map([...found].map(([experiment, runs]) => [experiment, runs.toSorted((a, b) => b.start - a.start || b.id - a.id).map(({ id }) => id)]))
}

/** Metrics of a run that are looked at to choose one: those that were logged under first. */
const keysLookedAt = 64

export interface LastValue {
  readonly key: string
  readonly keyId: number
  readonly value: number | string
  readonly step: number | bigint
}

/** As metrics are sent: what is not finite by its name. */
const told = (value: number, isNan: number): number | string => (isNan === 1 ? 'NaN' : Math.abs(value) === Number.MAX_VALUE ? (value > 0 ? 'Infinity' : '-Infinity') : value)

export async function lastValues(tx: Reader, runs: readonly number[]): Promise<Map<number, LastValue[]>> {
  const rows = await forEach(tx, runs, `SELECT run_id, key_id, value, is_nan, step FROM latest_metrics WHERE run_id = ? ORDER BY key_id LIMIT ${keysLookedAt}`)
  const names = await keyNames(tx, [rows], 1)
  const found = new Map<number, LastValue[]>(runs.map((id) => [id, []]))
  for (const [run, key, value, isNan, step] of rows as [number, number, number, number, number | bigint][]) {
    found.get(run)!.push({ key: names.get(key)!, keyId: key, value: told(value, isNan), step })
  }
  return found
}

/** How many of the newest runs are looked at for a metric: the very newest may not have logged yet. */
const runsLookedAt = 3

/** For each experiment the metric that tells most, and its values in the newest runs, the newest last. */
export async function trendsOf(tx: Reader, ids: readonly number[], texts: ReadonlyMap<number, Texts>): Promise<Map<number, { key: string; values: unknown[] }>> {
  const runs = await newestRuns(tx, ids)
  const chosen = new Map<number, LastValue>()
  for (let at = 0; at < runsLookedAt; at += 1) {
    const open = [...runs].filter(([experiment, own]) => !chosen.has(experiment) && own[at] !== undefined)
    const values = await lastValues(tx, open.map(([, own]) => own[at]!))
    for (const [experiment, own] of open) {
      const metrics = values.get(own[at]!)!
      const [key] = byTelling(metrics.map((metric) => metric.key), texts.get(experiment)?.primary)
      if (key !== undefined) chosen.set(experiment, metrics.find((metric) => metric.key === key)!)
    }
  }
  const byKey = Map.groupBy(chosen, ([, { keyId }]) => keyId)
  const found = new Map<number, { key: string; values: unknown[] }>()
  for (const [keyId, experiments] of byKey) {
    const values = new Map<number, number | string>()
    for (const list of inLists(experiments.flatMap(([experiment]) => runs.get(experiment)!))) {
      const rows = await tx.rows<[number, number, number]>(`SELECT run_id, value, is_nan FROM latest_metrics WHERE run_id IN ${list.sql} AND key_id = ?`, [...list.params, keyId])
      for (const [run, value, isNan] of rows) values.set(run, told(value, isNan))
    }
    for (const [experiment, { key }] of experiments) found.set(experiment, { key, values: runs.get(experiment)!.toReversed().flatMap((run) => values.get(run) ?? []) })
  }
  return found
}
