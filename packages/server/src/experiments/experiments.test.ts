import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { auditMigrations } from '../audit/index.ts'
import type { AnyOperation } from '../platform/db/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { experimentMigrations, experimentOperations, experimentRoutes } from './index.ts'

let server: ApiServer
let now = 1000
let marked: unknown[] = []
let events: unknown[] = []
let serial = 0

const operations = experimentOperations((_tx, id, stage, at) => { marked.push([id, stage, at]) })
const artifactLocations = { root: 'mlflow-artifacts:/', maxLength: 2048, cwd: '/srv/cairn' }

before(async () => {
  server = await startApi({
    migrations: [...auditMigrations, ...experimentMigrations],
    now: () => now,
    routes: async (db) => {
      await db.write(operations.createDefault, { root: artifactLocations.root, now })
      await db.write(operations.createDefault, { root: 'file:///elsewhere', now })
      return experimentRoutes({ db, operations, artifactLocations, maxResults: 50_000, live: { publish: (event) => events.push(event) } })
    },
  })
})
after(async () => server[Symbol.asyncDispose]())
beforeEach(() => {
  marked = []
  events = []
})

const create = async (fields: object = {}): Promise<string> =>
  (await server.call(api.createExperiment, { name: `experiment ${serial += 1}`, ...fields })).experiment_id
const get = async (experiment_id: string) => (await server.call(api.getExperiment, { experiment_id })).experiment
const invalid = (message: string): string => `400 INVALID_PARAMETER_VALUE: ${message}`
const notFound = (message: string): string => `404 RESOURCE_DOES_NOT_EXIST: ${message}`

it('the default experiment is there from the start, made once', async () => {
  assert.deepEqual(await get('0'), {
    experiment_id: '0', name: 'Default', artifact_location: 'mlflow-artifacts:/0', lifecycle_stage: 'active',
    last_update_time: 1000, creation_time: 1000, workspace: 'default',
  })
})

describe('creating an experiment', () => {
  it('answers an id of its own and keeps tags in the order in which they were given', async () => {
    now = 2000
    const experiment_id = await create({ name: 'churn', tags: [{ key: 'b', value: '1' }, { key: 'a' }] })
    assert.match(experiment_id, /^[1-9]\d*$/)
    const expected = {
      experiment_id, name: 'churn', artifact_location: `mlflow-artifacts:/${experiment_id}`, lifecycle_stage: 'active',
      last_update_time: 2000, creation_time: 2000, tags: [{ key: 'b', value: '1' }, { key: 'a', value: '' }], workspace: 'default',
    }
    assert.deepEqual(await get(experiment_id), expected)
    assert.deepEqual((await server.call(api.getExperimentByName, { experiment_name: 'churn' })).experiment, expected)
    assert.deepEqual(events, [{ type: 'experiment', experiment_id, change: 'created', name: 'churn' }])
    assert.equal(Number(await create()), Number(experiment_id) + 1)
  })

  it('refuses a name that is taken, also by a deleted experiment', async () => {
    const experiment_id = await create({ name: 'taken' })
    const expected = '400 RESOURCE_ALREADY_EXISTS: Experiment(name=taken) already exists.'
    assert.equal(await server.error(api.createExperiment, { name: 'taken' }), expected)
    await server.call(api.deleteExperiment, { experiment_id })
    assert.equal(await server.error(api.createExperiment, { name: 'taken' }), expected)
  })

  it('refuses names and tags in the words of MLflow, and then creates nothing', async () => {
    const refused = (fields: object) => server.error(api.createExperiment, { name: 'refused', ...fields })
    assert.equal(await refused({ name: 'x'.repeat(501) }), invalid("'name' exceeds the maximum length of 500 characters"))
    assert.equal(await refused({ name: '' }), invalid("Missing value for required parameter 'name'. See the API docs for more information about request parameters."))
    assert.equal(await refused({ tags: [{ value: '1' }] }), invalid('Invalid value "" for parameter \'key\' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to \'.\''))
    assert.equal(await refused({ tags: [{ key: 'k', value: 'x'.repeat(20_001) }] }), invalid("'value' exceeds the maximum length of 20000 characters"))
    assert.match(await refused({ tags: [{ key: 'k' }, { key: 'k' }] }), /^400 INVALID_PARAMETER_VALUE: Duplicate tag keys/)
    const views = Array.from({ length: 51 }, (_, index) => ({ key: `mlflow.customView.view${index}`, value: 'x' }))
    assert.equal(await refused({ tags: views }), invalid('Unable to create another custom view; the maximum number of custom views per experiment is 50. Delete an existing custom view before creating a new one.'))
    assert.equal(await server.error(api.getExperimentByName, { experiment_name: 'refused' }), notFound("Could not find experiment with name 'refused'"))
    await create({ name: '😀'.repeat(500) })
  })

  it('takes a location that clients reach, and resolves a relative folder', async () => {
    const located = async (artifact_location: string) => (await get(await create({ artifact_location }))).artifact_location
    assert.equal(await located('s3://bucket/a?region=x'), 's3://bucket/a?region=x')
    assert.equal(await located('relative/x'), '/srv/cairn/relative/x')
    assert.equal(await located('file:///data'), 'file:///data')
    assert.equal(await located('mlflow-artifacts:/team'), 'mlflow-artifacts:/team')
  })

  it('refuses locations in the words of MLflow', async () => {
    const refused = (artifact_location: string) => server.error(api.createExperiment, { name: 'nowhere', artifact_location })
    const host = (scheme: string) => invalid(`'artifact_location' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it.`)
    assert.equal(await refused('file:/x#y'), invalid("'artifact_location' URL can't include fragments or params."))
    assert.equal(await refused('/x;y'), invalid("'artifact_location' URL can't include fragments or params."))
    assert.equal(await refused('http://x/y'), host('http'))
    assert.equal(await refused('mlflow-artifacts://other:5000/y'), host('mlflow-artifacts'))
    assert.equal(await refused('runs:/x'), invalid("Artifact location cannot be a runs:/ URI. Given: 'runs:/x'"))
    for (const query of ['..', '%2e%2e', '%252e%252e']) assert.equal(await refused(`s3://x/y?a=${query}`), invalid('Invalid query string'))
    assert.equal(await refused('x'.repeat(2049)), invalid('Invalid artifact path length. The length of the artifact path cannot be greater than 2048 characters. To configure this limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.'))
  })
})

describe('an experiment id', () => {
  it('has one spelling', async () => {
    for (const id of ['abc', '02', '+2', '٢', '1_0', '1.0', ' 1', '-0', "1' OR '1'='1"]) {
      assert.equal(await server.error(api.getExperiment, { experiment_id: id }), invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`))
    }
  })

  it('that nothing has is not found, however large', async () => {
    for (const id of ['999999', '-1', '99999999999999999999']) {
      assert.equal(await server.error(api.getExperiment, { experiment_id: id }), notFound(`No Experiment with id=${id} exists`))
    }
  })
})

describe('deleting and restoring', () => {
  it('takes all runs along, and is refused for what is there already', async () => {
    const experiment_id = await create()
    const gone = notFound(`No Experiment with id=${experiment_id} exists`)
    now = 3000
    await server.call(api.deleteExperiment, { experiment_id })
    assert.equal((await get(experiment_id)).lifecycle_stage, 'deleted')
    assert.equal((await get(experiment_id)).last_update_time, 3000)
    assert.equal(await server.error(api.deleteExperiment, { experiment_id }), gone)
    await server.call(api.restoreExperiment, { experiment_id })
    assert.equal(await server.error(api.restoreExperiment, { experiment_id }), gone)
    assert.deepEqual(marked, [[Number(experiment_id), 'deleted', 3000], [Number(experiment_id), 'active', 3000]])
  })
})

describe('renaming', () => {
  it('changes the name and the time', async () => {
    const experiment_id = await create()
    now = 4000
    await server.call(api.updateExperiment, { experiment_id, new_name: 'renamed' })
    const { name, last_update_time } = await get(experiment_id)
    assert.deepEqual([name, last_update_time], ['renamed', 4000])
    await server.call(api.updateExperiment, { experiment_id, new_name: 'renamed' })
  })

  it('is refused for a deleted experiment, a taken name and a name too long', async () => {
    const experiment_id = await create()
    assert.equal(await server.error(api.updateExperiment, { experiment_id, new_name: 'Default' }), '400 BAD_REQUEST: Experiment(name=Default) already exists.')
    assert.equal(await server.error(api.updateExperiment, { experiment_id, new_name: 'x'.repeat(501) }), invalid("'name' exceeds the maximum length of 500 characters"))
    assert.equal(await server.error(api.updateExperiment, { experiment_id: '77777', new_name: 'x' }), notFound('No Experiment with id=77777 exists'))
    await server.call(api.deleteExperiment, { experiment_id })
    assert.equal(await server.error(api.updateExperiment, { experiment_id, new_name: 'x' }), '409 INVALID_STATE: Cannot rename a non-active experiment.')
  })
})

describe('tags of an experiment', () => {
  it('are set, replaced in place and deleted', async () => {
    const experiment_id = await create({ tags: [{ key: 'b', value: '1' }, { key: 'a', value: '2' }] })
    await server.call(api.setExperimentTag, { experiment_id, key: 'b', value: 'new' })
    await server.call(api.setExperimentTag, { experiment_id, key: '0' })
    assert.deepEqual((await get(experiment_id)).tags, [{ key: 'b', value: 'new' }, { key: 'a', value: '2' }, { key: '0', value: '' }])
    await server.call(api.deleteExperimentTag, { experiment_id, key: 'b' })
    assert.equal(await server.error(api.deleteExperimentTag, { experiment_id, key: 'x.y' }), notFound(`No tag with name: x.y in experiment with id ${experiment_id}`))
    assert.deepEqual((await get(experiment_id)).tags, [{ key: 'a', value: '2' }, { key: '0', value: '' }])
  })

  it('are refused for missing and deleted experiments', async () => {
    const experiment_id = await create()
    await server.call(api.deleteExperiment, { experiment_id })
    const deleted = invalid(`The experiment ${experiment_id} must be in the 'active' state. Current state is deleted.`)
    assert.equal(await server.error(api.setExperimentTag, { experiment_id, key: 'k', value: 'v' }), deleted)
    assert.equal(await server.error(api.deleteExperimentTag, { experiment_id, key: 'k' }), deleted)
    assert.equal(await server.error(api.setExperimentTag, { experiment_id: '88888', key: 'k' }), notFound('No Experiment with id=88888 exists'))
    assert.match(await server.error(api.deleteExperimentTag, { experiment_id: "' OR 'a'='a", key: 'k' }), /^400 INVALID_PARAMETER_VALUE: Invalid experiment ID/)
  })

  it('have MLflow\'s limits', async () => {
    const experiment_id = await create()
    const refused = (key: string, value = '') => server.error(api.setExperimentTag, { experiment_id, key, value })
    assert.equal(await refused('k'.repeat(251)), invalid("'key' exceeds the maximum length of 250 characters"))
    assert.equal(await refused('k', 'x'.repeat(20_001)), invalid("'value' exceeds the maximum length of 20000 characters"))
    assert.match(await refused('../k'), /This name would resolve to '\.\.\/k'$/)
    assert.equal(await refused('mlflow.trace.archivalRetention', 'x'), invalid('Trace archival config must be encoded as a JSON object.'))
    assert.equal(await refused('mlflow.trace.archivalRetention', '{"type":"duration","value":"30d"}'), '200 {}')
    assert.equal(await refused('mlflow.trace.archiveNow', '{}'), '200 {}')
  })

  it('hold at most 50 custom views, which can still be changed', async () => {
    const view = (index: number) => ({ key: `mlflow.customView.view${index}`, value: 'x' })
    const experiment_id = await create({ tags: Array.from({ length: 50 }, (_, index) => view(index)) })
    await server.call(api.setExperimentTag, { experiment_id, ...view(7) })
    assert.equal(await server.error(api.setExperimentTag, { experiment_id, ...view(50) }), invalid(`Unable to create another custom view for experiment ${experiment_id}; the maximum number of custom views per experiment is 50. Delete an existing custom view before creating a new one.`))
  })
})

it('every operation has a name of its own, so that threads can find it', () => {
  const names = Object.values<AnyOperation>(operations).map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
})
