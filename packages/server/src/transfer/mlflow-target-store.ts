import { randomUUID } from 'node:crypto'
import type { ArtifactRoots } from '../artifacts/index.ts'
import { appendToUri } from '../experiments/index.ts'
import type { LoggedPoint } from '../metrics/index.ts'
import type { ForeignWriter, Value, Writer } from '../platform/db/index.ts'
import type { ExportTarget, ModelToPlace, Placed, PlacedExperiment, PlacedRun, RunToPlace } from './export-target.ts'
import { storedFolder } from './fill-folder.ts'
import { countGiven, putLoggedModel, putRegisteredModel, type Given } from './mlflow-target-models-store.ts'
import { SourceRefused, type SourceExperiment } from './source.ts'

/** The columns that are written. A database of another MLflow lacks some, or wants more. */
const needed: Readonly<Record<string, readonly string[]>> = {
  experiments: ['experiment_id', 'name', 'artifact_location', 'lifecycle_stage', 'creation_time', 'last_update_time', 'workspace'],
  runs: ['run_uuid', 'deleted_time', 'artifact_uri'], metrics: ['step', 'is_nan'], latest_metrics: ['is_nan'], inputs: ['step'],
  logged_models: ['status_message', 'source_run_id'], logged_model_metrics: ['dataset_uuid'], registered_models: ['workspace'], model_versions: ['storage_location', 'workspace'],
}

export interface MlflowTargetOptions {
  /** What artifact locations of new experiments begin with. */
  readonly artifactRoot: string
  readonly roots: ArtifactRoots | undefined
}

/** MLflow's own tables, made by MLflow 3.17. Ids and times are kept. */
export async function mlflowDatabaseTarget(db: ForeignWriter, { artifactRoot, roots }: MlflowTargetOptions): Promise<ExportTarget> {
  const { columns } = db
  if (columns.has('schema_migrations')) throw new SourceRefused('This is a database of Cairn, not of MLflow. To move it, see "cairn db backup".')
  if (!columns.has('alembic_version')) throw new SourceRefused('This is no database of MLflow. Let MLflow make it first: mlflow db upgrade URI')
  const lacks = Object.entries(needed).flatMap(([table, names]) => names.filter((name) => !columns.get(table)?.has(name)).map((name) => `${table}.${name}`))
  if (lacks.length > 0) throw new SourceRefused(`This database was made by another MLflow than 3.17: it lacks ${lacks.join(', ')}. Bring it up to date first: mlflow db upgrade URI`)
  const revision = (await db.reader.rows<[string]>('SELECT version_num FROM alembic_version'))[0]?.[0]
  const given: Given = { experiments: [], runs: [], models: [], registered: [] }
  return {
    title: `MLflow in ${db.dialect.name === 'sqlite' ? 'SQLite' : 'PostgreSQL'}, schema ${revision}`,
    async experiment(experiment) {
      const placed = await db.write((tx) => putExperiment(tx, experiment, artifactRoot))
      given.experiments.push(Number(placed.id))
      return placed
    },
    async runs(runs) {
      given.runs.push(...runs.map(({ run }) => run.run_id))
      return db.write(async (tx) => {
        const placed: Placed[] = []
        for (const run of runs) placed.push(await putRun(tx, run))
        return placed
      })
    },
    points: (of) => db.write(async (tx) => {
      for (const { run, points } of of) await putPoints(tx, run.placed.id, points)
    }),
    async models(models) {
      given.models.push(...models.map(({ model }) => model.model_id))
      return db.write(async (tx) => {
        const placed: Placed[] = []
        for (const one of models) placed.push(await placeModel(tx, one))
        return placed
      })
    },
    links: (runs) => db.write(async (tx) => {
      for (const one of runs) await putLinks(tx, one)
    }),
    async registeredModel(model) {
      given.registered.push({ name: model.name, versions: model.versions.map(({ version }) => version) })
      await db.write((tx) => putRegisteredModel(tx, model))
    },
    finish: () => db.numbersTaken('experiments', 'experiment_id'),
    folder: (uri) => (roots === undefined ? undefined : storedFolder(roots, uri)),
    totals: () => countGiven(db.reader, given),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
}

/** One of this name is the same experiment: it keeps its place, and gets tags and, where they are newer here, its state. */
async function putExperiment(tx: Writer, { id, name, artifact_location: _here, lifecycle_stage, creation_time, last_update_time, tags }: SourceExperiment, root: string): Promise<PlacedExperiment> {
  const known = await tx.one<{ experiment_id: number; artifact_location: string | null; last_update_time: number | null }>(
    "SELECT experiment_id, artifact_location, last_update_time FROM experiments WHERE name = ? AND workspace = 'default'", [name])
  let number = known?.experiment_id
  let location = known?.artifact_location ?? ''
  if (number === undefined) {
    const wanted = Number(id)
    const taken = await tx.one('SELECT 1 AS one FROM experiments WHERE experiment_id = ?', [wanted]) !== undefined
    number = taken ? (await tx.rows<[number]>('SELECT MAX(experiment_id) + 1 FROM experiments'))[0]![0] : wanted
    location = appendToUri(root, String(number))
    await tx.run(
      "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace) VALUES (?, ?, ?, ?, ?, ?, 'default')",
      [number, name, location, lifecycle_stage, creation_time, last_update_time])
  } else if ((known!.last_update_time ?? 0) < last_update_time) {
    await tx.run('UPDATE experiments SET lifecycle_stage = ?, last_update_time = ? WHERE experiment_id = ?', [lifecycle_stage, last_update_time, number])
  }
  for (const { key, value } of tags) {
    await tx.run('INSERT INTO experiment_tags (key, value, experiment_id) VALUES (?, ?, ?) ON CONFLICT (key, experiment_id) DO UPDATE SET value = excluded.value', [key, value, number])
  }
  return { id: String(number), artifact_location: location, state: known === undefined ? 'new' : 'merged' }
}

async function putRun(tx: Writer, { run, experiment }: RunToPlace): Promise<Placed> {
  const known = await tx.one<{ artifact_uri: string | null }>('SELECT artifact_uri FROM runs WHERE run_uuid = ?', [run.run_id])
  const artifact_uri = known?.artifact_uri ?? appendToUri(experiment.artifact_location, run.run_id, 'artifacts')
  const stage = run.deleted ? 'deleted' : 'active'
  const state = [run.name, run.user_id, run.status, run.start_time, run.end_time, stage, run.deleted ? run.deleted_time ?? run.end_time ?? run.start_time : null, Number(experiment.id)]
  if (known === undefined) {
    await tx.run(
      `INSERT INTO runs (run_uuid, artifact_uri, source_type, source_name, entry_point_name, source_version, name, user_id, status, start_time, end_time, lifecycle_stage, deleted_time, experiment_id)
      VALUES (?, ?, 'UNKNOWN', '', '', '', ?, ?, ?, ?, ?, ?, ?, ?)`, [run.run_id, artifact_uri, ...state])
  } else {
    await tx.run(
      'UPDATE runs SET name = ?, user_id = ?, status = ?, start_time = ?, end_time = ?, lifecycle_stage = ?, deleted_time = ?, experiment_id = ? WHERE run_uuid = ?', [...state, run.run_id])
  }
  for (const { key, value } of run.params) await tx.run('INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?) ON CONFLICT (key, run_uuid) DO NOTHING', [key, value, run.run_id])
  for (const { key, value } of run.tags) {
    await tx.run('INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?) ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value', [key, value, run.run_id])
  }
  for (const input of run.datasets) await putInput(tx, run.run_id, Number(experiment.id), input)
  return { id: run.run_id, artifact_uri, state: known === undefined ? 'new' : 'again' }
}

const newUuid = (): string => randomUUID().replaceAll('-', '')

async function putInput(tx: Writer, runId: string, experiment: number, { dataset: { name = '', digest = '', source_type = '', source = '', schema, profile } = {}, tags = [] }: RunToPlace['run']['datasets'][number]): Promise<void> {
  const find = 'SELECT dataset_uuid FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?'
  const identity = [experiment, name, digest]
  await tx.run(
    `INSERT INTO datasets (experiment_id, name, digest, dataset_uuid, dataset_source_type, dataset_source, dataset_schema, dataset_profile) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (experiment_id, name, digest) DO NOTHING`, [...identity, newUuid(), source_type, source, schema ?? null, profile ?? null])
  const [[dataset]] = await tx.rows<[string]>(find, identity) as [[string]]
  const link = [dataset, runId]
  await tx.run("INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step) VALUES (?, 'DATASET', ?, 'RUN', ?, 0) ON CONFLICT DO NOTHING", [newUuid(), ...link])
  const [[input]] = await tx.rows<[string]>("SELECT input_uuid FROM inputs WHERE source_type = 'DATASET' AND source_id = ? AND destination_type = 'RUN' AND destination_id = ?", link) as [[string]]
  for (const { key = '', value = '' } of tags) await tx.run('INSERT INTO input_tags (input_uuid, name, value) VALUES (?, ?, ?) ON CONFLICT (input_uuid, name) DO NOTHING', [input, key, value])
}

async function putLinks(tx: Writer, { run, placed }: PlacedRun): Promise<void> {
  const link = (kind: 'INPUT' | 'OUTPUT', model: string, step: Value) => tx.run(
    `INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step) VALUES (?, 'RUN_${kind}', ?, 'MODEL_${kind}', ?, ?) ON CONFLICT DO NOTHING`,
    [newUuid(), placed.id, model, step])
  for (const model of run.model_inputs) await link('INPUT', model, 0)
  for (const { model_id, step } of run.model_outputs) await link('OUTPUT', model_id, step)
}

async function placeModel(tx: Writer, { model, experiment }: ModelToPlace): Promise<Placed> {
  return putLoggedModel(tx, model, Number(experiment.id), appendToUri(experiment.artifact_location, 'models', model.model_id, 'artifacts'))
}

/** NaN is 0 with a mark, infinities are the largest numbers, as MLflow stores them. */
const storedValue = (value: number): number => (Number.isNaN(value) ? 0 : Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)))

/** Rows of one statement. */
const together = 100

async function putPoints(tx: Writer, runId: string, points: readonly LoggedPoint[]): Promise<void> {
  const latest = new Map<string, Value[]>()
  for (let from = 0; from < points.length; from += together) {
    const rows = points.slice(from, from + together).map(({ key, value, timestamp, step = 0 }): Value[] =>
      [key, storedValue(value), timestamp, runId, step, Number.isNaN(value) ? 1 : 0])
    for (const row of rows) {
      const known = latest.get(row[0] as string)
      if (known === undefined || later(row, known)) latest.set(row[0] as string, row)
    }
    await tx.run(`INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')} ON CONFLICT DO NOTHING`, rows.flat())
  }
  for (const row of latest.values()) {
    await tx.run(
      `INSERT INTO latest_metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp, step = excluded.step, is_nan = excluded.is_nan
      WHERE (excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`, row)
  }
}

/** MLflow's rule: the latest is the greatest by step, time and stored value. */
function later([, value, timestamp, , step]: readonly Value[], [, otherValue, otherTimestamp, , otherStep]: readonly Value[]): boolean {
  if (step !== otherStep) return step! > otherStep!
  return timestamp === otherTimestamp ? value! > otherValue! : timestamp! > otherTimestamp!
}
