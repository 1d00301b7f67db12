import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { MlModel } from '../models/mlmodel.ts'
import type { ColumnSpec, TensorSpec } from '../models/signature.ts'
import { PythonPool, type PoolOptions } from '../pool/python-pool.ts'
import { WorkerFailed } from '../pool/python-worker.ts'
import { NativeScorer } from '../server/native-scorer.ts'
import { UnknownToEvaluator } from '../trees/forest.ts'
import { findOnnxRuntime } from './find-runtime.ts'
import type { OnnxValue } from './runtime.ts'
import { tensorTypes } from './tensor-frames.ts'
import { TensorScorer } from './tensor-scorer.ts'

type OnnxOptions = Pick<PoolOptions, 'workers' | 'maxQueue' | 'maxBatchRows' | 'deadlineMs' | 'memoryLimitBytes' | 'crashLimit' | 'env'> & { readonly say: (line: string) => void }

const worker = new URL('./onnx-worker.ts', import.meta.url)

/** Answers as MLflow does, for a frame or for tensors. */
export type OnnxScorer = Pick<NativeScorer, 'invoke' | 'invokeFrame'>

/**
 * Workers for an ONNX model that takes tensors, or a frame of numbers as one tensor of rows × columns.
 *
 * @throws UnknownToEvaluator with the reason why Python has to answer
 */
export async function startOnnx(folder: string, model: MlModel, options: OnnxOptions): Promise<{ pool: PythonPool; scorer: OnnxScorer }> {
  const inputs = model.signature?.inputs
  if (inputs === undefined) throw new UnknownToEvaluator('it has no signature, which says what it takes')
  if (model.signature?.params !== undefined && model.signature.params.length > 0) throw new UnknownToEvaluator('it takes parameters')
  const file = model.flavors['onnx']!['data']
  if (typeof file !== 'string' || file.includes('..')) throw new UnknownToEvaluator('it does not say in which file its graph is')
  const runtime = findOnnxRuntime(options.env, process.cwd())
  if (runtime === undefined) throw new UnknownToEvaluator('onnxruntime-node is not installed (npm install onnxruntime-node --ignore-scripts, and CAIRN_ONNXRUNTIME names the folder)')

  const threads = String(Math.max(1, Math.floor((availableParallelism() - 1) / options.workers)))
  const pool = await PythonPool.start({
    ...options, folder, python: '', readsBodies: inputs.kind === 'tensors',
    command: [process.execPath, ...process.execArgv.filter((flag) => flag.startsWith('--conditions')), fileURLToPath(worker), runtime],
    env: { OMP_NUM_THREADS: threads, ...options.env, CAIRN_ONNX_SETUP: JSON.stringify({ model: file, answers: inputs.kind === 'tensors' ? 'outputs' : 'records' }) },
  }).catch((error: unknown) => {
    if (error instanceof WorkerFailed) throw new UnknownToEvaluator(`onnxruntime-node does not load it: ${error.lines.find((line) => /error/i.test(line)) ?? error.message}`)
    throw error
  })
  try {
    const graph = pool.hello as unknown as Graph
    return { pool, scorer: inputs.kind === 'tensors' ? tensorScorer(pool, graph, inputs.tensors) : frameScorer(pool, graph, inputs.columns) }
  } catch (error) {
    await pool[Symbol.asyncDispose]()
    throw error
  }
}

/** What the graph takes and gives. */
interface Graph {
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

function frameScorer(pool: PythonPool, graph: Graph, specs: readonly ColumnSpec[]): OnnxScorer {
  refuseInputs(graph, specs)
  return new NativeScorer({
    features: specs.length,
    answer: (rows, count) => pool.ask({
      body: new Uint8Array(), type: undefined,
      rows: { rows: count, columns: specs.map((_, at) => ({ name: String(at), type: 'double' as const, values: Array.from({ length: count }, (_value, row) => rows[row * specs.length + at]!) })) },
    }),
  }, specs)
}

function tensorScorer(pool: PythonPool, { inputs, outputs }: Graph, specs: readonly TensorSpec[]): OnnxScorer {
  refuseOutputs(outputs)
  const named = specs.every(({ name }) => name !== undefined)
  const own = inputs.map(({ name }) => name)
  if (named ? own.length !== specs.length || specs.some(({ name }) => !own.includes(name!)) : own.length !== 1) {
    throw new UnknownToEvaluator(`its inputs are ${own.join(', ')}, and its signature names ${named ? specs.map(({ name }) => name).join(', ') : 'none'}`)
  }
  const found = specs.map((spec) => {
    const input = named ? inputs.find(({ name }) => name === spec.name)! : inputs[0]!
    const { dtype } = spec['tensor-spec']
    const type = dtype === 'str' || dtype === 'object' ? 'string' : dtype
    // MLflow makes 32 bits of 64 where the graph asks for them, and changes nothing else.
    if (!tensorTypes.has(input.type) || !(input.type === type || (input.type === 'float32' && type === 'float64'))) throw new UnknownToEvaluator(`its input "${input.name}" is of ${input.type}, and of ${dtype} in its signature`)
    return { spec, name: input.name, type: input.type }
  })
  const free = [...inputs, ...outputs].every(({ shape }) => typeof shape[0] === 'string') && specs.every((spec) => spec['tensor-spec'].shape[0] === -1)
  return new TensorScorer(pool, found, free)
}

function refuseOutputs(outputs: readonly OnnxValue[]): void {
  const other = outputs.find(({ isTensor, type }) => !isTensor || !tensorTypes.has(type))
  if (other !== undefined) throw new UnknownToEvaluator(other.isTensor ? `its output "${other.name}" is of ${other.type}` : `its output "${other.name}" is no tensor (convert it with zipmap=False)`)
}

const floats = new Set(['float', 'double'])
const numbers = new Set([...floats, 'integer', 'long'])

/** What MLflow's wrapper makes of a frame depends on the types of its columns: pandas finds one for all. */
function refuseInputs({ inputs, outputs }: Graph, specs: readonly ColumnSpec[]): void {
  const [input] = inputs
  if (inputs.length !== 1) throw new UnknownToEvaluator(`it has ${inputs.length} inputs`)
  refuseOutputs(outputs)
  if (!input!.isTensor || input!.shape.length !== 2 || typeof input!.shape[0] === 'number') throw new UnknownToEvaluator(`its input is not of free rows × columns, but [${input!.shape.join(', ')}]`)
  const other = specs.find(({ type }) => !numbers.has(type))
  if (other !== undefined) throw new UnknownToEvaluator(`its column ${JSON.stringify(other.name ?? '')} is of type ${other.type}`)
  const asFloats = specs.some(({ type }) => type === 'double') || (specs.some(({ type }) => type === 'float') && specs.every(({ type }) => floats.has(type)))
  const fits = input!.type === 'float32' ? asFloats : input!.type === 'float64' ? specs.some(({ type }) => type === 'double') : input!.type === 'int64' && specs.every(({ type }) => type === 'long')
  if (!fits) throw new UnknownToEvaluator(`its input is of ${input!.type}, and its columns of ${[...new Set(specs.map(({ type }) => type))].join(', ')}`)
}
