import { parse } from 'yaml'
import { Unreadable } from './table.ts'
import { words } from '../words.ts'

export interface SignatureField {
  readonly name: string
  /** Such as `double`, `tensor(float32, [-1, 4])`, `array(string)`, `map(string)`. */
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
  const facts = ([['MLflow', 'mlflow_version'], [words.made, 'utc_time_created'], [words.modelId, 'model_id'], [words.modelUuid, 'model_uuid'], [words.runOfModel, 'run_id'], [words.bytes, 'model_size_bytes']] as const)
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
      type: Array.isArray(field['shape']) ? `array(${typeOf(field)})` : typeOf(field), required: field['required'] !== false,
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
  if (field['type'] === 'map' && isObject(field['values'])) return `map(${typeOf(field['values'])})`
  if (field['type'] === 'object' && isObject(field['properties'])) return `object(${Object.entries(field['properties']).map(([name, inner]) => `${name}: ${isObject(inner) ? typeOf(inner) : '?'}`).join(', ')})`
  return typeof field['type'] === 'string' ? field['type'] : 'any'
}

export interface Snippet {
  readonly label: string
  readonly language: string
  readonly code: string
}

/** What a request asks: rows by the names of their columns, or tensors, one or several by their names. */
type AskBody = { dataframe_split: { columns: string[]; data: unknown[][] } } | { inputs: unknown }

const isUnnamed = ({ name }: SignatureField): boolean => /^\((?:unnamed|\d+)\)$/.test(name)
const isTensor = ({ type }: SignatureField): boolean => type.startsWith('tensor')

/** A request for one row, as `/invocations` takes it. */
export function askBody(inputs: readonly SignatureField[]): AskBody {
  const columns = inputs.filter((field) => !isTensor(field))
  const tensors = inputs.filter(isTensor)
  if (columns.some(isUnnamed)) return { inputs: [columns.length === 1 ? sample(columns[0]!.type) : columns.map(({ type }) => sample(type))] }
  if (columns.length > 0) return { dataframe_split: { columns: columns.map(({ name }) => name), data: [columns.map(({ type }) => sample(type))] } }
  if (tensors.length > 0 && !tensors.some(isUnnamed)) return { inputs: Object.fromEntries(tensors.map(({ name, type }) => [name, tensorSample(type)])) }
  return { inputs: tensors[0] === undefined ? [[0]] : tensorSample(tensors[0].type) }
}

const pythonText = (text: string): string => JSON.stringify(text)
export const shellText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** What to type to use a model: loading it in Python, asking a served one from Python, TypeScript and curl. */
export function snippets(uri: string, serverUrl: string, inputs: readonly SignatureField[]): Snippet[] {
  const body = askBody(inputs)
  const json = JSON.stringify(body)
  const serve = words.serveItFirst(`MLFLOW_TRACKING_URI=${serverUrl} cairn models serve -m ${shellText(uri)} -p 5001`)
  const { imports, data } = pythonData(inputs)
  return [
    {
      label: 'Python', language: 'python',
      code: `import mlflow\n${imports}\nmlflow.set_tracking_uri("${serverUrl}")\nmodel = mlflow.pyfunc.load_model(${pythonText(uri)})\n${data}\nprint(model.predict(data))`,
    },
    {
      label: words.pythonServed, language: 'python',
      code: `# ${serve}\nimport requests\n\nanswer = requests.post("http://127.0.0.1:5001/invocations", json=${pythonLiteral(body)})\nanswer.raise_for_status()\nprint(answer.json()["predictions"])`,
    },
    {
      label: 'TypeScript', language: 'javascript',
      code: `// ${serve}\nconst answer = await fetch("http://127.0.0.1:5001/invocations", {\n  method: "POST",\n  headers: { "content-type": "application/json" },\n  body: JSON.stringify(${json}),\n})\nconsole.log((await answer.json()).predictions)`,
    },
    {
      label: 'curl', language: 'shell',
      code: `# ${serve}\ncurl http://127.0.0.1:5001/invocations -H "content-type: application/json" -d ${shellText(json)}`,
    },
  ]
}

/** Types of columns that pandas would make wider than the signature allows: MLflow casts upwards only. */
const narrow: Readonly<Record<string, string>> = { integer: 'int32', float: 'float32' }

/** One row or tensor for the model in Python, of the types that its signature wants. */
function pythonData(inputs: readonly SignatureField[]): { readonly imports: string; readonly data: string } {
  const columns = inputs.filter((field) => !isTensor(field))
  if (columns.length === 0) {
    const tensors = inputs.filter(isTensor)
    const array = (type: string): string => `np.array(${JSON.stringify(tensorSample(type))}, dtype="${/^tensor\((\w+)/.exec(type)?.[1] ?? 'float64'}")`
    const named = tensors.length > 0 && !tensors.some(isUnnamed)
    const data = tensors.length === 0 ? 'np.array([[0]])  # without a signature: what the model was trained with' : named ? `{${tensors.map(({ name, type }) => `${pythonText(name)}: ${array(type)}`).join(', ')}}` : array(tensors[0]!.type)
    return { imports: 'import numpy as np\n', data: `data = ${data}` }
  }
  const pandas = 'import pandas as pd\n'
  if (columns.some(isUnnamed)) return { imports: pandas, data: `data = pd.DataFrame([[${columns.map(({ type }) => pythonSample(type)).join(', ')}]])` }
  const casts = columns.flatMap(({ name, type }) => (narrow[type] === undefined ? [] : [`${pythonText(name)}: "${narrow[type]}"`]))
  return { imports: pandas, data: `data = pd.DataFrame([{${columns.map(({ name, type }) => `${pythonText(name)}: ${pythonSample(type)}`).join(', ')}}])${casts.length === 0 ? '' : `.astype({${casts.join(', ')}})`}` }
}

function pythonSample(type: string): string {
  if (type === 'binary') return 'b"a"'
  return type === 'datetime' ? 'pd.Timestamp("2026-01-31T12:00:00")' : pythonLiteral(sample(type))
}

/** The parts of `a: double, b: object(c: string)`, which do not cut through brackets. */
function partsOf(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const [at, char] of [...text].entries()) {
    if (char === '(' || char === '[') depth += 1
    else if (char === ')' || char === ']') depth -= 1
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)].map((part) => part.trim()).filter((part) => part !== '')
}

function sample(type: string): unknown {
  if (/^(?:integer|long)$/.test(type)) return 1
  if (/^(?:float|double)$/.test(type)) return 0.5
  if (type === 'boolean') return true
  if (type === 'datetime') return '2026-01-31T12:00:00'
  // Bytes are base64 in JSON.
  if (type === 'binary') return 'YQ=='
  const [, of, inner = ''] = /^(array|object|map)\((.*)\)$/.exec(type) ?? []
  if (of === 'array') return [sample(inner)]
  if (of === 'map') return { key: sample(inner) }
  if (of === 'object') return Object.fromEntries(partsOf(inner).map((part) => [part.slice(0, part.indexOf(':')), sample(part.slice(part.indexOf(':') + 1).trim())]))
  return 'a'
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
