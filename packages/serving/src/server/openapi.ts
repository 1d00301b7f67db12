import type { ColumnType } from '../models/signature.ts'
import type { ServedModel } from './served-model.ts'

/** What the server can be asked, with each model's columns, as OpenAPI 3.1. */
export function openApi(models: readonly ServedModel[]): unknown {
  const paths: Record<string, unknown> = {
    '/ping': { get: { summary: 'Whether the models answer', responses: { 200: { description: 'They do' }, 404: { description: 'One has no worker that is ready' } } } },
    '/version': { get: { summary: 'The version of MLflow', responses: { 200: { description: 'As text' } } } },
    '/metrics': { get: { summary: "Prometheus' metrics", responses: { 200: { description: 'As text' } } } },
  }
  for (const [at, model] of models.entries()) {
    const post = { post: { summary: `Ask ${model.name}`, requestBody: { required: true, content: content(model) }, responses } }
    if (at === 0) paths['/invocations'] = post
    paths[`/models/${model.name}/invocations`] = post
    paths[`/v2/models/${model.name}`] = { get: { summary: `Inputs and outputs of ${model.name}`, responses: { 200: { description: 'Metadata of the Open Inference Protocol' } } } }
    paths[`/v2/models/${model.name}/infer`] = { post: { summary: `Ask ${model.name} by the Open Inference Protocol`, requestBody: { required: true, content: { 'application/json': {} } }, responses } }
  }
  return { openapi: '3.1.0', info: { title: 'Cairn model server', version: '2' }, paths }
}

const responses = {
  200: { description: 'The predictions' }, 400: { description: 'The input does not fit the model' }, 415: { description: 'A content type that is not read' },
  429: { description: 'Too many requests wait; Retry-After says when to come again' }, 503: { description: 'The model has no process that is ready' }, 504: { description: 'It took too long' },
}

function content({ model }: ServedModel): unknown {
  const inputs = model.signature?.inputs
  const columns = inputs?.kind === 'columns' ? inputs.columns : []
  const record = {
    type: 'object', required: columns.filter(({ name, required }) => name !== undefined && required !== false).map(({ name }) => name),
    properties: Object.fromEntries(columns.filter(({ name }) => name !== undefined).map((column) => [column.name, schemaOf(column)])),
  }
  const params = Object.fromEntries((model.signature?.params ?? []).map((param) => [param.name, Object.assign({}, schemaOf(param), { default: param.default })]))
  const body = (key: string, schema: unknown): unknown => ({ type: 'object', required: [key], properties: { [key]: schema, ...(Object.keys(params).length > 0 && { params: { type: 'object', properties: params } }) } })
  return {
    'application/json': { schema: { oneOf: [
      body('dataframe_split', { type: 'object', required: ['data'], properties: { columns: { type: 'array', items: { type: 'string' } }, data: { type: 'array', items: { type: 'array' } } } }),
      body('dataframe_records', { type: 'array', items: record }), body('instances', { type: 'array' }), body('inputs', {}),
    ] } },
    'text/csv': { schema: { type: 'string' } }, 'application/vnd.apache.parquet': {},
  }
}

function schemaOf(column: ColumnType): unknown {
  switch (column.type) {
    case 'boolean': return { type: 'boolean' }
    case 'integer': case 'long': return { type: 'integer' }
    case 'float': case 'double': return { type: ['number', 'null'] }
    case 'binary': return { type: 'string', contentEncoding: 'base64' }
    case 'datetime': return { type: 'string', format: 'date-time' }
    case 'array': return { type: 'array', items: schemaOf(column.items) }
    case 'object': return { type: 'object', properties: Object.fromEntries(Object.entries(column.properties).map(([name, property]) => [name, schemaOf(property)])) }
    case 'map': return { type: 'object', additionalProperties: schemaOf(column.values) }
    case 'string': return { type: 'string' }
    default: return {}
  }
}

/** A page that shows the same to a person; it needs no script from elsewhere. */
export function docsPage(models: readonly ServedModel[]): string {
  const escape = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
  const section = ({ name, uri, version, engine, model }: ServedModel): string => {
    const inputs = model.signature?.inputs
    const rows = inputs === undefined ? '' : inputs.kind === 'columns'
      ? inputs.columns.map((column) => `<tr><td>${escape(column.name ?? '')}</td><td>${column.type}</td><td>${column.required === false ? 'optional' : 'required'}</td></tr>`).join('')
      : inputs.tensors.map((tensor) => `<tr><td>${escape(tensor.name ?? '')}</td><td>${escape(tensor['tensor-spec'].dtype)}</td><td>[${tensor['tensor-spec'].shape.join(', ')}]</td></tr>`).join('')
    return `<h2>${escape(name)}${version === '' ? '' : ` version ${escape(version)}`}</h2><p>${escape(uri)}, answered by ${engine === 'trees' ? 'the built-in evaluator' : engine === 'onnx' ? 'ONNX Runtime' : 'Python'}</p>`
      + `<p><code>POST /models/${escape(name)}/invocations</code> · <code>POST /v2/models/${escape(name)}/infer</code></p><table><tr><th>input</th><th>type</th><th></th></tr>${rows}</table>`
  }
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Models</title><style>body{font:16px system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0}</style>`
    + `<h1>Models served here</h1><p><a href="openapi.json">openapi.json</a> · <a href="metrics">metrics</a></p>${models.map(section).join('')}</html>`
}
