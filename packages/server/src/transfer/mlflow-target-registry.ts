import { printExactName } from '@cairn/protocol'
import { putProfileThere } from './cairn-profiles.ts'
import { MlflowRefused, type MlflowApi } from './mlflow-api.ts'
import { SourceRefused, type SourceModelVersion, type SourceRegisteredModel, type Totals } from './source.ts'

/** Ids of runs and models there, by ours. */
export interface PlacedIds {
  runIdOf(runId: string): string | undefined
  modelOf(modelId: string): { readonly id: string } | undefined
}

interface VersionAnswer {
  readonly version: string
  readonly tags?: readonly { readonly key: string }[]
}

interface ModelAnswer {
  readonly tags?: readonly { readonly key: string }[]
  readonly aliases?: readonly unknown[]
}

/** Numbers of versions that were given out here and are gone: made and deleted there, so that the others keep theirs. */
const mostGone = 1000

/** Registered models on a server that speaks MLflow's API. Names and numbers are kept. */
export class HttpRegistry {
  readonly #api: MlflowApi
  readonly #given: { name: string; tags: readonly string[]; versions: readonly { version: number; tags: readonly string[] }[] }[] = []

  constructor(api: MlflowApi) {
    this.#api = api
  }

  async put(model: SourceRegisteredModel, ids: PlacedIds): Promise<void> {
    const { name, description, tags, aliases, versions, next_version } = model
    const known = await this.#get(name)
    if (known === undefined) await this.#api.post('registered-models/create', { name, tags, ...(description !== null && { description }) })
    else {
      if (description !== null) await this.#api.post('registered-models/update', { name, description }, 'PATCH')
      for (const { key, value } of tags) await this.#api.post('registered-models/set-tag', { name, key, value })
    }
    const there = await this.#numbers(name)
    const last = await this.#bringVersions(name, versions.filter(({ version }) => !there.has(version)), ids)
    // Numbers behind the last one that were given out: used up once, when the model is made.
    const any = versions[0]
    for (let number = last + 1; known === undefined && any !== undefined && number < Math.min(next_version, mostGone); number += 1) await this.#useUp(name, any, ids)
    for (const version of versions) {
      if (version.stage !== 'None' && version.stage !== '') {
        await this.#api.post('model-versions/transition-stage', { name, version: String(version.version), stage: version.stage, archive_existing_versions: false })
      }
      for (const { key, value } of there.has(version.version) ? version.tags : []) await this.#api.post('model-versions/set-tag', { name, version: String(version.version), key, value })
    }
    for (const { version, profile } of versions) {
      // One that was learned from what was served is learned anew there, from what is served there.
      if (profile?.source === 'data' && !await putProfileThere(this.#api, { name, version }, profile)) break
    }
    for (const { alias, version } of aliases) await this.#api.post('registered-models/alias', { name, alias, version: String(version) })
    this.#given.push({ name, tags: tags.map(({ key }) => key), versions: versions.map(({ version, tags: own }) => ({ version, tags: own.map(({ key }) => key) })) })
  }

  /**
   * The server numbers versions itself. Each is made until it has its number; what came before stands for a
   * version that is gone, and is deleted. Answers the last number.
   */
  async #bringVersions(name: string, missing: readonly SourceModelVersion[], ids: PlacedIds): Promise<number> {
    let last = 0
    for (const version of missing) {
      for (;;) {
        last = Number((await this.#create(name, version, ids)).version)
        if (last === version.version) break
        await this.#api.post('model-versions/delete', { name, version: String(last) }, 'DELETE')
        if (last > version.version) throw new SourceRefused(`Version ${version.version} of ${name} cannot be brought: the server has given that number to another version, which is deleted.`)
      }
    }
    return last
  }

  async #useUp(name: string, version: SourceModelVersion, ids: PlacedIds): Promise<void> {
    const made = await this.#create(name, version, ids)
    await this.#api.post('model-versions/delete', { name, version: made.version }, 'DELETE')
  }

  async #create(name: string, { source, run_id, description, tags, run_link, logged_model_id }: SourceModelVersion, ids: PlacedIds): Promise<VersionAnswer> {
    const model = logged_model_id === null ? undefined : ids.modelOf(logged_model_id)
    const run = run_id === null || run_id === '' ? undefined : ids.runIdOf(run_id) ?? run_id
    const answer = await this.#api.post<{ model_version: VersionAnswer }>('model-versions/create', {
      name, tags, source: sourceThere(source, ids), ...(run !== undefined && { run_id: run }), ...(description !== null && { description }),
      ...(run_link !== null && run_link !== '' && { run_link }), ...(model !== undefined && { model_id: model.id }),
    })
    return answer.model_version
  }

  async #get(name: string): Promise<ModelAnswer | undefined> {
    try {
      return (await this.#api.get<{ registered_model: ModelAnswer }>('registered-models/get', { name })).registered_model
    } catch (error) {
      if (error instanceof MlflowRefused && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
      throw error
    }
  }

  /** Versions that are there. Deleted ones are found where the next number comes back. */
  async #numbers(name: string): Promise<Set<number>> {
    const found = new Set<number>()
    // Prompts are hidden unless they are asked for.
    for (const filter of [printExactName(name), `${printExactName(name)} AND tags.\`mlflow.prompt.is_prompt\` = 'true'`]) {
      for (let page_token: string | undefined; ;) {
        const page = await this.#api.get<{ model_versions?: VersionAnswer[]; next_page_token?: string }>('model-versions/search', { filter, max_results: 1000, page_token })
        for (const { version } of page.model_versions ?? []) found.add(Number(version))
        if (!page.next_page_token) break
        page_token = page.next_page_token
      }
    }
    return found
  }

  async count(totals: Totals): Promise<void> {
    for (const { name, tags, versions } of this.#given) {
      const model = await this.#get(name)
      if (model === undefined) continue
      totals['registered models'] += 1
      totals['registered model tags'] += (model.tags ?? []).filter(({ key }) => tags.includes(key)).length
      totals.aliases += model.aliases?.length ?? 0
      for (const { version, tags: own } of versions) {
        try {
          const answer = await this.#api.get<{ model_version: VersionAnswer }>('model-versions/get', { name, version: String(version) })
          totals['model versions'] += 1
          totals['model version tags'] += (answer.model_version.tags ?? []).filter(({ key }) => own.includes(key)).length
        } catch (error) {
          if (!(error instanceof MlflowRefused) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error
        }
      }
    }
  }
}

/** A source that names a run or a model by its id. Locations were changed before. */
function sourceThere(source: string, ids: PlacedIds): string {
  const model = /^models:\/+(m-[0-9a-f]+)$/.exec(source)?.[1]
  if (model !== undefined) return `models:/${ids.modelOf(model)?.id ?? model}`
  return source.replace(/^runs:\/+([^/]+)/, (whole, run: string) => (ids.runIdOf(run) === undefined ? whole : `runs:/${ids.runIdOf(run)!}`))
}
