import { recordChange, type Author } from '../audit/index.ts'
import type { Reader, Writer } from '../platform/db/index.ts'
import { auditedModel, auditedVersion } from './audited.ts'
import { selectAliases, selectModelTags, type ModelRow } from './models-store.ts'
import { selectVersions, toModelVersions, type VersionRow } from './versions-store.ts'

const asRecord = (tags: readonly { key: string; value: string }[] = []): Record<string, string> => Object.fromEntries(tags.map(({ key, value }) => [key, value]))

/** Versions as they are before they go, for the audit trail: all that could be wanted of them afterwards. */
export async function versionsBeforeTheyGo(tx: Reader, rows: readonly VersionRow[]) {
  const versions = await toModelVersions(tx, rows, true)
  return rows.map((row, at) => ({
    version: row.version,
    before: {
      source: row.source, run_id: row.run_id, model_id: row.logged_model_id, stage: row.stage, description: row.description,
      tags: asRecord(versions[at]!.tags), aliases: versions[at]!.aliases ?? [],
    },
  }))
}

/** Writes down that a model goes, and every one of its versions with it. */
export async function recordModelGone(tx: Writer, author: Author, model: ModelRow): Promise<void> {
  const versions = await versionsBeforeTheyGo(tx, await selectVersions(tx, model))
  const entry = await recordChange(tx, author, {
    ...auditedModel(model), action: 'delete',
    before: {
      description: model.description ?? '', tags: asRecord(await selectModelTags(tx, model)),
      aliases: Object.fromEntries((await selectAliases(tx, model)).map(({ alias, version }) => [alias, String(version)])),
      versions: versions.map(({ version }) => String(version)),
    },
  })
  for (const { version, before } of versions) await recordChange(tx, author, { ...auditedVersion(model, version), action: 'delete', before, partOf: entry })
}
