import * as api from '@cairn/protocol'
import type { RequestOf } from '@cairn/protocol'
import { overPages, type Page } from './pages.ts'
import type { CallOptions, Transport } from './transport.ts'

type Input<E> = RequestOf<E>
type Paged<E> = Omit<RequestOf<E>, 'page_token'>

/** The model registry: models, versions, aliases, stages, and who changed what. */
export function registryCalls(transport: Transport) {
  const searchPage = async (input: Partial<Input<typeof api.searchRegisteredModels>> = {}, options?: CallOptions): Promise<Page<api.RegisteredModel>> => {
    const { registered_models = [], next_page_token } = await transport.call(api.searchRegisteredModels, input, options)
    return { items: registered_models, next_page_token }
  }
  const searchVersionsPage = async (input: Partial<Input<typeof api.searchModelVersions>> = {}): Promise<Page<api.ModelVersion>> => {
    const { model_versions = [], next_page_token } = await transport.call(api.searchModelVersions, { max_results: 1000, ...input })
    return { items: model_versions, next_page_token }
  }
  return {
    create: async (input: Input<typeof api.createRegisteredModel>): Promise<api.RegisteredModel> => (await transport.call(api.createRegisteredModel, input)).registered_model,
    get: async (name: string): Promise<api.RegisteredModel> => (await transport.call(api.getRegisteredModel, { name })).registered_model,
    rename: async (name: string, new_name: string): Promise<api.RegisteredModel> => (await transport.call(api.renameRegisteredModel, { name, new_name })).registered_model,
    describe: async (name: string, description: string): Promise<api.RegisteredModel> => (await transport.call(api.updateRegisteredModel, { name, description })).registered_model,
    delete: async (name: string): Promise<void> => void await transport.call(api.deleteRegisteredModel, { name }),
    searchPage,
    search: (input: Partial<Paged<typeof api.searchRegisteredModels>> = {}) =>
      overPages((page_token) => searchPage({ ...input, ...(page_token !== undefined && { page_token }) })),
    setTag: async (name: string, key: string, value: string): Promise<void> => void await transport.call(api.setRegisteredModelTag, { name, key, value }),
    deleteTag: async (name: string, key: string): Promise<void> => void await transport.call(api.deleteRegisteredModelTag, { name, key }),

    createVersion: async (input: Input<typeof api.createModelVersion>): Promise<api.ModelVersion> => (await transport.call(api.createModelVersion, input)).model_version,
    getVersion: async (name: string, version: string): Promise<api.ModelVersion> => (await transport.call(api.getModelVersion, { name, version })).model_version,
    describeVersion: async (name: string, version: string, description: string): Promise<api.ModelVersion> =>
      (await transport.call(api.updateModelVersion, { name, version, description })).model_version,
    /** What the inputs of a version are compared with. */
    profile: async (name: string, version: string): Promise<api.VersionProfile> => (await transport.call(api.getVersionProfile, { name, version })).profile,
    setProfile: async (input: Input<typeof api.setVersionProfile>): Promise<api.VersionProfile> => (await transport.call(api.setVersionProfile, input)).profile,
    /** How far what endpoints are asked of a model, or of one version, is from the profiles. */
    drift: async (input: Input<typeof api.getModelDrift>): Promise<readonly api.VersionDrift[]> => (await transport.call(api.getModelDrift, input)).versions ?? [],
    deleteVersion: async (name: string, version: string): Promise<void> => void await transport.call(api.deleteModelVersion, { name, version }),
    searchVersionsPage,
    searchVersions: (input: Partial<Paged<typeof api.searchModelVersions>> = {}) =>
      overPages((page_token) => searchVersionsPage({ ...input, ...(page_token !== undefined && { page_token }) })),
    latestVersions: async (name: string, stages: readonly string[] = []): Promise<readonly api.ModelVersion[]> =>
      (await transport.call(api.getLatestVersions, { name, stages: [...stages] })).model_versions ?? [],
    setVersionTag: async (name: string, version: string, key: string, value: string): Promise<void> => void await transport.call(api.setModelVersionTag, { name, version, key, value }),
    deleteVersionTag: async (name: string, version: string, key: string): Promise<void> => void await transport.call(api.deleteModelVersionTag, { name, version, key }),
    downloadUri: async (name: string, version: string): Promise<string> => (await transport.call(api.getModelVersionDownloadUri, { name, version })).artifact_uri,

    setAlias: async (name: string, alias: string, version: string): Promise<void> => void await transport.call(api.setRegisteredModelAlias, { name, alias, version }),
    deleteAlias: async (name: string, alias: string): Promise<void> => void await transport.call(api.deleteRegisteredModelAlias, { name, alias }),
    getVersionByAlias: async (name: string, alias: string): Promise<api.ModelVersion> => (await transport.call(api.getModelVersionByAlias, { name, alias })).model_version,
    /** Points an alias at what it pointed at before its last change. */
    rollbackAlias: (name: string, alias: string) => transport.call(api.rollbackAlias, { name, alias }),
    transitionStage: async (name: string, version: string, stage: string, archive_existing_versions = false): Promise<api.ModelVersion> =>
      (await transport.call(api.transitionModelVersionStage, { name, version, stage, archive_existing_versions })).model_version,
    /** Undoes a version's last stage transition. */
    rollbackStage: (name: string, version: string) => transport.call(api.rollbackStage, { name, version }),
    /** Changes, newest first. */
    audit: (input: Paged<typeof api.listAuditEntries> = {}): AsyncGenerator<api.AuditEntry> => overPages(async (page_token) => {
      const { entries = [], next_page_token } = await transport.call(api.listAuditEntries, { ...input, ...(page_token !== undefined && { page_token }) })
      return { items: entries, next_page_token }
    }),
  }
}
