import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { adminPassword, startWithAccounts, type AuthServer } from './server.ts'

const headers = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' }

describe('the pages for admins', () => {
  let server: AuthServer
  let cookie: string
  before(async () => {
    server = await startWithAccounts()
    const response = await fetch(`${server.url}/sign-in`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams({ username: 'admin', password: adminPassword }) })
    cookie = response.headers.get('set-cookie')!.split(';')[0]!
  })
  after(() => server[Symbol.asyncDispose]())
  const get = async (path: string): Promise<string> => (await fetch(server.url + path, { headers: { ...headers, cookie } })).text()
  const post = async (path: string, fields: Record<string, string>, more: Record<string, string> = {}): Promise<{ status: number; text: string }> => {
    const response = await fetch(server.url + path, { method: 'POST', redirect: 'manual', headers: { ...headers, cookie, ...more }, body: new URLSearchParams(fields) })
    return { status: response.status, text: await response.text() }
  }

  it('add a user with a password that is shown once, grant, make tokens, and delete after a word', async () => {
    const made = await post('/admin/users', { do: 'create', username: 'ada', kind: 'person' })
    const password = /<code>([\w-]{24})<\/code>/.exec(made.text)![1]!
    const ada = server.as('ada', password)
    assert.equal((await ada.send('GET', '/api/2.0/mlflow/users/current')).status, 200)
    assert.ok(!(await get('/admin/users/ada')).includes(password))
    assert.match((await post('/admin/users', { do: 'create', username: 'ada', kind: 'person' })).text, /already exists/)
    assert.equal((await post('/admin/users', { do: 'grant', username: 'ada', resource_type: 'experiment', resource_id: '0', permission: 'EDIT' })).status, 303)
    assert.match(await get('/admin/users/ada'), /experiment:0<\/td><td>EDIT/)
    assert.match((await post('/admin/users', { do: 'grant', username: 'ada', resource_type: 'experiment', resource_id: '00', permission: 'EDIT' })).text, /Give the experiment&#39;s id/)
    assert.equal((await post('/admin/users', { do: 'revoke', username: 'ada', resource_type: 'experiment', resource_id: '0' })).status, 303)
    assert.match((await post('/admin/users', { do: 'token', username: 'ada', name: '<b>x</b>', scope: 'read' })).text, /<code>cairn_/)
    assert.match(await get('/admin/users/ada'), /&#60;b&#62;x/)
    assert.equal((await post('/admin/users', { do: 'admin', username: 'ada' })).status, 303)
    assert.match(await get('/admin'), /ada<\/a><\/td><td>admin/)
    assert.match((await post('/admin/users', { do: 'delete', username: 'ada', confirm: 'adA' })).text, /Type ada/)
    assert.equal((await post('/admin/users', { do: 'delete', username: 'ada', confirm: 'ada' })).status, 303)
    assert.equal((await ada.send('GET', '/api/2.0/mlflow/users/current')).status, 401)
    assert.match((await post('/admin/users', { do: 'delete', username: 'admin', confirm: 'admin' })).text, /own account/)
  })

  it('make teams with members and grants', async () => {
    await server.user('grace')
    for (const fields of [{ do: 'create', name: 'vision', description: 'Cameras' }, { do: 'add', name: 'vision', username: 'grace', manager: 'yes' }, { do: 'grant', name: 'vision', resource_type: 'experiment', resource_id: '0', permission: 'EDIT' }] as Record<string, string>[]) {
      assert.equal((await post('/admin/teams', fields)).status, 303, JSON.stringify(fields))
    }
    const page = await get('/admin/teams')
    for (const part of ['Cameras', 'grace</td><td>manager', 'experiment:0</td><td>EDIT']) assert.ok(page.includes(part), part)
    assert.match((await post('/admin/teams', { do: 'add', name: 'vision', username: 'nobody' })).text, /not found/)
    for (const fields of [{ do: 'revoke', name: 'vision', resource_type: 'experiment', resource_id: '0' }, { do: 'remove', name: 'vision', username: 'grace' }, { do: 'delete', name: 'vision' }] as Record<string, string>[]) {
      assert.equal((await post('/admin/teams', fields)).status, 303, JSON.stringify(fields))
    }
  })

  it('show what a workspace holds and limit it', async () => {
    assert.match(await get('/admin/quotas'), /<h2>default<\/h2>[\s\S]*<td>runs<\/td><td>0<\/td><td>—<\/td>/)
    assert.equal((await post('/admin/quotas', { workspace: 'default', kind: 'points', most: '2k' })).status, 303)
    assert.match(await get('/admin/quotas'), /<td>metric points<\/td><td>0<\/td><td>2\u202f000<\/td><td>0 %<\/td>/)
    for (const [path, fields] of [['/admin/teams', { do: 'create', name: 'speech' }], ['/admin/quotas', { team: 'speech', kind: 'runs', most: '1M' }]] as const) assert.equal((await post(path, fields)).status, 303)
    assert.match(await get('/admin/quotas'), /<h2>Team speech<\/h2>[\s\S]*It has no workspaces[\s\S]*<td>runs<\/td><td>0<\/td><td>1\u202f000\u202f000<\/td>/)
    assert.match((await post('/admin/quotas', { workspace: 'default', kind: 'runs', most: 'many' })).text, /&#34;many&#34; is no limit/)
    assert.match((await post('/admin/quotas', { workspace: 'nowhere', kind: 'runs', most: '1' })).text, /not found/)
    assert.equal((await post('/admin/quotas', { workspace: 'default', kind: 'points', most: 'none' })).status, 303)
    assert.match(await get('/admin/audit?action=set_quotas'), /workspace default<\/td><td>set quotas/)
  })

  it('show who changed what', async () => {
    assert.match(await get('/admin/audit'), /team vision<\/td><td>delete/)
    assert.match(await get('/admin/audit?action=sign_in'), /admin<\/td><td>session admin/)
  })

  it('take no form of another page, and are for admins alone', async () => {
    assert.notEqual((await post('/admin/users', { do: 'create', username: 'x', kind: 'admin' }, { 'sec-fetch-site': 'cross-site' })).status, 200)
    const other = await server.user('other')
    for (const path of ['/admin', '/admin/teams', '/admin/quotas', '/admin/audit', '/admin/users/admin']) assert.equal((await other.send('GET', path)).status, 403, path)
    assert.ok(!(await get('/admin')).includes('>x</a>'))
  })
})
