import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { filesBelow, folders, metaOf, texts, textOf, type Meta } from './mlflow-files-format.ts'
import { loggedModelOf } from './model-source.ts'
import type { SourceModelVersion, SourceRegisteredModel } from './source.ts'

/** The registry of a file store: a folder for each model, in it one for each version. */
export async function* fileRegistry(root: string): AsyncGenerator<SourceRegisteredModel> {
  for (const folder of await folders(root)) {
    const place = join(root, folder)
    const meta = await metaOf(place)
    if (meta === undefined) continue
    const all = (await folders(place)).map((name) => Number(/^version-(\d+)$/.exec(name)?.[1])).filter((version) => !Number.isNaN(version)).toSorted((a, b) => a - b)
    const versions: SourceModelVersion[] = []
    for (const version of all) {
      const found = await metaOf(join(place, `version-${version}`))
      if (found !== undefined && found['current_stage'] !== 'Deleted_Internal') versions.push(await versionAt(join(place, `version-${version}`), version, found))
    }
    const created = Number(meta['creation_timestamp'] ?? 0)
    const aliases = await Promise.all((await filesBelow(join(place, 'aliases'))).map(async ({ key, path }) => ({ alias: key, version: Number(await readFile(path, 'utf8')) })))
    yield {
      name: textOf(meta['name'] ?? folder), creation_time: created, last_updated_time: Number(meta['last_updated_timestamp'] ?? created), description: orNull(meta['description']),
      tags: await texts(join(place, 'tags')), aliases, next_version: Math.max(0, ...all) + 1, versions,
    }
  }
}

async function versionAt(folder: string, version: number, meta: Meta): Promise<SourceModelVersion> {
  const created = Number(meta['creation_timestamp'] ?? 0)
  const source = textOf(meta['source'])
  return {
    version, creation_time: created, last_updated_time: Number(meta['last_updated_timestamp'] ?? created), description: orNull(meta['description']),
    // YAML 1.1 has no word None: Python wrote it as text.
    stage: textOf(meta['current_stage']) || 'None', source, storage_location: orNull(meta['storage_location']) ?? source,
    run_id: orNull(meta['run_id']), run_link: orNull(meta['run_link']), logged_model_id: orNull(meta['model_id']) ?? loggedModelOf(source), tags: await texts(join(folder, 'tags')),
  }
}

const orNull = (value: unknown): string | null => (value == null ? null : textOf(value))
