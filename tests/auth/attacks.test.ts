import assert from 'node:assert/strict'
import { after, before, describe, it, test } from 'node:test'
import { startPostgres } from '../../tools/postgres.ts'
import { adminPassword, basic, startWithAccounts, type AuthServer, type Person } from './server.ts'

/** What MLflow 3.17.2 with accounts was seen to let through. */
describe('a user does not get past the gate by', () => {
  let server: AuthServer
  let mallory: Person
  let mine: string
  let theirs: string
  let run: string
  let ownRun: string
  const mlflow = '/api/2.0/mlflow'
  before(async () => {
    server = await startWithAccounts({ defaultPermission: 'NO_PERMISSIONS' })
    mallory = await server.user('mallory')
    mine = (await mallory.send('POST', `${mlflow}/experiments/create`, { name: 'mine' })).body.experiment_id
    theirs = (await server.admin.send('POST', `${mlflow}/experiments/create`, { name: 'theirs' })).body.experiment_id
    run = (await server.admin.send('POST', `${mlflow}/runs/create`, { experiment_id: theirs, start_time: 1 })).body.run.info.run_id
    ownRun = (await mallory.send('POST', `${mlflow}/runs/create`, { experiment_id: mine, start_time: 1 })).body.run.info.run_id
    assert.equal((await server.admin.send('PUT', `/api/2.0/mlflow-artifacts/artifacts/${theirs}/${run}/artifacts/secret.json`, { secret: 1 })).status, 200)
  })
  after(() => server[Symbol.asyncDispose]())

  it('another spelling of an experiment\'s id', async () => {
    for (const id of [`0${theirs}`, `+${theirs}`, ` ${theirs}`, `${theirs} `, `${theirs}.0`, `00${theirs}`, `0x${theirs}`, `${theirs}e0`, `٠${theirs}`]) {
      const got = await mallory.send('GET', `${mlflow}/experiments/get?experiment_id=${encodeURIComponent(id)}`)
      assert.ok([400, 403].includes(got.status), `${id}: ${got.status} ${got.text}`)
      const made = await mallory.send('POST', `${mlflow}/runs/create`, { experiment_id: id, start_time: 1 })
      assert.ok([400, 403].includes(made.status), `${id}: ${made.status} ${made.text}`)
      const found = await mallory.send('POST', `${mlflow}/runs/search`, { experiment_ids: [id] })
      assert.ok(!found.text.includes(run), found.text)
    }
  })

  it('another spelling of a path', async () => {
    const target = `${theirs}/${run}/artifacts/secret.json`
    for (const path of [`./${target}`, `.//${target}`, `${mine}/../${target}`, `${mine}/%2e%2e/${target}`, `%2e/${target}`, `${mine}/..%2f${target}`, `/${target}`, `0${target}`, `${mine};/../${target}`, `${target}/.`, `${theirs}//${run}/artifacts/secret.json`]) {
      const { status, text } = await mallory.send('GET', `/api/2.0/mlflow-artifacts/artifacts/${path}`)
      assert.ok(status >= 400 && !text.includes('"secret"'), `${path}: ${status} ${text}`)
    }
    for (const path of ['.', './', '', '/', './.', `${mine}/..`]) {
      const { status, text } = await mallory.send('GET', `/api/2.0/mlflow-artifacts/artifacts?path=${encodeURIComponent(path)}`)
      assert.ok(status >= 400 || !text.includes(theirs), `${path}: ${status} ${text}`)
    }
  })

  it('two names for a run that name different runs', async () => {
    for (const body of [{ run_id: ownRun, run_uuid: run }, { run_id: run, run_uuid: ownRun }]) {
      const logged = await mallory.send('POST', `${mlflow}/runs/log-metric`, { ...body, key: 'evil', value: 1, timestamp: 1 })
      const shown = await mallory.send('GET', `${mlflow}/runs/get?${new URLSearchParams(body)}`)
      assert.ok(!shown.text.includes(`"run_id":"${run}"`), `${shown.status} ${shown.text}`)
      assert.ok(logged.status === 200 ? body.run_id === ownRun : [400, 403].includes(logged.status))
    }
    const { run: now } = (await server.admin.send('GET', `${mlflow}/runs/get?run_id=${run}`)).body
    assert.equal(now.data.metrics, undefined)
    const file = await mallory.send('GET', `/get-artifact?run_id=${ownRun}&run_uuid=${run}&path=secret.json`)
    assert.ok(!file.text.includes('"secret"'), file.text)
  })

  it('a location of an experiment inside of another\'s', async () => {
    for (const artifact_location of [`mlflow-artifacts:/${theirs}`, `mlflow-artifacts:/${theirs}/${run}`, `mlflow-artifacts:///${theirs}`, `mlflow-artifacts:/`, `mlflow-artifacts:/./${theirs}`, `mlflow-artifacts:/${Number(theirs) + 5}`]) {
      const { status, text } = await mallory.send('POST', `${mlflow}/experiments/create`, { name: `at ${artifact_location}`, artifact_location })
      assert.ok([400, 403].includes(status), `${artifact_location}: ${status} ${text}`)
    }
  })

  it('a location in which others\' lie, and what is deleted takes nobody else\'s along', async () => {
    assert.equal((await server.admin.send('POST', `${mlflow}/experiments/create`, { name: 'deep', artifact_location: 'mlflow-artifacts:/team/a' })).status, 200)
    assert.equal((await mallory.send('POST', `${mlflow}/experiments/create`, { name: 'around', artifact_location: 'mlflow-artifacts:/team' })).status, 403)
    assert.equal((await mallory.send('POST', `${mlflow}/experiments/create`, { name: 'beside', artifact_location: 'mlflow-artifacts:/team/ab' })).status, 200)
    for (const path of ['', '/', 'team', 'team/', 'team/a', theirs, `${theirs}/${run}`]) {
      const { status, text } = await mallory.send('DELETE', `/api/2.0/mlflow-artifacts/artifacts/${path}`)
      assert.ok(status >= 400, `${path}: ${status} ${text}`)
    }
    assert.equal((await mallory.send('DELETE', '/api/2.0/mlflow-artifacts/artifacts/team/ab/x')).status, 200)
    assert.equal((await server.admin.send('GET', `/api/2.0/mlflow-artifacts/artifacts/${theirs}/${run}/artifacts/secret.json`)).status, 200)
  })

  it('a model version whose source is somebody else\'s run', async () => {
    await mallory.send('POST', `${mlflow}/registered-models/create`, { name: 'thief' })
    for (const [source, run_id] of [[`mlflow-artifacts:/${theirs}/${run}/artifacts`, undefined], [`mlflow-artifacts:/${theirs}/${run}/artifacts`, run], [`mlflow-artifacts:/${theirs}/${run}/artifacts`, ownRun], [`runs:/${run}/m`, undefined]]) {
      const { status, text } = await mallory.send('POST', `${mlflow}/model-versions/create`, { name: 'thief', source, ...(run_id && { run_id }) })
      assert.ok([400, 403].includes(status), `${source}: ${status} ${text}`)
    }
  })

  it('reading the list of users, or what others may', async () => {
    for (const [method, path, body] of [
      ['GET', `${mlflow}/users/list`], ['GET', `${mlflow}/users/get?username=admin`], ['GET', '/api/3.0/mlflow/users/roles/list?username=admin'],
      ['GET', '/api/3.0/mlflow/users/permissions/list?username=admin'], ['GET', '/api/3.0/mlflow/roles/list'], ['GET', '/api/cairn/v1/tokens?username=admin'],
      ['POST', `${mlflow}/users/create`, { username: 'm2', password: 'a long password' }], ['PATCH', `${mlflow}/users/update-admin`, { username: 'mallory', is_admin: true }],
      ['PATCH', `${mlflow}/users/update-password`, { username: 'admin', password: 'a long password' }],
    ] as const) {
      const { status, text } = await mallory.send(method, path, body)
      assert.ok(status === 403, `${method} ${path}: ${status} ${text}`)
    }
  })

  it('a trace under somebody else\'s id: traces come later, and until then their routes take nothing', async () => {
    for (const path of ['/v1/traces', '/api/3.0/mlflow/traces', '/api/2.0/mlflow/traces', '/ajax-api/3.0/mlflow/traces', '/ajax-api/3.0/jobs']) {
      assert.equal((await server.nobody.send('POST', path, {})).status, 401, path)
      assert.ok((await mallory.send('POST', path, {})).status >= 400, path)
    }
  })

  it('a Host that only begins like an address of a private network', async () => {
    for (const host of ['10.evil.example', '192.168.evil.example', '127.0.0.1.evil.example', 'localhost.evil.example']) {
      const { status } = await requestWithHost(server.url, host, server.admin.authorization!)
      assert.equal(status, 403, host)
    }
  })

  it('guessing passwords without end, whether there is such a user or not', async () => {
    for (const name of ['mallory-victim', 'nobody-of-this-name']) {
      if (name === 'mallory-victim') await server.user(name)
      const seen: number[] = []
      for (let guess = 0; guess < 14; guess += 1) seen.push((await server.as(name, `guess ${guess}`).send('GET', `${mlflow}/users/current`)).status)
      assert.deepEqual(seen.slice(0, 10), Array(10).fill(401), name)
      assert.deepEqual(seen.slice(10), Array(4).fill(429), name)
    }
    // Others from the same address are not locked out.
    assert.equal((await mallory.send('GET', `${mlflow}/users/current`)).status, 200)
  })

  it('telling an unknown user from a wrong password: both cost one hash and answer alike', async () => {
    const unknown = await server.as('unknown-1', 'x').send('GET', `${mlflow}/users/current`)
    const wrong = await server.as('admin', 'x').send('GET', `${mlflow}/users/current`)
    assert.deepEqual([unknown.status, unknown.text], [wrong.status, wrong.text])
  })

  it('making an account by another page, without a password or with a short one', async () => {
    const names = async (): Promise<string[]> => (await server.admin.send('GET', `${mlflow}/users/list`)).body.users.map(({ username }: { username: string }) => username)
    const before = await names()
    for (const body of [{ username: 'weak' }, { username: 'weak', password: '' }, { username: 'weak', password: 'password1234'.slice(0, 11) }, { username: 'weak', password: null }, { username: '', password: 'a long password' }, { username: ' ', password: 'a long password' }]) {
      const { status, text } = await server.admin.send('POST', `${mlflow}/users/create`, body)
      assert.equal(status, 400, `${JSON.stringify(body)}: ${text}`)
    }
    for (const password of ['', 'short']) assert.equal((await server.admin.send('PATCH', `${mlflow}/users/update-password`, { username: 'mallory', password })).status, 400)
    // The form, as the admin's browser would send it for a page of somebody else.
    const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', 'sec-fetch-mode': 'navigate' }
    const signedIn = await fetch(`${server.url}/sign-in`, { method: 'POST', redirect: 'manual', headers: { ...form, 'sec-fetch-site': 'same-origin' }, body: new URLSearchParams({ username: 'admin', password: adminPassword }) })
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!
    const sent = (more: Record<string, string>, password = 'a long password') => fetch(`${server.url}${mlflow}/users/create-ui`, { method: 'POST', redirect: 'manual', headers: { ...form, cookie, ...more }, body: new URLSearchParams({ username: 'planted', password }) })
    for (const more of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'https://evil.example' }, { origin: 'null' }, {}] as Record<string, string>[]) {
      assert.ok([303, 401, 403].includes((await sent(more)).status), JSON.stringify(more))
    }
    assert.equal((await sent({ 'sec-fetch-site': 'same-origin' }, 'short')).status, 400)
    for (const user of [server.nobody, mallory]) assert.ok([401, 403].includes((await user.send('POST', `${mlflow}/users/create`, { username: 'planted', password: 'a long password' })).status))
    assert.deepEqual(await names(), before)
    assert.ok((await sent({ 'sec-fetch-site': 'same-origin' })).status < 400)
    assert.deepEqual(await names(), [...before, 'planted'].toSorted())
  })

  it('a name of any length: nothing of it is kept but what a name could be', async () => {
    assert.equal((await server.as('x'.repeat(40_000), 'wrong').send('GET', `${mlflow}/users/current`)).status, 401)
    const kept = async (): Promise<number[]> => (await server.admin.send('GET', '/api/cairn/v1/audit?action=denied&max_results=1000')).body.entries.map(({ principal }: { principal: string }) => principal.length)
    while (!(await kept()).some((length) => length >= 255)) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.ok((await kept()).every((length) => length <= 256))
  })

  it('calling themselves what a program is called in the audit trail', async () => {
    for (const username of ['server', 'Server', 'anonymous', 'retention', 'unknown', 'set-up link', 'cairn gc', 'cairn import', 'cairn db restore']) {
      const { status, text } = await server.admin.send('POST', `${mlflow}/users/create`, { username, password: 'a long password' })
      assert.deepEqual([status, /audit trail/.test(text)], [400, true], username)
    }
    assert.equal((await server.admin.send('POST', '/api/cairn/v1/service-accounts', { username: 'cairn' })).status, 200)
  })

  it('listing roles, which tell by name of what others have', async () => {
    assert.equal((await server.admin.send('POST', `${mlflow}/registered-models/create`, { name: 'nobody-knows' })).status, 200)
    const { role } = (await server.admin.send('POST', `${mlflow}/roles/create`, { name: 'others', workspace: 'default' })).body
    const { role: own } = (await server.admin.send('POST', `${mlflow}/roles/create`, { name: 'ours', workspace: 'default' })).body
    assert.equal((await server.admin.send('POST', `${mlflow}/roles/assign`, { username: 'mallory', role_id: own.id })).status, 200)
    // Mallory has grants here: the experiment that he made.
    const { status, text } = await mallory.send('GET', '/api/3.0/mlflow/roles/list?workspace=default')
    assert.deepEqual([status, text.includes('nobody-knows')], [403, false])
    for (const path of ['roles/get', 'roles/permissions/list']) {
      assert.equal((await mallory.send('GET', `/api/3.0/mlflow/${path}?role_id=${role.id}`)).status, 403)
      assert.equal((await mallory.send('GET', `/api/3.0/mlflow/${path}?role_id=${own.id}`)).status, 200)
    }
  })

  it('looking at how the server does, which counts by workspace and team: that is for admins and programs', async () => {
    const made = async (person: Person, body: object): Promise<Person> => server.bearer((await person.send('POST', '/api/cairn/v1/tokens', { name: 't', ...body })).body.token)
    await server.admin.send('POST', '/api/cairn/v1/service-accounts', { username: 'prometheus' })
    const status = async (person: Person): Promise<number> => (await person.send('GET', '/metrics')).status
    assert.deepEqual([await status(mallory), await status(await made(mallory, { scopes: ['read'] }))], [403, 403])
    assert.deepEqual([await status(server.admin), await status(await made(server.admin, { scopes: ['read'] })), await status(await made(server.admin, { username: 'prometheus', scopes: ['read'] }))], [200, 200, 200])
    assert.equal(await status(await made(server.admin, { username: 'prometheus', scopes: ['read', 'experiment:0'] })), 403)
  })

  it('asking a cache for what somebody else has read', async () => {
    for (const path of [`${mlflow}/users/current`, `${mlflow}/experiments/get?experiment_id=${mine}`, '/api/cairn/v1/home', '/api/cairn/v1/tokens', '/account', '/version', '/nothing']) {
      for (const person of [mallory, server.nobody]) assert.equal((await person.send('GET', path)).headers.get('cache-control'), 'no-store', path)
    }
    assert.equal((await mallory.send('GET', '/', undefined, { accept: 'text/html' })).headers.get('cache-control'), 'no-cache')
  })

  it('credentials that are no credentials', async () => {
    for (const authorization of ['Basic', 'Basic !!', 'Basic YQ==', `Bearer ${'x'.repeat(5000)}`, 'Bearer cairn_0000000000000000_', 'Digest username="admin"', basic('admin', ''), basic('', ''), `Basic ${Buffer.from('admin\0:x').toString('base64')}`]) {
      const response = await fetch(`${server.url}${mlflow}/users/current`, { headers: { authorization } })
      assert.equal(response.status, 401, authorization.slice(0, 40))
    }
  })
})

test('a name with a NUL, which PostgreSQL cannot take, is nobody\'s there too: no error, and it stands in the audit trail', async () => {
  await using postgres = await startPostgres()
  await using server = await startWithAccounts({ flags: { 'backend-store-uri': postgres.uri } })
  const asked = await server.as('admin\0', 'x').send('GET', '/api/2.0/mlflow/users/current')
  assert.equal(asked.status, 401, asked.text)
  const form = await fetch(`${server.url}/sign-in`, { method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }, body: 'username=admin%00&password=x' })
  assert.equal(form.status, 400)
  const kept = async (): Promise<string[]> => (await server.admin.send('GET', '/api/cairn/v1/audit?action=denied')).body.entries.map(({ principal }: { principal: string }) => principal)
  while (!(await kept()).includes('admin\ufffd')) await new Promise((resolve) => setTimeout(resolve, 20))
})

async function requestWithHost(url: string, host: string, authorization: string): Promise<{ status: number }> {
  const { request } = await import('node:http')
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: '/api/2.0/mlflow/users/current', headers: { host, authorization } }, (response) => {
      response.resume()
      resolve({ status: response.statusCode! })
    }).on('error', reject).end()
  })
}
