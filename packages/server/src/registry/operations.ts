import { read, write } from '../platform/db/index.ts'
import { deleteAlias, getByAlias, setAlias } from './aliases.ts'
import { createModel, deleteModel, deleteModelTag, getModel, isPrompt, renameRegistered, setModelTag, updateModel } from './models.ts'
import { selectModel, type ModelName } from './models-store.ts'
import { deleteProfile, getProfile, setProfile } from './profiles.ts'
import { rollbackAliasTo, rollbackStageTo } from './rollback.ts'
import { searchModels, searchVersions } from './search.ts'
import {
  createVersion, deleteVersion, deleteVersionTag, getArtifactUri, getDownloadUri, getLatest, getVersion, setVersionTag, transitionStage, updateVersion, type RegistryLookups,
} from './versions.ts'

/** What this slice does in the database; what it needs of runs and logged models is handed in. */
export const registryOperations = (lookups: RegistryLookups) => ({
  createModel: write('registry.createModel', createModel),
  getModel: read('registry.getModel', getModel),
  /** What a name stands for; undefined where it stands for nothing. */
  kindOf: read('registry.kindOf', async (tx, at: ModelName): Promise<{ uid: string; prompt: boolean } | undefined> => {
    const model = await selectModel(tx, at)
    return model && { uid: model.uid, prompt: await isPrompt(tx, model) }
  }),
  updateModel: write('registry.updateModel', updateModel),
  renameModel: write('registry.renameModel', renameRegistered),
  deleteModel: write('registry.deleteModel', deleteModel),
  searchModels: read('registry.searchModels', searchModels),
  setModelTag: write('registry.setModelTag', setModelTag),
  deleteModelTag: write('registry.deleteModelTag', deleteModelTag),
  createVersion: write('registry.createVersion', createVersion(lookups)),
  getVersion: read('registry.getVersion', getVersion),
  getDownloadUri: read('registry.getDownloadUri', getDownloadUri),
  getArtifactUri: read('registry.getArtifactUri', getArtifactUri(lookups)),
  getLatest: read('registry.getLatest', getLatest),
  updateVersion: write('registry.updateVersion', updateVersion),
  transitionStage: write('registry.transitionStage', transitionStage),
  deleteVersion: write('registry.deleteVersion', deleteVersion),
  searchVersions: read('registry.searchVersions', searchVersions),
  setVersionTag: write('registry.setVersionTag', setVersionTag),
  deleteVersionTag: write('registry.deleteVersionTag', deleteVersionTag),
  setAlias: write('registry.setAlias', setAlias),
  deleteAlias: write('registry.deleteAlias', deleteAlias),
  getByAlias: read('registry.getByAlias', getByAlias),
  getProfile: read('registry.getProfile', getProfile),
  setProfile: write('registry.setProfile', setProfile),
  deleteProfile: write('registry.deleteProfile', deleteProfile),
  rollbackAlias: write('registry.rollbackAlias', rollbackAliasTo),
  rollbackStage: write('registry.rollbackStage', rollbackStageTo),
})

export type RegistryOperations = ReturnType<typeof registryOperations>
