import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { startModels, type ModelServer } from './testing.ts'

let models: ModelServer
let server: ModelServer['api']
let experiment_id: string
before(async () => {
  models = await startModels()
  server = models.api
})
after(async () => models[Symbol.asyncDispose]())
beforeEach(async () => {
  experiment_id = await models.newExperiment()
  models.events.length = 0
  models.now = 1000
})

const get = async (model_id: string, fields: object = {}) => (await server.call(api.getLoggedModel, { model_id, ...fields })).model
const missing = (model_id: string): string => `404 RESOURCE_DOES_NOT_EXIST: Logged model with ID '${model_id}' not found.`
const invalid = (message: string): string => `400 INVALID_PARAMETER_VALUE: ${message}`

describe('creating a logged model', () => {
  it('answers it pending, with a generated name and its place under the experiment\'s', async () => {
    const { model } = await server.call(api.createLoggedModel, { experiment_id })
    const { model_id, name } = model.info
    assert.match(model_id, /^m-[0-9a-f]{32}$/)
    assert.match(name, /^[a-z]+-[a-z]+-\d+$/)
    assert.deepEqual(model, {
      info: {
        model_id, experiment_id, name, creation_timestamp_ms: 1000, last_updated_timestamp_ms: 1000,
        artifact_uri: `mlflow-artifacts:/${experiment_id}/models/${model_id}/artifacts`, status: 'LOGGED_MODEL_PENDING', model_type: '', source_run_id: '',
      },
      data: {},
    })
    assert.deepEqual(await get(model_id), model)
    assert.deepEqual(models.events, [{ type: 'logged-model', experiment_id, model_id, change: 'created' }])
  })

  it('keeps what it was given', async () => {
    const { model } = await server.call(api.createLoggedModel, {
      experiment_id, name: 'clf', model_type: 'Agent', source_run_id: 'r1',
      params: [{ key: 'z', value: '1' }, { key: 'a' }], tags: [{ key: 't', value: 'x' }],
    })
    assert.deepEqual(model.data, { params: [{ key: 'a', value: '' }, { key: 'z', value: '1' }] })
    const { name, model_type, source_run_id, tags } = model.info
    assert.deepEqual([name, model_type, source_run_id, tags], ['clf', 'Agent', 'r1', [{ key: 't', value: 'x' }]])
  })

  it('refuses in the words of MLflow', async () => {
    const refused = (fields: object) => server.error(api.createLoggedModel, { experiment_id, ...fields })
    assert.equal(await refused({ name: 'a/b' }), invalid("Invalid model name ('a/b') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")"))
    assert.match(await refused({ name: "it's" }), /^400 INVALID_PARAMETER_VALUE: Invalid model name \("it's"\) provided/)
    assert.equal(await refused({ experiment_id: '99999' }), '404 RESOURCE_DOES_NOT_EXIST: No Experiment with id=99999 exists')
    assert.equal(await refused({ experiment_id: 'x' }), invalid("Invalid experiment ID 'x'. Experiment ID must be a valid integer."))
    assert.match(await refused({ params: [{ key: 'p', value: '1' }, { key: 'p', value: '1' }] }), /^400 BAD_REQUEST: /)
    assert.match(await refused({ tags: [{ key: 'p', value: '1' }, { key: 'p', value: '2' }] }), /^400 BAD_REQUEST: /)
    await server.call(api.deleteExperiment, { experiment_id })
    assert.equal(await refused({}), invalid(`The experiment ${experiment_id} must be in the 'active' state. Current state is deleted.`))
  })
})

describe('a logged model', () => {
  it('becomes ready, failed, or pending again', async () => {
    const { model_id } = await models.newModel({ experiment_id })
    for (const status of ['LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED', 'LOGGED_MODEL_PENDING', 'LOGGED_MODEL_STATUS_UNSPECIFIED'] as const) {
      models.now += 1
      const { model } = await server.call(api.finalizeLoggedModel, { model_id, status })
      assert.deepEqual([model.info.status, model.info.last_updated_timestamp_ms, model.info.creation_timestamp_ms], [status, models.now, 1000])
    }
    assert.equal(await server.error(api.finalizeLoggedModel, { model_id: 'nope', status: 'LOGGED_MODEL_READY' }), missing('nope'))
    assert.match(await server.error(api.finalizeLoggedModel, { model_id }), /^400 INVALID_PARAMETER_VALUE: Missing value for required parameter 'status'/)
  })

  it('is gone when it was deleted, but for those who ask for deleted ones and for changes', async () => {
    const { model_id } = await models.newModel({ experiment_id })
    models.now = 2000
    await server.call(api.deleteLoggedModel, { model_id })
    await server.call(api.deleteLoggedModel, { model_id })
    assert.equal(await server.error(api.getLoggedModel, { model_id }), missing(model_id))
    assert.equal((await get(model_id, { allow_deleted: true })).info.last_updated_timestamp_ms, 2000)
    await server.call(api.setLoggedModelTags, { model_id, tags: [{ key: 't', value: 'x' }] })
    assert.equal(await server.error(api.deleteLoggedModel, { model_id: 'none' }), missing('none'))
  })

  it('has tags that are replaced and deleted', async () => {
    const { model_id } = await models.newModel({ experiment_id, tags: [{ key: 'b', value: '1' }] })
    assert.deepEqual(await server.call(api.setLoggedModelTags, { model_id, tags: [{ key: 'b', value: '2' }, { key: 'a', value: '3' }, { key: 'a', value: '4' }] }), {})
    assert.deepEqual((await get(model_id)).info.tags, [{ key: 'a', value: '4' }, { key: 'b', value: '2' }])
    await server.call(api.deleteLoggedModelTag, { model_id, tag_key: 'b' })
    assert.deepEqual((await get(model_id)).info.tags, [{ key: 'a', value: '4' }])
    assert.equal(await server.error(api.deleteLoggedModelTag, { model_id, tag_key: 'Team' }), `404 RESOURCE_DOES_NOT_EXIST: No tag with key 'Team' found for model with ID '${model_id}'.`)
    assert.equal(await server.error(api.deleteLoggedModelTag, { model_id, tag_key: "zz'" }), `404 RESOURCE_DOES_NOT_EXIST: No tag with key "zz'" found for model with ID '${model_id}'.`)
    assert.equal(await server.error(api.setLoggedModelTags, { model_id: 'none', tags: [] }), missing('none'))
  })

  it('gets params once each; a request that repeats one adds none of its params', async () => {
    const { model_id } = await models.newModel({ experiment_id, params: [{ key: 'lr', value: '1' }] })
    await server.call(api.logLoggedModelParams, { model_id, params: [{ key: 'depth', value: '3' }] })
    assert.match(await server.error(api.logLoggedModelParams, { model_id, params: [{ key: 'new', value: '1' }, { key: 'lr', value: '1' }] }), /^400 BAD_REQUEST: /)
    assert.deepEqual((await get(model_id)).data.params, [{ key: 'depth', value: '3' }, { key: 'lr', value: '1' }])
    assert.equal(await server.error(api.logLoggedModelParams, { model_id: 'none', params: [] }), missing('none'))
  })
})

describe('measurements of a logged model', () => {
  it('are answered with run and dataset, NaN as NaN and infinities as the largest numbers', async () => {
    const { model_id } = await models.newModel({ experiment_id })
    await models.measure(
      'r1',
      { key: 'loss', value: 0.5, timestamp: 2, step: 1, model_id, dataset_name: 'test', dataset_digest: 'abc' },
      { key: 'acc', value: NaN, timestamp: 1, model_id },
      { key: 'acc', value: Infinity, timestamp: 2, model_id },
      { key: 'other', value: 1, timestamp: 1 }, { key: 'other', value: 1, timestamp: 1, model_id: '' },
    )
    assert.deepEqual((await get(model_id)).data.metrics, [
      { key: 'acc', value: 'NaN', timestamp: 1, step: 0, model_id, run_id: 'r1' },
      { key: 'acc', value: Number.MAX_VALUE, timestamp: 2, step: 0, model_id, run_id: 'r1' },
      { key: 'loss', value: 0.5, timestamp: 2, step: 1, dataset_name: 'test', dataset_digest: 'abc', model_id, run_id: 'r1' },
    ])
  })

  it('are the same when they are logged again, and differ by dataset', async () => {
    const { model_id } = await models.newModel({ experiment_id })
    const metric = { key: 'acc', value: 0.5, timestamp: 1, model_id }
    await models.measure('r1', metric, metric)
    await models.measure('r1', metric, { ...metric, dataset_name: 'a', value: 0.7 })
    assert.deepEqual((await get(model_id)).data.metrics?.map(({ value }) => value), [0.5, 0.7])
  })

  it('need a model that exists, and are stored all or none', async () => {
    const { model_id } = await models.newModel({ experiment_id })
    await assert.rejects(
      models.measure('r1', { key: 'acc', value: 1, timestamp: 1, model_id }, { key: 'acc', value: 1, timestamp: 1, model_id: 'nope' }),
      { code: 'BAD_REQUEST', message: "Logged model with ID 'nope' not found." },
    )
    assert.deepEqual((await get(model_id)).data, {})
  })
})
