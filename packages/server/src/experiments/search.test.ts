import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import fc from 'fast-check'
import { auditMigrations } from '../audit/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { experimentMigrations, experimentOperations, experimentRoutes } from './index.ts'

let server: ApiServer
let now = 0
const operations = experimentOperations(() => {})
/** The ids of the experiments below, by name. */
const ids = new Map<string, string>()

// Several share a time, so that only the tie-breaker tells them apart.
const experiments = [
  { name: 'alpha', time: 100, tags: { team: 'nlp', stage: 'dev' } },
  { name: 'Alpha two', time: 200, tags: { team: 'NLP' } },
  { name: 'beta_1', time: 200, tags: { team: 'vision', 'a b/c': '50%' } },
  { name: 'betax1', time: 300, tags: {} },
  { name: 'gamma', time: 300, tags: { team: "it's" } },
  { name: 'émile', time: 50, tags: { team: '' } },
  { name: 'gone', time: 400, tags: { team: 'nlp' } },
]

before(async () => {
  server = await startApi({
    migrations: [...auditMigrations, ...experimentMigrations], now: () => now,
    routes: (db) => experimentRoutes({ db, operations, maxResults: 50_000, artifactLocations: { root: 'mlflow-artifacts:/', maxLength: 2048, cwd: '/' } }),
  })
  for (const { name, time, tags } of experiments) {
    now = time
    const wanted = { name, tags: Object.entries(tags).map(([key, value]) => ({ key, value })) }
    ids.set(name, (await server.call(api.createExperiment, wanted)).experiment_id)
  }
  await server.call(api.deleteExperiment, { experiment_id: ids.get('gone') })
})
after(async () => server[Symbol.asyncDispose]())

const find = async (fields: object = {}): Promise<string[]> =>
  ((await server.call(api.searchExperiments, { max_results: 100, ...fields })).experiments ?? []).map(({ name }) => name)
const refusal = (fields: object) => server.error(api.searchExperiments, { max_results: 100, ...fields })
const invalid = (message: string): string => `400 INVALID_PARAMETER_VALUE: ${message}`

describe('searching experiments', () => {
  it('answers active ones, the newest first and then by id, unless told otherwise', async () => {
    assert.deepEqual(await find(), ['betax1', 'gamma', 'Alpha two', 'beta_1', 'alpha', 'émile'])
    assert.deepEqual(await find({ view_type: 'DELETED_ONLY' }), ['gone'])
    assert.deepEqual(await find({ view_type: 'ALL', order_by: ['name'] }), ['Alpha two', 'alpha', 'beta_1', 'betax1', 'gamma', 'gone', 'émile'])
    assert.deepEqual(await find({ order_by: ['creation_time'] }), ['émile', 'alpha', 'beta_1', 'Alpha two', 'gamma', 'betax1'])
    assert.deepEqual(await find({ order_by: ['attribute.last_update_time ASC', 'name DESC'] }), ['émile', 'alpha', 'beta_1', 'Alpha two', 'gamma', 'betax1'])
  })

  it('answers nothing as an empty message, and a whole experiment with its tags', async () => {
    assert.deepEqual(await server.call(api.searchExperiments, { max_results: 1, filter: "name = 'nope'" }), {})
    assert.deepEqual(await server.call(api.searchExperiments, { max_results: 1, filter: "name = 'alpha'" }), { experiments: [{
      experiment_id: ids.get('alpha'), name: 'alpha', artifact_location: `mlflow-artifacts:/${ids.get('alpha')}`, lifecycle_stage: 'active',
      last_update_time: 100, creation_time: 100, tags: [{ key: 'team', value: 'nlp' }, { key: 'stage', value: 'dev' }], workspace: 'default',
    }] })
  })

  it('reads filters as MLflow does', async () => {
    const cases: Record<string, string[]> = {
      "name = 'alpha'": ['alpha'],
      "name != 'alpha'": ['betax1', 'gamma', 'Alpha two', 'beta_1', 'émile'],
      "name LIKE 'beta_1'": ['betax1', 'beta_1'],
      "name LIKE 'alpha%'": ['alpha'],
      "name ILIKE 'ALPHA%'": ['Alpha two', 'alpha'],
      "attribute.name LIKE '%ile'": ['émile'],
      'creation_time > 200': ['betax1', 'gamma'],
      'creation_time >= 200 AND creation_time < 300': ['Alpha two', 'beta_1'],
      'last_update_time = 50': ['émile'],
      'creation_time < 99999999999999999999': ['betax1', 'gamma', 'Alpha two', 'beta_1', 'alpha', 'émile'],
      'creation_time > 99999999999999999999': [],
      "tags.team = 'nlp'": ['alpha'],
      "tag.team != 'nlp'": ['gamma', 'Alpha two', 'beta_1', 'émile'],
      "tags.team ILIKE 'n%'": ['Alpha two', 'alpha'],
      "tags.team = ''": ['émile'],
      'tags.team IS NULL': ['betax1'],
      'tags.stage IS NOT NULL': ['alpha'],
      "tags.`a b/c` LIKE '50%'": ['beta_1'],
      'tags.team = "it\'s"': ['gamma'],
      "tags.team = 'nlp' AND tags.stage = 'dev' AND name LIKE 'a%'": ['alpha'],
      "tags.team = 'nlp' AND tags.stage = 'prod'": [],
      [`experiment_id = '${ids.get('gamma')}'`]: ['gamma'],
      [`experiment_id IN ('${ids.get('gamma')}', '${ids.get('alpha')}', '424242')`]: ['gamma', 'alpha'],
      [`experiment_id NOT IN ('${ids.get('gamma')}')`]: ['betax1', 'Alpha two', 'beta_1', 'alpha', 'émile'],
      "experiment_id != '99999999999999999999'": ['betax1', 'gamma', 'Alpha two', 'beta_1', 'alpha', 'émile'],
    }
    for (const [filter, expected] of Object.entries(cases)) assert.deepEqual(await find({ filter }), expected, filter)
  })

  it('refuses in the words of MLflow', async () => {
    const cases: [object, string | RegExp][] = [
      [{ max_results: 0 }, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"],
      [{ max_results: undefined }, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"],
      [{ max_results: -1 }, "Invalid value -1 for parameter 'max_results' supplied. It must be a positive integer"],
      [{ max_results: 50_001 }, "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000"],
      [{ filter: 'tags.team = 1' }, "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1"],
      [{ filter: 'name IS NULL' }, "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'"],
      [{ filter: "nope = 'x'" }, /^Invalid attribute key 'nope' specified. Valid keys are '\{'creation_time', 'experiment_id', 'last_update_time', 'name'\}'$/],
      [{ filter: '1' }, 'Invalid clause(s) in filter string: 1'],
      [{ filter: "tags.team iLike 'x'" }, 'Invalid comparator for tag: iLike'],
      [{ filter: "tags.team > 'x'" }, 'Invalid comparator for tag: >'],
      [{ filter: "attr.name = 'x'" }, "Invalid entity type 'attr'. Valid entity types are ('attribute', 'tag', 'tags')"],
      [{ filter: "experiment_id = 'x'" }, "Invalid experiment ID 'x'. Experiment ID must be a valid integer."],
      [{ filter: "experiment_id LIKE '1'" }, 'Invalid comparator for experiment_id: LIKE'],
      [{ filter: 'creation_time > 1.5' }, "Invalid value for numeric attribute 'creation_time': '1.5'"],
      [{ filter: "creation_time > '1'" }, "Expected numeric value type for numeric attribute: creation_time. Found '1'"],
      [{ filter: "name IN ('a')" }, "Only ['experiment_id'] attributes support comparison with a list of quoted string values."],
      [{ order_by: ['name, creation_time'] }, "Invalid order_by clause 'name, creation_time'. Could not be parsed."],
      [{ order_by: ['name FOO'] }, "Invalid ordering key in order_by clause 'name FOO'."],
      [{ order_by: ['tags.team'] }, 'Invalid order_by entity: tag'],
      [{ page_token: 'abc' }, 'Invalid page token, could not base64-decode'],
      [{ page_token: 'abcde' }, 'Invalid page token, could not base64-decode'],
      [{ page_token: '!!!!' }, "Invalid page token, decoded value=b''"],
      [{ page_token: '/w==' }, "Invalid page token, decoded value=b'\\xff'"],
      [{ page_token: 'e30=' }, 'Invalid page token, parsed value={}'],
    ]
    for (const [fields, expected] of cases) {
      const message = await refusal(fields)
      if (typeof expected === 'string') assert.equal(message, invalid(expected))
      else assert.match(message.replace('400 INVALID_PARAMETER_VALUE: ', ''), expected)
    }
    assert.match(await refusal({ filter: `name LIKE '${'%'.repeat(60_000)}'` }), /^400 INVALID_PARAMETER_VALUE/)
  })

  it('has its arguments in the query string of a GET', async () => {
    const { experiments: found } = await server.call(api.searchExperimentsGet, { max_results: 2, order_by: ['name DESC'], filter: "name LIKE '%mma'" })
    assert.deepEqual(found?.map(({ name }) => name), ['gamma'])
  })

  it('answers every experiment once, page by page, in whatever order', async () => {
    const key = fc.constantFrom('name', 'experiment_id', 'creation_time', 'last_update_time')
    const order = fc.array(fc.tuple(key, fc.constantFrom('', ' ASC', ' DESC')).map(([name, direction]) => name + direction), { maxLength: 3 })
    await fc.assert(fc.asyncProperty(order, fc.integer({ min: 1, max: 4 }), async (order_by, max_results) => {
      const whole = await find({ order_by })
      const paged: string[] = []
      let page_token: string | undefined
      do {
        const page: { experiments?: { name: string }[]; next_page_token?: string } = await server.call(api.searchExperiments, { max_results, order_by, page_token })
        paged.push(...(page.experiments ?? []).map(({ name }) => name))
        page_token = page.next_page_token
      } while (page_token !== undefined)
      assert.deepEqual(paged, whole)
    }), { numRuns: 40 })
  })

  it('takes a page token only with the order that it was made for', async () => {
    const { next_page_token: page_token } = await server.call(api.searchExperiments, { max_results: 1, order_by: ['name'] })
    assert.match(await refusal({ page_token, order_by: ['creation_time'] }), /^400 INVALID_PARAMETER_VALUE: Invalid page token, parsed value=/)
    assert.deepEqual((await find({ page_token, order_by: ['name'] }))[0], 'alpha')
  })
})
