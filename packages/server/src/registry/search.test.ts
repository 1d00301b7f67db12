import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { startRegistry, type RegistryServer } from './testing.ts'

let server: RegistryServer
let runId: string
before(async () => {
  server = await startRegistry()
  for (const [name, team] of [['alpha', 'x'], ['Beta', 'y'], ['gamma_1', 'x']] as const) {
    await server.api.call(api.createRegisteredModel, { name, tags: [{ key: 'team', value: team }, ...(name === 'alpha' ? [{ key: 'odd key', value: "it's" }] : [])] })
  }
  runId = (await server.newRun()).run_id
  for (const name of ['alpha', 'Beta', 'alpha', 'alpha']) {
    await server.api.call(api.createModelVersion, { name, source: `s3://models/${name}`, ...(name === 'Beta' && { run_id: runId }), tags: [{ key: 'of', value: name }] })
  }
  await server.api.call(api.deleteModelVersion, { name: 'alpha', version: '2' })
})
after(() => server[Symbol.asyncDispose]())

const models = async (input: object = {}) => (await server.api.call(api.searchRegisteredModels, input)).registered_models?.map(({ name }) => name) ?? []
const versions = async (input: object = {}) => (await server.api.call(api.searchModelVersions, input)).model_versions?.map(({ name, version }) => `${name}/${version}`) ?? []

describe('a search for registered models', () => {
  it('filters by name and tags and orders bytewise', async () => {
    for (const [filter, names] of [
      [undefined, ['Beta', 'alpha', 'gamma_1']], ['', ['Beta', 'alpha', 'gamma_1']],
      ["name = 'alpha'", ['alpha']], ["name != 'alpha'", ['Beta', 'gamma_1']], ["name LIKE '%a'", ['Beta', 'alpha']], ["name ILIKE 'BETA'", ['Beta']], ["name LIKE 'beta'", []],
      ["name IN ('alpha', 'Beta')", ['Beta', 'alpha']], ["tags.team = 'x'", ['alpha', 'gamma_1']], ["tags.team != 'x' AND name LIKE '%e%'", ['Beta']],
      ["tags.`odd key` = \"it's\"", ['alpha']], ["tags.none != 'x'", []], ["tags.team = 'x' AND tags.team != 'x'", []],
    ] as const) assert.deepEqual(await models(filter === undefined ? {} : { filter }), names, filter ?? 'none')
    assert.deepEqual(await models({ order_by: ['name DESC'] }), ['gamma_1', 'alpha', 'Beta'])
    assert.deepEqual(await models({ order_by: ['last_updated_timestamp'] }), ['gamma_1', 'Beta', 'alpha'])
  })

  it('is paged without losing or repeating any, also when one comes in between', async () => {
    const seen: string[] = []
    let page_token: string | undefined
    do {
      const page: { registered_models?: { name: string }[]; next_page_token?: string } = await server.api.call(api.searchRegisteredModels, { max_results: 1, ...(page_token && { page_token }) })
      seen.push(...page.registered_models!.map(({ name }) => name))
      if (seen.length === 1) await server.newModel('Aardvark')
      page_token = page.next_page_token
    } while (page_token)
    await server.api.call(api.deleteRegisteredModel, { name: 'Aardvark' })
    assert.deepEqual(seen, ['Beta', 'alpha', 'gamma_1'])
    assert.deepEqual(await models({ max_results: 0 }), [])
  })

  it('is refused in MLflow\'s words', async () => {
    const bad = '400 INVALID_PARAMETER_VALUE: '
    assert.equal(await server.api.error(api.searchRegisteredModels, { max_results: 1001 }),
      `${bad}Invalid value "1001" for parameter 'max_results' supplied:  Hint: Value was of type 'str'. See the API docs for more information about request parameters.`)
    assert.equal(await server.api.error(api.searchRegisteredModels, { filter: "name > 'a'" }), `${bad}Invalid comparator for attribute: >`)
    assert.match(await server.api.error(api.searchRegisteredModels, { filter: "metrics.a = 'b'" }), /Invalid entity type 'metrics'/)
    assert.match(await server.api.error(api.searchRegisteredModels, { page_token: 'e30=' }), /Invalid page token, parsed value=\{\}/)
    assert.match(await server.api.error(api.searchRegisteredModels, { order_by: ['name', 'name DESC'] }), /contains duplicate fields/)
  })
})

describe('a search for model versions', () => {
  it('filters by name, number, run, source and tags, newest first, without deleted ones', async () => {
    for (const [filter, found] of [
      [undefined, ['alpha/3', 'Beta/1', 'alpha/1']], ["name = 'alpha'", ['alpha/3', 'alpha/1']], [`run_id = '${'x'.repeat(32)}'`, []], ["version_number > 1", ['alpha/3']],
      ["source_path LIKE 's3://models/B%'", ['Beta/1']], ["tags.of = 'Beta'", ['Beta/1']], ["tag.of != 'Beta' AND version_number = 1", ['alpha/1']],
      ["name = 'alpha' AND name = 'Beta'", []],
    ] as const) assert.deepEqual(await versions(filter === undefined ? {} : { filter }), found, filter ?? 'none')
    assert.deepEqual(await versions({ filter: `run_id = '${runId}'` }), ['Beta/1'])
    assert.deepEqual(await versions({ filter: `run_id IN ('${runId}', 'other')` }), ['Beta/1'])
    assert.deepEqual(await versions({ order_by: ['version_number ASC', 'name DESC'] }), ['alpha/1', 'Beta/1', 'alpha/3'])
    assert.deepEqual(await versions({ order_by: ['name'] }), ['Beta/1', 'alpha/3', 'alpha/1'])
  })

  it('is paged in any order', async () => {
    const first = await server.api.call(api.searchModelVersions, { max_results: 2, order_by: ['name DESC'] })
    const rest = await server.api.call(api.searchModelVersions, { max_results: 2, order_by: ['name DESC'], page_token: first.next_page_token })
    assert.deepEqual([...first.model_versions!, ...rest.model_versions!].map(({ name, version }) => `${name}/${version}`), ['alpha/3', 'alpha/1', 'Beta/1'])
    assert.equal(rest.next_page_token, undefined)
    assert.match(await server.api.error(api.searchModelVersions, { order_by: ['name'], page_token: first.next_page_token }), /Invalid page token, parsed value=/)
    assert.equal(await server.api.error(api.searchModelVersions, { max_results: -1 }), '400 INVALID_PARAMETER_VALUE: Invalid value for max_results. It must be a positive integer, but got -1')
  })

  it('gives the tags of many versions at once', async () => {
    await server.newModel('many', 70)
    for (const version of ['1', '64', '65', '70']) await server.api.call(api.setModelVersionTag, { name: 'many', version, key: 'v', value: version })
    const { model_versions } = await server.api.call(api.searchModelVersions, { filter: "name = 'many'" })
    assert.deepEqual(model_versions!.filter(({ tags }) => tags).map(({ version, tags }) => [version, tags![0]!.value]), [['70', '70'], ['65', '65'], ['64', '64'], ['1', '1']])
  })
})
