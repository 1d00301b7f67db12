import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export interface Identity {
  readonly sub: string
  readonly preferred_username?: string
  readonly email?: string
  readonly email_verified?: boolean
  groups?: string[]
}

export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string
  /** Signs in there as somebody: follows what a browser would, up to the address that leads back. */
  visit(url: string, identity: Identity): Promise<string>
}

/** A real provider of OpenID Connect (the package `oidc-provider`) on a free port, that knows everybody who visits it. */
export async function startProvider(client: { client_id: string; client_secret?: string }): Promise<IdentityProvider> {
  const people = new Map<string, Identity>()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [{
      ...client, redirect_uris: [`${issuer}/placeholder`], response_types: ['code'], grant_types: ['authorization_code'],
      token_endpoint_auth_method: client.client_secret === undefined ? 'none' : 'client_secret_post', application_type: 'native',
    }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'email', 'groups'],
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ ...people.get(id)! }) }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['for the tests'] },
    jwks: undefined,
  } as never)
  // The address to come back to holds a port that is only known later.
  ;(provider.Client.prototype as unknown as { redirectUriAllowed(uri: string): boolean }).redirectUriAllowed = (uri) => /^https?:\/\/(?:127\.0\.0\.1|localhost):\d+\/.*sign-in\/oidc\/callback$/.test(uri)
  server.on('request', provider.callback())
  return {
    issuer,
    async visit(url, identity) {
      people.set(identity.sub, identity)
      const cookies = new Map<string, string>()
      let next = url
      let method = 'GET'
      let body: URLSearchParams | undefined
      for (let step = 0; step < 20; step += 1) {
        const response = await fetch(next, {
          method, redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), ...(body && { 'content-type': 'application/x-www-form-urlencoded' }) }, ...(body && { body }),
        })
        for (const cookie of response.headers.getSetCookie()) {
          const [pair = ''] = cookie.split(';')
          cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
        }
        const location = response.headers.get('location')
        if (location !== null) {
          next = new URL(location, next).href
          if (!next.startsWith(issuer)) return next
          method = 'GET'
          body = undefined
          continue
        }
        const page = await response.text()
        const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1]
        const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1]
        if (action === undefined || prompt === undefined) throw new Error(`The provider answered ${response.status}: ${page.slice(0, 500)}`)
        next = new URL(action, next).href
        method = 'POST'
        body = new URLSearchParams({ prompt, ...(prompt === 'login' && { login: identity.sub, password: 'any' }) })
      }
      throw new Error('The provider leads in circles.')
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
