import type { reader } from './settings-reader.ts'

type Read = ReturnType<typeof reader>

/** How people sign in by a provider of OpenID Connect. */
export interface OidcConfig {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly scopes: string
  /** Undefined: preferred_username, else a verified email. */
  readonly usernameClaim: string | undefined
  readonly groupsClaim: string
  readonly adminGroup: string | undefined
  /** Undefined: everybody whom the provider lets in. */
  readonly allowedGroups: readonly string[] | undefined
  readonly label: string
  readonly linkUsers: boolean
  readonly allowPrivate: boolean
  /** Without a slash at its end; undefined: what the Host header says. */
  readonly publicUrl: string | undefined
}

export function oidcConfig(read: Read): OidcConfig | undefined {
  const issuer = read.text('oidc-issuer')
  if (issuer === undefined) return undefined
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  // What is sent in the clear could be changed on its way; on this machine there is no way.
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname))) {
    read.problem('oidc-issuer', `"${issuer}" is no address over https.`, 'Give the issuer’s address as its discovery document says it: https://login.example.com/realms/main.')
  }
  const clientId = read.text('oidc-client-id')
  if (clientId === undefined) read.problem('oidc-client-id', 'It is missing.', 'Register this server with the provider and give the client id that it answers.')
  const publicUrl = read.text('public-url')?.replace(/\/+$/, '')
  if (publicUrl !== undefined && !/^https?:\/\/[^/]+/.test(publicUrl)) read.problem('public-url', `"${publicUrl}" is no address.`, 'Give https://cairn.example.com.')
  return {
    issuer, clientId: clientId ?? '', publicUrl,
    clientSecret: read.text('oidc-client-secret'),
    scopes: read.text('oidc-scopes') ?? 'openid profile email',
    usernameClaim: read.text('oidc-username-claim'),
    groupsClaim: read.text('oidc-groups-claim') ?? 'groups',
    adminGroup: read.text('oidc-admin-group'),
    allowedGroups: read.list('oidc-allowed-groups'),
    label: read.text('oidc-label') ?? 'Sign in with single sign-on',
    linkUsers: read.boolean('oidc-link-users', false),
    allowPrivate: read.boolean('oidc-allow-private-ips', false),
  }
}
