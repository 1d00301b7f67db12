import { randomUUID } from 'node:crypto'
import type { CairnClient } from '@cairn/sdk'
import { mlModelText } from './mlmodel.ts'
import type { Signature } from './signature.ts'

export interface OnnxModelToLog {
  /** The graph, as onnx writes it. */
  readonly graph: Uint8Array<ArrayBuffer>
  readonly signature: Signature
  /** Where it goes below the run's artifacts; default `model`. */
  readonly path?: string
  /** A body of `/invocations`, with which the model is warmed and verified. */
  readonly servingExample?: unknown
  readonly metadata?: Readonly<Record<string, string>>
  /** For those who load it in Python; default what is pinned below. */
  readonly requirements?: readonly string[]
}

const format = { mlflow: '3.17.2', onnx: '1.19.0' } as const

/**
 * Logs an ONNX graph to a run as MLflow's clients do, from TypeScript: Python loads it with
 * `mlflow.pyfunc.load_model('runs:/RUN/model')`, Cairn serves it.
 *
 * @returns its URI, for the registry: `createVersion({ name, source: uri, run_id })`
 */
export async function logOnnxModel(client: CairnClient, runId: string, model: OnnxModelToLog): Promise<string> {
  const path = model.path ?? 'model'
  const put = (name: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> => client.artifacts.upload(runId, `${path}/${name}`, body)
  const requirements = model.requirements ?? [`mlflow==${format.mlflow}`, 'onnx', 'onnxruntime']
  const example = model.servingExample === undefined ? undefined : JSON.stringify(model.servingExample)
  await put('model.onnx', model.graph)
  await put('requirements.txt', `${requirements.join('\n')}\n`)
  await put('python_env.yaml', `python: "3.11"\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n`)
  if (example !== undefined) for (const name of ['input_example.json', 'serving_input_example.json']) await put(name, example)
  // Last, so that a model that is not whole is no model.
  await put('MLmodel', mlModelText({
    flavors: {
      onnx: { code: null, data: 'model.onnx', onnx_session_options: null, onnx_version: format.onnx, providers: ['CPUExecutionProvider'] },
      python_function: { data: 'model.onnx', env: { virtualenv: 'python_env.yaml' }, loader_module: 'mlflow.onnx', python_version: '3.11' },
    },
    signature: model.signature, modelUuid: randomUUID().replaceAll('-', ''), created: new Date(), mlflowVersion: format.mlflow, runId, artifactPath: path,
    metadata: model.metadata,
    ...(example !== undefined && { servingExample: { path: 'input_example.json', servingPath: 'serving_input_example.json' } }),
  }))
  return `runs:/${runId}/${path}`
}
