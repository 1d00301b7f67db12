import { parse } from 'yaml'
import { Unreadable } from './table.ts'
import { words } from '../words.ts'

export interface SignatureField {
  readonly name: string
  /** Such as `double`, `tensor(float32, [-1, 4])`, `array(string)`. */
  readonly type: string
  readonly required: boolean
  readonly default?: string
}

export interface MlModel {
  readonly flavors: readonly (readonly [name: string, facts: readonly (readonly [string, string])[]])[]
  readonly inputs: readonly SignatureField[]
  readonly outputs: readonly SignatureField[]
  readonly params: readonly SignatureField[]
  readonly facts: readonly (readonly [string, string])[]
  readonly runId: string | undefined
  readonly modelId: string | undefined
  /** Path of the input example below the model, if there is one. */
  readonly example: string | undefined
}

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** An `MLmodel` file (MLflow's model format). */
export function parseMlModel(text: string): MlModel {
  let model: unknown
  try {
    model = parse(text, { maxAliasCount: 50 })
  } catch (error) {
    throw new Unreadable(words.thisMlmodelIsNoYaml((error as Error).message))
  }
  if (!isObject(model)) throw new Unreadable(words.thisMlmodelHoldsNoDescription)
  const signature = isObject(model['signature']) ? model['signature'] : {}
  const flavors = isObject(model['flavors']) ? model['flavors'] : {}
  const example = isObject(model['saved_input_example_info']) ? model['saved_input_example_info']['artifact_path'] : undefined
  const text1 = (key: string): string | undefined => (typeof model[key] === 'string' && model[key] !== '' ? model[key] : undefined)
  const facts = ([['MLflow', 'mlflow_version'], ['Made', 'utc_time_created'], ['Model id', 'model_id'], ['Model UUID', 'model_uuid'], ['Run', 'run_id'], ['Bytes', 'model_size_bytes']] as const)
    .flatMap(([label, key]) => (model[key] === undefined || model[key] === null ? [] : [[label, shown(model[key])] as const]))
  return {
    flavors: Object.entries(flavors).map(([name, value]) => [name, isObject(value) ? Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, shown(inner)] as const])) : []]),
    inputs: fieldsOf(signature['inputs']), outputs: fieldsOf(signature['outputs']), params: fieldsOf(signature['params']),
    facts, runId: text1('run_id'), modelId: text1('model_id'), example: typeof example === 'string' ? example : undefined,
  }
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** A schema is JSON in a string: columns, tensors, or params with their defaults. */
function fieldsOf(schema: unknown): SignatureField[] {
  if (typeof schema !== 'string') return []
  try {
    const list = JSON.parse(schema) as unknown
    return Array.isArray(list) ? list.filter(isObject).map((field, index) => ({
      name: typeof field['name'] === 'string' ? field['name'] : list.length === 1 ? '(unnamed)' : `(${index})`,
      type: typeOf(field), required: field['required'] !== false,
      ...(field['default'] !== undefined && { default: JSON.stringify(field['default']) }),
    })) : []
  } catch {
    return []
  }
}

function typeOf(field: Json): string {
  const spec = field['tensor-spec']
  if (field['type'] === 'tensor' && isObject(spec)) return `tensor(${shown(spec['dtype'])}, ${JSON.stringify(spec['shape'])})`
  if (field['type'] === 'array' && isObject(field['items'])) return `array(${typeOf(field['items'])})`
  if (field['type'] === 'object' && isObject(field['properties'])) return `object(${Object.entries(field['properties']).map(([name, inner]) => `${name}: ${isObject(inner) ? typeOf(inner) : '?'}`).join(', ')})`
  return typeof field['type'] === 'string' ? field['type'] : 'any'
}

export interface Snippet {
  readonly label: 'Python' | 'TypeScript' | 'curl' | 'Browser'
  readonly language: string
  readonly code: string
}

/** A request for one row, as `/invocations` takes it. */
export function askBody(inputs: readonly SignatureField[]): { dataframe_split: { columns: string[]; data: unknown[][] } } | { inputs: unknown } {
  const columns = inputs.filter(({ type }) => !type.startsWith('tensor'))
  const tensor = inputs.find(({ type }) => type.startsWith('tensor'))
  return columns.length > 0
    ? { dataframe_split: { columns: columns.map(({ name }) => name), data: [columns.map(({ type }) => sample(type))] } }
    : { inputs: tensor === undefined ? [[0]] : tensorSample(tensor.type) }
}

/** What to type to use a model: loading in Python, asking a served one from TypeScript and curl. */
export function snippets(uri: string, serverUrl: string, inputs: readonly SignatureField[]): Snippet[] {
  const columns = inputs.filter(({ type }) => !type.startsWith('tensor'))
  const body = askBody(inputs)
  const json = JSON.stringify(body)
  const python = columns.length > 0
    ? `data = pd.DataFrame([${pythonLiteral(Object.fromEntries(columns.map(({ name, type }) => [name, sample(type)])))}])`
    : `data = np.array(${JSON.stringify('inputs' in body ? body.inputs : [[0]])})`
  return [
    {
      label: 'Python', language: 'python',
      code: `import mlflow\n${columns.length > 0 ? 'import pandas as pd' : 'import numpy as np'}\n\nmlflow.set_tracking_uri("${serverUrl}")\nmodel = mlflow.pyfunc.load_model("${uri}")\n${python}\nprint(model.predict(data))`,
    },
    {
      label: 'TypeScript', language: 'javascript',
      code: `// Serve it first: MLFLOW_TRACKING_URI=${serverUrl} cairn models serve -m "${uri}" -p 5001\nconst answer = await fetch("http://127.0.0.1:5001/invocations", {\n  method: "POST",\n  headers: { "content-type": "application/json" },\n  body: JSON.stringify(${json}),\n})\nconsole.log((await answer.json()).predictions)`,
    },
    {
      label: 'curl', language: 'shell',
      code: `# Serve it first: MLFLOW_TRACKING_URI=${serverUrl} cairn models serve -m "${uri}" -p 5001\ncurl http://127.0.0.1:5001/invocations -H "content-type: application/json" -d '${json.replaceAll("'", "'\\''")}'`,
    },
  ]
}

function sample(type: string): unknown {
  if (/^(?:integer|long)$/.test(type)) return 1
  if (/^(?:float|double)$/.test(type)) return 0.5
  if (type === 'boolean') return true
  if (type === 'datetime') return '2026-01-31T12:00:00'
  return type.startsWith('array') ? [] : type.startsWith('object') ? {} : 'a'
}

/** Zeros of the tensor's shape, where it is small enough to be read. */
function tensorSample(type: string): unknown {
  const shape = (/\[([^\]]*)\]/.exec(type)?.[1] ?? '').split(',').map((side) => (Number(side) > 0 ? Math.min(Number(side), 8) : 1))
  return shape.slice(0, 4).reduceRight<unknown>((inner, side) => Array.from({ length: side }, () => inner), 0)
}

function pythonLiteral(value: unknown): string {
  if (value === true) return 'True'
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`
  if (isObject(value)) return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${pythonLiteral(inner)}`).join(', ')}}`
  return JSON.stringify(value)
}
