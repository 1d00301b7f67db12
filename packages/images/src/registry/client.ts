import { setTimeout as sleep } from 'node:timers/promises'
import { ImageError } from '../errors.ts'
import { challenges, fetchToken, type Challenge } from './authentication.ts'
import { findCredentials, type Credentials } from './credentials.ts'
import { answerText, refused } from './refusals.ts'
import { isLoopback } from './reference.ts'

export interface ClientOptions {
  /** Without TLS, as is done with this machine itself anyway, */
  readonly plainHttp: boolean
  /** unless TLS is asked for there too. */
  readonly tls?: boolean | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT'
  /** A path of the registry, or where it said to go on. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes, or what opens a stream of them anew for each try. */
  readonly body?: Uint8Array<ArrayBuffer> | (() => Promise<AsyncIterable<Uint8Array>>)
  /** What is done, as tokens name it: `repository:team/churn:pull,push`. */
  readonly scopes: readonly string[]
  /** Statuses that the caller looks at itself; others are thrown. */
  readonly accepts: readonly number[]
}

/** A registry over HTTP: https://github.com/opencontainers/distribution-spec */
export interface RegistryClient {
  readonly registry: string
  readonly origin: string
  /** Sends with what the registry wants to know of who asks; follows redirects, waits and tries again where it may. */
  send(request: RegistryRequest): Promise<Response>
}

const tries = 4
const busy = new Set([408, 429, 500, 502, 503, 504])

export function registryClient(registry: string, options: ClientOptions): RegistryClient {
  const origin = `${options.plainHttp || (isLoopback(registry) && options.tls !== true) ? 'http' : 'https'}://${registry}`
  let credentials: Promise<Credentials | undefined> | undefined
  const ofFile = (): Promise<Credentials | undefined> => credentials ??= findCredentials(registry, options.env)
  const authorizations = new Map<string, string>()

  const authorize = async (challenge: Challenge, scopes: readonly string[]): Promise<string> => {
    const known = await ofFile()
    if (challenge.scheme === 'basic') {
      if (known?.kind !== 'password') throw refused(registry, 401, 'it wants a user name and a password, and none are known')
      return `Basic ${Buffer.from(`${known.user}:${known.password}`).toString('base64')}`
    }
    return `Bearer ${await fetchToken({ challenge, scopes, credentials: known, origin, registry, signal: options.signal })}`
  }

  /** One request and those that it is sent on to. Who we are is told to the registry only. */
  const follow = async (request: RegistryRequest, authorization: string | undefined): Promise<Response> => {
    let url = new URL(request.url, origin)
    for (let hop = 0; hop <= 5; hop += 1) {
      const own = url.origin === new URL(origin).origin
      const response = await fetch(url, {
        method: request.method, redirect: 'manual', signal: options.signal, ...(request.body !== undefined && await bodyOf(request.body)),
        headers: { 'user-agent': 'cairn', ...request.headers, ...(own && authorization !== undefined && { authorization }) },
      })
      const location = response.headers.get('location')
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response
      await response.body?.cancel()
      const next = new URL(location, url)
      if (next.protocol !== 'https:' && url.protocol === 'https:') throw new ImageError(`${registry} sends on from ${url.origin} to ${next.origin}, where others could listen in.`, 'Ask whoever runs the registry.')
      url = next
    }
    throw new ImageError(`${registry} sends on and on (${url.origin} at last).`, 'Ask whoever runs the registry.')
  }

  return {
    registry, origin,
    async send(request) {
      const scope = request.scopes.join(' ')
      let asked = false
      for (let attempt = 1; ; attempt += 1) {
        let response: Response
        try {
          response = await follow(request, authorizations.get(scope))
        } catch (error) {
          options.signal.throwIfAborted()
          if (error instanceof ImageError) throw error
          if (attempt < tries && !isCertificate(error)) {
            await sleep(250 * 2 ** attempt, undefined, { signal: options.signal })
            continue
          }
          throw unreachable(registry, origin, error)
        }
        if (response.status === 401 && !asked) {
          // A token of before may have run out: asked for once more, and only once for each request.
          asked = true
          const text = response.headers.get('www-authenticate') ?? ''
          await response.body?.cancel()
          const challenge = challenges(text).find(({ scheme }) => scheme === 'bearer' || scheme === 'basic')
          if (challenge === undefined) throw refused(registry, 401, `it wants to know who asks, in a way that is not known (${text.slice(0, 100)})`)
          authorizations.set(scope, await authorize(challenge, request.scopes))
          attempt -= 1
          continue
        }
        if (request.accepts.includes(response.status)) return response
        if (busy.has(response.status) && attempt < tries) {
          const after = Number(response.headers.get('retry-after'))
          await response.body?.cancel()
          await sleep(after > 0 ? Math.min(after, 30) * 1000 : 250 * 2 ** attempt, undefined, { signal: options.signal })
          continue
        }
        throw refused(registry, response.status, await answerText(response))
      }
    },
  }
}

const bodyOf = async (body: NonNullable<RegistryRequest['body']>): Promise<RequestInit> =>
  // Node's fetch takes what yields bytes, which the types of the browser's do not know.
  (typeof body === 'function' ? { body: await body() as unknown as ReadableStream, duplex: 'half' } as RequestInit : { body })

const causeOf = (error: unknown): NodeJS.ErrnoException | undefined => (error as { cause?: NodeJS.ErrnoException }).cause
const isCertificate = (error: unknown): boolean => /CERT|SIGNATURE|ALTNAME/.test(causeOf(error)?.code ?? '')

function unreachable(registry: string, origin: string, error: unknown): ImageError {
  const { code, message } = causeOf(error) ?? (error as NodeJS.ErrnoException)
  const fix = isCertificate(error) ? 'Name the certificate of its issuer: --ca-file ca.pem'
    : origin.startsWith('https:') && /EPROTO|WRONG_VERSION|PACKET_LENGTH/.test(`${code} ${message}`) ? 'It may speak without TLS: --plain-http'
      : 'Look at its name and at the network. Behind a proxy: NODE_USE_ENV_PROXY=1 with HTTPS_PROXY.'
  return new ImageError(`${registry} does not answer (${code ?? message}).`, fix)
}
