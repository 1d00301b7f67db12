import { retentionTag } from '@cairn/protocol'
import { inLists, read, type Reader } from '../platform/db/index.ts'

/** A moment, in milliseconds since the epoch: what was deleted up to then is due. Null: whenever it was deleted. */
export type Cutoff = number | null

export interface LookedAtExperiment {
  readonly id: number
  readonly name: string
  readonly artifact_location: string
  readonly deleted: boolean
  readonly last_update_time: number
  /** Its tag `cairn.retention`, if it has one. */
  readonly retention: string | null
}

export interface DueRun {
  readonly id: number
  readonly run_id: string
  readonly artifact_uri: string
}

export interface DueModel {
  readonly id: number
  readonly model_id: string
  readonly artifact_location: string
}

interface Page {
  readonly experiment_id: number
  readonly cutoff: Cutoff
  readonly after: number
}

const pageSize = 200

const experimentSql = `SELECT e.id, e.name, e.artifact_location, e.lifecycle_stage, e.last_update_time, t.value AS retention
  FROM experiments e LEFT JOIN experiment_tags t ON t.experiment_id = e.id AND t.key = '${retentionTag}'`
type ExperimentRow = Omit<LookedAtExperiment, 'deleted'> & { lifecycle_stage: string }
const looked = ({ lifecycle_stage, ...row }: ExperimentRow): LookedAtExperiment => ({ ...row, deleted: lifecycle_stage === 'deleted' })

export const someExperiments = read('gc.someExperiments', async (tx, { after, workspace }: { after: number; workspace: number | undefined }) =>
  (await tx.all<ExperimentRow>(`${experimentSql} WHERE e.id > ?${workspace === undefined ? '' : ' AND e.workspace_id = ?'} ORDER BY e.id LIMIT ${pageSize}`, [after, ...(workspace === undefined ? [] : [workspace])])).map(looked))

/** What is deleted and due in an experiment, by number. */
export const dueRuns = read('gc.dueRuns', (tx, { experiment_id, cutoff, after }: Page) => tx.all<DueRun>(
  `SELECT id, run_id, artifact_uri FROM runs WHERE experiment_id = ? AND deleted = 1${cutoff === null ? '' : ' AND deleted_time <= ?'} AND id > ? ORDER BY id LIMIT ${pageSize}`,
  [experiment_id, ...(cutoff === null ? [] : [cutoff]), after]))

export const dueModels = read('gc.dueModels', (tx, { experiment_id, cutoff, after, all }: Page & { all: boolean }) => tx.all<DueModel>(
  `SELECT id, model_id, artifact_location FROM logged_models WHERE experiment_id = ?${all ? '' : ' AND deleted = 1'}${cutoff === null || all ? '' : ' AND last_updated_timestamp <= ?'}
  AND id > ? ORDER BY id LIMIT ${pageSize}`, [experiment_id, ...(cutoff === null || all ? [] : [cutoff]), after]))

/** How many runs of an experiment are not deleted, or not long enough. */
export const runsNotDue = read('gc.runsNotDue', async (tx, { experiment_id, cutoff }: Omit<Page, 'after'>) => {
  const [[active]] = await tx.rows<[number]>('SELECT COUNT(*) FROM runs WHERE experiment_id = ? AND deleted = 0', [experiment_id]) as [[number]]
  if (cutoff === null) return { active, young: 0 }
  const [[young]] = await tx.rows<[number]>('SELECT COUNT(*) FROM runs WHERE experiment_id = ? AND deleted = 1 AND (deleted_time > ? OR deleted_time IS NULL)', [experiment_id, cutoff]) as [[number]]
  return { active, young }
})

/** What was asked for by id, as it is. */
export const named = read('gc.named', async (tx, { runs, experiments, models }: { runs: readonly string[]; experiments: readonly number[]; models: readonly string[] }) => ({
  runs: await byId<DueRun & { deleted: number; deleted_time: number | null }>(tx, 'SELECT id, run_id, artifact_uri, deleted, deleted_time FROM runs WHERE run_id', runs),
  experiments: (await byId<ExperimentRow>(tx, `${experimentSql} WHERE e.id`, experiments)).map(looked),
  models: await byId<DueModel & { deleted: number; last_updated_timestamp: number }>(tx, 'SELECT id, model_id, artifact_location, deleted, last_updated_timestamp FROM logged_models WHERE model_id', models),
}))

async function byId<Row>(tx: Reader, select: string, ids: readonly (string | number)[]): Promise<Row[]> {
  const found: Row[] = []
  for (const list of inLists([...new Set(ids)])) found.push(...await tx.all<Row>(`${select} IN ${list.sql}`, list.params))
  return found
}

/** Which of these ids no run, or no logged model, has. */
export const unknownIds = read('gc.unknownIds', async (tx, { kind, ids }: { kind: 'run' | 'model'; ids: readonly string[] }): Promise<string[]> => {
  const [table, column] = kind === 'run' ? ['runs', 'run_id'] : ['logged_models', 'model_id']
  const known = new Set((await byId<{ id: string }>(tx, `SELECT ${column} AS id FROM ${table} WHERE ${column}`, ids)).map(({ id }) => id))
  return ids.filter((id) => !known.has(id))
})
