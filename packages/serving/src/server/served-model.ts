import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { EnvironmentManager } from '@cairn/environments'
import type { SeenRows } from '../drift/seen-rows.ts'
import type { FetchedModel } from '../models/fetch-model.ts'
import { readMlModel, type MlModel } from '../models/mlmodel.ts'
import type { ColumnSpec } from '../models/signature.ts'
import { batchRowsOf, batchRowsOfFrame } from '../pool/batch.ts'
import { modelPython } from '../pool/model-environment.ts'
import { PythonPool, type Answer, type PoolCounts } from '../pool/python-pool.ts'
import type { Frame } from '../signature/columns.ts'
import { enforceColumns } from '../signature/enforce-schema.ts'
import { UnknownToEvaluator } from '../trees/forest.ts'
import { readNativeModel } from '../trees/native-model.ts'
import { NativeScorer, treeEvaluator } from './native-scorer.ts'
import { startOnnx, type OnnxScorer } from '../onnx/onnx-model.ts'

export interface LoadOptions {
  readonly envManager: EnvironmentManager | 'local'
  readonly installMlflow?: boolean
  /** Requirements that take the place of the model's own. */
  readonly override?: readonly string[] | undefined
  readonly offline?: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workers: number
  /** As in `PoolOptions`; for Python's workers. */
  readonly devices?: readonly string[] | undefined
  readonly maxQueue: number
  readonly maxBatchRows: number
  readonly deadlineMs: number
  readonly memoryLimitBytes?: number | undefined
  readonly crashLimit?: number | undefined
  /** Python even where an evaluator of our own knows the model. */
  readonly pythonOnly?: boolean
  /** Told what happens, and each line that a worker writes. */
  readonly say: (line: string) => void
  readonly signal?: AbortSignal | undefined
}

/** A model that answers. */
export interface ServedModel extends AsyncDisposable {
  readonly name: string
  readonly version: string
  readonly uri: string
  readonly digest: string
  readonly model: MlModel
  /** `trees` are answered in this process, `onnx` and `python` by workers. */
  readonly engine: 'trees' | 'onnx' | 'python'
  /** MLflow's version that answers, or saved the model. */
  readonly mlflowVersion: string
  readonly healthy: boolean
  readonly workers: { readonly ready: number; readonly waiting: number; readonly pids: readonly number[]; readonly counts: PoolCounts } | undefined
  /** Requests with the same key are answered by the same version, where several answer. @throws PoolRefused */
  invoke(body: Uint8Array, type: string | undefined, key?: string): Promise<Answer>
  /** Rows whose types come with them. @throws ScoringError, PoolRefused */
  invokeFrame(frame: Frame, key?: string): Promise<Answer>
  /** The header whose value is a client's key, where the model says so itself. */
  readonly stickyHeader?: string | undefined
  /** Who answers how much, where several versions do. */
  readonly traffic?: Readonly<Record<string, unknown>>
  /** Tells what is asked from now on, as far as it can be read; of tensors nothing. */
  watch?(told: (seen: SeenRows) => void): void
  drain(): Promise<void>
}

/** Makes a model ready to answer: its environment, its workers, and one answer to its own example. */
export async function loadModel(name: string, fetched: FetchedModel, options: LoadOptions): Promise<ServedModel> {
  const model = await readMlModel(fetched.folder)
  const facts = { name, version: fetched.version?.version ?? '', uri: fetched.uri, digest: fetched.digest, model }
  const inputs = model.signature?.inputs
  const specs = inputs?.kind === 'columns' ? inputs.columns : undefined
  if (options.pythonOnly !== true && (model.flavors['xgboost'] ?? model.flavors['lightgbm']) !== undefined) {
    try {
      const native = await readNativeModel(fetched.folder, model)
      return await nativeModel(facts, new NativeScorer(treeEvaluator(native), specs!), fetched.folder)
    } catch (error) {
      if (!(error instanceof UnknownToEvaluator)) throw error
      options.say(`${name} is answered by Python: ${error.message}.`)
    }
  }
  if (options.pythonOnly !== true && model.flavors['onnx'] !== undefined) {
    try {
      const { pool, scorer } = await startOnnx(fetched.folder, model, options)
      const example = await exampleOf(fetched.folder, model)
      // What is made at the first run is made before the first request.
      if (example !== undefined) await Promise.all(pool.pids.map(() => scorer.invoke(example, 'application/json').catch(() => {})))
      return onnxModel(facts, pool, scorer)
    } catch (error) {
      if (!(error instanceof UnknownToEvaluator)) throw error
      options.say(`${name} is answered by Python: ${error.message}.`)
    }
  }
  const { python, env } = await modelPython(fetched.folder, model, { manager: options.envManager, env: options.env, installMlflow: options.installMlflow ?? false, override: options.override, offline: options.offline ?? false, say: options.say, signal: options.signal })
  const threads = String(Math.max(1, Math.floor((availableParallelism() - 1) / options.workers)))
  const pool = await PythonPool.start({
    python, folder: fetched.folder, say: (line) => options.say(`[${name}] ${line}`),
    // A processor for this process, the others shared: who takes more than there are waits for them.
    env: { OMP_NUM_THREADS: threads, ...env },
    workers: options.workers, devices: options.devices, maxQueue: options.maxQueue, maxBatchRows: options.maxBatchRows, deadlineMs: options.deadlineMs, memoryLimitBytes: options.memoryLimitBytes, crashLimit: options.crashLimit,
  })
  return pythonModel(facts, pool, specs, options.maxBatchRows)
}

type Facts = Pick<ServedModel, 'name' | 'version' | 'uri' | 'digest' | 'model'>

/** The model's own example as a body of `/invocations`. */
async function exampleOf(folder: string, { inputExample }: MlModel): Promise<Buffer | undefined> {
  const path = inputExample?.servingPath
  return path === undefined || path.includes('..') ? undefined : readFile(join(folder, path)).catch(() => undefined)
}

async function nativeModel(facts: Facts, scorer: NativeScorer, folder: string): Promise<ServedModel> {
  // One answer before the first request, so that the evaluator is compiled.
  const body = await exampleOf(folder, facts.model)
  for (let time = 0; body !== undefined && time < 50; time++) await scorer.invoke(body, 'application/json')
  return {
    ...facts, engine: 'trees', mlflowVersion: facts.model.mlflowVersion ?? '', healthy: true, workers: undefined,
    invoke: (data, type) => scorer.invoke(data, type),
    invokeFrame: (frame) => scorer.invokeFrame(frame),
    watch: (told) => { scorer.watch = told },
    async drain() {},
    async [Symbol.asyncDispose]() {},
  }
}

function onnxModel(facts: Facts, pool: PythonPool, scorer: OnnxScorer): ServedModel {
  return {
    ...facts, engine: 'onnx', mlflowVersion: facts.model.mlflowVersion ?? '',
    get healthy() {
      return pool.ready > 0
    },
    get workers() {
      return { ready: pool.ready, waiting: pool.waiting, pids: pool.pids, counts: pool.counts }
    },
    invoke: (body, type) => scorer.invoke(body, type),
    invokeFrame: (frame) => scorer.invokeFrame(frame),
    watch: (told) => { if (scorer instanceof NativeScorer) scorer.watch = told },
    drain: () => pool.drain(),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

function pythonModel(facts: Facts, pool: PythonPool, specs: readonly ColumnSpec[] | undefined, maxBatchRows: number): ServedModel {
  const json = /^application\/json(?:\s*;\s*charset=utf-8)?$/i
  const rowsOf = (body: Uint8Array, type: string | undefined): ReturnType<typeof batchRowsOf> => {
    if (specs === undefined || maxBatchRows <= 1 || type === undefined || !json.test(type.trim())) return undefined
    try {
      return batchRowsOf(JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')), specs, maxBatchRows)
    } catch {
      // Not JSON: MLflow's code says so in its own words.
      return undefined
    }
  }
  let told: ((seen: SeenRows) => void) | undefined
  return {
    ...facts, engine: 'python', mlflowVersion: pool.hello!.mlflow,
    get healthy() {
      return pool.ready > 0
    },
    get workers() {
      return { ready: pool.ready, waiting: pool.waiting, pids: pool.pids, counts: pool.counts }
    },
    invoke(body, type) {
      const rows = rowsOf(body, type)
      told?.(rows === undefined ? { kind: 'body', body, type } : { kind: 'columns', ...rows })
      return pool.ask({ body, type, rows })
    },
    invokeFrame(frame) {
      const enforced = specs === undefined ? frame : enforceColumns(frame, specs)
      told?.({ kind: 'columns', rows: enforced.rows, columns: enforced.names.map((name, at) => ({ name, values: enforced.columns[at]!.values })) })
      return pool.ask({ body: Buffer.from(JSON.stringify(asSplit(enforced))), type: 'application/json', rows: specs === undefined ? undefined : batchRowsOfFrame(enforced, specs) })
    },
    watch: (listener) => { told = listener },
    drain: () => pool.drain(),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

function asSplit({ names, columns, rows }: Frame): unknown {
  const cell = (value: unknown): unknown => (value !== value ? null : typeof value === 'bigint' ? Number(value) : value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value)
  return { dataframe_split: { columns: names, data: Array.from({ length: rows }, (_, row) => columns.map(({ values }) => cell(values[row]))) } }
}
