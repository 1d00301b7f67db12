import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as api from '@cairn/protocol'
import { startRegistry, type RegistryServer } from './testing.ts'

let server: RegistryServer
before(async () => { server = await startRegistry() })
after(() => server[Symbol.asyncDispose]())
const call: RegistryServer['api']['call'] = (endpoint, input) => server.api.call(endpoint, input)
const error: RegistryServer['api']['error'] = (endpoint, input) => server.api.error(endpoint, input)
const bad = '400 INVALID_PARAMETER_VALUE: '

describe('a registered model', () => {
  it('is created, read, described, renamed and deleted', async () => {
    const { registered_model: made } = await call(api.createRegisteredModel, { name: 'churn é', description: 'who leaves', tags: [{ key: 'team', value: 'a' }, { key: 'team', value: 'b' }] })
    assert.deepEqual({ ...made, creation_timestamp: 0, last_updated_timestamp: 0 }, {
      name: 'churn é', creation_timestamp: 0, last_updated_timestamp: 0, description: 'who leaves', tags: [{ key: 'team', value: 'b' }],
    })
    assert.equal(await error(api.createRegisteredModel, { name: 'churn é' }), '400 RESOURCE_ALREADY_EXISTS: Registered Model (name=churn é) already exists.')
    await call(api.createModelVersion, { name: 'churn é', source: 's3://b/1' })
    const { registered_model: updated } = await call(api.updateRegisteredModel, { name: 'churn é' })
    assert.equal(updated.description, undefined)
    const { registered_model: renamed } = await call(api.renameRegisteredModel, { name: 'churn é', new_name: 'churn' })
    assert.equal(renamed.latest_versions![0]!.name, 'churn')
    assert.equal(renamed.latest_versions![0]!.last_updated_timestamp, renamed.last_updated_timestamp)
    assert.equal(await error(api.getRegisteredModel, { name: 'churn é' }), '404 RESOURCE_DOES_NOT_EXIST: Registered Model with name=churn é not found')
    await server.newModel('taken')
    assert.equal(await error(api.renameRegisteredModel, { name: 'churn', new_name: 'taken' }), '400 RESOURCE_ALREADY_EXISTS: Registered Model (name=taken) already exists.')
    assert.deepEqual(await call(api.deleteRegisteredModel, { name: 'churn' }), {})
    assert.equal(await error(api.getModelVersion, { name: 'churn', version: '1' }), '404 RESOURCE_DOES_NOT_EXIST: Model Version (name=churn, version=1) not found')
  })

  it('keeps to MLflow\'s rules for names, tags and lengths, in its words', async () => {
    const path = 'Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to'
    for (const [name, words] of [
      ['a/b', "Invalid model name 'a/b'. Names cannot contain '/' or ':'."], ['a:b', "Invalid model name 'a:b'. Names cannot contain '/' or ':'."],
      ['  ', "Missing value for required parameter 'name'."], ['.', `Invalid value "." for parameter 'name' supplied: ${path} '.'`],
      ['..x', `Invalid value "..x" for parameter 'name' supplied: ${path} '..x'`], ['n'.repeat(501), "'name' exceeds the maximum length of 500 characters"],
    ] as const) assert.equal(await error(api.createRegisteredModel, { name }), bad + words)
    assert.equal(await error(api.renameRegisteredModel, { name: 'x', new_name: ' ' }), `${bad}Missing value for required parameter 'new_name'.`)
    assert.match(await error(api.createRegisteredModel, { name: 'ok', tags: [{ key: 'a$', value: '' }] }), /Names may only contain alphanumerics/)
    assert.equal(await error(api.createRegisteredModel, { name: 'ok', tags: [{ key: 'a', value: 'v'.repeat(100_001) }] }), `${bad}'value' exceeds the maximum length of 100000 characters`)
    assert.match(await error(api.getRegisteredModel, { name: 'ok' }), /^404/, 'nothing was created')
  })

  it('under a percent-encoded name is a model of its own and hides none', async () => {
    await server.newModel('plain', 1)
    await server.newModel('pl%61in')
    assert.equal((await call(api.getRegisteredModel, { name: 'plain' })).registered_model.latest_versions!.length, 1)
    assert.equal((await call(api.getRegisteredModel, { name: 'pl%61in' })).registered_model.latest_versions, undefined)
  })

  it('has tags that are replaced, and whose deletion is never an error', async () => {
    await server.newModel('tagged')
    for (const value of ['1', '2']) await call(api.setRegisteredModelTag, { name: 'tagged', key: 'k/é', value })
    assert.deepEqual((await call(api.getRegisteredModel, { name: 'tagged' })).registered_model.tags, [{ key: 'k/é', value: '2' }])
    for (let twice = 0; twice < 2; twice += 1) assert.deepEqual(await call(api.deleteRegisteredModelTag, { name: 'tagged', key: 'k/é' }), {})
    assert.equal(await error(api.setRegisteredModelTag, { name: 'none', key: 'k', value: '' }), '404 RESOURCE_DOES_NOT_EXIST: Registered Model with name=none not found')
  })
})

describe('a model version', () => {
  it('gets the next number, which is never used again', async () => {
    await server.newModel('numbers', 2)
    await call(api.deleteModelVersion, { name: 'numbers', version: '2' })
    const { model_version: third } = await call(api.createModelVersion, {
      name: 'numbers', source: 's3://b/x', run_link: 'http://run', description: 'third', tags: [{ key: 'a', value: 'b' }],
    })
    assert.deepEqual({ ...third, creation_timestamp: 0, last_updated_timestamp: 0 }, {
      name: 'numbers', version: '3', creation_timestamp: 0, last_updated_timestamp: 0, current_stage: 'None', description: 'third', source: 's3://b/x', run_id: '',
      status: 'READY', run_link: 'http://run', tags: [{ key: 'a', value: 'b' }],
    })
    assert.deepEqual(await call(api.getModelVersionDownloadUri, { name: 'numbers', version: '3' }), { artifact_uri: 's3://b/x' })
    const { model_version: cleared } = await call(api.updateModelVersion, { name: 'numbers', version: '3' })
    assert.equal(cleared.description, undefined)
    assert.equal(await error(api.getModelVersion, { name: 'numbers', version: '2' }), '404 RESOURCE_DOES_NOT_EXIST: Model Version (name=numbers, version=2) not found')
    assert.equal(await error(api.getModelVersion, { name: 'numbers', version: '1.0' }), `${bad}Parameter 'version' must be an integer, got '1.0'.`)
    assert.equal(await error(api.createModelVersion, { name: 'no model', source: 's3://b/x' }), '404 RESOURCE_DOES_NOT_EXIST: Registered Model with name=no model not found')
  })

  it('moves between stages, and can archive those that were there', async () => {
    await server.newModel('staged', 3)
    const move = (version: string, stage: string, archive_existing_versions = false) =>
      call(api.transitionModelVersionStage, { name: 'staged', version, stage, archive_existing_versions })
    assert.equal((await move('1', 'production')).model_version.current_stage, 'Production')
    await move('2', 'Production')
    const { model_version } = await move('3', 'PRODUCTION', true)
    assert.equal(model_version.current_stage, 'Production')
    const stageOf = async (version: string): Promise<string> => (await call(api.getModelVersion, { name: 'staged', version })).model_version.current_stage
    assert.deepEqual([await stageOf('1'), await stageOf('2'), await stageOf('3')], ['Archived', 'Archived', 'Production'])
    const latest = (input: object) => call(api.getLatestVersions, { name: 'staged', ...input })
    assert.deepEqual((await latest({})).model_versions!.map(({ version, current_stage }) => `${version} ${current_stage}`), ['2 Archived', '3 Production'])
    assert.deepEqual((await call(api.getLatestVersionsGet, { name: 'staged', stages: ['archived', 'None'] })).model_versions!.map(({ version }) => version), ['2'])
    assert.deepEqual(await latest({ stages: ['Staging'] }), {})
    assert.equal(await error(api.transitionModelVersionStage, { name: 'staged', version: '1', stage: 'Bogus' }), `${bad}Invalid Model Version stage: Bogus. Value must be one of None, Staging, Production, Archived.`)
    assert.equal(await error(api.transitionModelVersionStage, { name: 'staged', version: '1', stage: 'Archived', archive_existing_versions: true }),
      `${bad}Model version transition cannot archive existing model versions because 'Archived' is not an Active stage. Valid stages are ['Staging', 'Production']`)
  })

  it('has tags of its own', async () => {
    await server.newModel('version tags', 1)
    const at = { name: 'version tags', version: '1' }
    await call(api.setModelVersionTag, { ...at, key: 'k', value: 'v' })
    assert.deepEqual((await call(api.getModelVersion, at)).model_version.tags, [{ key: 'k', value: 'v' }])
    for (let twice = 0; twice < 2; twice += 1) assert.deepEqual(await call(api.deleteModelVersionTag, { ...at, key: 'k' }), {})
    assert.equal(await error(api.setModelVersionTag, { ...at, version: 'x', key: 'k', value: 'v' }), `${bad}Parameter 'version' must be an integer, got 'x'.`)
    assert.equal(await error(api.createModelVersion, { name: 'version tags', source: 'dummy-source', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }, { key: 'mlflow.prompt.text', value: 'x'.repeat(100_001) }] }),
      `${bad}Prompt text exceeds max length of 100000 characters.`)
  })
})

describe('an alias', () => {
  it('points at one version, moves, and goes with its version', async () => {
    await server.newModel('aliased', 2)
    const at = { name: 'aliased', alias: 'champion' }
    assert.equal(await error(api.getModelVersionByAlias, at), `${bad}Registered model alias champion not found.`)
    await call(api.setRegisteredModelAlias, { ...at, version: '1' })
    await call(api.setRegisteredModelAlias, { ...at, version: '2' })
    const { model_version } = await call(api.getModelVersionByAlias, at)
    assert.deepEqual([model_version.version, model_version.aliases], ['2', ['champion']])
    assert.deepEqual((await call(api.getRegisteredModel, { name: 'aliased' })).registered_model.aliases, [{ alias: 'champion', version: '2' }])
    assert.equal((await call(api.getModelVersionByAlias, { name: 'aliased', alias: 'Latest' })).model_version.version, '2')
    await call(api.deleteModelVersion, { name: 'aliased', version: '2' })
    assert.equal((await call(api.getRegisteredModel, { name: 'aliased' })).registered_model.aliases, undefined)
    for (let twice = 0; twice < 2; twice += 1) assert.deepEqual(await call(api.deleteRegisteredModelAlias, at), {})
    await server.newModel('no versions')
    assert.equal(await error(api.getModelVersionByAlias, { name: 'no versions', alias: 'latest' }), '404 RESOURCE_DOES_NOT_EXIST: Latest version not found for model no versions.')
  })

  it('may not be named like a version, `latest`, or with characters that a URI splits at', async () => {
    const set = (alias: string, version = '1') => error(api.setRegisteredModelAlias, { name: 'aliased', alias, version })
    assert.equal(await set('LATEST'), `${bad}'latest' alias name (case insensitive) is reserved.`)
    assert.equal(await set('v1'), `${bad}Version alias name 'v1' is reserved.`)
    assert.equal(await set('bad alias'), `${bad}Invalid alias name: 'bad alias'. Names may only contain alphanumerics, underscores (_), and dashes (-).`)
    assert.equal(await set('a'.repeat(256)), `${bad}'Registered model alias name' exceeds the maximum length of 255 characters`)
    assert.equal(await set('fine', '99'), '404 RESOURCE_DOES_NOT_EXIST: Model Version (name=aliased, version=99) not found')
  })
})

describe('a prompt', () => {
  const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' }

  it('is a registered model that listings hide and that shares its names with models', async () => {
    await call(api.createRegisteredModel, { name: 'greeting', tags: [isPrompt] })
    const { model_version } = await call(api.createModelVersion, { name: 'greeting', source: 'dummy-source', tags: [isPrompt, { key: 'mlflow.prompt.text', value: 'Hello {{name}}' }] })
    assert.equal(model_version.version, '1')
    assert.equal(await error(api.createRegisteredModel, { name: 'greeting' }),
      "400 RESOURCE_ALREADY_EXISTS: Tried to create a registered model with name 'greeting', but the name is already taken by a prompt. MLflow does not allow creating a model and a prompt with the same name.")
    assert.equal(await error(api.createRegisteredModel, { name: 'greeting', tags: [isPrompt] }), '400 RESOURCE_ALREADY_EXISTS: Prompt (name=greeting) already exists.')
    const names = async (filter?: string) => (await call(api.searchRegisteredModels, filter === undefined ? {} : { filter })).registered_models?.map(({ name }) => name) ?? []
    assert.deepEqual(await names("name = 'greeting'"), [])
    assert.deepEqual(await names("name = 'greeting' AND tags.`mlflow.prompt.is_prompt` = 'true'"), ['greeting'])
    assert.ok((await names("tag.`mlflow.prompt.is_prompt` != 'true'")).includes('plain'))
    assert.deepEqual(await call(api.searchModelVersions, { filter: "name = 'greeting'" }), {})
  })

  it('takes no source but a placeholder, so that its tag opens no way to files', async () => {
    for (const source of ['/etc/passwd', 'file:///etc/passwd', 'etc/passwd', 'dummy-source/../x', 's3://b']) {
      assert.equal(await error(api.createModelVersion, { name: 'greeting', source, tags: [isPrompt] }), `${bad}Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`)
    }
  })
})

it('live pages hear of every change after it was made', async () => {
  server.events.length = 0
  await server.newModel('watched', 1)
  await call(api.setRegisteredModelAlias, { name: 'watched', alias: 'a', version: '1' })
  await error(api.setRegisteredModelAlias, { name: 'watched', alias: 'a', version: '7' })
  assert.deepEqual(server.events, [
    { type: 'registry', name: 'watched', change: 'created' }, { type: 'registry', name: 'watched', change: 'created', version: '1' },
    { type: 'registry', name: 'watched', change: 'alias', version: '1' },
  ])
})
