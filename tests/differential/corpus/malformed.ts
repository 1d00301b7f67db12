import { allEndpoints, prefixes, type Endpoint } from '@cairn/protocol'
import { experiment, model, post, raw, run, story, type Step, type Story } from '../story.ts'

/** A valid request for each endpoint that reads a JSON body, from which the malformed ones are made. */
const valid: Record<string, Record<string, unknown>> = {
  createExperiment: { name: 'malformed create', artifact_location: 's3://b/x', tags: [{ key: 'a', value: 'b' }] },
  searchExperiments: { max_results: 1, page_token: '', filter: 'name = \'none\'', order_by: ['name'], view_type: 'ALL' },
  updateExperiment: { experiment_id: '<exp>', new_name: 'malformed renamed' },
  setExperimentTag: { experiment_id: '<exp>', key: 'k', value: 'v' },
  deleteExperimentTag: { experiment_id: '<exp>', key: 'k' },
  createRun: { experiment_id: '<exp>', user_id: 'u', run_name: 'n', start_time: 1, tags: [{ key: 'a', value: 'b' }] },
  updateRun: { run_id: '<run>', run_uuid: '<run>', status: 'FINISHED', end_time: 2, run_name: 'n' },
  searchRuns: { experiment_ids: ['<exp>'], filter: '', run_view_type: 'ALL', max_results: 1, order_by: ['start_time'], page_token: '' },
  logMetric: { run_id: '<run>', run_uuid: '<run>', key: 'm', value: 1, timestamp: 1, step: 1, model_id: '', dataset_name: '', dataset_digest: '' },
  logParam: { run_id: '<run>', run_uuid: '<run>', key: 'p', value: 'v' },
  setRunTag: { run_id: '<run>', run_uuid: '<run>', key: 't', value: 'v' },
  deleteRunTag: { run_id: '<run>', key: 'absent' },
  logBatch: { run_id: '<run>', metrics: [{ key: 'm', value: 1, timestamp: 1, step: 1 }], params: [{ key: 'p', value: 'v' }], tags: [{ key: 't', value: 'v' }] },
  logInputs: { run_id: '<run>', datasets: [{ tags: [{ key: 'a', value: 'b' }], dataset: { name: 'n', digest: 'd', source_type: 's', source: 's', schema: '{}', profile: '{}' } }], models: [{ model_id: 'm' }] },
  logOutputs: { run_id: '<run>', models: [{ model_id: 'm', step: 1 }] },
  logModel: { run_id: '<run>', model_json: '{"artifact_path":"m","flavors":{},"utc_time_created":"t","run_id":"r"}' },
  createLoggedModel: { experiment_id: '<exp>', name: 'n', model_type: 't', source_run_id: '<run>', params: [{ key: 'a', value: 'b' }], tags: [{ key: 'a', value: 'b' }] },
  finalizeLoggedModel: { model_id: '<model>', status: 'LOGGED_MODEL_READY' },
  setLoggedModelTags: { tags: [{ key: 'a', value: 'b' }] },
  logLoggedModelParams: { model_id: '<model>', params: [{ key: 'fresh', value: 'b' }] },
  searchLoggedModels: { experiment_ids: ['<exp>'], filter: '', datasets: [{ dataset_name: 'n', dataset_digest: 'd' }], max_results: 1, order_by: [{ field_name: 'name', ascending: true, dataset_name: 'd', dataset_digest: 'e' }], page_token: '' },
  createRegisteredModel: { name: 'malformed reg', tags: [{ key: 'a', value: 'b' }], description: 'd' },
  renameRegisteredModel: { name: 'none', new_name: 'n' },
  updateRegisteredModel: { name: 'malformed reg', description: 'd' },
  deleteRegisteredModel: { name: 'none' },
  getLatestVersions: { name: 'malformed reg', stages: ['None'] },
  setRegisteredModelTag: { name: 'malformed reg', key: 'k', value: 'v' },
  deleteRegisteredModelTag: { name: 'malformed reg', key: 'k' },
  setRegisteredModelAlias: { name: 'malformed reg', alias: 'a', version: '1' },
  deleteRegisteredModelAlias: { name: 'malformed reg', alias: 'a' },
  createModelVersion: { name: 'malformed reg', source: 's3://b/m', run_id: '<run>', tags: [{ key: 'a', value: 'b' }], run_link: 'l', description: 'd', model_id: '' },
  updateModelVersion: { name: 'malformed reg', version: '1', description: 'd' },
  transitionModelVersionStage: { name: 'malformed reg', version: '1', stage: 'None', archive_existing_versions: false },
  deleteModelVersion: { name: 'malformed reg', version: '99' },
  setModelVersionTag: { name: 'malformed reg', version: '1', key: 'k', value: 'v' },
  deleteModelVersionTag: { name: 'malformed reg', version: '1', key: 'k' },
  createWebhook: { name: 'w', url: 'http://8.8.8.8/', events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }], description: 'd', secret: 's', status: 'ACTIVE' },
  createPresignedUploadUrl: { run_id: '<run>', path: 'x', expiration: 5 },
  createPresignedDownloadUrl: { run_id: '<run>', path: 'x', expiration: 5 },
}

/** Every kind of JSON value, for each field in turn. Which of them fit a field, the schema says. */
const values: Record<string, unknown> = {
  null: null, true: true, number: 7, fraction: 1.5, text: 'x', empty: '', list: [], listOfNull: [null], listOfNumbers: [1], listOfLists: [[]], object: {}, objectOfNumber: { a: 1 },
  infinity: 'Infinity', digits: '12', negative: -1, large: 3_000_000_000,
}
const fits: Record<string, readonly string[]> = {
  string: ['text', 'empty', 'infinity', 'digits', 'null'],
  int64: ['number', 'digits', 'negative', 'large', 'null'], int32: ['number', 'digits', 'negative', 'null'],
  double: ['number', 'fraction', 'true', 'infinity', 'digits', 'negative', 'large', 'null'],
  bool: ['true', 'null'], enum: ['null'], list: ['list', 'null'], message: ['object', 'objectOfNumber', 'null'], map: ['object', 'null'], any: Object.keys(values),
}

interface Described { 'x-kind'?: string; 'x-fields'?: Record<string, Described>; 'x-item'?: Described }

/** Each field at any depth, the way to it, and its kind. */
function fields(schema: Described, path: readonly (string | number)[] = []): { path: readonly (string | number)[]; kind: string }[] {
  return Object.entries(schema['x-fields'] ?? {}).flatMap(([name, field]) => {
    const here = [...path, name]
    const inner = field['x-item']?.['x-kind'] === 'message' ? fields(field['x-item'], [...here, 0]) : fields(field, here)
    return [{ path: here, kind: field['x-kind'] ?? 'any' }, ...inner]
  })
}

function replaced(request: unknown, [name, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (name === undefined) return value
  const copy = structuredClone(request) as Record<string | number, unknown>
  if (rest.length > 0 && copy[name] === undefined) return copy
  copy[name] = replaced(copy[name], rest, value)
  return copy
}

function stepsFor(endpoint: Endpoint, request: Record<string, unknown>): Step[] {
  const path = endpoint.path.replace('{model_id}', '<model>')
  const send = (json: unknown, note: string): Step => ({ method: endpoint.method, path: `${prefixes[endpoint.api][0]}${path}`, json, note })
  const known = fields(endpoint.request as unknown as Described).filter(({ path: [first] }) => first! in request)
  return [
    raw(endpoint.method, `${prefixes[endpoint.api][0]}${path}`, JSON.stringify({ ...request, unknown_field: [1] }), { note: 'unknown field' }),
    ...known.flatMap(({ path: at, kind }) => Object.entries(values).map(([name, value]) =>
      send(replaced(request, at, value), (fits[kind] ?? []).includes(name) ? `${at.join('.')} ${name}` : `wrong type: ${at.join('.')} ${name}`))),
    ...known.filter(({ path: at }) => at.length === 1).map(({ path: [name] }) => {
      const { [name as string]: _, ...rest } = request
      return send(rest, `without ${name}`)
    }),
  ]
}

export const malformed: readonly Story[] = allEndpoints.filter(endpoint => endpoint.name in valid).map(endpoint => story('malformed', endpoint.name,
  experiment(`malformed ${endpoint.name}`), run(), model('m'),
  post('registered-models/create', { name: 'malformed reg' }, { quiet: true }), post('model-versions/create', { name: 'malformed reg', source: 's3://b/m' }, { quiet: true }),
  stepsFor(endpoint, valid[endpoint.name]!)))
