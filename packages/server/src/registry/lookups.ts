import { asciiJson, CairnError, tags as knownTags } from '@cairn/protocol'
import { getLoggedModel, loggedModel, setLoggedModelTags, type LoggedModelRow } from '../logged-models/index.ts'
import type { Reader } from '../platform/db/index.ts'
import { findRun } from '../runs/index.ts'
import type { RegistryLookups } from './versions.ts'

interface Registration {
  readonly name: string
  readonly version: string | number
}

/** What the registry asks runs and logged models. */
export const registryLookups: RegistryLookups = {
  runArtifactRoot: async (tx, runId) => (await findRun(tx, runId))?.artifact_uri,
  loggedModel: async (tx, modelId) => {
    const row = await unlessMissing(tx, modelId)
    return row && { artifact_uri: row.artifact_location, source_run_id: row.source_run_id }
  },
  noteRegistration: async (tx, modelId, name, version) => {
    const { tags = [] } = (await getLoggedModel(tx, modelId, false)).info
    const noted = registrations(tags.find(({ key }) => key === knownTags.modelVersions)?.value)
    if (noted.some((known) => known.name === name && String(known.version) === version)) return
    // A number, as MLflow's server writes it; its client writes text.
    const value = [...noted, { name, version: Number(version) }].map((one) => `{"name": ${asciiJson(one.name)}, "version": ${asciiJson(one.version)}}`)
    await setLoggedModelTags(tx, modelId, [{ key: knownTags.modelVersions, value: `[${value.join(', ')}]` }])
  },
}

async function unlessMissing(tx: Reader, modelId: string): Promise<LoggedModelRow | undefined> {
  try {
    return await loggedModel(tx, modelId)
  } catch (error) {
    if (error instanceof CairnError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    throw error
  }
}

/** What a tag that anybody may write says, as far as it can be read. */
function registrations(text: string | undefined): Registration[] {
  if (text === undefined) return []
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter((one): one is Registration => typeof (one as Partial<Registration> | null)?.name === 'string') : []
  } catch {
    return []
  }
}
