import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startProvider, type Identity, type IdentityProvider } from './provider.ts'
import { startWithAccounts, type AuthServer } from './server.ts'

const whoAmI = '/api/2.0/mlflow/users/current'
const browser = { accept: 'text/html', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }

describe('signing in by a provider of OpenID Connect', () => {
  let provider: IdentityProvider
  let server: AuthServer
  before(async () => {
    provider = await startProvider({ client_id: 'cairn', client_secret: 'known to both' })
    server = await startWithAccounts({ env: {
      CAIRN_OIDC_ISSUER: provider.issuer, CAIRN_OIDC_CLIENT_ID: 'cairn', CAIRN_OIDC_CLIENT_SECRET: 'known to both', CAIRN_OIDC_SCOPES: 'openid profile email groups',
      CAIRN_OIDC_ADMIN_GROUP: 'platform', CAIRN_OIDC_LABEL: 'Sign in with Example',
    } })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  })

  const cookieOf = (response: Response, name: string): string => response.headers.getSetCookie().find((cookie) => cookie.startsWith(`${name}=`))!.split(';')[0]!
  /** To the provider and back; answers the server's answer to that. */
  async function arrive(identity: Identity, on = server): Promise<Response> {
    const away = await fetch(`${on.url}/sign-in/oidc?next=/experiments/0`, { redirect: 'manual', headers: browser })
    assert.equal(away.status, 303)
    const back = await provider.visit(away.headers.get('location')!, identity)
    return fetch(back, { redirect: 'manual', headers: { ...browser, cookie: cookieOf(away, 'cairn_sign_in') } })
  }
  const seen = async (response: Response, on = server) => (await on.nobody.send('GET', whoAmI, undefined, { cookie: cookieOf(response, 'cairn_session'), 'sec-fetch-site': 'same-origin' })).body.user

  it('is offered on the page, uses PKCE, and leads to where one wanted to go', async () => {
    const page = await fetch(`${server.url}/sign-in?next=/models`, { headers: browser })
    assert.match(await page.text(), /href="\/sign-in\/oidc\?next=%2Fmodels">Sign in with Example/)
    const away = await fetch(`${server.url}/sign-in/oidc`, { redirect: 'manual', headers: browser })
    const asked = new URL(away.headers.get('location')!).searchParams
    assert.deepEqual([asked.get('code_challenge_method'), asked.get('response_type'), asked.get('scope')], ['S256', 'code', 'openid profile email groups'])
    assert.match(away.headers.get('set-cookie')!, /HttpOnly; SameSite=Lax/)
    const back = await arrive({ sub: 'a-1', preferred_username: 'ada' })
    assert.deepEqual([back.status, back.headers.get('location')], [303, '/experiments/0'])
    const { username, is_admin } = await seen(back)
    assert.deepEqual([username, is_admin], ['ada', false])
    // There is no password to guess.
    assert.equal((await server.as('ada', '').send('GET', whoAmI)).status, 401)
  })

  it('knows somebody again by what never changes, whatever they are called now', async () => {
    const { id } = await seen(await arrive({ sub: 'g-1', preferred_username: 'grace' }))
    const again = await seen(await arrive({ sub: 'g-1', preferred_username: 'rear-admiral' }))
    assert.deepEqual([again.id, again.username], [id, 'grace'])
    // Another who takes the name is not her.
    const other = await arrive({ sub: 'g-2', preferred_username: 'grace' })
    assert.deepEqual([other.status, /already, who is not known to be you/.test(await other.text())], [403, true])
    const admin = await arrive({ sub: 'evil', preferred_username: 'admin' })
    assert.equal(admin.status, 403)
  })

  it('puts people into the teams of their groups, and out again; who was added by hand stays', async () => {
    const post = (path: string, body: object) => server.admin.send('POST', `/api/cairn/v1/${path}`, body)
    for (const name of ['vision', 'speech', 'handmade']) assert.equal((await post('teams', { name })).status, 200)
    await arrive({ sub: 'k-1', preferred_username: 'ken', groups: ['vision', 'unknown'] })
    assert.equal((await post('teams/handmade/members', { username: 'ken' })).status, 200)
    const teams = async () => (await server.admin.send('GET', '/api/cairn/v1/teams')).body.teams
      .filter((team: { members: { username: string }[] }) => team.members.some(({ username }) => username === 'ken')).map((team: { name: string }) => team.name)
    assert.deepEqual(await teams(), ['handmade', 'vision'])
    await arrive({ sub: 'k-1', preferred_username: 'ken', groups: ['speech'] })
    assert.deepEqual(await teams(), ['handmade', 'speech'])
    await arrive({ sub: 'k-1', preferred_username: 'ken', groups: [] })
    assert.deepEqual(await teams(), ['handmade'])
  })

  it('takes people out of the teams of their groups when the provider says nothing of groups any more', async () => {
    assert.equal((await server.admin.send('POST', '/api/cairn/v1/teams', { name: 'sales' })).status, 200)
    const members = async (): Promise<string[]> => (await server.admin.send('GET', '/api/cairn/v1/teams/sales')).body.team.members.map(({ username }: { username: string }) => username)
    await arrive({ sub: 's-1', preferred_username: 'sue', groups: ['sales'] })
    assert.deepEqual(await members(), ['sue'])
    await arrive({ sub: 's-1', preferred_username: 'sue' })
    assert.deepEqual(await members(), [])
  })

  it('takes no address for a name that nobody has checked, also where the operator asked for addresses', async () => {
    await using own = await startProvider({ client_id: 'mail' })
    await using server = await startWithAccounts({ env: { CAIRN_OIDC_ISSUER: own.issuer, CAIRN_OIDC_CLIENT_ID: 'mail', CAIRN_OIDC_SCOPES: 'openid email', CAIRN_OIDC_USERNAME_CLAIM: 'email', CAIRN_OIDC_LINK_USERS: 'true' } })
    await server.user('boss@example.com')
    const come = async (identity: Identity): Promise<number> => {
      const away = await fetch(`${server.url}/sign-in/oidc`, { redirect: 'manual', headers: browser })
      return (await fetch(await own.visit(away.headers.get('location')!, identity), { redirect: 'manual', headers: { ...browser, cookie: cookieOf(away, 'cairn_sign_in') } })).status
    }
    assert.equal(await come({ sub: 'evil', email: 'boss@example.com', email_verified: false }), 403)
    assert.equal(await come({ sub: 'real', email: 'boss@example.com', email_verified: true }), 303)
  })

  it('makes admins of one group, for as long as they are in it', async () => {
    assert.equal((await seen(await arrive({ sub: 'p-1', preferred_username: 'pat', groups: ['platform'] }))).is_admin, true)
    assert.equal((await seen(await arrive({ sub: 'p-1', preferred_username: 'pat', groups: ['others'] }))).is_admin, false)
  })

  it('takes nothing but the answer to what was asked: no other state, no other browser, no code twice', async () => {
    const away = await fetch(`${server.url}/sign-in/oidc`, { redirect: 'manual', headers: browser })
    const errand = cookieOf(away, 'cairn_sign_in')
    const back = await provider.visit(away.headers.get('location')!, { sub: 'm-1', preferred_username: 'mallory' })
    const come = (url: string, cookie: string) => fetch(url, { redirect: 'manual', headers: { ...browser, cookie } })
    const other = await fetch(`${server.url}/sign-in/oidc`, { redirect: 'manual', headers: browser })
    // The victim's browser, led to the attacker's answer.
    for (const cookie of ['', cookieOf(other, 'cairn_sign_in'), 'cairn_sign_in=garbage']) {
      const answer = await come(back, cookie)
      assert.deepEqual([answer.status, answer.headers.getSetCookie().some((one) => one.startsWith('cairn_session'))], [403, false], cookie)
    }
    assert.equal((await come(back.replace(/state=[^&]+/, 'state=other'), errand)).status, 403)
    assert.equal((await come(back, errand)).status, 303)
    assert.equal((await come(back, errand)).status, 403)
    const refused = await come(`${server.url}/sign-in/oidc/callback?error=access_denied&error_description=No%20%3Cb%3Eway&state=x`, errand)
    assert.match(await refused.text(), /did not sign you in: No &#60;b&#62;way/)
  })

  it('lets in only the groups that may, by a public client too, and says so when the provider is away', async () => {
    await using own = await startProvider({ client_id: 'public' })
    await using strict = await startWithAccounts({ env: { CAIRN_OIDC_ISSUER: own.issuer, CAIRN_OIDC_CLIENT_ID: 'public', CAIRN_OIDC_SCOPES: 'openid profile groups', CAIRN_OIDC_ALLOWED_GROUPS: 'ml' } })
    const come = async (identity: Identity): Promise<Response> => {
      const away = await fetch(`${strict.url}/sign-in/oidc`, { redirect: 'manual', headers: browser })
      return fetch(await own.visit(away.headers.get('location')!, identity), { redirect: 'manual', headers: { ...browser, cookie: cookieOf(away, 'cairn_sign_in') } })
    }
    assert.equal((await come({ sub: '1', preferred_username: 'in', groups: ['ml'] })).status, 303)
    assert.equal((await come({ sub: '2', preferred_username: 'out', groups: ['hr'] })).status, 403)
    await own[Symbol.asyncDispose]()
    await using late = await startWithAccounts({ env: { CAIRN_OIDC_ISSUER: own.issuer, CAIRN_OIDC_CLIENT_ID: 'public' } })
    const away = await fetch(`${late.url}/sign-in/oidc`, { redirect: 'manual', headers: browser })
    assert.deepEqual([away.status, /does not answer/.test(await away.text())], [502, true])
  })

  it('is not there where it was not set up, and starts only with an address that is safe', async () => {
    await using plain = await startWithAccounts()
    assert.equal((await plain.nobody.send('GET', '/sign-in/oidc')).status, 404)
    await assert.rejects(startWithAccounts({ env: { CAIRN_OIDC_ISSUER: 'http://login.example.com', CAIRN_OIDC_CLIENT_ID: 'x' } }), /no address over https/)
  })
})
