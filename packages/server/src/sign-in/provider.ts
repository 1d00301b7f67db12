import type { Configuration, CustomFetch } from 'openid-client'
import type { Outbound } from '../platform/outbound/index.ts'

/** What is agreed with a provider of OpenID Connect. */
export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly scopes: string
  readonly usernameClaim: string | undefined
  readonly groupsClaim: string
}

/** What the browser keeps between being sent to the provider and coming back. */
export interface Errand {
  readonly state: string
  readonly nonce: string
  /** Of PKCE (RFC 7636). */
  readonly verifier: string
}

/** What the provider vouches for. */
export interface Claims {
  readonly issuer: string
  readonly subject: string
  /** Undefined where it tells no name that can be used. */
  readonly username: string | undefined
  readonly groups: readonly string[] | undefined
}

export interface Provider {
  /** Where to send a browser, and what it must bring back. Throws when the provider cannot be reached. */
  begin(redirectUri: string): Promise<{ readonly url: string; readonly errand: Errand }>
  /** Checks what the browser came back with. Throws when it is not what the provider said to this errand. */
  finish(redirectUri: string, answer: Readonly<Record<string, string | undefined>>, errand: Errand): Promise<Claims>
}

const timeoutMs = 10_000
const longestAnswer = 1024 * 1024

/**
 * Authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 7636). The library is
 * loaded when somebody first signs in, and so is what the provider says of itself; everything that is
 * sent goes through the one client for outbound requests.
 */
export function createProvider(settings: OidcSettings, outbound: Outbound): Provider {
  let known: Promise<Configuration> | undefined
  const library = () => import('openid-client')

  const send: CustomFetch = async (url, { method, headers, body }) => {
    const sent = body === undefined || body === null ? undefined : typeof body === 'string' ? body : body instanceof URLSearchParams ? body.toString() : Buffer.from(body as Uint8Array)
    const answer = await outbound.send({
      method: method as 'GET' | 'POST', url, headers: Object.fromEntries(new Headers(headers)), timeoutMs, maxResponseBytes: longestAnswer, ...(sent !== undefined && { body: sent }),
    })
    const type = answer.headers['content-type']
    return new Response(answer.status === 204 ? null : new Uint8Array(answer.body), { status: answer.status, headers: typeof type === 'string' ? { 'content-type': type } : {} })
  }

  async function configuration(): Promise<Configuration> {
    const client = await library()
    known ??= client.discovery(new URL(settings.issuer), settings.clientId, settings.clientSecret, settings.clientSecret === undefined ? client.None() : undefined, {
      [client.customFetch]: send, timeout: timeoutMs / 1000,
      // Only to this machine: the configuration takes no other address without TLS.
      ...(settings.issuer.startsWith('http:') && { execute: [client.allowInsecureRequests] }),
    })
    known.catch(() => { known = undefined })
    return known
  }

  return {
    async begin(redirectUri) {
      const [client, config] = await Promise.all([library(), configuration()])
      const errand = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() }
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri, scope: settings.scopes, state: errand.state, nonce: errand.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(errand.verifier), code_challenge_method: 'S256',
      })
      return { url: url.href, errand }
    },
    async finish(redirectUri, answer, { state, nonce, verifier }) {
      const [client, config] = await Promise.all([library(), configuration()])
      const url = new URL(redirectUri)
      for (const [name, value] of Object.entries(answer)) if (value !== undefined) url.searchParams.set(name, value)
      const tokens = await client.authorizationCodeGrant(config, url, { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true })
      const said = tokens.claims()!
      // Many providers put groups only here.
      const more = config.serverMetadata().userinfo_endpoint === undefined ? {} : await client.fetchUserInfo(config, tokens.access_token, said.sub)
      const claims: Record<string, unknown> = { ...more, ...said }
      return { issuer: said.iss, subject: said.sub, username: usernameIn(claims, settings.usernameClaim), groups: groupsIn(claims[settings.groupsClaim]) }
    },
  }
}

function usernameIn(claims: Readonly<Record<string, unknown>>, claim: string | undefined): string | undefined {
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined)
  // An address that nobody checked could be anybody's, also where the operator names users by it.
  const email = claims['email_verified'] === false || claims['email_verified'] === 'false' ? undefined : text(claims['email'])
  if (claim !== undefined) return claim === 'email' ? email : text(claims[claim])
  return text(claims['preferred_username']) ?? email
}

const groupsIn = (value: unknown): string[] | undefined => {
  if (typeof value === 'string') return value.split(/[\s,]+/).filter((group) => group !== '')
  return Array.isArray(value) ? value.filter((group): group is string => typeof group === 'string') : undefined
}
