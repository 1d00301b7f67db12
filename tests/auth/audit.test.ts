import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { allEndpoints, permissionEndpoints, permissionFamilies, type Endpoint } from '@cairn/protocol'
import { adminPassword, startWithAccounts, type AuthServer, type Person } from './server.ts'

/** Endpoints with a body that only ask. */
const asks = [
  'searchExperiments', 'listExperimentOverview', 'searchRuns', 'getRuns', 'openRunTable', 'listTableRows', 'listTableKeys', 'listKeyValues', 'groupRuns', 'listMetricRanges', 'listRunFields',
  'searchDatasets', 'getSeries', 'createPresignedDownloadUrl', 'readArtifacts', 'searchLoggedModels', 'getLatestVersions', 'graphql', 'announcePresence', 'testWebhook',
]
/**
 * What programs write while they train: it is the record itself, nothing of it can be changed or removed
 * by these, and an entry for each point would be a second copy of everything.
 */
const logs = [
  'createRun', 'logMetric', 'logParam', 'logModel', 'logInputs', 'logOutputs', 'createPresignedUploadUrl', 'uploadArtifact', 'uploadProxiedArtifact',
  'createMultipartUpload', 'completeMultipartUpload', 'abortMultipartUpload', 'uploadPart', 'createLoggedModel', 'logLoggedModelParams', 'reportEndpointServer', 'removeEndpointServer', 'reportServedRows',
]

interface Entry { readonly entry_id: string; readonly principal: string; readonly entity: string; readonly entity_name: string; readonly action: string; readonly key?: string; readonly before?: unknown; readonly after?: unknown }
type Input = Readonly<Record<string, unknown>>

describe('the audit log', () => {
  let server: AuthServer
  before(async () => { server = await startWithAccounts({ flags: { 'enable-workspaces': true }, env: { MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' } }) })
  after(() => server[Symbol.asyncDispose]())

  let reader: Person
  before(() => { reader = server.admin })
  const entries = async (query = 'max_results=40'): Promise<Entry[]> => (await reader.send('GET', `/api/cairn/v1/audit?${query}`)).body.entries
  const byName = new Map<string, Endpoint>(allEndpoints.map((endpoint) => [endpoint.name, endpoint]))
  const done = new Set<string>()
  let newest = 0
  /** Does it, and finds that it was written down: `run delete` by the admin, say. */
  async function act(name: string, input: Input, ...wanted: string[]): Promise<any> {
    const answer = await server.admin.call(byName.get(name)!, input)
    assert.ok(answer.status < 400, `${name}: ${answer.status} ${answer.text}`)
    await wrote(name, wanted)
    return answer.text === '' ? {} : answer.body
  }
  async function wrote(name: string, wanted: readonly string[], by = 'admin'): Promise<Entry[]> {
    const fresh = (await entries()).filter(({ entry_id }) => Number(entry_id) > newest)
    const told = fresh.filter(({ principal }) => principal === by).map(({ entity, action }) => `${entity} ${action}`)
    for (const one of wanted) assert.ok(told.includes(one), `${name} wrote ${told.join(', ') || 'nothing'}`)
    newest = Math.max(newest, ...fresh.map(({ entry_id }) => Number(entry_id)))
    done.add(name)
    return fresh
  }

  it('holds who changed experiments, runs and logged models, and how they were before', async () => {
    const { experiment_id } = await act('createExperiment', { name: 'audited' }, 'experiment create')
    await act('updateExperiment', { experiment_id, new_name: 'renamed' }, 'experiment rename')
    await act('setExperimentTag', { experiment_id, key: 'owner', value: 'crm' }, 'experiment set_tag')
    await act('setExperimentTag', { experiment_id, key: 'owner', value: 'sales' }, 'experiment set_tag')
    const [changed] = await entries('entity=experiment&max_results=1')
    assert.deepEqual([changed!.key, changed!.before, changed!.after], ['owner', 'crm', 'sales'])
    await act('deleteExperimentTag', { experiment_id, key: 'owner' }, 'experiment delete_tag')
    await act('deleteExperiment', { experiment_id }, 'experiment delete')
    await act('restoreExperiment', { experiment_id }, 'experiment restore')
    await act('changeExperiments', { changes: [{ experiment_id, name: 'again', set_tags: [{ key: 'k', value: 'v' }] }] }, 'experiment rename', 'experiment set_tag')

    const { run } = (await server.admin.send('POST', '/api/2.0/mlflow/runs/create', { experiment_id, start_time: 1, run_name: 'first' })).body
    const { run_id } = run.info
    // While a run is under way its tags are what it logs.
    for (const [path, body] of [['set-tag', { key: 'phase', value: 'warm-up' }], ['log-batch', { tags: [{ key: 'phase', value: 'training' }] }], ['update', { status: 'FINISHED', end_time: 5 }]] as const) {
      assert.equal((await server.admin.send('POST', `/api/2.0/mlflow/runs/${path}`, { run_id, ...body })).status, 200)
    }
    assert.deepEqual((await wrote('createRun', [])).map(({ entity, action }) => `${entity} ${action}`), [])
    await act('updateRun', { run_id, run_name: 'better' }, 'run rename')
    await act('setRunTag', { run_id, key: 'mlflow.runName', value: 'best' }, 'run set_tag')
    await act('setRunTag', { run_id, key: 'phase', value: 'done' }, 'run set_tag')
    await act('logBatch', { run_id, tags: [{ key: 'phase', value: 'really' }] }, 'run set_tag')
    await act('deleteRunTag', { run_id, key: 'phase' }, 'run delete_tag')
    await act('updateRun', { run_id, status: 'FAILED', end_time: 6 }, 'run update')
    await act('updateRun', { run_id, status: 'RUNNING' }, 'run update')
    const ofRun = await entries(`entity=run&entity_name=${run_id}`)
    assert.deepEqual(ofRun.map(({ action, key, before: was, after: is }) => [action, key, was, is]), [
      ['update', undefined, { status: 'FAILED', end_time: '6' }, { status: 'RUNNING', end_time: '6' }], ['update', undefined, { status: 'FINISHED', end_time: '5' }, { status: 'FAILED', end_time: '6' }],
      ['delete_tag', 'phase', 'really', undefined], ['set_tag', 'phase', 'done', 'really'], ['set_tag', 'phase', 'training', 'done'],
      ['set_tag', 'mlflow.runName', 'better', 'best'], ['rename', undefined, 'first', 'better'],
    ])
    for (const [more, action] of [[{ change: 'set_tag', key: 'a', value: 'b' }, 'set_tag'], [{ change: 'delete_tag', key: 'a' }, 'delete_tag'], [{ change: 'archive' }, 'set_tag'], [{ change: 'unarchive' }, 'delete_tag'], [{ change: 'move', experiment_id: '0' }, 'move'], [{ change: 'delete' }, 'delete'], [{ change: 'restore' }, 'restore']] as const) {
      await act('changeRuns', { run_ids: [run_id], ...more }, `run ${action}`)
    }
    await act('deleteRun', { run_id }, 'run delete')
    await act('restoreRun', { run_id }, 'run restore')

    const files = (run.info.artifact_uri as string).replace('mlflow-artifacts:/', '')
    for (const file of ['a.txt', 'b.txt']) assert.equal((await server.admin.send('PUT', `/api/2.0/mlflow-artifacts/artifacts/${files}/${file}`, { x: 1 })).status, 200)
    // Once its run has ended, a file that is written over is a change; while it is under way, and a new file, are not.
    const put = async (path: string, headers: Record<string, string> = {}) => (await server.admin.send('PUT', `/api/2.0/mlflow-artifacts/artifacts/${path}`, { x: 12 }, headers)).status
    const overwritten = async () => (await entries('entity=artifact&action=overwrite')).map(({ entity_name, key, after: is }) => [entity_name, key, is])
    assert.equal(await put(`${files}/a.txt`), 200)
    assert.deepEqual(await overwritten(), [])
    assert.equal((await server.admin.send('POST', '/api/2.0/mlflow/runs/update', { run_id, status: 'FINISHED', end_time: 7 })).status, 200)
    assert.equal(await put(`${files}/a.txt`), 200)
    assert.equal(await put(`${files}/a.txt`, { 'if-none-match': '*' }), 412)
    assert.equal((await server.admin.send('POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run_id}&path=b.txt`, { x: 123 })).status, 200)
    for (const _ of [1, 2]) assert.equal(await put('notes/free.txt'), 200)
    assert.deepEqual(await overwritten(), [['notes/free.txt', 'notes/free.txt', { size: 8 }], [run_id, 'b.txt', { size: 9 }], [run_id, 'a.txt', { size: 8 }]])
    await act('deleteProxiedArtifact', { artifact_path: `${files}/a.txt` }, 'artifact delete')
    await act('deleteRunArtifacts', { run_id, path: 'b.txt' }, 'artifact delete')
    assert.deepEqual((await entries('entity=artifact&action=delete')).map(({ entity_name, key }) => [entity_name, key]), [[run_id, 'b.txt'], [run_id, 'a.txt']])

    const { model } = (await server.admin.send('POST', '/api/2.0/mlflow/logged-models', { experiment_id, name: 'net', tags: [{ key: 'a', value: '1' }] })).body
    const { model_id } = model.info
    assert.equal((await server.admin.send('PATCH', `/api/2.0/mlflow/logged-models/${model_id}`, { model_id, status: 'LOGGED_MODEL_READY' })).status, 200)
    assert.deepEqual(await wrote('createLoggedModel', []), [])
    await act('finalizeLoggedModel', { model_id, status: 'LOGGED_MODEL_UPLOAD_FAILED' }, 'logged_model update')
    await act('setLoggedModelTags', { model_id, tags: [{ key: 'a', value: '2' }] }, 'logged_model set_tag')
    await act('deleteLoggedModelTag', { model_id, tag_key: 'a' }, 'logged_model delete_tag')
    await act('deleteLoggedModel', { model_id }, 'logged_model delete')
  })

  it('holds who changed models, endpoints and webhooks', async () => {
    const name = 'churn'
    await act('createRegisteredModel', { name: 'chrn' }, 'registered_model create')
    await act('renameRegisteredModel', { name: 'chrn', new_name: name }, 'registered_model rename')
    await act('updateRegisteredModel', { name, description: 'Who leaves?' }, 'registered_model update')
    await act('setRegisteredModelTag', { name, key: 'a', value: 'b' }, 'registered_model set_tag')
    await act('deleteRegisteredModelTag', { name, key: 'a' }, 'registered_model delete_tag')
    for (const version of ['1', '2']) await act('createModelVersion', { name, source: `s3://elsewhere/${version}` }, 'model_version create')
    await act('updateModelVersion', { name, version: '1', description: 'first' }, 'model_version update')
    await act('setModelVersionTag', { name, version: '1', key: 'a', value: 'b' }, 'model_version set_tag')
    await act('deleteModelVersionTag', { name, version: '1', key: 'a' }, 'model_version delete_tag')
    await act('setVersionProfile', { name, version: '1', rows: 2, columns: [{ name: 'x', type: 'boolean', edges: [0.5], min: 0, max: 1, counts: [0, 0, 1, 1, 0] }] }, 'model_version set_profile')
    await act('deleteVersionProfile', { name, version: '1' }, 'model_version delete_profile')
    await act('transitionModelVersionStage', { name, version: '1', stage: 'Staging', archive_existing_versions: false }, 'model_version transition_stage')
    await act('rollbackStage', { name, version: '1' }, 'model_version rollback_stage')
    for (const version of ['1', '2']) await act('setRegisteredModelAlias', { name, alias: 'champion', version }, 'registered_model set_alias')
    await act('rollbackAlias', { name, alias: 'champion' }, 'registered_model rollback_alias')

    await act('createServingEndpoint', { name: 'live', model_name: name, traffic: [{ version: '1', weight: 100 }] }, 'endpoint create')
    const traffic = [{ version: '1', weight: 50 }, { version: '2', weight: 50 }]
    await act('setServingTraffic', { name: 'live', traffic }, 'endpoint set_traffic')
    await act('rollBackServingEndpoint', { name: 'live' }, 'endpoint rollback')
    const { endpoint } = await act('setServingTraffic', { name: 'live', rollout: { version: '2', steps: [10, 50] } }, 'endpoint start_rollout')
    await act('judgeServingRollout', { name: 'live', revision: endpoint.revision, outcome: 'fail', reason: 'slow' }, 'endpoint stop_rollout')
    await act('promoteServingEndpoint', { name: 'live', version: '2' }, 'endpoint promote')
    await act('deleteServingEndpoint', { name: 'live' }, 'endpoint delete')

    await act('deleteRegisteredModelAlias', { name, alias: 'champion' }, 'registered_model delete_alias')
    await act('deleteModelVersion', { name, version: '2' }, 'model_version delete')
    await act('deleteRegisteredModel', { name }, 'registered_model delete')

    const { webhook } = await act('createWebhook', { name: 'hook', url: 'https://203.0.113.7/x', events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }], secret: 'hush hush' }, 'webhook create')
    await act('updateWebhook', { webhook_id: webhook.webhook_id, description: 'changed' }, 'webhook update')
    await act('deleteWebhook', { webhook_id: webhook.webhook_id }, 'webhook delete')
    assert.ok(!JSON.stringify(await entries('entity=webhook')).includes('hush hush'))
  })

  it('holds who saved views and what was said, settled and deleted, but not the words', async () => {
    const { view } = await act('createView', { experiment_ids: ['0'], name: 'best first', state: 'q=secret', shared: true }, 'view create')
    await act('updateView', { view_id: view.view_id, name: 'the best' }, 'view update')
    await act('deleteView', { view_id: view.view_id }, 'view delete')
    await act('updateView', { view_id: view.view_id, deleted: false }, 'view restore')
    const { run } = (await server.admin.send('POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0', start_time: 1 })).body
    const { comment } = await act('createComment', { run_id: run.info.run_id, text: 'between us' }, 'comment create')
    const { comment_id } = comment
    await act('updateComment', { comment_id, text: 'between you and me' }, 'comment update')
    await act('updateComment', { comment_id, resolved: true }, 'comment resolve')
    await act('updateComment', { comment_id, resolved: false }, 'comment reopen')
    await act('deleteComment', { comment_id }, 'comment delete')
    assert.doesNotMatch(JSON.stringify(await entries('max_results=200')), /between|q=secret/)
  })

  it('holds who changed users, roles, teams, tokens, workspaces and their limits', async () => {
    const username = 'ada'
    const password = 'quite a long password'
    await act('createUser', { username, password }, 'user create')
    await act('updateUserPassword', { username, password: `${password} too` }, 'user set_password')
    for (const is_admin of [true, false]) await act('updateUserAdmin', { username, is_admin }, 'user set_admin')
    await act('createServiceAccount', { username: 'ci' }, 'user create')
    const grant = { resource_type: 'experiment', resource_id: '0' }
    await act('grantUserPermission', { username, ...grant, permission: 'EDIT' }, 'user grant')
    await act('revokeUserPermission', { username, ...grant }, 'user revoke')
    for (const { type, create, update, remove } of permissionFamilies) {
      const of = type === 'experiment' ? { experiment_id: '0' } : { experiment_id: '0', name: 'm', scorer_name: 's', secret_id: 's', endpoint_id: 'e', model_definition_id: 'd' }
      for (const [endpoint, permission, action] of [[create, 'READ', 'grant'], [update, 'EDIT', 'grant'], [remove, undefined, 'revoke']] as const) {
        const fields = Object.keys((endpoint.request as unknown as { 'x-fields': object })['x-fields'])
        await act(endpoint.name, Object.fromEntries(Object.entries({ ...of, username, permission }).filter(([name, value]) => fields.includes(name) && value !== undefined)), `user ${action}`)
      }
    }
    assert.equal(permissionFamilies.length * 4 <= permissionEndpoints.length, true)

    const { role } = await act('createRole', { name: 'readers', workspace: 'default' }, 'role create')
    const role_id = role.id
    await act('updateRole', { role_id, description: 'read' }, 'role update')
    const { role_permission } = await act('addRolePermission', { role_id, resource_type: 'experiment', resource_pattern: '*', permission: 'READ' }, 'role add_permission')
    await act('updateRolePermission', { role_permission_id: role_permission.id, permission: 'EDIT' }, 'role update_permission')
    await act('removeRolePermission', { role_permission_id: role_permission.id }, 'role remove_permission')
    await act('assignRole', { role_id, username }, 'role assign')
    await act('unassignRole', { role_id, username }, 'role unassign')
    await act('deleteRole', { role_id }, 'role delete')

    await act('createTeam', { name: 'vision' }, 'team create')
    await act('addTeamMember', { name: 'vision', username }, 'team add_member')
    await act('grantTeamPermission', { name: 'vision', ...grant, permission: 'EDIT' }, 'team grant')
    await act('revokeTeamPermission', { name: 'vision', ...grant }, 'team revoke')
    await act('setTeamQuotas', { name: 'vision', runs: 5 }, 'team set_quotas')
    await act('removeTeamMember', { name: 'vision', username }, 'team remove_member')
    await act('deleteTeam', { name: 'vision' }, 'team delete')

    const { info } = await act('createToken', { name: 'laptop' }, 'token create')
    await act('deleteToken', { token_id: info.token_id }, 'token delete')
    await act('createWorkspace', { name: 'crm' }, 'workspace create')
    await act('updateWorkspace', { workspace_name: 'crm', description: 'customers' }, 'workspace update')
    await act('setQuotas', { workspace_name: 'crm', runs: 5 }, 'workspace set_quotas')
    await act('deleteWorkspace', { workspace_name: 'crm' }, 'workspace delete')
    await act('deleteUser', { username }, 'user delete')
  })

  it('holds what is done by forms, who came and went, and who tried in vain', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', accept: 'text/html' }
    let cookie = ''
    const submit = async (name: string, fields: Record<string, string>, wanted: string, by = 'admin'): Promise<string> => {
      const response = await fetch(`${server.url}${byName.get(name)!.path}`.replace('/users/create-ui', '/api/2.0/mlflow/users/create-ui'), { method: 'POST', redirect: 'manual', headers: { ...headers, cookie }, body: new URLSearchParams(fields) })
      const text = await response.text()
      assert.ok(response.status < 500, `${name}: ${response.status} ${text}`)
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
      if (name === 'changeOwnPassword') reader = server.as('admin', fields['password']!)
      await wrote(name, [wanted], by)
      return text
    }
    await submit('signIn', { username: 'admin', password: adminPassword }, 'session sign_in')
    await submit('createUserByForm', { username: 'grace', password: 'quite a long password' }, 'user create')
    const page = await submit('createOwnToken', { name: 'mine', scope: 'read' }, 'token create')
    await submit('deleteOwnToken', { token_id: /name="token_id" value="(\w+)"/.exec(page)![1]! }, 'token delete')
    await submit('changeUsers', { do: 'grant', username: 'grace', resource_type: 'experiment', resource_id: '0', permission: 'EDIT' }, 'user grant')
    await submit('changeTeams', { do: 'create', name: 'speech' }, 'team create')
    await submit('changeQuotas', { workspace: 'default', kind: 'points', most: '2M' }, 'workspace set_quotas')
    await submit('changeOwnPassword', { current: adminPassword, password: 'another long password' }, 'user set_password')
    await submit('signOut', {}, 'session sign_out')
    await fetch(`${server.url}/sign-in`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams({ username: 'mallory', password: 'guess' }) })
    const grace = server.as('grace', 'quite a long password')
    assert.equal((await grace.send('GET', '/api/2.0/mlflow/users/list')).status, 403)
    for (let wait = 0; ; wait += 1) {
      const denied = (await entries('action=denied')).map(({ principal, entity_name }) => [principal, entity_name])
      if (denied.length === 2) {
        assert.deepEqual(denied.sort(), [['grace', 'listUsers'], ['mallory', 'signIn']])
        break
      }
      assert.ok(wait < 200, JSON.stringify(denied))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await using fresh = await startWithAccounts({ admin: false })
    const token = /token=([\w-]+)/.exec(fresh.running.setUpUrl!)![1]!
    await fetch(`${fresh.url}/set-up`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams({ token, username: 'root', password: adminPassword }) })
    const first = (await fresh.as('root', adminPassword).send('GET', '/api/cairn/v1/audit?entity=user')).body.entries as Entry[]
    assert.deepEqual(first.map(({ principal, action, entity_name }) => [principal, action, entity_name]), [['set-up link', 'create', 'root']])
    done.add('setUp')
  })

  it('knows every endpoint that changes something: a new one is written down, or is said to only log', () => {
    const changing = allEndpoints.filter(({ method }) => method !== 'GET').map(({ name }) => name)
    assert.deepEqual(changing.filter((name) => !done.has(name) && !asks.includes(name) && !logs.includes(name)), [])
    assert.deepEqual([...asks, ...logs].filter((name) => !changing.includes(name)), [])
  })
})
