import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { MlModel } from '../models/mlmodel.ts'
import type { ColumnSpec } from '../models/signature.ts'
import { PythonPool, type PoolOptions } from '../pool/python-pool.ts'
import { WorkerFailed } from '../pool/python-worker.ts'
import type { Evaluator } from '../server/native-scorer.ts'
import { UnknownToEvaluator } from '../trees/forest.ts'
import { findOnnxRuntime } from './find-runtime.ts'
import type { OnnxValue } from './runtime.ts'

type OnnxOptions = Pick<PoolOptions, 'workers' | 'maxQueue' | 'maxBatchRows' | 'deadlineMs' | 'memoryLimitBytes' | 'crashLimit' | 'env'> & { readonly say: (line: string) => void }

const worker = new URL('./onnx-worker.ts', import.meta.url)

/**
 * Workers for an ONNX model that takes a frame of numbers as one tensor of rows × columns.
 *
 * @throws UnknownToEvaluator with the reason why Python has to answer
 */
export async function startOnnx(folder: string, model: MlModel, options: OnnxOptions): Promise<{ pool: PythonPool; evaluator: Evaluator; specs: readonly ColumnSpec[] }> {
  const inputs = model.signature?.inputs
  const specs = inputs?.kind === 'columns' ? inputs.columns : undefined
  if (specs === undefined) throw new UnknownToEvaluator('it has no signature of columns')
  if (model.signature?.params !== undefined && model.signature.params.length > 0) throw new UnknownToEvaluator('it takes parameters')
  const file = model.flavors['onnx']!['data']
  if (typeof file !== 'string' || file.includes('..')) throw new UnknownToEvaluator('it does not say in which file its graph is')
  const runtime = findOnnxRuntime(options.env, process.cwd())
  if (runtime === undefined) throw new UnknownToEvaluator('onnxruntime-node is not installed (npm install onnxruntime-node --ignore-scripts, and CAIRN_ONNXRUNTIME names the folder)')

  const threads = String(Math.max(1, Math.floor((availableParallelism() - 1) / options.workers)))
  const pool = await PythonPool.start({
    ...options, folder, python: '', readsBodies: false,
    command: [process.execPath, ...process.execArgv.filter((flag) => flag.startsWith('--conditions')), fileURLToPath(worker), runtime],
    env: { OMP_NUM_THREADS: threads, ...options.env, CAIRN_ONNX_SETUP: JSON.stringify({ model: file, answers: 'records' }) },
  }).catch((error: unknown) => {
    if (error instanceof WorkerFailed) throw new UnknownToEvaluator(`onnxruntime-node does not load it: ${error.lines.find((line) => /error/i.test(line)) ?? error.message}`)
    throw error
  })
  try {
    refuseInputs((pool.hello as unknown as { readonly inputs: readonly OnnxValue[]; readonly outputs: readonly OnnxValue[] }), specs)
  } catch (error) {
    await pool[Symbol.asyncDispose]()
    throw error
  }
  const evaluator: Evaluator = {
    features: specs.length,
    answer: (rows, count) => pool.ask({
      body: new Uint8Array(), type: undefined,
      rows: { rows: count, columns: specs.map((_, at) => ({ name: String(at), type: 'double' as const, values: Array.from({ length: count }, (_value, row) => rows[row * specs.length + at]!) })) },
    }),
  }
  return { pool, evaluator, specs }
}

const floats = new Set(['float', 'double'])
const numbers = new Set([...floats, 'integer', 'long'])

/** What MLflow's wrapper makes of a frame depends on the types of its columns: pandas finds one for all. */
function refuseInputs({ inputs, outputs }: { readonly inputs: readonly OnnxValue[]; readonly outputs: readonly OnnxValue[] }, specs: readonly ColumnSpec[]): void {
  const [input] = inputs
  if (inputs.length !== 1) throw new UnknownToEvaluator(`it has ${inputs.length} inputs`)
  const output = outputs.find(({ isTensor }) => !isTensor)
  if (output !== undefined) throw new UnknownToEvaluator(`its output "${output.name}" is no tensor (convert it with zipmap=False)`)
  if (!input!.isTensor || input!.shape.length !== 2 || typeof input!.shape[0] === 'number') throw new UnknownToEvaluator(`its input is not of free rows × columns, but [${input!.shape.join(', ')}]`)
  const other = specs.find(({ type }) => !numbers.has(type))
  if (other !== undefined) throw new UnknownToEvaluator(`its column ${JSON.stringify(other.name ?? '')} is of type ${other.type}`)
  const asFloats = specs.some(({ type }) => type === 'double') || (specs.some(({ type }) => type === 'float') && specs.every(({ type }) => floats.has(type)))
  const fits = input!.type === 'float32' ? asFloats : input!.type === 'float64' ? specs.some(({ type }) => type === 'double') : input!.type === 'int64' && specs.every(({ type }) => type === 'long')
  if (!fits) throw new UnknownToEvaluator(`its input is of ${input!.type}, and its columns of ${[...new Set(specs.map(({ type }) => type))].join(', ')}`)
}
