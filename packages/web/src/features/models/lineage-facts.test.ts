import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoggedModel, ModelVersion, Run, ServingEndpoint } from '@cairn/protocol'
import { lineageId, lineageOf } from './lineage-facts.ts'

const run = { info: { run_id: 'r1', run_name: 'forest' }, inputs: { dataset_inputs: [{ dataset: { name: 'telco', digest: 'd1' } }, { dataset: { name: 'telco', digest: 'd1' } }], model_inputs: [] }, outputs: { model_outputs: [{ model_id: 'm1' }] } } as unknown as Run
const model = { info: { model_id: 'm1', name: 'churn-model', source_run_id: 'r1' } } as unknown as LoggedModel
const version = { name: 'churn', version: '2', aliases: ['champion'], model_id: 'm1', run_id: 'r1' } as unknown as ModelVersion
const endpoint = (name: string, fields: object): ServingEndpoint => ({ name, model_name: 'churn', traffic: [], ...fields }) as unknown as ServingEndpoint

const href = { run: (id: string) => `/runs/${id}`, loggedModel: (id: string) => `/m/${id}`, version: (name: string, number: string) => `/v/${name}/${number}`, endpoint: (name: string) => `/e/${name}` }

test('a lineage leads from the dataset over run, model and version to the endpoints that serve it', () => {
  const served = endpoint('live', { traffic: [{ alias: 'champion', version: '2', weight: 100 }], shadow: { version: '3', sample: 1 } })
  const { parts, links } = lineageOf({ runs: [run], models: [model], versions: [version], endpoints: [served, endpoint('old', { traffic: [{ version: '1', weight: 100 }] })] }, lineageId.version('churn', '2'), href)
  assert.deepEqual(parts.map(({ title, note, here }) => [title, note, here === true]), [
    ['forest', 'run', false], ['telco', 'dataset d1', false], ['churn-model', 'model', false], ['churn 2', 'version @champion', true], ['live', 'endpoint', false],
  ])
  assert.deepEqual(links, [['dataset telco d1', 'run r1'], ['run r1', 'model m1'], ['model m1', 'version churn 2'], ['version churn 2', 'endpoint live']])
})

test('a version without a model comes from its run; one that is tried leads to its endpoint', () => {
  const { links, parts } = lineageOf({ runs: [{ ...run, outputs: {} } as unknown as Run], models: [], versions: [{ ...version, model_id: '' }], endpoints: [endpoint('live', { traffic: [{ version: '1', weight: 100 }], rollout: { version: '2' } })] }, lineageId.endpoint('live'), href)
  assert.deepEqual(links.slice(1), [['run r1', 'version churn 2'], ['version churn 2', 'endpoint live']])
  assert.deepEqual(parts.at(-1), { id: 'endpoint live', title: 'live', note: 'endpoint, tries 2', href: '/e/live', here: true })
})
