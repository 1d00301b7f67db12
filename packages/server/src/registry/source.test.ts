import assert from 'node:assert/strict'
import { after, before, describe, it, test } from 'node:test'
import * as api from '@cairn/protocol'
import fc from 'fast-check'
import { checkSourceText, resolveSource, type SourceRules } from './source.ts'
import { startRegistry, type RegistryServer } from './testing.ts'
import { isWithin, pathParts, splitUri, unquoteAll } from './uri.ts'

const bad = '400 INVALID_PARAMETER_VALUE: '
const inside = (source: string, parameter: string): string => `${bad}Invalid model version source: '${source}'. The ${parameter} request parameter must identify the resource that contains the source.`
const relative = (source: string): string => `${bad}Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`
const local = (source: string, parameter = 'run_id'): string => `${bad}Invalid model version source: '${source}'. To use a local path as a model version source, the ${parameter} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${parameter}.`

describe('a source behind the proxy', () => {
  let server: RegistryServer
  let run: { run_id: string; artifact_uri: string }
  let other: { run_id: string; artifact_uri: string }
  let model: { model_id: string; artifact_uri: string }
  before(async () => {
    server = await startRegistry()
    await server.newModel('m', 1)
    run = await server.newRun()
    other = await server.newRun()
    model = await server.newLoggedModel(run.run_id)
  })
  after(() => server[Symbol.asyncDispose]())
  const create = (source: string, fields: object = {}) => server.api.call(api.createModelVersion, { name: 'm', source, ...fields })
  const refused = (source: string, fields: object = {}) => server.api.error(api.createModelVersion, { name: 'm', source, ...fields })

  it('is taken inside the run or the logged model that the request names, and only there', async () => {
    const { run_id } = run
    const source = `${run.artifact_uri}/model`
    assert.equal((await create(source, { run_id })).model_version.run_id, run_id)
    assert.equal((await create(`runs:/${run_id}/model`, { run_id })).model_version.source, `runs:/${run_id}/model`)
    const { model_version } = await create(`models:/${model.model_id}`, { model_id: model.model_id })
    assert.deepEqual([model_version.run_id, model_version.model_id], [run_id, model.model_id])
    assert.deepEqual(await server.api.call(api.getModelVersionDownloadUri, { name: 'm', version: model_version.version }), { artifact_uri: model.artifact_uri })
    assert.equal((await create(`${model.artifact_uri}/x`, { model_id: model.model_id })).model_version.run_id, run_id)
    for (const [text, fields, answer] of [
      [source, {}, inside(source, 'run_id')], [source, { run_id: other.run_id }, inside(source, 'run_id')], [source, { run_id: 'none' }, inside(source, 'run_id')],
      [source, { model_id: model.model_id }, inside(source, 'model_id')],
      [`runs:/${run_id}/model`, { run_id: other.run_id }, inside(`runs:/${run_id}/model`, 'run_id')], [`runs:/${run_id}/model`, {}, inside(`runs:/${run_id}/model`, 'run_id')],
      [`runs:/${run_id}/model`, { run_id, model_id: model.model_id }, inside(`runs:/${run_id}/model`, 'model_id')],
      [`models:/${model.model_id}`, {}, inside(`models:/${model.model_id}`, 'model_id')], [`models:/${model.model_id}`, { model_id: 'm-other' }, inside(`models:/${model.model_id}`, 'model_id')],
      ['mlflow-artifacts:/', { run_id }, relative('mlflow-artifacts:/')], [`${run.artifact_uri}x/model`, { run_id }, inside(`${run.artifact_uri}x/model`, 'run_id')],
    ] as const) assert.equal(await refused(text, fields), answer)
    assert.equal(await refused('models:/m-0', { model_id: 'm-0' }), "404 RESOURCE_DOES_NOT_EXIST: Unable to fetch model from model URI source artifact location 'models:/m-0'.Error: Logged model with ID 'm-0' not found.")
  })

  it('cannot be left by any spelling of `..`, by queries, fragments or backslashes', async () => {
    const { run_id, artifact_uri } = run
    for (const tail of ['/../x', '/..%2fx', '/%2e%2e/x', '/%252e%252e/x', '/%25252e%25252e%25252fx', '/a/../../x', '/.%2e/x', '/..', '/%00', '/./x']) {
      assert.equal(await refused(artifact_uri + tail, { run_id }), relative(artifact_uri + tail), tail)
    }
    for (const tail of ['/x?/../../etc', '/x#/../..']) assert.match(await refused(artifact_uri + tail, { run_id }), /^400/, tail)
    for (const tail of ['/x?y', '/x#y', '/x;y', '/x%3fy', '/x%23y']) assert.equal(await refused(artifact_uri + tail, { run_id }), inside(artifact_uri + tail, 'run_id'), tail)
    for (const tail of ['\\..\\..\\x', '/a\nb', '/a\tb', ' ']) assert.equal(await refused(artifact_uri + tail, { run_id }), relative(artifact_uri + tail), JSON.stringify(tail))
  })

  it('has no spaces in front where this server would read it', async () => {
    const { run_id, artifact_uri } = run
    for (const source of [` ${artifact_uri}`, ` runs:/${run_id}/x`]) assert.equal(await refused(source, { run_id }), inside(source, 'run_id'))
    assert.equal(await refused(` models:/${model.model_id}`, { model_id: model.model_id }), inside(` models:/${model.model_id}`, 'model_id'))
  })

  it('that is a path of this machine is refused, in every spelling', async () => {
    const { run_id } = run
    for (const source of [
      '/', '/etc/passwd', '//proc/self/cwd/etc/passwd', 'etc/passwd', './etc', '../etc', 'file:/etc/passwd', 'file:///etc/passwd', 'FILE:///etc/passwd', 'file:etc/passwd', 'file://localhost/etc/passwd',
      'file:///etc/passwd?x=mlflow-artifacts:/', 'file:///etc/passwd#', 'file://./etc', 'file:%2fetc', 'C:/Windows/win.ini', 'dummy-source', '%2fetc%2fpasswd',
    ]) {
      for (const fields of [{}, { run_id }]) assert.equal(await refused(source, fields), local(source), source)
    }
    assert.equal(await refused('C:\\Windows\\win.ini'), relative('C:\\Windows\\win.ini'))
    for (const source of ['\\\\host\\share', ' /etc/passwd', ' file:///etc/passwd']) assert.equal(await refused(source), local(source), source)
    assert.equal(await refused('/etc/passwd', { model_id: model.model_id }), local('/etc/passwd', 'model_id'))
  })

  it('on another host is refused, in object storage it is the client\'s affair', async () => {
    for (const scheme of ['http', 'https', 'ftp', 'sftp', 'hdfs', 'viewfs', 'abfss', 'r2', 'b2', 'mlflow-artifacts']) {
      assert.equal(await refused(`${scheme}://169.254.169.254/latest/meta-data`), `${bad}'source' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it.`)
    }
    for (const source of ['s3://bucket/model', ' s3://bucket/model', 'gs://bucket/a/b', 'wasbs://c@a.blob.core.windows.net/x', 'dbfs:/models/x']) assert.equal((await create(source)).model_version.source, source)
    for (const source of ['s3://bucket/a/../b', 's3://bucket/%2e%2e/b', 's3://bucket', 's3:bucket/x', 'dbfs:x']) assert.equal(await refused(source), relative(source))
  })

  it('that is a version is copied with what it belongs to, and never a prompt', async () => {
    await server.newModel('original')
    const { model_version: first } = await server.api.call(api.createModelVersion, { name: 'original', source: `models:/${model.model_id}`, model_id: model.model_id })
    await server.api.call(api.setRegisteredModelAlias, { name: 'original', alias: 'best', version: '1' })
    await server.api.call(api.transitionModelVersionStage, { name: 'original', version: '1', stage: 'Staging' })
    for (const source of ['models:/original/1', 'models:/original@best', 'models:/original/staging', 'models:/original/latest']) {
      const { model_version } = await create(source)
      assert.deepEqual([model_version.source, model_version.run_id, model_version.model_id], ['models:/original/1', first.run_id, model.model_id])
      assert.deepEqual(await server.api.call(api.getModelVersionDownloadUri, { name: 'm', version: model_version.version }), { artifact_uri: model.artifact_uri })
    }
    await create('models:/original/1', { run_id: run.run_id })
    for (const fields of [{ run_id: other.run_id }, { run_id: '' }, { model_id: 'm-other' }]) {
      assert.equal(await refused('models:/original/1', fields), `${bad}Invalid model version source: 'models:/original/1'. The run_id and model_id request parameters must match the referenced model version.`)
    }
    await server.api.call(api.createRegisteredModel, { name: 'prompt', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'True' }] })
    assert.equal(await refused('models:/prompt/1'), `${bad}Invalid model version source: 'models:/prompt/1'. Prompt versions cannot be used as model version sources.`)
    assert.equal(await refused('models://host/original/1'), `${bad}Invalid model version source: 'models://host/original/1'. Registered model sources must use the active model registry.`)
    assert.equal(await refused('models:/a/b/c'), inside('models:/a/b/c', 'model_id'))
    assert.equal(await refused('models:/nothing/1'), '404 RESOURCE_DOES_NOT_EXIST: Registered Model with name=nothing not found')
    assert.equal(await refused('models:/original/Production'), "404 RESOURCE_DOES_NOT_EXIST: No versions of model with name 'original' and stage 'Production' found")
  })

  it('is noted with its logged model, once for each version', async () => {
    const { model_id } = await server.newLoggedModel()
    await server.newModel('noted')
    for (let times = 0; times < 2; times += 1) await server.api.call(api.createModelVersion, { name: 'noted', source: `models:/${model_id}`, model_id })
    const { model: logged } = await server.api.call(api.getLoggedModel, { model_id })
    assert.deepEqual(logged.info.tags!.find(({ key }) => key === 'mlflow.modelVersions')!.value, '[{"name": "noted", "version": 1}, {"name": "noted", "version": 2}]')
  })
})

describe('a source in a local folder', () => {
  let server: RegistryServer
  before(async () => { server = await startRegistry({ artifactRoot: '/srv/cairn artifacts', pattern: /^(?!.*forbidden)/ }) })
  after(() => server[Symbol.asyncDispose]())

  it('is taken inside the folder of the run, and the operator\'s pattern holds for all', async () => {
    await server.newModel('m')
    const { run_id, artifact_uri } = await server.newRun()
    const answer = (source: string) => server.api.error(api.createModelVersion, { name: 'm', source, run_id })
    for (const source of [`${artifact_uri}/model`, artifact_uri, `file://${artifact_uri.replaceAll(' ', '%20')}/model`]) assert.match(await answer(source), /^200/, source)
    for (const source of [`${artifact_uri}/../other`, `${artifact_uri}/%2e%2e/x`, `${artifact_uri}x`, '/srv', '/', `${artifact_uri}/x?`, `file://host${artifact_uri}`]) assert.equal(await answer(source), local(source), source)
    assert.equal(await answer('s3://forbidden/x'), `${bad}Invalid model version source: 's3://forbidden/x'.`)
  })
})

test('no source that is taken for a run lies outside of it, whatever it is made of', () => {
  const rules: SourceRules = { pattern: undefined, trustedRoots: ['mlflow-artifacts:/'], allowedHostSchemes: [] }
  const root = 'mlflow-artifacts:/1/run/artifacts'
  const lookups = { runArtifactRoot: () => root, loggedModel: () => undefined, version: () => { throw new Error('no versions') } }
  const bit = fc.constantFrom('mlflow-artifacts:', 'file:', 'runs:', '/', '//', '1', 'run', 'artifacts', '..', '.', '%2e%2e', '%252e', '%2f', '\\', '?', '#', ';', ' ', '%00', 'host', 'C:', 'MLFLOW-ARTIFACTS:/', 'x')
  return fc.assert(fc.asyncProperty(fc.oneof(fc.array(bit, { maxLength: 12 }), fc.array(bit, { maxLength: 6 }).map((tail) => [root, '/', ...tail])), async (bits) => {
    const source = bits.join('')
    try {
      checkSourceText(source, false, rules)
      await resolveSource({} as never, lookups, { source, run_id: 'run' })
    } catch {
      return
    }
    const { scheme, path } = splitUri(source.replace(/^ +/, ''))
    // A scheme that this server does not know is the client's affair: nothing here reads it.
    if (!['', 'c', 'file', 'runs', 'mlflow-artifacts'].includes(scheme)) return
    assert.ok(!source.startsWith(' '))
    if (scheme === 'runs') assert.equal(pathParts(path)[0], 'run')
    else {
      const parts = unquoteAll(source.slice('mlflow-artifacts:'.length)).split('/').filter((part) => part !== '')
      assert.ok(isWithin(parts, ['1', 'run', 'artifacts']), source)
    }
    assert.doesNotMatch(unquoteAll(source), /(^|\/)\.\.(\/|$)|[\\?#;\0]/)
  }), { numRuns: 3000 })
})
