import { asciiJson, CairnError, invalid, limits, type DatasetInput, type DatasetSummary, type ModelInput, type ModelOutput } from '@cairn/protocol'
import { parseExperimentId } from '../experiments/index.ts'
import { checkLength, pythonString } from '../names/index.ts'
import type { Awaitable, Reader, Writer } from '../platform/db/index.ts'
import * as store from './datasets-store.ts'

/** A run as other slices see it inside a transaction. */
export interface RunKey {
  readonly id: number
  readonly experimentId: number
}

/** The run that may be written to, or MLflow's words for why not; the slice of runs gives it. */
export type RequireActiveRun = (tx: Reader, runId: string) => Awaitable<RunKey>

export function checkRunId(runId: string): void {
  if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId)) throw invalid(`Invalid value ${asciiJson(runId)} for parameter 'run_id' supplied.`)
}

export function checkDatasetInput({ dataset = {}, tags = [] }: DatasetInput): void {
  checkLength('name', dataset.name ?? '', limits.datasetNameLength)
  checkLength('digest', dataset.digest ?? '', limits.datasetDigestLength)
  checkLength('source', dataset.source ?? '', limits.datasetSourceLength)
  checkLength('schema', dataset.schema ?? '', limits.datasetSchemaLength)
  checkLength('profile', dataset.profile ?? '', limits.datasetProfileLength)
  const keys = new Set<string>()
  for (const { key = '', value = '' } of tags) {
    checkLength('key', key, limits.inputTagKeyLength)
    checkLength('value', value, limits.inputTagValueLength)
    if (keys.has(key)) throw new CairnError('BAD_REQUEST', `The tag ${pythonString(key)} is given more than once.`)
    keys.add(key)
  }
}

/**
 * Links a run with the datasets and models that it reads. A dataset is known by its experiment, its
 * name and its digest; of two inputs with the same dataset the first counts.
 */
export async function logInputs(tx: Writer, run: RunKey, inputs: readonly DatasetInput[], models: readonly ModelInput[]): Promise<void> {
  const seen = new Set<string>()
  for (const { dataset = {}, tags = [] } of inputs) {
    const { name = '', digest = '', source_type = '', source = '', schema = null, profile = null } = dataset
    const identity = JSON.stringify([name, digest])
    if (seen.has(identity)) continue
    seen.add(identity)
    const id = await store.ensureDataset(tx, run.experimentId, { name, digest, source_type, source, schema, profile })
    await store.linkDataset(tx, run.id, id, new Map(tags.map(({ key = '', value = '' }) => [key, value])))
  }
  for (const { model_id = '' } of models) await store.linkModelInput(tx, run.id, model_id)
}

/**
 * Links a run with the models that it made, each with the step at which it was. MLflow refuses a
 * model that is linked already, with its database's words; here the first link stays and the call is
 * harmless, because a client repeats one whose answer was lost.
 */
export async function logOutputs(tx: Writer, run: RunKey, models: readonly ModelOutput[]): Promise<void> {
  for (const { model_id = '', step = 0 } of models) await store.linkModelOutput(tx, run.id, model_id, step)
}

export function checkSearchedExperiments(experimentIds: readonly string[]): void {
  if (experimentIds.length === 0) throw invalid('SearchDatasets request must specify at least one experiment_id.')
  if (experimentIds.length > limits.searchDatasetsExperiments) {
    throw invalid(`SearchDatasets request cannot specify more than ${limits.searchDatasetsExperiments} experiment_ids. Received ${experimentIds.length} experiment_ids.`)
  }
}

export const searchDatasets = (tx: Reader, experimentIds: readonly string[]): Promise<DatasetSummary[]> =>
  store.datasetSummaries(tx, experimentIds.map(parseExperimentId))
