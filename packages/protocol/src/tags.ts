/** Tags with a meaning to MLflow, by what they say. */
export const tags = {
  runName: 'mlflow.runName',
  note: 'mlflow.note.content',
  user: 'mlflow.user',
  /** Nests a run under another. */
  parentRunId: 'mlflow.parentRunId',
  sourceName: 'mlflow.source.name',
  /** `LOCAL`, `NOTEBOOK`, `JOB`, `PROJECT` or `UNKNOWN`. */
  sourceType: 'mlflow.source.type',
  gitCommit: 'mlflow.source.git.commit',
  gitBranch: 'mlflow.source.git.branch',
  gitRepoUrl: 'mlflow.source.git.repoURL',
  gitDirty: 'mlflow.source.git.dirty',
  gitDiff: 'mlflow.source.git.diff',
  projectEnv: 'mlflow.project.env',
  projectEntryPoint: 'mlflow.project.entryPoint',
  projectBackend: 'mlflow.project.backend',
  dockerImageUri: 'mlflow.docker.image.uri',
  dockerImageId: 'mlflow.docker.image.id',
  autologging: 'mlflow.autologging',
  /** A JSON array of model descriptions, written by clients before 3.0. */
  loggedModelHistory: 'mlflow.log-model.history',
  /** A JSON array of `{path, type}`. */
  loggedArtifacts: 'mlflow.loggedArtifacts',
  loggedImages: 'mlflow.loggedImages',
  /** Input tag: what the run used a dataset for. */
  datasetContext: 'mlflow.data.context',
  /** On a logged model: a JSON array of the versions registered from it. */
  modelVersions: 'mlflow.modelVersions',
  primaryMetricName: 'mlflow.experiment.primaryMetric.name',
  primaryMetricGreaterIsBetter: 'mlflow.experiment.primaryMetric.greaterIsBetter',
  experimentKind: 'mlflow.experimentKind',
  customViewPrefix: 'mlflow.customView.view',
  /** `true` on the registered model and on each version of a prompt. */
  isPrompt: 'mlflow.prompt.is_prompt',
  promptText: 'mlflow.prompt.text',
  promptType: '_mlflow_prompt_type',
  promptExperimentIds: '_mlflow_experiment_ids',
} as const

/** What a prompt version says as its source; nothing is ever read from it. */
export const promptSources = ['dummy-source', 'prompt-template'] as const
