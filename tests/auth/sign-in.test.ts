import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { databaseOf } from '../crash/server-process.ts'
import { adminPassword, startWithAccounts, type AuthServer, type Person } from './server.ts'

const mlflow = '/api/2.0/mlflow'
const whoAmI = `${mlflow}/users/current`
const page = { accept: 'text/html', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }
const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', accept: 'text/html' }

const post = (server: { readonly url: string }, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { method: 'POST', redirect: 'manual', headers: { ...form, ...headers }, body: new URLSearchParams(fields) })
const cookieOf = (response: Response): string => response.headers.get('set-cookie')!.split(';')[0]!

describe('a new server without an admin', () => {
  it('gives nobody a default password: a one-time link makes the first admin, once', async () => {
    await using server = await startWithAccounts({ admin: false })
    for (const password of ['password1234', 'password', 'admin', '']) assert.equal((await server.as('admin', password).send('GET', whoAmI)).status, 401, password)
    const token = /set-up\?token=([\w-]+)/.exec(server.running.setUpUrl!)![1]!
    assert.match(await (await fetch(server.running.setUpUrl!, { headers: page })).text(), /Make the first admin/)
    const short = await post(server, '/set-up', { token, username: 'root', password: 'short' })
    assert.deepEqual([short.status, /at least 12 characters/.test(await short.text())], [400, true])
    assert.equal((await post(server, '/set-up', { token: `${token}x`, username: 'root', password: adminPassword })).status, 403)
    const made = await post(server, '/set-up', { token, username: 'root', password: adminPassword })
    assert.equal(made.status, 303)
    assert.equal((await post(server, '/set-up', { token, username: 'again', password: adminPassword })).status, 403)
    const { user } = (await server.as('root', adminPassword).send('GET', whoAmI)).body
    assert.deepEqual([user.username, user.is_admin], ['root', true])
    const seen = await server.nobody.send('GET', whoAmI, undefined, { cookie: cookieOf(made), 'sec-fetch-site': 'same-origin' })
    assert.equal(seen.body.user.username, 'root')
  })

  it('has no use for a link once there is an admin by other ways, and for as long as there is none prints another', async () => {
    await using server = await startWithAccounts({ admin: false })
    const token = new URL(server.running.setUpUrl!).searchParams.get('token')!
    const again = (env: Record<string, string>) => startServer(readConfig({
      flags: { port: '0', 'app-name': 'basic-auth' }, cwd: server.folder, env: { ...databaseOf(server.folder), MLFLOW_LOGGING_LEVEL: 'ERROR', ...env },
    }))
    await server.running[Symbol.asyncDispose]()
    {
      await using second = await again({})
      assert.notEqual(second.setUpUrl, undefined)
    }
    await using third = await again({ MLFLOW_AUTH_ADMIN_PASSWORD: adminPassword })
    assert.equal(third.setUpUrl, undefined)
    assert.equal((await fetch(`${third.url}/set-up?token=${token}`)).status, 403)
    assert.equal((await post(third, '/set-up', { token, username: 'second', password: adminPassword })).status, 403)
  })

  it('refuses the password that MLflow once gave to every server', async () => {
    await assert.rejects(startWithAccounts({ env: { MLFLOW_AUTH_ADMIN_PASSWORD: 'password1234' } }), /MLflow once gave/)
  })
})

describe('signing in on the page', () => {
  let server: AuthServer
  let ada: Person
  before(async () => {
    server = await startWithAccounts()
    ada = await server.user('ada')
  })
  after(() => server[Symbol.asyncDispose]())
  const signIn = async (): Promise<string> => {
    const response = await post(server, '/sign-in?next=/experiments/0', { username: 'ada', password: 'ada\'s own password' })
    assert.deepEqual([response.status, response.headers.get('location')], [303, '/experiments/0'])
    return cookieOf(response)
  }

  it('sets a cookie that scripts cannot read, and a page without it leads to signing in', async () => {
    const asked = await fetch(`${server.url}/experiments/0`, { headers: page, redirect: 'manual' })
    assert.ok([303, 401].includes(asked.status))
    assert.match(await asked.text(), /sign-in\?next=%2Fexperiments%2F0/)
    const response = await post(server, '/sign-in', { username: 'ada', password: 'ada\'s own password' })
    const cookie = response.headers.get('set-cookie')!
    for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/']) assert.ok(cookie.includes(part), cookie)
    const overTls = await post(server, '/sign-in', { username: 'ada', password: 'ada\'s own password' }, { 'x-forwarded-proto': 'https' })
    assert.match(overTls.headers.get('set-cookie')!, /^__Host-cairn_session=.*; Secure/)
    const seen = await server.nobody.send('GET', whoAmI, undefined, { cookie: cookieOf(response), 'sec-fetch-site': 'same-origin' })
    assert.equal(seen.body.user.username, 'ada')
  })

  it('goes on only to pages of this server', async () => {
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/\t/evil.example']) {
      const response = await post(server, `/sign-in?next=${encodeURIComponent(next)}`, { username: 'ada', password: 'ada\'s own password' })
      const location = response.headers.get('location')!
      assert.equal(new URL(location, server.url).origin, server.url, `${next} -> ${location}`)
    }
    const there = await post(server, `/sign-in?next=${encodeURIComponent('/models/日本 é/100%25')}`, { username: 'ada', password: 'ada\'s own password' })
    assert.deepEqual([there.status, there.headers.get('location')], [303, '/models/%E6%97%A5%E6%9C%AC%20%C3%A9/100%25'])
  })

  it('counts only for requests of our own pages: no other site, no other port', async () => {
    const cookie = await signIn()
    const change = (headers: Record<string, string>) => server.nobody.send('POST', `${mlflow}/experiments/create`, { name: `x ${Math.random()}` }, { cookie, ...headers })
    assert.equal((await change({ 'sec-fetch-site': 'same-origin' })).status, 200)
    assert.equal((await change({ origin: server.url })).status, 200)
    assert.equal((await change({ 'sec-fetch-site': 'cross-site' })).status, 401)
    assert.equal((await change({ 'sec-fetch-site': 'same-site' })).status, 401)
    assert.ok([401, 403].includes((await change({ origin: 'http://localhost:1' })).status))
    assert.equal((await change({})).status, 401)
    // Nor does another page sign somebody in under its own name.
    const foreign = await post(server, '/sign-in', { username: 'ada', password: 'ada\'s own password' }, { 'sec-fetch-site': 'cross-site' })
    assert.deepEqual([foreign.status, foreign.headers.get('set-cookie')], [403, null])
  })

  it('ends by signing out, by a new password and with the user', async () => {
    const sees = async (cookie: string): Promise<number> => (await server.nobody.send('GET', whoAmI, undefined, { cookie, 'sec-fetch-site': 'same-origin' })).status
    const [first, second] = [await signIn(), await signIn()]
    const out = await post(server, '/sign-out', {}, { cookie: first })
    assert.equal(out.status, 303)
    assert.deepEqual([await sees(first), await sees(second)], [401, 200])
    const changed = await ada.send('PATCH', `${mlflow}/users/update-password`, { username: 'ada', password: 'quite another one', current_password: 'ada\'s own password' })
    assert.equal(changed.status, 200, changed.text)
    assert.equal(await sees(second), 401)
    assert.equal((await ada.send('GET', whoAmI)).status, 401)
    await server.user('brief')
    const cookie = cookieOf(await post(server, '/sign-in', { username: 'brief', password: 'brief\'s own password' }))
    assert.equal(await sees(cookie), 200)
    assert.equal((await server.admin.send('DELETE', `${mlflow}/users/delete`, { username: 'brief' })).status, 200)
    assert.equal(await sees(cookie), 401)
  })

  it('asks for one\'s own current password before it is changed', async () => {
    const person = await server.user('careful')
    const change = (current_password?: string) => person.send('PATCH', `${mlflow}/users/update-password`, { username: 'careful', password: 'quite another one', ...(current_password && { current_password }) })
    assert.match((await change()).text, /Current password is required/)
    assert.match((await change('wrong')).text, /does not match/)
  })
})

describe('a token', () => {
  it('is shown once and kept as a hash, may what its scopes say, ends when it should, and says when it was used', async () => {
    let clock = Date.parse('2026-01-01')
    await using server = await startWithAccounts({ now: () => clock, defaultPermission: 'READ' })
    const ada = await server.user('ada')
    const make = async (body: object): Promise<{ token: string; info: { token_id: string } }> => {
      const answer = await ada.send('POST', '/api/cairn/v1/tokens', body)
      assert.equal(answer.status, 200, answer.text)
      return answer.body
    }
    const full = await make({ name: 'laptop', expires_in_days: 2 })
    const reading = await make({ name: 'reader', scopes: ['read'] })
    const { experiment_id: mine } = (await ada.send('POST', `${mlflow}/experiments/create`, { name: 'mine' })).body
    const { experiment_id: other } = (await ada.send('POST', `${mlflow}/experiments/create`, { name: 'other' })).body
    const narrow = await make({ name: 'one experiment', scopes: ['write', `experiment:${mine}`] })
    const makeRun = (token: string, experiment_id: string) => server.bearer(token).send('POST', `${mlflow}/runs/create`, { experiment_id, start_time: 1 })

    assert.equal((await makeRun(full.token, mine)).status, 200)
    assert.equal((await makeRun(reading.token, mine)).status, 403)
    assert.equal((await server.bearer(reading.token).send('GET', `${mlflow}/experiments/get?experiment_id=${mine}`)).status, 200)
    assert.deepEqual([(await makeRun(narrow.token, mine)).status, (await makeRun(narrow.token, other)).status], [200, 403])
    assert.equal((await server.bearer(narrow.token).send('GET', `${mlflow}/experiments/get?experiment_id=${other}`)).status, 403)
    const { experiments } = (await server.bearer(narrow.token).send('POST', `${mlflow}/experiments/search`, { max_results: 100 })).body
    assert.deepEqual(experiments.map((one: { name: string }) => one.name), ['mine'])
    // What else its user has is none of its business.
    for (const path of ['/api/cairn/v1/tokens', '/api/cairn/v1/teams', '/api/cairn/v1/quotas', '/account', '/api/2.0/mlflow/users/current/permissions', `/api/3.0/mlflow/users/permissions/get?username=ada&resource_type=experiment&resource_id=${other}`]) {
      assert.deepEqual([(await server.bearer(narrow.token).send('GET', path)).status, (await server.bearer(reading.token).send('GET', path)).status], [403, 200], path)
    }
    // A token does not make one that may more, and is no way around one's own rights.
    assert.equal((await server.bearer(reading.token).send('POST', '/api/cairn/v1/tokens', { name: 'wider' })).status, 403)
    assert.equal((await server.bearer(full.token).send('GET', `${mlflow}/users/list`)).status, 403)
    // Nor one that outlives it.
    const child = async (expires_in_days?: number) => server.bearer(full.token).send('POST', '/api/cairn/v1/tokens', { name: 'child', ...(expires_in_days !== undefined && { expires_in_days }) })
    assert.deepEqual([(await child(0)).status, (await child(3)).status, (await child(1)).status], [403, 403, 200])
    const heir = await child()
    assert.deepEqual([heir.status, heir.body.info.expiry_time], [200, clock + 2 * 86_400_000])
    for (const token of (await ada.send('GET', '/api/cairn/v1/tokens')).body.tokens) if (token.name === 'child') await ada.send('DELETE', `/api/cairn/v1/tokens/${token.token_id}`, {})
    // As a password too, for clients that know only those.
    assert.equal((await server.as('ada', full.token).send('GET', whoAmI)).status, 200)
    assert.equal((await server.as('admin', full.token).send('GET', whoAmI)).status, 401)

    const { tokens } = (await ada.send('GET', '/api/cairn/v1/tokens')).body
    assert.equal(tokens.length, 3)
    assert.ok(tokens.find((one: { name: string }) => one.name === 'laptop').last_used_time >= clock)
    const secret = full.token.slice(-43)
    assert.ok(!JSON.stringify(tokens).includes(secret))
    const files = ['cairn.db', 'cairn.db-wal'].map((name) => join(server.folder, 'cairn-data', name)).filter((file) => existsSync(file)).map((file) => readFileSync(file))
    assert.ok(files.length > 0)
    for (const bytes of files) assert.ok(!bytes.includes(secret) && !bytes.includes('ada\'s own password'))
    assert.ok(files.some((bytes) => bytes.includes(createHash('sha256').update(secret).digest('hex'))))

    assert.equal((await ada.send('DELETE', `/api/cairn/v1/tokens/${reading.info.token_id}`, {})).status, 200)
    assert.equal((await server.bearer(reading.token).send('GET', whoAmI)).status, 401)
    clock += 2 * 24 * 3600 * 1000
    assert.equal((await server.bearer(full.token).send('GET', whoAmI)).status, 401)
    assert.equal((await server.bearer(narrow.token).send('GET', whoAmI)).status, 200)
  })

  it('is all that a service account has', async () => {
    await using server = await startWithAccounts()
    assert.equal((await server.admin.send('POST', '/api/cairn/v1/service-accounts', { username: 'ci' })).status, 200)
    const { token } = (await server.admin.send('POST', '/api/cairn/v1/tokens', { username: 'ci', name: 'pipeline' })).body
    assert.equal((await server.bearer(token).send('GET', whoAmI)).body.user.username, 'ci')
    for (const password of ['', 'null', 'undefined']) assert.equal((await server.as('ci', password).send('GET', whoAmI)).status, 401)
  })
})
