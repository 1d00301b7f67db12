import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { invalid, notFound } from '@cairn/protocol'
import { read } from '../platform/db/index.ts'
import { startApi, type ApiServer } from '../testing/api-server.ts'
import { datasetMigrations, datasetOperations, datasetRoutes, inputsOf, outputsOf } from './index.ts'

let server: ApiServer
let runs = 0

// Stands for the slice of runs: `r<number>` is a run of experiment 1, `other<number>` one of experiment 2.
const operations = datasetOperations((_tx, runId) => {
  if (runId === 'deleted') throw invalid("The run deleted must be in the 'active' state. Current state is deleted.")
  const [, kind, id] = /^(r|other)(\d+)$/.exec(runId) ?? []
  if (id === undefined) throw notFound(`Run with id=${runId} not found`)
  return { id: Number(id), experimentId: kind === 'r' ? 1 : 2 }
}, () => {})
const readLinks = read('test.links', async (tx, run: string) => {
  const id = Number(/\d+/.exec(run)![0])
  return { inputs: (await inputsOf(tx, [id, 999_999])).get(id), outputs: (await outputsOf(tx, [id, 999_999])).get(id) }
})

before(async () => {
  server = await startApi({ migrations: datasetMigrations, now: () => 0, routes: (db) => datasetRoutes({ db, operations }) })
})
after(async () => server[Symbol.asyncDispose]())

const newRun = (): string => `r${runs += 1}`
const links = (run: string) => server.db.read(readLinks, run)
const dataset = (fields: object = {}) => ({ name: 'd', digest: 'g', source_type: 't', source: 's', ...fields })
const context = (value: string) => [{ key: 'mlflow.data.context', value }]
const refused = (message: string): string => `400 INVALID_PARAMETER_VALUE: ${message}`

describe('inputs of a run', () => {
  it('are datasets in the order in which they were logged, each with its tags', async () => {
    const run_id = newRun()
    await server.call(api.logInputs, { run_id, datasets: [
      { dataset: dataset({ name: 'z', schema: '{}', profile: '' }), tags: [...context('train'), { key: 'a' }] },
      { dataset: dataset({ name: 'b' }) },
    ] })
    assert.deepEqual(await links(run_id), { outputs: undefined, inputs: { dataset_inputs: [
      { tags: [{ key: 'a', value: '' }, ...context('train')], dataset: { name: 'z', digest: 'g', source_type: 't', source: 's', schema: '{}' } },
      { dataset: { name: 'b', digest: 'g', source_type: 't', source: 's' } },
    ] } })
  })

  it('stay as they were when the same dataset is logged again', async () => {
    const run_id = newRun()
    await server.call(api.logInputs, { run_id, datasets: [{ dataset: dataset(), tags: context('train') }, { dataset: dataset(), tags: context('test') }] })
    await server.call(api.logInputs, { run_id, datasets: [{ dataset: dataset({ source: 'elsewhere' }), tags: context('eval') }] })
    assert.deepEqual((await links(run_id)).inputs, { dataset_inputs: [{ tags: context('train'), dataset: { name: 'd', digest: 'g', source_type: 't', source: 's' } }] })
  })

  it('may lack everything, as in MLflow', async () => {
    const run_id = newRun()
    await server.call(api.logInputs, { run_id, datasets: [{ tags: [] }, { dataset: {} }, { dataset: { name: 'no digest' } }] })
    assert.deepEqual((await links(run_id)).inputs?.dataset_inputs?.map(({ dataset: { name, digest } }) => [name, digest]), [['', ''], ['no digest', '']])
    assert.equal(await server.error(api.logInputs, { run_id }), '200 {}')
  })

  it('are models too, of which none has to exist', async () => {
    const run_id = newRun()
    await server.call(api.logInputs, { run_id, models: [{ model_id: 'm-2' }, { model_id: 'm-1' }, { model_id: 'm-2' }] })
    assert.deepEqual((await links(run_id)).inputs, { model_inputs: [{ model_id: 'm-1' }, { model_id: 'm-2' }] })
  })

  it('are refused with MLflow\'s limits, all of them or none', async () => {
    const run_id = newRun()
    const error = (fields: object, tags: object[] = []) => server.error(api.logInputs, { run_id, datasets: [{ dataset: dataset() }, { dataset: dataset(fields), tags }] })
    assert.equal(await error({ name: 'x'.repeat(501) }), refused("'name' exceeds the maximum length of 500 characters"))
    assert.equal(await error({ digest: 'x'.repeat(37) }), refused("'digest' exceeds the maximum length of 36 characters"))
    assert.equal(await error({ source: 'x'.repeat(65_536) }), refused("'source' exceeds the maximum length of 65535 characters"))
    assert.equal(await error({ schema: 'x'.repeat(1_048_576) }), refused("'schema' exceeds the maximum length of 1048575 characters"))
    assert.equal(await error({ profile: 'x'.repeat(16_777_216) }), refused("'profile' exceeds the maximum length of 16777215 characters"))
    assert.equal(await error({}, [{ key: 'k'.repeat(256) }]), refused("'key' exceeds the maximum length of 255 characters"))
    assert.equal(await error({}, [{ key: 'k', value: 'x'.repeat(501) }]), refused("'value' exceeds the maximum length of 500 characters"))
    assert.equal(await error({}, [{ key: 'k', value: '1' }, { key: 'k', value: '2' }]), "400 BAD_REQUEST: The tag 'k' is given more than once.")
    assert.deepEqual(await links(run_id), { inputs: undefined, outputs: undefined })
  })
})

it('outputs of a run are models with a step, and logging one again changes nothing', async () => {
  const run_id = newRun()
  await server.call(api.logOutputs, { run_id, models: [{ model_id: 'm-2', step: 3 }, { model_id: 'm-1' }] })
  await server.call(api.logOutputs, { run_id, models: [{ model_id: 'm-2', step: 3 }] })
  assert.deepEqual((await links(run_id)).outputs, { model_outputs: [{ model_id: 'm-1', step: 0 }, { model_id: 'm-2', step: 3 }] })
  await server.call(api.logOutputs, { run_id, models: [{ model_id: 'm-1', step: 9 }] })
  assert.equal((await links(run_id)).outputs?.model_outputs?.[0]?.step, 0)
  assert.match(await server.error(api.logOutputs, { run_id }), /^400 INVALID_PARAMETER_VALUE: Missing value for required parameter 'models'/)
})

it('links need an active run with a well-formed id', async () => {
  for (const endpoint of [api.logInputs, api.logOutputs]) {
    assert.equal(await server.error(endpoint, { run_id: 'nope', models: [] }), '404 RESOURCE_DOES_NOT_EXIST: Run with id=nope not found')
    assert.equal(await server.error(endpoint, { run_id: 'deleted', models: [] }), refused("The run deleted must be in the 'active' state. Current state is deleted."))
  }
  assert.equal(await server.error(api.logInputs, { run_id: 'a b' }), refused('Invalid value "a b" for parameter \'run_id\' supplied.'))
})

describe('searching datasets', () => {
  it('answers each dataset of the experiments once per context', async () => {
    for (const run_id of ['other1001', 'other1002']) {
      await server.call(api.logInputs, { run_id, datasets: [{ dataset: dataset({ name: 'b' }), tags: context('train') }, { dataset: dataset({ name: 'a' }) }] })
    }
    await server.call(api.logInputs, { run_id: 'other1003', datasets: [{ dataset: dataset({ name: 'b' }), tags: context('eval') }] })
    assert.deepEqual(await server.call(api.searchDatasets, { experiment_ids: ['2', '77', '2'] }), { dataset_summaries: [
      { experiment_id: '2', name: 'a', digest: 'g' },
      { experiment_id: '2', name: 'b', digest: 'g', context: 'eval' },
      { experiment_id: '2', name: 'b', digest: 'g', context: 'train' },
    ] })
    assert.deepEqual(await server.call(api.searchDatasets, { experiment_ids: ['77'] }), {})
  })

  it('needs one to twenty experiments', async () => {
    const error = (experiment_ids?: string[]) => server.error(api.searchDatasets, { experiment_ids })
    assert.equal(await error(), refused('SearchDatasets request must specify at least one experiment_id.'))
    assert.equal(await error([]), refused('SearchDatasets request must specify at least one experiment_id.'))
    assert.equal(await error(Array.from({ length: 21 }, () => '1')), refused('SearchDatasets request cannot specify more than 20 experiment_ids. Received 21 experiment_ids.'))
    assert.equal(await error(['x']), refused("Invalid experiment ID 'x'. Experiment ID must be a valid integer."))
  })
})
