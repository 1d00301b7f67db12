/**
 * Lengths are in characters as Python counts them (code points) unless a name says bytes.
 * MLflow 3.17.2's numbers; a client may rely on anything up to them.
 */
export const limits = {
  batch: { metrics: 1000, params: 100, tags: 100, total: 1000 },
  /** Metric, param and tag keys, of everything that has them. */
  keyLength: 250,
  paramValueLength: 6000,
  runTagValueLength: 8000,
  runIdLength: 256,
  experimentNameLength: 500,
  experimentTagValueLength: 20_000,
  artifactLocationLength: 2048,
  modelTagValueLength: 100_000,
  aliasLength: 255,
  /** Chosen numbers. MLflow declares 256, 5000 and 500, and on SQLite holds nobody to them. */
  modelNameLength: 500,
  modelDescriptionLength: 100_000,
  modelSourceLength: 4096,
  datasetsPerCall: 1000,
  datasetNameLength: 500,
  datasetDigestLength: 36,
  datasetSourceLength: 65_535,
  datasetSchemaLength: 1_048_575,
  datasetProfileLength: 16_777_215,
  inputTagKeyLength: 255,
  inputTagValueLength: 500,
  webhookNameLength: 63,
  endpointNameLength: 100,
  endpointTargets: 20,
  endpointSteps: 20,
  bulkHistoryRuns: 100,
  bulkHistoryPoints: 25_000,
  bulkIntervalPoints: 2500,
  searchDatasetsExperiments: 20,
  searchDatasetsRows: 1000,
  uploadArtifactBytes: 10 * 1024 * 1024,
  presignedUploadSeconds: 900,
  presignedDownloadSeconds: 300,
  presignedMaxSeconds: 604_800,
  graphql: { rootFields: 10, aliases: 10, depth: 10, selections: 1000 },
  /** `max_results`: what an absent one means, and the most that is accepted. */
  page: {
    runs: { default: 1000, max: 50_000 },
    experiments: { max: 50_000 },
    registeredModels: { default: 100, max: 1000 },
    modelVersions: { default: 200_000, max: 200_000 },
    loggedModels: { default: 50 },
    webhooks: { default: 100, max: 1000 },
    audit: { default: 100, max: 1000 },
    servingEndpoints: { default: 100, max: 1000 },
  },
} as const
