import assert from 'node:assert/strict'
import type { Endpoint } from '@cairn/protocol'
import type { Person } from './server.ts'

/** Something of each kind, made by an admin in the workspace at a path. What a stranger asks for by its right name. */
export async function somethingOf(admin: Person, at = '', accounts = true): Promise<Record<string, unknown>> {
  const post = async (path: string, body: object): Promise<any> => {
    const answer = await admin.send('POST', `${at}/api/2.0/mlflow/${path}`, body)
    assert.equal(answer.status, 200, answer.text)
    return answer.body
  }
  const { experiment_id } = await post('experiments/create', { name: 'secret' })
  const { run } = await post('runs/create', { experiment_id, start_time: 1 })
  const run_id = run.info.run_id as string
  const files = (run.info.artifact_uri as string).replace('mlflow-artifacts:/', '')
  await post('runs/log-metric', { run_id, key: 'loss', value: 1, timestamp: 1 })
  const { model } = await post('logged-models', { experiment_id, name: 'lm' })
  await post('registered-models/create', { name: 'hidden' })
  await post('model-versions/create', { name: 'hidden', source: `${run.info.artifact_uri}/m`, run_id })
  await post('registered-models/alias', { name: 'hidden', alias: 'best', version: '1' })
  if (accounts) assert.equal((await admin.send('POST', '/api/cairn/v1/teams', { name: 'hidden' })).status, 200)
  assert.equal((await admin.send('POST', `${at}/api/cairn/v1/endpoints`, { name: 'hidden', model_name: 'hidden' })).status, 200)
  assert.equal((await admin.send('PUT', `${at}/api/2.0/mlflow-artifacts/artifacts/${files}/a.txt`, { x: 1 })).status, 200)
  const comment = await admin.send('POST', `${at}/api/cairn/v1/comments`, { run_id, text: 'between us' })
  const view = await admin.send('POST', `${at}/api/cairn/v1/views`, { experiment_ids: [experiment_id], name: 'hidden', shared: true })
  return {
    experiment_id, experiment_ids: [experiment_id], experiment_name: 'secret', run_id, run_ids: [run_id], run_uuid: run_id, model_id: model.info.model_id, name: 'hidden', model_name: 'hidden', version: '1', alias: 'best',
    view_id: view.body.view.view_id, comment_id: comment.body.comment.comment_id, artifact_path: `${files}/a.txt`, ...(accounts && await aRole()),
  }

  async function aRole(): Promise<object> {
    const { role } = await post('roles/create', { name: 'readers', workspace: 'default' })
    const { role_permission } = await post('roles/permissions/add', { role_id: role.id, resource_type: 'experiment', resource_pattern: experiment_id, permission: 'READ' })
    return { role_id: role.id, role_permission_id: role_permission.id }
  }
}

/** Valid in every field, so that nothing but the right can refuse it. */
export function inputOf(endpoint: Endpoint, known: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = endpoint.request as unknown as { 'x-fields'?: Record<string, { 'x-kind': string; 'x-values'?: string[]; 'x-item'?: never }>; 'x-required'?: string[] }
  const input: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(fields['x-fields'] ?? {})) {
    const list = schema['x-kind'] === 'list'
    if (name === 'path') input[name] = endpoint.group === 'proxied-artifacts' ? String(known['artifact_path']).replace(/\/a.txt$/, '') : 'a.txt'
    else if (name === 'max_results') input[name] = 50
    else if (name in known) input[name] = list ? [known[name]].flat() : known[name]
    else if (fields['x-required']!.includes(name)) input[name] = special[name] ?? byKind(schema)
  }
  // Which resource, where the names of fields do not say.
  if (endpoint.name === 'createPresignedUploadUrl') delete input['model_id']
  if (endpoint.name === 'grantTeamPermission' || endpoint.name === 'revokeTeamPermission') Object.assign(input, { resource_type: 'experiment', resource_id: known['experiment_id'] })
  if (endpoint.name.endsWith('UserPermission') && endpoint.group === 'permissions') Object.assign(input, { username: 'admin', resource_type: 'experiment', resource_id: known['experiment_id'] })
  if (endpoint.name === 'createModelVersion') input['source'] = 's3://elsewhere/model'
  if (endpoint.name === 'changeExperiments') input['changes'] = [{ experiment_id: known['experiment_id'], set_tags: [{ key: 'k', value: 'v' }] }]
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
