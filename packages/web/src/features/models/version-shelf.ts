import type { ModelVersion } from '@cairn/protocol'
import type { CairnClient } from '@cairn/sdk'
import { modelShelf, runShelf, type Shelf } from '../artifacts/shelf.ts'

/** The files of a version where this server lists them: those of its logged model, or a part of its run's. */
export function versionShelf(client: CairnClient, version: ModelVersion): Shelf | undefined {
  const model = version.model_id ?? /^models:\/(m-[0-9a-f]+)/.exec(version.source)?.[1]
  if (model) return modelShelf(client, model)
  const run = version.run_id
  if (!run) return undefined
  const below = version.source.startsWith(`runs:/${run}/`) ? version.source.slice(`runs:/${run}/`.length) : version.source.split(`/${run}/artifacts/`)[1]
  return below === undefined || below === '' ? undefined : runShelf(client, run, below.replace(/\/+$/, ''))
}

/** One file of a version as text, through the endpoint for versions; undefined where there is none. */
export async function versionFile(client: CairnClient, { name, version }: Pick<ModelVersion, 'name' | 'version'>, path: string): Promise<string | undefined> {
  const query = new URLSearchParams({ name, version, path }).toString()
  try {
    return await (await client.transport.send('getModelVersionArtifact', `/model-versions/get-artifact?${query}`, { method: 'GET' })).text()
  } catch {
    return undefined
  }
}
