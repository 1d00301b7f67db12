import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { allEndpoints, laterEndpoints, prefixes, type Endpoint } from '@cairn/protocol'
import { rights } from '../../packages/server/src/guard/index.ts'
import { startWithAccounts, type AuthServer, type Person } from './server.ts'

/** Endpoints that answer anybody; a new one is a decision that belongs into this list too. */
const open = new Set([
  'getHealth', 'getReady', 'getServerInfo', 'uploadPart', 'listUploadedParts', 'signInPage', 'signIn', 'signInStyle', 'setUpPage', 'setUp', 'oidcStart', 'oidcCallback',
])
/** Endpoints that everybody who has signed in may ask: their answers are about the caller, or hold only what the caller may see. */
const forAll = new Set([
  'getVersion', 'getTelemetry', 'graphql', 'getCurrentUser', 'listCurrentUserPermissions', 'createToken', 'listTokens', 'deleteToken', 'listTeams', 'accountPage', 'createOwnToken', 'deleteOwnToken',
  'changeOwnPassword', 'signOut', 'searchExperiments', 'searchExperimentsGet', 'searchRuns', 'searchLoggedModels', 'searchRegisteredModels', 'searchModelVersions', 'listServingEndpoints', 'listTableRows', 'listTableKeys', 'listKeyValues', 'listRunFields', 'groupRuns',
  'listViews', 'listMentions',
  // New things belong to nobody yet; without workspaces everybody may make them, as in MLflow.
  'createExperiment', 'createRegisteredModel',
])

describe('every route of a server with accounts', () => {
  for (const staticPrefix of ['', '/team/cairn']) {
    describe(staticPrefix === '' ? 'without a static prefix' : `under ${staticPrefix}`, () => {
      let server: AuthServer
      let stranger: Person
      let known: Readonly<Record<string, unknown>>
      before(async () => {
        server = await startWithAccounts({ defaultPermission: 'NO_PERMISSIONS', flags: staticPrefix === '' ? {} : { 'static-prefix': staticPrefix } })
        stranger = await server.user('stranger')
        known = await somethingOfTheAdmins(server.admin)
      })
      after(() => server[Symbol.asyncDispose]())

      it('answers 401 without credentials, with wrong ones and with a session that there is not, in every prefix', async () => {
        const wrong = [server.nobody, server.bearer(`cairn_0123456789abcdef_${'x'.repeat(43)}`)]
        for (const endpoint of allEndpoints) {
          if (open.has(endpoint.name)) continue
          for (const prefix of prefixes[endpoint.api]) {
            const { status, body } = await server.nobody.call(endpoint, inputOf(endpoint, known), prefix)
            assert.deepEqual([status, body.error_code], [401, 'UNAUTHENTICATED'], `${endpoint.method} ${prefix}${endpoint.path}`)
          }
        }
        for (const { method, api, path } of laterEndpoints) {
          for (const prefix of prefixes[api]) {
            const { status } = await server.nobody.send(method, `${prefix}${path.replace(/\{\w+\*?\}/g, 'x')}`, method === 'GET' ? undefined : {})
            assert.equal(status, 401, `${method} ${prefix}${path}`)
          }
        }
        for (const person of wrong) assert.equal((await person.send('GET', '/api/2.0/mlflow/users/current')).status, 401)
        const cookie = { cookie: `cairn_session=${'x'.repeat(43)}`, 'sec-fetch-site': 'same-origin' }
        assert.equal((await server.nobody.send('GET', '/api/2.0/mlflow/users/current', undefined, cookie)).status, 401)
        for (const path of ['/', '/nothing', '/experiments/0', '/assets/app.js', '/api/2.0/mlflow/nothing', '/ajax-api/9.9/x', '/api/2.0/mlflow/runs/get/../search']) {
          assert.equal((await server.nobody.send('GET', path)).status, 401, path)
        }
      })

      it('answers 403 to whoever lacks the right, in every prefix', async () => {
        for (const endpoint of allEndpoints) {
          if (open.has(endpoint.name) || forAll.has(endpoint.name)) continue
          for (const prefix of prefixes[endpoint.api]) {
            const { status, body } = await stranger.call(endpoint, inputOf(endpoint, known), prefix)
            assert.deepEqual([status, body.error_code, body.message], [403, 'PERMISSION_DENIED', 'Permission denied'], `${endpoint.method} ${prefix}${endpoint.path}`)
          }
        }
      })

      it('gives nothing away where it answers everybody', async () => {
        for (const endpoint of allEndpoints) {
          if (!forAll.has(endpoint.name) || rights[endpoint.name]!.who !== 'reader') continue
          const { status, text } = await stranger.call(endpoint, inputOf(endpoint, known))
          // Nothing, or lists and counts of nothing.
          assert.ok(status === 200 && text.replace(/"\w+":(?:\[\]|0),?/g, '') === '{}', `${endpoint.name}: ${status} ${text}`)
        }
        for (const name of open) assert.equal(rights[name]!.who, 'anybody', name)
      })

      it('lets the admin in, so that the refusals are about the right', async () => {
        for (const endpoint of allEndpoints) {
          if (endpoint.method !== 'GET' || endpoint.name === 'live' || endpoint.name === 'setUpPage') continue
          const { status, text } = await server.admin.call(endpoint, inputOf(endpoint, known))
          assert.ok(![401, 403].includes(status) && status < 500 || /NOT_IMPLEMENTED/.test(text), `${endpoint.name}: ${status} ${text.slice(0, 200)}`)
        }
      })
    })
  }
})

it('only these are open to everybody', () => {
  assert.deepEqual(Object.entries(rights).filter(([, right]) => right.who === 'anybody').map(([name]) => name).sort(), [...open].sort())
})

/** What a stranger asks for by its right name. */
async function somethingOfTheAdmins(admin: Person): Promise<Record<string, unknown>> {
  const post = async (path: string, body: object): Promise<any> => {
    const answer = await admin.send('POST', `/api/2.0/mlflow/${path}`, body)
    assert.equal(answer.status, 200, answer.text)
    return answer.body
  }
  const { experiment_id } = await post('experiments/create', { name: 'secret' })
  const { run } = await post('runs/create', { experiment_id, start_time: 1 })
  const run_id = run.info.run_id as string
  await post('runs/log-metric', { run_id, key: 'loss', value: 1, timestamp: 1 })
  const { model } = await post('logged-models', { experiment_id, name: 'lm' })
  await post('registered-models/create', { name: 'hidden' })
  await post('model-versions/create', { name: 'hidden', source: `mlflow-artifacts:/${experiment_id}/${run_id}/artifacts/m`, run_id })
  await post('registered-models/alias', { name: 'hidden', alias: 'best', version: '1' })
  assert.equal((await admin.send('POST', '/api/cairn/v1/teams', { name: 'hidden' })).status, 200)
  assert.equal((await admin.send('POST', '/api/cairn/v1/endpoints', { name: 'hidden', model_name: 'hidden' })).status, 200)
  assert.equal((await admin.send('PUT', `/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${run_id}/artifacts/a.txt`, { x: 1 })).status, 200)
  const comment = await admin.send('POST', '/api/cairn/v1/comments', { run_id, text: 'between us' })
  const view = await admin.send('POST', '/api/cairn/v1/views', { experiment_ids: [experiment_id], name: 'hidden', shared: true })
  const { role } = await post('roles/create', { name: 'readers', workspace: 'default' })
  const { role_permission } = await post('roles/permissions/add', { role_id: role.id, resource_type: 'experiment', resource_pattern: experiment_id, permission: 'READ' })
  return {
    experiment_id, experiment_ids: [experiment_id], experiment_name: 'secret', run_id, run_ids: [run_id], run_uuid: run_id, model_id: model.info.model_id, name: 'hidden', model_name: 'hidden', version: '1', alias: 'best',
    view_id: view.body.view.view_id, comment_id: comment.body.comment.comment_id, artifact_path: `${experiment_id}/${run_id}/artifacts/a.txt`, role_id: role.id, role_permission_id: role_permission.id,
  }
}

/** Valid in every field, so that nothing but the right can refuse it. */
function inputOf(endpoint: Endpoint, known: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = endpoint.request as unknown as { 'x-fields'?: Record<string, { 'x-kind': string; 'x-values'?: string[]; 'x-item'?: never }>; 'x-required'?: string[] }
  const input: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(fields['x-fields'] ?? {})) {
    const list = schema['x-kind'] === 'list'
    if (name === 'path') input[name] = endpoint.group === 'proxied-artifacts' ? String(known['artifact_path']).replace(/\/a.txt$/, '') : 'a.txt'
    else if (name === 'max_results') input[name] = 100
    else if (name in known) input[name] = list ? [known[name]].flat() : known[name]
    else if (fields['x-required']!.includes(name)) input[name] = special[name] ?? byKind(schema)
  }
  // Which resource, where the names of fields do not say.
  if (endpoint.name === 'createPresignedUploadUrl') delete input['model_id']
  if (endpoint.name === 'grantTeamPermission' || endpoint.name === 'revokeTeamPermission') Object.assign(input, { resource_type: 'experiment', resource_id: known['experiment_id'] })
  if (endpoint.name.endsWith('UserPermission') && endpoint.group === 'permissions') Object.assign(input, { username: 'admin', resource_type: 'experiment', resource_id: known['experiment_id'] })
  if (endpoint.name === 'createModelVersion') input['source'] = 's3://elsewhere/model'
  if (endpoint.name === 'groupRuns') input['by'] = { kind: 'tag', key: 'k' }
  if (endpoint.group === 'tokens') delete input['name']
  if (endpoint.name === 'createToken') input['name'] = 'mine'
  if (endpoint.name === 'createUser') Object.assign(input, { username: 'another', password: 'a long password' })
  return input
}

const special: Readonly<Record<string, unknown>> = {
  key: 'k', username: 'admin', permission: 'READ', resource_type: 'experiment', resource_pattern: '*', workspace: 'default', metric_key: 'loss', keys: ['loss'], value: 1, timestamp: 1, tag_key: 'k',
  source: 's3://elsewhere/model', url: 'https://example.com', stage: 'Staging', upload_id: 'x', part_number: 1,
}

function byKind({ 'x-kind': kind, 'x-values': values }: { 'x-kind': string; 'x-values'?: string[] }): unknown {
  switch (kind) {
    case 'int32': case 'int64': case 'double': return 1
    case 'bool': return true
    case 'list': return []
    case 'enum': return values![0]
    default: return 'x'
  }
}
