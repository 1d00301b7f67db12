import { invalid, notFound, type ModelVersion } from '@cairn/protocol'
import { recordChange, type Author } from '../audit/index.ts'
import type { Reader, Writer } from '../platform/db/index.ts'
import { enqueueEvent } from '../webhooks/index.ts'
import { auditedModel } from './audited.ts'
import { isPrompt, requireModel } from './models.ts'
import { aliasVersion, deleteAliasRow, selectModel, upsertAlias, type ModelName, type ModelRow } from './models-store.ts'
import { checkAlias, checkAliasIsFree, checkModelName, isLatest, versionNumber } from './names.ts'
import { highestVersion, selectVersion, toModelVersion, type VersionRow } from './versions-store.ts'

export async function setAlias(tx: Writer, input: ModelName & { alias: string; version: string; author: Author }): Promise<Record<string, never>> {
  const { author, name, alias } = input
  checkModelName(name)
  checkAlias(alias)
  checkAliasIsFree(alias)
  const version = versionNumber(input.version)
  const model = await selectModel(tx, input)
  if (!model || !await selectVersion(tx, model, version)) throw notFound(`Model Version (name=${name}, version=${version}) not found`)
  const before = await aliasVersion(tx, model, alias)
  if (before !== version) {
    await upsertAlias(tx, model, alias, version)
    await recordChange(tx, author, {
      ...auditedModel(model), action: 'set_alias', item: alias, ...(before !== undefined && { before: { version: String(before) } }), after: { version: String(version) },
    })
  }
  await announceAlias(tx, model, { alias, version: input.version }, author.now)
  return {}
}

export async function deleteAlias(tx: Writer, input: ModelName & { alias: string; author: Author }): Promise<Record<string, never>> {
  const { author, alias } = input
  checkModelName(input.name)
  checkAlias(alias)
  const model = await requireModel(tx, input)
  const before = await aliasVersion(tx, model, alias)
  if (before !== undefined) {
    await deleteAliasRow(tx, model, alias)
    await recordChange(tx, author, { ...auditedModel(model), action: 'delete_alias', item: alias, before: { version: String(before) } })
  }
  await announceAlias(tx, model, { alias }, author.now)
  return {}
}

/** Tells webhooks where an alias points now; without a version that it is gone. */
export async function announceAlias(tx: Writer, model: ModelRow, change: { alias: string; version?: string }, now: number): Promise<void> {
  const entity = await isPrompt(tx, model) ? 'PROMPT_ALIAS' : 'MODEL_VERSION_ALIAS'
  await enqueueEvent(tx, model.workspace_id, entity, change.version === undefined ? 'DELETED' : 'CREATED', { name: model.name, ...change }, now)
}

export async function requireAliasVersion(tx: Reader, model: ModelRow, alias: string): Promise<VersionRow> {
  checkAlias(alias)
  if (isLatest(alias)) {
    const row = await highestVersion(tx, model)
    if (row === undefined) throw notFound(`Latest version not found for model ${model.name}.`)
    return row
  }
  const version = await aliasVersion(tx, model, alias)
  const row = version === undefined ? undefined : await selectVersion(tx, model, version)
  // MLflow answers 400 here, not 404, and its client looks at the code.
  if (row === undefined) throw invalid(`Registered model alias ${alias} not found.`)
  return row
}

export async function getByAlias(tx: Reader, input: ModelName & { alias: string }): Promise<{ model_version: ModelVersion }> {
  checkModelName(input.name)
  checkAlias(input.alias)
  return { model_version: await toModelVersion(tx, await requireAliasVersion(tx, await requireModel(tx, input), input.alias)) }
}
