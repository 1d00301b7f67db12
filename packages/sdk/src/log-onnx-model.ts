import type { CairnClient } from './client.ts'
import { ApiError, isAlreadyExists } from './errors.ts'
import { mlModelText } from './mlmodel-file.ts'
import type { ModelSignature } from './model-signature.ts'

export interface OnnxModelToLog {
  /** The graph, as onnx writes it. */
  readonly graph: Uint8Array<ArrayBuffer>
  /** Columns for a model that takes a table, else tensors with numpy's names of types. */
  readonly signature: ModelSignature
  /** What the model is called; default `model`. */
  readonly name?: string
  /** A body of `/invocations`, with which the model is warmed and verified. */
  readonly servingExample?: unknown
  readonly metadata?: Readonly<Record<string, string>>
  /** For those who load it in Python; default MLflow, onnx and onnxruntime. */
  readonly requirements?: readonly string[]
  /** Also makes it a version of this registered model, which is made where it is not there. */
  readonly registeredModelName?: string
}

export interface LoggedOnnxModel {
  /** `models:/m-…`, which every client loads; `runs:/RUN/NAME` at a server that knows no logged models. */
  readonly uri: string
  readonly modelId: string | undefined
  /** Of the registered model that was named. */
  readonly version: string | undefined
}

const format = { mlflow: '3.17.2', onnx: '1.19.0' } as const

/**
 * Logs an ONNX graph to a run as MLflow's clients do, from TypeScript: Python loads it with
 * `mlflow.pyfunc.load_model(uri)`, `cairn models serve -m URI` answers for it.
 *
 *     const { uri, version } = await logOnnxModel(client, run.id, {
 *       graph: await readFile('churn.onnx'), registeredModelName: 'churn',
 *       signature: { inputs: { kind: 'columns', columns: [{ name: 'tenure', type: 'double' }] } },
 *     })
 *
 * @throws ApiError, NetworkError
 */
export async function logOnnxModel(client: CairnClient, runId: string, model: OnnxModelToLog): Promise<LoggedOnnxModel> {
  const name = model.name ?? 'model'
  const place = await placeFor(client, runId, name)
  const put = (file: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> => client.artifacts.uploadUri(place.artifactUri, file, body)
  const requirements = model.requirements ?? [`mlflow==${format.mlflow}`, 'onnx', 'onnxruntime']
  const example = model.servingExample === undefined ? undefined : JSON.stringify(model.servingExample)
  await put('model.onnx', model.graph)
  await put('requirements.txt', `${requirements.join('\n')}\n`)
  await put('python_env.yaml', 'python: "3.11"\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n')
  if (example !== undefined) for (const file of ['input_example.json', 'serving_input_example.json']) await put(file, example)
  // Last, so that a model that is not whole is no model.
  await put('MLmodel', mlModelText({
    flavors: {
      onnx: { code: null, data: 'model.onnx', onnx_session_options: null, onnx_version: format.onnx, providers: ['CPUExecutionProvider'] },
      python_function: { data: 'model.onnx', env: { virtualenv: 'python_env.yaml' }, loader_module: 'mlflow.onnx', python_version: '3.11' },
    },
    signature: model.signature, modelUuid: place.modelId ?? crypto.randomUUID().replaceAll('-', ''), modelId: place.modelId, created: new Date(), mlflowVersion: format.mlflow,
    runId, artifactPath: place.modelId === undefined ? name : place.artifactUri, metadata: model.metadata,
    ...(example !== undefined && { servingExample: { path: 'input_example.json', servingPath: 'serving_input_example.json' } }),
  }))
  if (place.modelId !== undefined) {
    await client.loggedModels.finalize(place.modelId, 'LOGGED_MODEL_READY')
    await client.runs.logOutputs({ run_id: runId, models: [{ model_id: place.modelId, step: 0 }] })
  }
  return { uri: place.uri, modelId: place.modelId, version: model.registeredModelName === undefined ? undefined : await register(client, runId, model.registeredModelName, place) }
}

interface Place {
  readonly uri: string
  readonly artifactUri: string
  readonly modelId: string | undefined
}

/** A logged model of its own; among the run's files where the server knows none (MLflow before 3). */
async function placeFor(client: CairnClient, runId: string, name: string): Promise<Place> {
  const { info } = await client.runs.get(runId)
  try {
    const { info: { model_id, artifact_uri } } = await client.loggedModels.create({ experiment_id: info.experiment_id, name, source_run_id: runId, model_type: '' })
    return { uri: `models:/${model_id}`, artifactUri: artifact_uri, modelId: model_id }
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error
    return { uri: `runs:/${runId}/${name}`, artifactUri: `${info.artifact_uri}/${name}`, modelId: undefined }
  }
}

async function register(client: CairnClient, runId: string, name: string, { uri, modelId }: Place): Promise<string> {
  await client.models.create({ name }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
  return (await client.models.createVersion({ name, source: uri, run_id: runId, ...(modelId !== undefined && { model_id: modelId }) })).version
}
