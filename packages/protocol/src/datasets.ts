import { endpoint } from './endpoint.ts'
import { answer, List, message, Str, type Static } from './schema.ts'

/** A dataset as a run sends it; an absent text is "". `source`, `schema` and `profile` are JSON as text. */
export const DatasetInfo = message({}, { name: Str, digest: Str, source_type: Str, source: Str, schema: Str, profile: Str })
export type DatasetInfo = Static<typeof DatasetInfo>

export const InputTag = message({}, { key: Str, value: Str })
export type InputTag = Static<typeof InputTag>

/** One dataset that a run read; the tag `mlflow.data.context` says for what (`train`, `eval` …). */
export const DatasetInput = message({}, { dataset: DatasetInfo, tags: List(InputTag) })
export type DatasetInput = Static<typeof DatasetInput>

/** The same as it is sent back. */
export const LoggedDataset = answer({ name: Str, digest: Str, source_type: Str, source: Str }, { schema: Str, profile: Str })
export type LoggedDataset = Static<typeof LoggedDataset>
export const LoggedDatasetInput = answer({ dataset: LoggedDataset }, { tags: List(answer({ key: Str, value: Str })) })
export type LoggedDatasetInput = Static<typeof LoggedDatasetInput>

export const DatasetSummary = answer({ experiment_id: Str, name: Str, digest: Str }, {
  /** Value of the input tag `mlflow.data.context`. */
  context: Str,
})
export type DatasetSummary = Static<typeof DatasetSummary>

export const searchDatasets = endpoint({
  name: 'searchDatasets', method: 'POST', api: 'mlflow', path: '/experiments/search-datasets', group: 'datasets',
  summary: 'Which datasets the active runs of up to 20 experiments read; at most 1,000 rows.',
  request: message({}, { experiment_ids: List(Str) }),
  response: answer({}, { dataset_summaries: List(DatasetSummary) }),
})

export const datasetEndpoints = [searchDatasets] as const
