import type { LoggedModelStatus } from '@cairn/protocol'
import type { Author } from '../audit/index.ts'
import { read, write } from '../platform/db/index.ts'
import * as rules from './logged-models.ts'
import { findModel, type KeyValue, type LoggedModelRow } from './logged-models-store.ts'
import { searchPage } from './search.ts'

interface Changed {
  /** For live pages, which watch experiments. */
  readonly experiment_id: string
}

const changed = ({ experiment_id }: LoggedModelRow): Changed => ({ experiment_id: String(experiment_id) })

export const createModel = write('loggedModels.create', rules.createLoggedModel)

export const getModel = read('loggedModels.get', (tx, input: { model_id: string; allow_deleted: boolean }) =>
  rules.getLoggedModel(tx, input.model_id, input.allow_deleted))

export const artifactUri = read('loggedModels.artifactUri', (tx, input: { model_id: string }) => rules.loggedModelArtifactUri(tx, input.model_id))

/** The experiment of a logged model, also of a deleted one; undefined where there is none. */
export const modelExperiment = read('loggedModels.experiment', async (tx, input: { model_id: string }): Promise<string | undefined> => {
  const row = await findModel(tx, input.model_id)
  return row && String(row.experiment_id)
})

/** Undefined where there is no such model. */
export const modelIsReady = read('loggedModels.isReady', async (tx, input: { model_id: string }): Promise<boolean | undefined> => {
  const row = await findModel(tx, input.model_id)
  return row && row.status !== 'PENDING' && row.status !== 'UNSPECIFIED'
})

export const searchModels = read('loggedModels.search', searchPage)

export const finalizeModel = write('loggedModels.finalize', (tx, input: { model_id: string; status: LoggedModelStatus; author: Author }) =>
  rules.finalizeLoggedModel(tx, input.model_id, input.status, input.author))

export const deleteModel = write('loggedModels.delete', async (tx, input: { model_id: string; author: Author }) =>
  changed(await rules.deleteLoggedModel(tx, input.model_id, input.author)))

export const setTags = write('loggedModels.setTags', async (tx, input: { model_id: string; tags: readonly KeyValue[]; author: Author }) =>
  changed(await rules.setLoggedModelTags(tx, input.model_id, input.tags, input.author)))

export const deleteTag = write('loggedModels.deleteTag', async (tx, input: { model_id: string; key: string; author: Author }) =>
  changed(await rules.deleteLoggedModelTag(tx, input.model_id, input.key, input.author)))

export const logParams = write('loggedModels.logParams', async (tx, input: { model_id: string; params: readonly KeyValue[] }) =>
  changed(await rules.logLoggedModelParams(tx, input.model_id, input.params)))

export const loggedModelOperations = [createModel, getModel, artifactUri, modelExperiment, modelIsReady, searchModels, finalizeModel, deleteModel, setTags, deleteTag, logParams]
