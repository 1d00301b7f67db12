import type { MlModel } from '../models/mlmodel.ts'
import { findOnnxRuntime } from '../onnx/find-runtime.ts'
import { startOnnx } from '../onnx/onnx-model.ts'
import { UnknownToEvaluator } from '../trees/forest.ts'
import { readNativeModel } from '../trees/native-model.ts'

export interface AnsweredBy {
  readonly engine: 'trees' | 'onnx' | 'python'
  /** Why it is Python, where an evaluator without it looked at the model. */
  readonly why?: string
  /** The file of onnxruntime-node that loaded an ONNX model. */
  readonly runtime?: string
}

/** Who answers for a model where it is loaded as it is here; an ONNX model is loaded to know. */
export async function answeredBy(folder: string, model: MlModel, env: Readonly<Record<string, string | undefined>>): Promise<AnsweredBy> {
  const { xgboost, lightgbm, onnx } = model.flavors
  try {
    if ((xgboost ?? lightgbm) !== undefined) {
      await readNativeModel(folder, model)
      return { engine: 'trees' }
    }
    if (onnx !== undefined) {
      const { pool } = await startOnnx(folder, model, { workers: 1, maxQueue: 1, maxBatchRows: 1, deadlineMs: 60_000, env, say: () => {} })
      await pool[Symbol.asyncDispose]()
      return { engine: 'onnx', runtime: findOnnxRuntime(env, process.cwd())! }
    }
    return { engine: 'python' }
  } catch (error) {
    if (error instanceof UnknownToEvaluator) return { engine: 'python', why: error.message }
    throw error
  }
}
