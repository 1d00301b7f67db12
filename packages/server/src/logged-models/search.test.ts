import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import fc from 'fast-check'
import { startModels, type ModelServer } from './testing.ts'

let models: ModelServer
let server: ModelServer['api']
let experiment_id: string
let other: string
/** Model ids by name. */
const ids = new Map<string, string>()

interface Wanted {
  readonly name: string
  readonly time: number
  readonly params?: Record<string, string>
  readonly tags?: Record<string, string>
  readonly fields?: object
  /** Key, value, timestamp, dataset with its digest. */
  readonly metrics?: readonly (readonly [key: string, value: number, timestamp?: number, name?: string, digest?: string])[]
}

const wanted: readonly Wanted[] = [
  { name: 'one', time: 100, params: { lr: '0.1' }, tags: { team: 'nlp' }, metrics: [['acc', 0.9], ['loss', 0.1]], fields: { source_run_id: 'r1', model_type: 'Agent' } },
  { name: 'two', time: 200, params: { lr: '0.2', depth: '3' }, tags: { team: 'NLP' }, metrics: [['acc', 0.5, 1, 'test', 'd1'], ['acc', 0.7, 2, 'train', 'd2']] },
  { name: 'three', time: 200, metrics: [['acc', 0.8, 1, 'test', 'd2'], ['acc', 0.8, 1, 'test', 'd1']] },
  { name: 'four', time: 300, metrics: [['acc', NaN]] },
  { name: 'five', time: 300, params: { lr: "it's" }, metrics: [['loss', -Infinity], ['a b/c', 1]] },
]
const names = ['five', 'four', 'two', 'three', 'one']

before(async () => {
  models = await startModels()
  server = models.api
  experiment_id = await models.newExperiment()
  other = await models.newExperiment()
  for (const { name, time, params = {}, tags = {}, metrics = [], fields } of wanted) {
    models.now = time
    const pairs = (given: Record<string, string>) => Object.entries(given).map(([key, value]) => ({ key, value }))
    const { model_id } = await models.newModel({ experiment_id, name, params: pairs(params), tags: pairs(tags), ...fields })
    ids.set(name, model_id)
    await models.measure('r1', ...metrics.map(([key, value, timestamp = 1, dataset_name = '', dataset_digest = '']) => ({ key, value, timestamp, model_id, dataset_name, dataset_digest })))
  }
  await models.newModel({ experiment_id: other, name: 'elsewhere' })
  const gone = await models.newModel({ experiment_id, name: 'gone' })
  await server.call(api.deleteLoggedModel, { model_id: gone.model_id })
  await server.call(api.finalizeLoggedModel, { model_id: ids.get('one'), status: 'LOGGED_MODEL_READY' })
})
after(async () => models[Symbol.asyncDispose]())

const search = (fields: object = {}) => server.call(api.searchLoggedModels, { experiment_ids: [experiment_id], ...fields })
const find = async (fields: object = {}): Promise<string[]> => ((await search(fields)).models ?? []).map(({ info }) => info.name)
/** Models of one time come by id, which is random. */
const sorted = (found: readonly string[]): string[] => found.toSorted()
const invalid = (message: string): string => `400 INVALID_PARAMETER_VALUE: ${message}`
const refusal = (fields: object) => server.error(api.searchLoggedModels, { experiment_ids: [experiment_id], ...fields })

describe('searching logged models', () => {
  it('answers what is not deleted in the experiments asked for, the newest first', async () => {
    const found = await find()
    assert.deepEqual([sorted(found.slice(0, 2)), sorted(found.slice(2, 4)), found.slice(4)], [['five', 'four'], ['three', 'two'], ['one']])
    assert.deepEqual(await find({ experiment_ids: [other] }), ['elsewhere'])
    assert.deepEqual(sorted(await find({ experiment_ids: [other, experiment_id, '424242'] })), sorted([...names, 'elsewhere']))
    assert.deepEqual(await search({ experiment_ids: [] }), {})
    assert.deepEqual(await search({ filter: "name = 'nope'" }), {})
  })

  it('answers whole models', async () => {
    const { models: found } = await search({ filter: "name = 'one'" })
    assert.deepEqual(found, [(await server.call(api.getLoggedModel, { model_id: ids.get('one') })).model])
  })

  it('reads filters as MLflow does', async () => {
    const cases: Record<string, string[]> = {
      "name = 'one'": ['one'],
      "name != 'one'": ['five', 'four', 'three', 'two'],
      "name LIKE 't%'": ['three', 'two'],
      "name ilike 'T%'": ['three', 'two'],
      "name IN ('one', 'two', 'nope')": ['one', 'two'],
      "name NOT IN ('one', 'two')": ['five', 'four', 'three'],
      "attributes.model_type = 'Agent'": ['one'],
      "source_run_id = 'r1'": ['one'],
      [`model_id = '${ids.get('two')}'`]: ['two'],
      [`experiment_id = '${experiment_id}' AND name = 'two'`]: ['two'],
      "status = 'READY'": ['one'],
      "status = 'LOGGED_MODEL_READY'": ['one'],
      "status != 'READY'": ['five', 'four', 'three', 'two'],
      "status IN ('PENDING', 'FAILED')": ['five', 'four', 'three', 'two'],
      'creation_timestamp > 200': ['five', 'four'],
      'creation_time <= 200': ['one', 'three', 'two'],
      'last_updated_timestamp >= 300': ['five', 'four', 'one'],
      'metrics.acc > 0.6': ['one', 'three', 'two'],
      'metrics.acc = 0.5': ['two'],
      'metrics.acc != 0.9': ['four', 'three', 'two'],
      'metrics.loss < 0': ['five'],
      'metrics.`a b/c` = 1': ['five'],
      'metrics.acc > 0.6 AND metrics.loss > 0': ['one'],
      "params.lr = '0.1'": ['one'],
      "params.lr != '0.1'": ['five', 'two'],
      "params.lr LIKE '0.%'": ['one', 'two'],
      "params.depth IN ('2', '3')": ['two'],
      "tags.team = 'nlp'": ['one'],
      "tags.team ILIKE 'nlp'": ['one', 'two'],
      "tags.team = 'nlp' AND params.lr = '0.2'": [],
    }
    for (const [filter, expected] of Object.entries(cases)) assert.deepEqual(sorted(await find({ filter })), expected, filter)
  })

  it('counts only measurements on the datasets asked for', async () => {
    const on = async (datasets: object[], filter?: string) => sorted(await find({ datasets, filter }))
    assert.deepEqual(await on([{ dataset_name: 'test' }]), ['three', 'two'])
    assert.deepEqual(await on([{ dataset_name: 'test', dataset_digest: 'd2' }]), ['three'])
    assert.deepEqual(await on([{ dataset_name: 'test', dataset_digest: 'd2' }, { dataset_name: 'train' }]), ['three', 'two'])
    assert.deepEqual(await on([{ dataset_name: 'test' }], 'metrics.acc > 0.6'), ['three'])
    assert.deepEqual(await on([{ dataset_name: 'train' }], 'metrics.acc > 0.6'), ['two'])
  })

  it('orders by attributes and by the latest measurement, models without one last', async () => {
    const by = (...order_by: object[]) => find({ order_by })
    assert.deepEqual(await by({ field_name: 'name' }), ['five', 'four', 'one', 'three', 'two'])
    assert.deepEqual(await by({ field_name: 'name', ascending: false }), ['two', 'three', 'one', 'four', 'five'])
    assert.deepEqual(await by({ field_name: 'metrics.acc' }), ['two', 'three', 'one', 'four', 'five'])
    assert.deepEqual(await by({ field_name: 'metrics.acc', ascending: false }), ['one', 'three', 'two', 'four', 'five'])
    assert.deepEqual((await by({ field_name: 'metrics.acc', dataset_name: 'test', dataset_digest: 'd1' })).slice(0, 2), ['two', 'three'])
    assert.equal((await by({ field_name: 'status', ascending: false }))[0], 'one')
    assert.deepEqual((await by({ field_name: 'status_message' }, { field_name: 'creation_time' }, { field_name: 'name' })), ['one', 'three', 'two', 'five', 'four'])
  })

  it('answers every model once, page by page, in whatever order', async () => {
    const field = fc.constantFrom('name', 'creation_timestamp', 'model_id', 'status', 'status_message', 'metrics.acc', 'metrics.loss', 'metrics.nope')
    const order = fc.array(fc.record({ field_name: field, ascending: fc.boolean() }), { maxLength: 3 })
    await fc.assert(fc.asyncProperty(order, fc.integer({ min: 1, max: 3 }), async (order_by, max_results) => {
      const whole = await find({ order_by })
      const paged: string[] = []
      let page_token: string | undefined
      do {
        const page: Awaited<ReturnType<typeof search>> = await search({ order_by, max_results, page_token })
        paged.push(...(page.models ?? []).map(({ info }) => info.name))
        page_token = page.next_page_token
      } while (page_token !== undefined)
      assert.deepEqual(paged, whole)
    }), { numRuns: 40 })
  })

  it('refuses in the words of MLflow', async () => {
    const { next_page_token: page_token } = await search({ max_results: 1 })
    const cases: [object, string][] = [
      [{ max_results: -1 }, "Invalid value -1 for parameter 'max_results' supplied. It must be a positive integer"],
      [{ experiment_ids: ['x'] }, "Invalid experiment ID 'x'. Experiment ID must be a valid integer."],
      [{ experiment_ids: undefined }, "Missing value for required parameter 'experiment_ids'. See the API docs for more information about request parameters."],
      [{ datasets: [{ dataset_digest: 'd' }] }, '`dataset_name` in the `datasets` clause must be specified.'],
      [{ order_by: [{ field_name: 'nope' }] }, 'Invalid order by field name: nope'],
      [{ order_by: [{}] }, 'Invalid order by field name: '],
      [{ order_by: [{ field_name: 'params.lr' }] }, 'Invalid order by field name: params.lr. Only metrics are supported.'],
      [{ filter: "metrics.acc LIKE 'x'" }, "Invalid comparison operator for metrics.acc: 'LIKE'. Expected one of ('<', '<=', '>', '>=', '=', '!=')."],
      [{ filter: "params.lr > '1'" }, "Invalid comparison operator for params.lr: '>'. Expected one of ('=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN')."],
      [{ filter: 'tags.team IS NULL' }, 'Invalid comparison: tags.teamIS NULL. Expected a comparison with 3 tokens.'],
      [{ filter: "attribute.name = 'x'" }, "Invalid entity type: 'attribute'. Expected one of ['attributes', 'metrics', 'params', 'tags']."],
      [{ page_token, experiment_ids: [other] }, `Experiment IDs in the page token do not match the requested experiment IDs. Expected: ['${other}']. Found: ['${experiment_id}']`],
      [{ page_token: 'abcde' }, 'Invalid page token, could not base64-decode'],
    ]
    for (const [fields, expected] of cases) assert.equal(await refusal(fields), invalid(expected))
    assert.match(await refusal({ page_token, filter: "name = 'x'" }), /^400 INVALID_PARAMETER_VALUE: Filter string in the page token does not match/)
    assert.equal(await refusal({ page_token, order_by: [{ field_name: 'name' }] }), invalid("Order by in the page token does not match the requested order by. Expected: [{'field_name': 'name', 'ascending': True, 'dataset_name': None, 'dataset_digest': None}]. Found: None"))
    assert.match(await refusal({ experiment_ids: Array.from({ length: 10_001 }, (_, id) => String(id)) }), /^400 INVALID_PARAMETER_VALUE: A search for logged models takes at most 10000 experiment_ids/)
    assert.equal(await refusal({ experiment_ids: Array.from({ length: 10_000 }, (_, id) => String(id + 1000)) }), '200 {}')
    assert.match(await refusal({ filter: "nope = 'x'" }), /^400 INVALID_PARAMETER_VALUE/)
    assert.match(await refusal({ filter: "metrics.acc > 'x'" }), /^400 INVALID_PARAMETER_VALUE/)
  })
})
