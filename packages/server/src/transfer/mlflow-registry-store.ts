import type { ForeignDatabase } from '../platform/db/index.ts'
import { loggedModelOf } from './model-source.ts'
import type { MlflowSchema } from './mlflow-schema-store.ts'
import type { SourceModelVersion, SourceRegisteredModel } from './source.ts'

/** The stage of a version that was deleted: MLflow keeps the row and blanks it. */
const deletedStage = 'Deleted_Internal'

type VersionRow = [
  version: number, created: number, updated: number | null, description: string | null, stage: string | null, source: string | null, storage: string | null,
  run: string | null, link: string | null,
]

export async function* registryOf(db: ForeignDatabase, schema: MlflowSchema): AsyncGenerator<SourceRegisteredModel> {
  if (!schema.has('registered_models')) return
  // The same words of the workspace in each of the registry's tables.
  const own = schema.otherWorkspaces ? "AND workspace = 'default'" : ''
  const models = await db.rows<[string, number, number | null, string | null]>(
    `SELECT name, creation_time, last_updated_time, description FROM registered_models ${schema.ofWorkspace('registered_models', 'WHERE')} ORDER BY name`)
  for (const [name, created, updated, description] of models) {
    const rows = await db.rows<VersionRow>(
      `SELECT version, creation_time, last_updated_time, description, current_stage, source, ${schema.column('model_versions', 'storage_location', 'NULL')}, run_id,
        ${schema.column('model_versions', 'run_link', 'NULL')} FROM model_versions WHERE name = ? ${own} ORDER BY version`, [name])
    const tags = schema.has('model_version_tags')
      ? await db.rows<[number, string, string | null]>(`SELECT version, key, value FROM model_version_tags WHERE name = ? ${own} ORDER BY version, key`, [name]) : []
    const modelTags = schema.has('registered_model_tags')
      ? await db.rows<[string, string | null]>(`SELECT key, value FROM registered_model_tags WHERE name = ? ${own} ORDER BY key`, [name]) : []
    const aliases = schema.has('registered_model_aliases')
      ? await db.rows<[string, number]>(`SELECT alias, version FROM registered_model_aliases WHERE name = ? ${own} ORDER BY alias`, [name]) : []
    const tagsOf = Map.groupBy(tags, ([version]) => version)
    const versions = rows.filter((row) => row[4] !== deletedStage).map((row): SourceModelVersion => {
      const [version, creation_time, last, text, stage, source, storage, run, link] = row
      return {
        version, creation_time, last_updated_time: last ?? creation_time, description: text, stage: stage ?? 'None',
        source: source ?? '', storage_location: storage ?? source ?? '', run_id: run, run_link: link, logged_model_id: loggedModelOf(source ?? ''),
        tags: (tagsOf.get(version) ?? []).map(([, key, value]) => ({ key, value: value ?? '' })),
      }
    })
    yield {
      name, creation_time: created, last_updated_time: updated ?? created, description, versions,
      next_version: Math.max(0, ...rows.map(([version]) => version)) + 1,
      tags: modelTags.map(([key, value]) => ({ key, value: value ?? '' })),
      aliases: aliases.map(([alias, version]) => ({ alias, version })),
    }
  }
}
