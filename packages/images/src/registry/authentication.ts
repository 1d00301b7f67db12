import { ImageError } from '../errors.ts'
import type { Credentials } from './credentials.ts'
import { answerText, refused } from './refusals.ts'

/** What an answer of 401 asks for. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Reads WWW-Authenticate; it may hold several. */
export function challenges(header: string): Challenge[] {
  const found: { scheme: string; parameters: Record<string, string> }[] = []
  const pattern = /\s*(?:([\w-]+)\s+(?=[\w-]+\s*=)|([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))|([\w-]+))\s*,?/y
  for (let match = pattern.exec(header); match !== null && match[0] !== ''; match = pattern.exec(header)) {
    const [, scheme, name, quoted, plain, alone] = match
    if (scheme !== undefined || alone !== undefined) found.push({ scheme: (scheme ?? alone)!.toLowerCase(), parameters: {} })
    else if (found.length > 0) found.at(-1)!.parameters[name!.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? plain!
  }
  return found
}

interface TokenRequest {
  readonly challenge: Challenge
  readonly scopes: readonly string[]
  readonly credentials: Credentials | undefined
  /** Of the registry. */
  readonly origin: string
  readonly registry: string
  readonly signal: AbortSignal
}

/** A token from the server that a registry names: https://distribution.github.io/distribution/spec/auth/ */
export async function fetchToken({ challenge, scopes, credentials, origin, registry, signal }: TokenRequest): Promise<string> {
  const { realm, service } = challenge.parameters
  const url = realm !== undefined && URL.canParse(realm, origin) ? new URL(realm, origin) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new ImageError(`${registry} wants a token and does not say from where.`, 'Ask whoever runs the registry.')
  if (credentials !== undefined && url.protocol === 'http:' && origin.startsWith('https:')) throw new ImageError(`${registry} wants the password to be sent to ${url.origin}, where others could listen in. Nothing was sent.`, 'Ask whoever runs the registry.')
  const wanted = scopes.length > 0 ? scopes : challenge.parameters['scope'] === undefined ? [] : [challenge.parameters['scope']]
  let response: Response
  if (credentials?.kind === 'identity') {
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'cairn', refresh_token: credentials.token, scope: wanted.join(' '), ...(service !== undefined && { service }) })
    response = await ask(url, registry, { method: 'POST', body: form, signal, redirect: 'error' })
  } else {
    if (service !== undefined) url.searchParams.set('service', service)
    for (const scope of wanted) url.searchParams.append('scope', scope)
    const headers: Record<string, string> = credentials === undefined ? {} : { authorization: `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}` }
    response = await ask(url, registry, { headers, signal, redirect: 'error' })
  }
  if (!response.ok) throw refused(url.host, response.status, await answerText(response))
  const { token, access_token } = await response.json().catch(() => ({})) as { token?: string; access_token?: string }
  const given = token ?? access_token
  if (typeof given !== 'string' || given === '') throw new ImageError(`${url.host}, which gives tokens for ${registry}, answered without one.`, 'Ask whoever runs the registry.')
  return given
}

async function ask(url: URL, registry: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    init.signal?.throwIfAborted()
    const cause = (error as { cause?: NodeJS.ErrnoException }).cause
    throw new ImageError(`${url.host}, which gives tokens for ${registry}, does not answer (${cause?.code ?? cause?.message ?? (error as Error).message}).`, 'Look at the network, and try again.')
  }
}
