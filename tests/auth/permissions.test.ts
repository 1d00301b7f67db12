import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startWithAccounts, type AuthServer, type Person } from './server.ts'

describe('what was granted', () => {
  let server: AuthServer
  before(async () => { server = await startWithAccounts({ defaultPermission: 'NO_PERMISSIONS' }) })
  after(() => server[Symbol.asyncDispose]())

  const ok = async (person: Person, method: string, path: string, body?: object): Promise<any> => {
    const answer = await person.send(method, path, body)
    assert.equal(answer.status, 200, `${method} ${path} ${answer.text}`)
    return answer.text === '' ? undefined : answer.body
  }
  const refused = async (person: Person, method: string, path: string, body?: object): Promise<void> => {
    const answer = await person.send(method, path, body)
    assert.equal(answer.status, 403, `${method} ${path} ${answer.text}`)
  }
  const mlflow = '/api/2.0/mlflow'
  const newExperiment = async (owner: Person, name: string): Promise<string> => (await ok(owner, 'POST', `${mlflow}/experiments/create`, { name })).experiment_id
  const newRun = async (owner: Person, experiment_id: string): Promise<string> => (await ok(owner, 'POST', `${mlflow}/runs/create`, { experiment_id, start_time: 1 })).run.info.run_id
  const grant = (by: Person, to: Person, resource_type: string, resource_id: string, permission: string) =>
    ok(by, 'POST', '/api/3.0/mlflow/users/permissions/grant', { username: to.name, resource_type, resource_id, permission })
  const revoke = (by: Person, from: Person, resource_type: string, resource_id: string) =>
    ok(by, 'POST', '/api/3.0/mlflow/users/permissions/revoke', { username: from.name, resource_type, resource_id })

  it('counts at once, is taken back at once, and whoever makes something manages it', async () => {
    const [owner, other] = await Promise.all([server.user('owner-1'), server.user('other-1')])
    const id = await newExperiment(owner, 'once')
    const get = `${mlflow}/experiments/get?experiment_id=${id}`
    await refused(other, 'GET', get)
    await grant(owner, other, 'experiment', id, 'READ')
    await ok(other, 'GET', get)
    await refused(other, 'POST', `${mlflow}/experiments/update`, { experiment_id: id, new_name: 'mine' })
    await revoke(owner, other, 'experiment', id)
    await refused(other, 'GET', get)
    // Who may only read gives nothing away.
    await grant(owner, other, 'experiment', id, 'EDIT')
    await refused(other, 'POST', '/api/3.0/mlflow/users/permissions/grant', { username: 'other-1', resource_type: 'experiment', resource_id: id, permission: 'MANAGE' })
  })

  it('is beaten by DENY, whichever role says so', async () => {
    const person = await server.user('denied')
    const id = await newExperiment(server.admin, 'denied experiment')
    const { role } = await ok(server.admin, 'POST', '/api/3.0/mlflow/roles/create', { name: 'no', workspace: 'default' })
    await grant(server.admin, person, 'experiment', id, 'MANAGE')
    await ok(person, 'GET', `${mlflow}/experiments/get?experiment_id=${id}`)
    await ok(server.admin, 'POST', '/api/3.0/mlflow/roles/permissions/add', { role_id: role.id, resource_type: 'experiment', resource_pattern: id, permission: 'DENY' })
    await ok(server.admin, 'POST', '/api/3.0/mlflow/roles/assign', { username: 'denied', role_id: role.id })
    await refused(person, 'GET', `${mlflow}/experiments/get?experiment_id=${id}`)
    assert.deepEqual((await ok(person, 'POST', `${mlflow}/experiments/search`, { max_results: 100 })).experiments, undefined)
    await ok(server.admin, 'DELETE', '/api/3.0/mlflow/roles/delete', { role_id: role.id })
    await ok(person, 'GET', `${mlflow}/experiments/get?experiment_id=${id}`)
  })

  it('follows a model through its rename, and is gone with it', async () => {
    const [owner, other] = await Promise.all([server.user('owner-2'), server.user('other-2')])
    await ok(owner, 'POST', `${mlflow}/registered-models/create`, { name: 'before' })
    await grant(owner, other, 'registered_model', 'before', 'READ')
    await ok(owner, 'POST', `${mlflow}/registered-models/rename`, { name: 'before', new_name: 'after' })
    await ok(other, 'GET', `${mlflow}/registered-models/get?name=after`)
    // What the server keeps of both was read after the rename, as on any other day: it looks once a second.
    await new Promise((resolve) => setTimeout(resolve, 1100))
    for (const person of [owner, other]) await ok(person, 'GET', `${mlflow}/registered-models/get?name=after`)
    await ok(owner, 'DELETE', `${mlflow}/registered-models/delete`, { name: 'after' })
    await ok(server.admin, 'POST', `${mlflow}/registered-models/create`, { name: 'after' })
    await refused(other, 'GET', `${mlflow}/registered-models/get?name=after`)
    await refused(owner, 'GET', `${mlflow}/registered-models/get?name=after`)
  })

  it('lets whoever may read a model read its drift, and only who may change it say what it is compared with', async () => {
    const [owner, other] = await Promise.all([server.user('owner-drift'), server.user('other-drift')])
    await ok(owner, 'POST', `${mlflow}/registered-models/create`, { name: 'watched' })
    await ok(owner, 'POST', `${mlflow}/model-versions/create`, { name: 'watched', source: 's3://elsewhere/1' })
    await ok(owner, 'POST', '/api/cairn/v1/endpoints', { name: 'watched-live', model_name: 'watched' })
    const profile = { name: 'watched', version: '1', rows: 2, columns: [{ name: 'x', type: 'boolean', edges: [0.5], min: 0, max: 1, counts: [0, 0, 1, 1, 0] }] }
    const set = ['PUT', '/api/cairn/v1/model-versions/profile', profile] as const
    const reads = ['/api/cairn/v1/model-versions/profile?name=watched&version=1', '/api/cairn/v1/endpoints/watched-live/drift', '/api/cairn/v1/registered-models/drift?name=watched']
    await ok(owner, ...set)
    for (const path of reads) await refused(other, 'GET', path)
    await grant(owner, other, 'registered_model', 'watched', 'READ')
    for (const path of reads) await ok(other, 'GET', path)
    await refused(other, ...set)
    await refused(other, 'DELETE', '/api/cairn/v1/model-versions/profile', { name: 'watched', version: '1' })
    const rows = ['POST', '/api/cairn/v1/endpoints/watched-live/rows', { server_id: 'one', versions: [] }] as const
    await refused(other, ...rows)
    await revoke(owner, other, 'registered_model', 'watched')
    await grant(owner, other, 'registered_model', 'watched', 'USE')
    await ok(other, ...rows)
  })

  it('fills the pages of a search with what may be read, and its page tokens tell of nothing else', async () => {
    const person = await server.user('reader-3')
    const ids: string[] = []
    for (let index = 0; index < 12; index += 1) ids.push(await newExperiment(server.admin, `page ${index}`))
    const mine = ids.filter((_id, index) => index % 3 === 0)
    for (const id of mine) await grant(server.admin, person, 'experiment', id, 'READ')
    const seen: string[] = []
    for (let token: string | undefined, pages = 0; pages < 10; pages += 1) {
      const { experiments, next_page_token } = await ok(person, 'POST', `${mlflow}/experiments/search`, { max_results: 2, ...(token && { page_token: token }) })
      if (next_page_token !== undefined) assert.equal(experiments.length, 2)
      seen.push(...experiments.map((one: { experiment_id: string }) => one.experiment_id))
      if ((token = next_page_token) === undefined) break
    }
    assert.deepEqual(seen.sort(), [...mine].sort())
  })

  it('leaves out of a search for runs, of bulk history and of series what may not be read', async () => {
    const person = await server.user('reader-4')
    const [open, closed] = [await newExperiment(server.admin, 'open 4'), await newExperiment(server.admin, 'closed 4')]
    const [readable, hidden] = [await newRun(server.admin, open), await newRun(server.admin, closed)]
    for (const run_id of [readable, hidden]) await ok(server.admin, 'POST', `${mlflow}/runs/log-metric`, { run_id, key: 'loss', value: 1, timestamp: 1 })
    await grant(server.admin, person, 'experiment', open, 'READ')
    const { runs } = await ok(person, 'POST', `${mlflow}/runs/search`, { experiment_ids: [open, closed] })
    assert.deepEqual(runs.map(({ info }: { info: { run_id: string } }) => info.run_id), [readable])
    await ok(person, 'GET', `/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=${readable}&metric_key=loss`)
    await refused(person, 'GET', `/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=${readable}&run_id=${hidden}&metric_key=loss`)
    const table = await ok(person, 'POST', '/api/cairn/v1/runs/table', { experiment_ids: [open, closed] })
    assert.deepEqual([table.total, table.rows.map((row: { run_id: string }) => row.run_id)], [1, [readable]])
    for (const [path, more] of [['table', {}], ['keys', {}], ['values', { kind: 'tag', key: 'mlflow.runName' }], ['groups', { by: { kind: 'tag', key: 'mlflow.runName' } }]] as const) {
      assert.doesNotMatch(JSON.stringify(await ok(person, 'POST', `/api/cairn/v1/runs/${path}`, { experiment_ids: [closed], ...more })), /[1-9]|loss/)
    }
    for (const change of ['delete', 'archive']) await refused(person, 'POST', '/api/cairn/v1/runs/change', { run_ids: [readable, hidden], change })
    await refused(person, 'POST', '/api/cairn/v1/series', { run_ids: [readable, hidden], keys: ['loss'] })
  })

  it('passes over runs that are gone, and those that may not be seen alike, where a change may leave them out; one that may be seen and not changed refuses all', async () => {
    const person = await server.user('bulk')
    const [own, readOnly, closed] = [await newExperiment(server.admin, 'own'), await newExperiment(server.admin, 'read only'), await newExperiment(server.admin, 'closed bulk')]
    const [mine, other, seen, hidden] = [await newRun(server.admin, own), await newRun(server.admin, own), await newRun(server.admin, readOnly), await newRun(server.admin, closed)]
    await grant(server.admin, person, 'experiment', own, 'EDIT')
    await grant(server.admin, person, 'experiment', readOnly, 'READ')
    const gone = '0'.repeat(32)
    const tagged = async (run_id: string): Promise<boolean> => JSON.stringify(await ok(server.admin, 'GET', `${mlflow}/runs/get?run_id=${run_id}`)).includes('"owner"')
    const change = (run_ids: readonly string[], more: object) => ({ run_ids, change: 'set_tag', key: 'owner', value: 'bulk', ...more })
    const path = '/api/cairn/v1/runs/change'
    for (const run_ids of [[mine, gone], [mine, hidden], [mine, seen]]) await refused(person, 'POST', path, change(run_ids, {}))
    for (const run_ids of [[mine, seen], [mine, gone, seen], [hidden, seen]]) await refused(person, 'POST', path, change(run_ids, { skip_gone: true }))
    assert.equal(await tagged(mine), false)
    assert.deepEqual(await ok(person, 'POST', path, change([mine, gone, other], { skip_gone: true })), { changed: 2, left_out: [gone] })
    assert.deepEqual(await ok(person, 'POST', path, change([mine, hidden, other], { skip_gone: true })), { changed: 2, left_out: [hidden] })
    assert.deepEqual([await tagged(mine), await tagged(hidden)], [true, false])
    // To delete and to move takes more than to change; what is left out changes nothing in that.
    for (const what of [{ change: 'delete' }, { change: 'restore' }, { change: 'move', experiment_id: own }]) await refused(person, 'POST', path, change([mine, gone], { ...what, skip_gone: true }))
    await grant(server.admin, person, 'run', '*', 'MANAGE')
    for (const [what, answer] of [['delete', { changed: 1, left_out: [gone, hidden] }], ['restore', { changed: 1, left_out: [gone, hidden] }], ['archive', { changed: 1, left_out: [gone, hidden] }]] as const) {
      assert.deepEqual(await ok(person, 'POST', path, change([gone, mine, hidden], { change: what, skip_gone: true })), answer, what)
    }
    await refused(person, 'POST', path, change([mine, gone], { change: 'move', experiment_id: closed, skip_gone: true }))
    assert.equal((await ok(server.admin, 'GET', `${mlflow}/runs/get?run_id=${hidden}`)).run.info.lifecycle_stage, 'active')
    // Nobody says in a request what is left out.
    assert.deepEqual(await ok(server.admin, 'POST', path, change([mine], { unseen: [mine], skip_gone: true })), { changed: 1 })
  })

  it('decides what the first pages show, and who may rename, tag and archive many experiments at once', async () => {
    const person = await server.user('reader-6')
    const [open, closed] = [await newExperiment(server.admin, 'open/6'), await newExperiment(server.admin, 'closed/6')]
    const [readable, hidden] = [await newRun(server.admin, open), await newRun(server.admin, closed)]
    for (const run_id of [readable, hidden]) {
      const failed = await newRun(server.admin, run_id === readable ? open : closed)
      await ok(server.admin, 'POST', `${mlflow}/runs/update`, { run_id: failed, status: 'FAILED', end_time: 5 })
    }
    await grant(server.admin, person, 'experiment', open, 'READ')
    const overview = await ok(person, 'POST', '/api/cairn/v1/experiments/overview', { words: ['/6'] })
    assert.deepEqual([overview.found, overview.running, overview.experiments.map((one: { name: string }) => one.name)], [1, 1, ['open/6']])
    assert.doesNotMatch(JSON.stringify(await ok(person, 'POST', '/api/cairn/v1/experiments/overview', { tree: true })), /closed/)
    const home = await ok(person, 'GET', '/api/cairn/v1/home?since=1')
    assert.deepEqual(home.running.map((run: { run_id: string }) => run.run_id), [readable])
    assert.deepEqual([home.running_total, home.failed_total], [1, 1])
    assert.doesNotMatch(JSON.stringify(home), /closed/)
    for (const change of [{ name: 'mine' }, { set_tags: [{ key: 'a', value: 'b' }] }, { stage: 'deleted' }]) {
      await refused(person, 'POST', '/api/cairn/v1/experiments/change', { changes: [{ experiment_id: open, ...change }] })
    }
    await revoke(server.admin, person, 'experiment', open)
    await grant(server.admin, person, 'experiment', open, 'EDIT')
    await ok(person, 'POST', '/api/cairn/v1/experiments/change', { changes: [{ experiment_id: open, name: 'open/renamed' }] })
    await refused(person, 'POST', '/api/cairn/v1/experiments/change', { changes: [{ experiment_id: open, stage: 'deleted' }] })
    await refused(person, 'POST', '/api/cairn/v1/experiments/change', { changes: [{ experiment_id: open, name: 'x' }, { experiment_id: closed, name: 'y' }] })
  })

  it('lets only who may delete in an experiment say when what is deleted goes for good', async () => {
    const editor = await server.user('editor')
    const { experiment_id } = (await server.admin.send('POST', `${mlflow}/experiments/create`, { name: 'kept', tags: [{ key: 'cairn.retention', value: 'deleted=never' }] })).body
    assert.equal((await server.admin.send('POST', '/api/3.0/mlflow/users/permissions/grant', { username: 'editor', resource_type: 'experiment', resource_id: experiment_id, permission: 'EDIT' })).status, 200)
    const change = (what: object) => ({ changes: [{ experiment_id, ...what }] })
    const tries = (key: string, value: string) => [
      ['POST', `${mlflow}/experiments/set-experiment-tag`, { experiment_id, key, value }], ['POST', '/api/cairn/v1/experiments/change', change({ set_tags: [{ key, value }] })],
      ['POST', '/api/cairn/v1/experiments/change', change({ delete_tags: [key] })], ['POST', `${mlflow}/experiments/set-experiment-tag`, { experiment_id, key, value }], ['POST', `${mlflow}/experiments/delete-experiment-tag`, { experiment_id, key }],
    ] as const
    for (const [person, key, wanted] of [[editor, 'cairn.retention', 403], [editor, 'note', 200], [server.admin, 'cairn.retention', 200]] as const) {
      for (const [method, path, body] of tries(key, 'deleted=1m')) {
        const { status, text } = await person.send(method, path, body)
        assert.equal(status, wanted, `${person.name} ${path} ${JSON.stringify(body)}: ${text}`)
      }
    }
  })

  it('goes with a run into the experiment that it is moved to', async () => {
    const person = await server.user('mover')
    const [from, to] = [await newExperiment(server.admin, 'from'), await newExperiment(server.admin, 'to')]
    const run = await newRun(server.admin, from)
    await grant(server.admin, person, 'experiment', from, 'MANAGE')
    await ok(person, 'GET', `${mlflow}/runs/get?run_id=${run}`)
    await refused(person, 'POST', '/api/cairn/v1/runs/change', { run_ids: [run], change: 'move', experiment_id: to })
    await ok(server.admin, 'POST', '/api/cairn/v1/runs/change', { run_ids: [run], change: 'move', experiment_id: to })
    await refused(person, 'GET', `${mlflow}/runs/get?run_id=${run}`)
    await grant(server.admin, person, 'experiment', to, 'READ')
    await ok(person, 'GET', `${mlflow}/runs/get?run_id=${run}`)
  })

  it('holds for each field of a GraphQL query', async () => {
    const person = await server.user('reader-5')
    const closed = await newExperiment(server.admin, 'closed 5')
    const run = await newRun(server.admin, closed)
    const query = `query { mlflowGetRun(input: {runId: "${run}"}) { run { info { runId } } apiError { code message } } }`
    const answer = await person.send('POST', '/graphql', { query })
    assert.ok(!answer.text.includes(`"runId":"${run}"`), answer.text)
    assert.match(answer.text, /PERMISSION_DENIED|Permission denied/)
    await grant(server.admin, person, 'experiment', closed, 'READ')
    assert.ok((await person.send('POST', '/graphql', { query })).text.includes(run))
  })

  it('decides which live events somebody hears, also while the stream is open', async () => {
    const person = await server.user('listener')
    const [open, closed] = [await newExperiment(server.admin, 'open 6'), await newExperiment(server.admin, 'closed 6')]
    await grant(server.admin, person, 'experiment', open, 'READ')
    await refused(person, 'GET', `/api/cairn/v1/live?experiment_ids=${closed}`)
    const heard: string[] = []
    const ended = new AbortController()
    const response = await fetch(`${server.url}/api/cairn/v1/live`, { headers: { authorization: person.authorization! }, signal: ended.signal })
    assert.equal(response.status, 200)
    const reading = (async () => {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) heard.push(chunk)
    })().catch(() => {})
    const [hidden, shown] = [await newRun(server.admin, closed), await newRun(server.admin, open)]
    for (let tries = 0; tries < 100 && !heard.join('').includes(shown); tries += 1) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.ok(heard.join('').includes(shown))
    assert.ok(!heard.join('').includes(hidden))
    ended.abort()
    await reading
  })

  it('protects files by the experiment that they lie in, and deleting them asks for more than writing', async () => {
    const person = await server.user('filer')
    const id = await newExperiment(server.admin, 'files')
    const run = await newRun(server.admin, id)
    const path = `/api/2.0/mlflow-artifacts/artifacts/${id}/${run}/artifacts/a.json`
    await ok(server.admin, 'PUT', path, { a: 1 })
    await refused(person, 'GET', path)
    await grant(server.admin, person, 'experiment', id, 'READ')
    await ok(person, 'GET', path)
    await refused(person, 'PUT', path, { a: 2 })
    await revoke(server.admin, person, 'experiment', id)
    await grant(server.admin, person, 'experiment', id, 'EDIT')
    await ok(person, 'PUT', path, { a: 2 })
    await refused(person, 'DELETE', path)
  })

  it('is handled by the routes of clients before MLflow 3.13 too', async () => {
    const person = await server.user('older')
    const id = await newExperiment(server.admin, 'older clients')
    const on = { experiment_id: id, username: 'older' }
    const made = await ok(server.admin, 'POST', `${mlflow}/experiments/permissions/create`, { ...on, permission: 'EDIT' })
    assert.equal(made.experiment_permission.permission, 'EDIT')
    assert.equal((await ok(server.admin, 'GET', `${mlflow}/experiments/permissions/get?experiment_id=${id}&username=older`)).experiment_permission.permission, 'EDIT')
    await ok(person, 'POST', `${mlflow}/experiments/set-experiment-tag`, { experiment_id: id, key: 'k', value: 'v' })
    await ok(server.admin, 'PATCH', `${mlflow}/experiments/permissions/update`, { ...on, permission: 'READ' })
    await refused(person, 'POST', `${mlflow}/experiments/set-experiment-tag`, { experiment_id: id, key: 'k', value: 'v' })
    await ok(server.admin, 'DELETE', `${mlflow}/experiments/permissions/delete`, on)
    await refused(person, 'GET', `${mlflow}/experiments/get?experiment_id=${id}`)
  })

  it('and every refusal and change stands in the audit trail, for admins', async () => {
    const person = await server.user('watched')
    const id = await newExperiment(server.admin, 'watched experiment')
    await refused(person, 'GET', `${mlflow}/experiments/get?experiment_id=${id}`)
    await grant(server.admin, person, 'experiment', id, 'READ')
    await refused(person, 'GET', '/api/cairn/v1/audit')
    const { entries } = await ok(server.admin, 'GET', '/api/cairn/v1/audit?max_results=100')
    const of = (action: string) => entries.filter((entry: { action: string; principal: string; entity_name: string }) => entry.action === action)
    assert.ok(of('create').some((entry: { principal: string; entity: string; entity_name: string }) => entry.principal === 'admin' && entry.entity === 'experiment' && entry.entity_name === 'watched experiment'))
    assert.ok(of('denied').some((entry: { principal: string; entity_name: string }) => entry.principal === 'watched' && entry.entity_name === 'getExperiment'))
    assert.ok(of('grant').some((entry: { principal: string; key: string }) => entry.principal === 'admin' && entry.key === `experiment:${id}`))
  })
})
