import { stages, type ModelVersion } from '@cairn/protocol'
import type { Reader, Value, Writer } from '../platform/db/index.ts'
import type { ModelRow, TagRow } from './rows.ts'

export interface VersionRow {
  readonly model_id: number
  /** Of the model. */
  readonly name: string
  readonly version: number
  readonly creation_time: number
  readonly last_updated_time: number
  readonly description: string | null
  readonly stage: string
  readonly source: string
  readonly storage_location: string
  readonly run_id: string | null
  readonly run_link: string | null
  readonly logged_model_id: string | null
}

export const versionColumns = 'v.model_id, m.name, v.version, v.creation_time, v.last_updated_time, v.description, v.stage, v.source, v.storage_location, v.run_id, v.run_link, v.logged_model_id'
export const fromVersions = 'FROM model_versions v JOIN registered_models m ON m.model_id = v.model_id'

export const selectVersion = (tx: Reader, model: ModelRow, version: number) =>
  tx.one<VersionRow>(`SELECT ${versionColumns} ${fromVersions} WHERE v.model_id = ? AND v.version = ?`, [model.model_id, version])

/** All of a model, the first one first. */
export const selectVersions = (tx: Reader, model: ModelRow) =>
  tx.all<VersionRow>(`SELECT ${versionColumns} ${fromVersions} WHERE v.model_id = ? ORDER BY v.version`, [model.model_id])

/** Takes the next number of the model, which nobody had before and nobody gets after. */
export async function insertVersion(tx: Writer, model: ModelRow, row: Omit<VersionRow, 'model_id' | 'name' | 'version' | 'last_updated_time' | 'stage'>): Promise<number> {
  const { next_version: version } = model
  await tx.run('UPDATE registered_models SET next_version = next_version + 1, last_updated_time = ? WHERE model_id = ?', [row.creation_time, model.model_id])
  await tx.run(
    `INSERT INTO model_versions (model_id, version, creation_time, last_updated_time, description, stage, source, storage_location, run_id, run_link, logged_model_id)
      VALUES (?, ?, ?, ?, ?, 'None', ?, ?, ?, ?, ?)`,
    [
      model.model_id, version, row.creation_time, row.creation_time, row.description, row.source, row.storage_location, row.run_id, row.run_link, row.logged_model_id,
    ],
  )
  return version
}

/** A version with all that it has become, under a number that is free. */
export async function putWholeVersion(tx: Writer, row: Omit<VersionRow, 'name'>): Promise<void> {
  await tx.run(
    `INSERT INTO model_versions (model_id, version, creation_time, last_updated_time, description, stage, source, storage_location, run_id, run_link, logged_model_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      row.model_id, row.version, row.creation_time, row.last_updated_time, row.description, row.stage, row.source, row.storage_location, row.run_id, row.run_link,
      row.logged_model_id,
    ],
  )
}

/** Gives out no number below this one. */
export async function reserveVersions(tx: Writer, model: ModelRow, next: number): Promise<void> {
  await tx.run('UPDATE registered_models SET next_version = ? WHERE model_id = ? AND next_version < ?', [next, model.model_id, next])
}

export async function describeVersion(tx: Writer, row: VersionRow, description: string | null, now: number): Promise<void> {
  await tx.run('UPDATE model_versions SET description = ?, last_updated_time = ? WHERE model_id = ? AND version = ?', [description, now, row.model_id, row.version])
}

export async function moveVersion(tx: Writer, row: Pick<VersionRow, 'model_id' | 'version'>, stage: string, now: number): Promise<void> {
  await tx.run('UPDATE model_versions SET stage = ?, last_updated_time = ? WHERE model_id = ? AND version = ?', [stage, now, row.model_id, row.version])
}

/** The other versions of a model that are in a stage. */
export const versionsInStage = async (tx: Reader, row: VersionRow, stage: string): Promise<number[]> =>
  (await tx.rows<[number]>('SELECT version FROM model_versions WHERE model_id = ? AND stage = ? AND version <> ? ORDER BY version', [row.model_id, stage, row.version])).map(([version]) => version)

export async function deleteVersionRows(tx: Writer, row: VersionRow): Promise<void> {
  for (const table of ['registered_model_aliases', 'model_version_profiles', 'model_version_tags', 'model_versions']) {
    await tx.run(`DELETE FROM ${table} WHERE model_id = ? AND version = ?`, [row.model_id, row.version])
  }
}

/** The newest version of each stage, the stage that was entered by the oldest version first, as MLflow orders them. */
export async function latestOfEachStage(tx: Reader, model: ModelRow): Promise<VersionRow[]> {
  const newest = stages.map(() => '(SELECT MAX(version) FROM model_versions WHERE model_id = ? AND stage = ?)').join(', ')
  return tx.all<VersionRow>(
    `SELECT ${versionColumns} ${fromVersions} WHERE v.model_id = ? AND v.version IN (${newest})
      ORDER BY (SELECT MIN(o.version) FROM model_versions o WHERE o.model_id = v.model_id AND o.stage = v.stage), v.version`,
    [model.model_id, ...stages.flatMap((stage) => [model.model_id, stage])],
  )
}

export async function highestVersion(tx: Reader, model: ModelRow): Promise<VersionRow | undefined> {
  return tx.one<VersionRow>(`SELECT ${versionColumns} ${fromVersions} WHERE v.model_id = ? ORDER BY v.version DESC LIMIT 1`, [model.model_id])
}

export async function highestInStage(tx: Reader, model: ModelRow, stage: string): Promise<VersionRow | undefined> {
  return tx.one<VersionRow>(`SELECT ${versionColumns} ${fromVersions} WHERE v.model_id = ? AND v.stage = ? ORDER BY v.version DESC LIMIT 1`, [model.model_id, stage])
}

export async function versionTag(tx: Reader, row: VersionRow, key: string): Promise<string | undefined> {
  const found = await tx.one<{ value: string }>('SELECT value FROM model_version_tags WHERE model_id = ? AND version = ? AND key = ?', [row.model_id, row.version, key])
  return found?.value
}

export async function upsertVersionTag(tx: Writer, row: Pick<VersionRow, 'model_id' | 'version'>, key: string, value: string): Promise<void> {
  await tx.run(
    `INSERT INTO model_version_tags (model_id, version, key, value) VALUES (?, ?, ?, ?)
      ON CONFLICT (model_id, version, key) DO UPDATE SET value = excluded.value`,
    [row.model_id, row.version, key, value],
  )
}

export async function deleteVersionTagRow(tx: Writer, row: VersionRow, key: string): Promise<void> {
  await tx.run('DELETE FROM model_version_tags WHERE model_id = ? AND version = ? AND key = ?', [row.model_id, row.version, key])
}

/** Lists of numbers are filled up to one of these lengths, so that few statements have to be prepared. */
const listLengths = [1, 8, 64]

/** Runs a query with `IN (…)` over many numbers, model by model and in pieces. */
async function perVersion<Row extends unknown[]>(tx: Reader, rows: readonly VersionRow[], sql: (list: string) => string, take: (modelId: number, row: Row) => void): Promise<void> {
  const byModel = Map.groupBy(rows, (row) => row.model_id)
  for (const [modelId, group] of byModel) {
    for (let at = 0; at < group.length; at += listLengths.at(-1)!) {
      const piece = group.slice(at, at + listLengths.at(-1)!).map((row) => row.version)
      const length = listLengths.find((fits) => fits >= piece.length)!
      const params: Value[] = [modelId, ...piece, ...Array<number>(length - piece.length).fill(piece.at(-1)!)]
      for (const row of await tx.rows<Row>(sql(Array<string>(length).fill('?').join(', ')), params)) take(modelId, row)
    }
  }
}

/** Versions as clients see them. Aliases stand only where MLflow sends them: not in searches and not within a model. */
export async function toModelVersions(tx: Reader, rows: readonly VersionRow[], withAliases: boolean): Promise<ModelVersion[]> {
  const tags = new Map<string, TagRow[]>()
  const aliases = new Map<string, string[]>()
  const into = <T>(map: Map<string, T[]>, key: string, value: T): void => {
    const list = map.get(key)
    if (list) list.push(value)
    else map.set(key, [value])
  }
  await perVersion<[number, string, string]>(tx, rows,
    (list) => `SELECT version, key, value FROM model_version_tags WHERE model_id = ? AND version IN (${list}) ORDER BY version, key`,
    (modelId, [version, key, value]) => into(tags, `${modelId}/${version}`, { key, value }))
  if (withAliases) {
    await perVersion<[number, string]>(tx, rows,
      (list) => `SELECT version, alias FROM registered_model_aliases WHERE model_id = ? AND version IN (${list}) ORDER BY version, alias`,
      (modelId, [version, alias]) => into(aliases, `${modelId}/${version}`, alias))
  }
  return rows.map((row) => {
    const key = `${row.model_id}/${row.version}`
    return {
      name: row.name, version: String(row.version), creation_timestamp: row.creation_time, last_updated_timestamp: row.last_updated_time,
      current_stage: row.stage,
      ...(row.description !== null && { description: row.description }),
      source: row.source,
      ...(row.run_id !== null && { run_id: row.run_id }),
      status: 'READY' as const,
      ...(tags.has(key) && { tags: tags.get(key)! }),
      ...(row.run_link !== null && { run_link: row.run_link }),
      ...(aliases.has(key) && { aliases: aliases.get(key)! }),
      ...(row.logged_model_id !== null && { model_id: row.logged_model_id }),
    }
  })
}

export const toModelVersion = async (tx: Reader, row: VersionRow): Promise<ModelVersion> => (await toModelVersions(tx, [row], true))[0]!
